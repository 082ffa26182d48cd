/**
 * At most one run of a dedupe key is active, and at most one waits for its end: both are live rows of the key, told apart by
 * `is_successor` and held apart by a unique index. The key goes with the row, so nothing outlives its run.
 *
 * ```
 * starter A                                   worker of the active run
 * locks the active row, sees it running
 * writes a successor, commits
 *                                             reports the end: waits for the row, deletes it,
 *                                             finds the successor, puts it into the queue, commits
 * ```
 */
import {
  type DedupeTerms,
  PRIORITY_MAX,
  type RunCreate,
  type RunEventType,
  type RunId,
  type RunStatus,
  START_TERMS,
} from "@holdfast/core";
import { type LiveRow, QUEUED, RUNNING, STATUS_OF_PHASE } from "./live.js";
import { type ActiveOfKey, carryOut, type MoveSql } from "./moves.js";
import { type Sql, type Steps, wait } from "./steps.js";

/** What each store does in its own way about rows of a key. */
export interface KeysSql {
  readonly sql: Sql;
  /** What durations are counted by. */
  steadyMs(): number;
  /** After a select of live rows `l`: locks them. */
  readonly lockLive: "" | "FOR UPDATE OF l";
  addEvent(live: Pick<LiveRow, "run_k" | "next_seq">, type: RunEventType, body: object): Maybe;
  /** Puts a queued run that was held into the queue, due at this instant, and counts from then on how long no worker took it. */
  queueHeld(runK: number, wakeAt: number): Maybe;
}

/** The same about a start. */
export interface DedupeSql<C = unknown> extends KeysSql, Omit<MoveSql<C>, "sql" | "addEvent"> {
  addEvent(live: LiveRow, type: RunEventType, body: object): Maybe;
  /** No other start or resume of the key is decided about until the commit. */
  lockKey(workflowK: number, dedupe: string): Maybe;
  readLive(runK: number): LiveRow | null | Promise<LiveRow | null>;
  refillTags(runK: number, tags: readonly string[]): Maybe;
  /** The run's row was changed beside what is remembered of it. */
  forget(runK: number): void;
}

type Maybe = void | Promise<void>;

/** A key is its owner's own. */
export const scopeOf = (owner: string | null, key: string): string => JSON.stringify([owner, key]);

/** How long a debounced start waits, and until when others can put it off: on the steady clock. */
export interface Quiet {
  readonly notBefore: number;
  readonly until: number;
}

export type Deduped =
  /** No run stands in the way of a new one; or one that waits for the end of `after`. */
  | { readonly kind: "free"; readonly after: string | null; readonly quiet: Quiet | null }
  | { readonly kind: "joined"; readonly runId: string; readonly inputDiffers: boolean }
  | { readonly kind: "replaced"; readonly runId: string }
  | { readonly kind: "duplicate"; readonly runId: string; readonly status: RunStatus };

interface KeyRow {
  readonly run_k: number;
  readonly run_id: string;
  readonly phase: number;
  readonly token: number;
  readonly is_successor: number;
  readonly quiet_until: number | null;
  readonly given: string | null;
  readonly secrets: string | null;
}

const KEY_SQL = (lock: string) => `
  SELECT l.run_k, r.run_id, l.phase, l.token, l.is_successor, l.quiet_until, r.given, r.secrets
    FROM run_live l JOIN run r USING (run_k) WHERE l.workflow_k = ? AND l.dedupe = ? ORDER BY l.is_successor ${lock}`;

/** What becomes of a start with a dedupe key, decided and, unless a run is to be made, done. */
export function* dedupe(on: DedupeSql, create: RunCreate, workflowK: number, by: string): Steps<Deduped> {
  const terms = create.dedupe as DedupeTerms;
  const scope = scopeOf(create.owner, terms.key);
  yield* wait(on.lockKey(workflowK, scope));
  for (;;) {
    const rows = yield* wait(on.sql.all<KeyRow>(KEY_SQL(on.lockLive), workflowK, scope));
    const active = rows.find((row) => row.is_successor === 0);
    const successor = rows.find((row) => row.is_successor === 1);
    const quiet = quietOf(on, terms, null);
    if (active === undefined) return { kind: "free", after: null, quiet };
    if (quiet !== null) {
      const isQuiet = active.phase === QUEUED && active.token === 0 && active.quiet_until !== null;
      if (isQuiet) return yield* replaceInput(on, active, create, quietOf(on, terms, active.quiet_until));
    } else if (terms.whenActive === "join") {
      const inputDiffers = active.given !== create.givenJson || active.secrets !== (create.secretsJson ?? null);
      return { kind: "joined", runId: active.run_id, inputDiffers };
    } else if (terms.whenActive === "reject") {
      return { kind: "duplicate", runId: active.run_id, status: STATUS_OF_PHASE[active.phase] ?? "queued" };
    }
    if (terms.whenActive === "replace") {
      const reason = `replaced by a newer start of ${terms.key}`;
      if (active.phase !== RUNNING) {
        const live = (yield* wait(on.readLive(active.run_k))) as LiveRow;
        yield* carryOut(on, live, "cancel", reason, by);
        continue;
      }
      on.forget(active.run_k);
      yield* wait(
        on.sql.run(
          "UPDATE run_live SET wish = 'cancel', wish_reason = ? WHERE run_k = ? AND coalesce(wish, 'pause') = 'pause'",
          reason,
          active.run_k,
        ),
      );
    }
    if (successor === undefined) return { kind: "free", after: active.run_id, quiet };
    return yield* replaceInput(on, successor, create, quietOf(on, terms, successor.quiet_until));
  }
}

function quietOf(on: DedupeSql, { quietMs, maxWaitMs }: DedupeTerms, until: number | null): Quiet | null {
  if (quietMs === null) return null;
  const nowMs = on.steadyMs();
  const latest = until ?? Math.ceil(nowMs + maxWaitMs);
  return { notBefore: Math.min(Math.ceil(nowMs + quietMs), latest), until: latest };
}

/** The run that waits takes the input of the newest start. */
function* replaceInput(on: DedupeSql, row: KeyRow, create: RunCreate, quiet: Quiet | null): Steps<Deduped> {
  const { inputJson, givenJson, secretsJson = null, version, stages, policy, through, start = START_TERMS } = create;
  const { run_k: runK, run_id: runId } = row;
  const live = (yield* wait(on.readLive(runK))) as LiveRow;
  yield* wait(on.addEvent(live, "run.input_replaced", {}));
  const definitionK = yield* wait(on.definitionKey(live.workflow_k, version, stages, JSON.stringify(policy)));
  const tags = start.tags.length === 0 ? null : JSON.stringify(start.tags);
  yield* wait(
    on.sql.run(
      "UPDATE run SET input = ?, given = ?, secrets = ?, definition_k = ?, priority = ?, tags = ? WHERE run_k = ?",
      ...[inputJson, givenJson, secretsJson, definitionK, start.priority, tags, runK],
    ),
  );
  yield* wait(on.refillRun(runK));
  yield* wait(on.refillTags(runK, start.tags));
  yield* wait(
    on.sql.run(
      `UPDATE run_live SET next_seq = ?, through = ?, priority = ?, rank = ?, not_before = ?, quiet_until = ?, updated_at = ? WHERE run_k = ?`,
      ...[live.next_seq, through, start.priority, PRIORITY_MAX - start.priority],
      ...[quiet?.notBefore ?? null, quiet?.until ?? null, on.sql.wallMs, runK],
    ),
  );
  // One that waits for the end of another is due when that has ended.
  if (row.is_successor === 0 && quiet !== null) yield* wait(on.queueHeld(runK, dueOf(on, quiet.notBefore)));
  return { kind: "replaced", runId };
}

/** An instant of the steady clock by the clock that makes runs due. */
const dueOf = (on: KeysSql, notBefore: number | null) =>
  on.sql.dueMs() + (notBefore === null ? 0 : Math.max(0, notBefore - on.steadyMs()));

/** An active run of a key has ended: the one that waited for it may start, in the same transaction. */
export function* releaseSuccessor(on: KeysSql, ended: LiveRow): Steps<void> {
  if (ended.dedupe === null || ended.is_successor === 1) return;
  const next = yield* wait(
    on.sql.get<Pick<LiveRow, "run_k" | "phase" | "not_before" | "next_seq">>(
      `SELECT l.run_k, l.phase, l.not_before, l.next_seq FROM run_live l
        WHERE l.workflow_k = ? AND l.dedupe = ? AND l.is_successor = 1 ${on.lockLive}`,
      ended.workflow_k,
      ended.dedupe,
    ),
  );
  if (next === undefined) return;
  const before = yield* wait(on.sql.get<{ run_id: string }>("SELECT run_id FROM run WHERE run_k = ?", ended.run_k));
  const live = { ...next };
  yield* wait(on.addEvent(live, "run.released", { after: before?.run_id ?? "" }));
  yield* wait(
    on.sql.run(
      "UPDATE run_live SET is_successor = 0, next_seq = ?, updated_at = ? WHERE run_k = ?",
      ...[live.next_seq, on.sql.wallMs, next.run_k],
    ),
  );
  if (next.phase === QUEUED) yield* wait(on.queueHeld(next.run_k, dueOf(on, next.not_before)));
}

/** The active run of the key of a run that has ended, which therefore cannot be opened again; null where there is none. */
export function* findActiveOfKey(on: DedupeSql, runK: number): Steps<ActiveOfKey | null> {
  const run = yield* wait(
    on.sql.get<{ workflow_k: number; owner: string | null; dedupe_key: string | null }>(
      "SELECT workflow_k, owner, dedupe_key FROM run WHERE run_k = ?",
      runK,
    ),
  );
  if (run === undefined || run.dedupe_key === null) return null;
  const scope = scopeOf(run.owner, run.dedupe_key);
  yield* wait(on.lockKey(run.workflow_k, scope));
  const [active] = yield* wait(on.sql.all<KeyRow>(KEY_SQL(on.lockLive), run.workflow_k, scope));
  if (active === undefined) return null;
  return { runId: active.run_id as RunId, status: STATUS_OF_PHASE[active.phase] ?? "queued" };
}

/** The run is live again: it has its key again. */
export function* takeKeyAgain(on: DedupeSql, runK: number): Steps<void> {
  const run = yield* wait(
    on.sql.get<{ owner: string | null; dedupe_key: string | null }>(
      "SELECT owner, dedupe_key FROM run WHERE run_k = ?",
      runK,
    ),
  );
  if (run === undefined || run.dedupe_key === null) return;
  yield* wait(on.sql.run("UPDATE run_live SET dedupe = ? WHERE run_k = ?", scopeOf(run.owner, run.dedupe_key), runK));
}
