/** Making runs running under a new lease: the next token, a fresh nonce, the event. Many at once, in a few statements. */
import type { ClaimTerms } from "@holdfast/core";
import type { LiveRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HotRun } from "../hot.js";
import { insertEvents } from "./events.js";
import { interruptAttempts, RUNNING } from "./live.js";
import { bootKey, holderKey } from "./names.js";
import { FROM_RUN, RUN_JSON } from "./run-row.js";

/**
 * Claims as they are sent to the caller's thread: the runs as one text, since handing rows and columns from SQLite to JavaScript one by one
 * costs the writer's thread more than all else of a claim. The lists have a place for each claim.
 */
export interface ClaimRows {
  /** JSON list of runs by `RUN_JSON`, in any order. */
  readonly runs: string;
  readonly runKs: readonly number[];
  readonly tokens: readonly number[];
  readonly nonces: readonly string[];
  readonly areReopening: readonly boolean[];
}

/** The same of one run. */
export interface ClaimRow {
  /** The run, by `RUN_JSON`. */
  readonly run: string;
  readonly token: number;
  readonly nonce: string;
  readonly isReopening: boolean;
}

/** What a lease must know of its run. */
interface Taken
  extends Pick<HotRun, "runK" | "token" | "generation" | "nextSeq" | "stagesDone" | "hasRecord" | "hasProgressed">,
    Pick<HotRun, "isReopening" | "deaths" | "label"> {
  readonly runId: string;
  readonly workflowK: number;
}

/** Its values, in the order of `AFTER`. */
type TakenValues = readonly [
  ...[runK: number, runId: string, workflowK: number, token: number, generation: number, nextSeq: number],
  ...[stagesDone: number, hasRecord: number, hasProgressed: number, isReopening: number, deaths: number],
  label: string | null,
];

/** Asked before the runs are taken, as the columns will be afterwards. */
const AFTER = `l.run_k, r.run_id, l.workflow_k, l.token + 1, l.generation, l.next_seq + 1,
  l.stages_done, l.has_record, l.has_progressed, l.is_reopening, l.deaths, l.label`;

const AFTER_SQL = `
  SELECT json_group_array(json_array(${AFTER})) AS json
    FROM json_each(?) n CROSS JOIN run_live l ON l.run_k = n.value CROSS JOIN run r ON r.run_k = l.run_k`;

/** A random text for all, and the place of each. */
const TAKE_SQL = `
  UPDATE run_live
     SET phase = 1, wake_at = NULL, reason = NULL, token = token + 1, nonce = ?7 || '.' || n.key, holder_k = ?2, boot_k = ?3,
         since = ?4, lease_ms = ?5, beat_at = ?6, progress_at = ?6, wish = NULL, wish_reason = NULL,
         next_seq = next_seq + 1, in_company = 0, open_attempts = 0, started_at = coalesce(started_at, ?4), updated_at = ?4
    FROM json_each(?1) n
   WHERE run_k = n.value`;

const READ_SQL = `
  SELECT json_group_array(${RUN_JSON}) AS json ${FROM_RUN} WHERE r.run_k IN (SELECT value FROM json_each(?))`;

/**
 * Takes the leases of these runs, in their order. The caller has made sure that each is queued, or that its lease may be
 * taken and what it left open has been ended.
 */
export function takeLeases(ctx: SqlContext, runKs: readonly number[], terms: ClaimTerms): ClaimRows {
  if (runKs.length === 0) return { runs: "[]", runKs, tokens: [], nonces: [], areReopening: [] };
  const { holder, leaseMs } = terms;
  const holderK = holderKey(ctx, holder);
  const listed = JSON.stringify(runKs);
  const runs = readTaken(ctx, listed);
  const nonce = ctx.newNonce();
  const taken = ctx.run(
    TAKE_SQL,
    listed,
    holderK,
    bootKey(ctx),
    ctx.wallMs,
    Math.round(leaseMs),
    ctx.monotonicMs,
    nonce,
  );
  if (runs.length !== runKs.length || taken !== runKs.length) {
    throw new Error(`Of runs ${listed}, ${taken} were taken: one has no row.`);
  }
  const claimedBody = JSON.stringify({ holder: holder.name, host: holder.host, pid: holder.pid, token: 0 });
  insertEvents(
    ctx,
    runs.map(({ runK, nextSeq, token }) => [runK, nextSeq - 1, "run.claimed", null, withToken(claimedBody, token)]),
  );
  takeCodes(ctx, runs, terms.codes);
  const { json } = ctx.get<{ json: string }>(READ_SQL, listed) as { json: string };
  const nonces = runs.map((_, place) => `${nonce}.${place}`);
  for (const [place, run] of runs.entries()) {
    // Its id may have been another run's, deleted by another process.
    ctx.rememberRun(run.runId, run.runK);
    ctx.hot.remember(hotOf(ctx, run, nonces[place] as string, holderK));
  }
  return {
    runs: json,
    runKs,
    tokens: runs.map(({ token }) => token),
    nonces,
    areReopening: runs.map(({ isReopening }) => isReopening === 1),
  };
}

function readTaken(ctx: SqlContext, listed: string): readonly Taken[] {
  const { json } = ctx.get<{ json: string }>(AFTER_SQL, listed) as { json: string };
  return (JSON.parse(json) as TakenValues[]).map((values) => ({
    runK: values[0],
    runId: values[1],
    workflowK: values[2],
    token: values[3],
    generation: values[4],
    nextSeq: values[5],
    stagesDone: values[6],
    hasRecord: values[7],
    hasProgressed: values[8],
    isReopening: values[9],
    deaths: values[10],
    label: values[11],
  }));
}

/** The text of an event's body, whose last value is the token. */
const withToken = (body: string, token: number) => `${body.slice(0, -2)}${token}}`;

/** Takes the lease of a run whose live row a move has changed in memory: `live` as it is to be, the event numbers taken. */
export function takeLease(ctx: SqlContext, live: LiveRow, terms: ClaimTerms): ClaimRow {
  if (live.phase === RUNNING) interruptAttempts(ctx, live);
  ctx.run(
    `UPDATE run_live SET next_seq = ?, is_reopening = ?, through = ?, recoveries = ?, deaths = ?, retries = ?,
                         has_progressed = ?, directive = ? WHERE run_k = ?`,
    live.next_seq,
    live.is_reopening,
    live.through,
    live.recoveries,
    live.deaths,
    live.retries,
    live.has_progressed,
    live.directive,
    live.run_k,
  );
  const { runs, tokens, nonces, areReopening } = takeLeases(ctx, [live.run_k], terms);
  const [token, nonce, isReopening] = [tokens[0] as number, nonces[0] as string, areReopening[0] as boolean];
  // Without the brackets of the list.
  return { run: runs.slice(1, -1), token, nonce, isReopening };
}

/** What fenced writes ask of the run, as the claim has just written it. */
function hotOf({ monotonicMs, wallMs }: SqlContext, run: Taken, nonce: string, holderK: number): HotRun {
  return {
    runK: run.runK,
    phase: RUNNING,
    token: run.token,
    nonce,
    wish: null,
    generation: run.generation,
    holderK,
    nextSeq: run.nextSeq,
    beatAt: monotonicMs,
    progressAt: monotonicMs,
    updatedAt: wallMs,
    openAttempts: 0,
    stagesDone: run.stagesDone,
    hasRecord: run.hasRecord,
    hasProgressed: run.hasProgressed,
    isReopening: run.isReopening,
    deaths: run.deaths,
    label: run.label,
    isDirty: false,
  };
}

/** Where nothing was recorded, nothing depends on earlier code: what executes the run from now on is its code. */
function takeCodes(ctx: SqlContext, rows: readonly Taken[], codes: ClaimTerms["codes"]): void {
  if (codes === undefined) return;
  for (const workflowK of new Set(rows.map((row) => row.workflowK))) {
    const { name } = ctx.get<{ name: string }>("SELECT name FROM workflow WHERE workflow_k = ?", workflowK) as {
      name: string;
    };
    const code = Object.hasOwn(codes, name) ? codes[name] : undefined;
    if (code === undefined) continue;
    for (const hasRecord of [0, 1]) {
      const of = rows.filter((row) => row.workflowK === workflowK && row.hasRecord === hasRecord);
      if (of.length === 0) continue;
      ctx.run(
        `UPDATE run SET code = ?1 WHERE run_k IN (SELECT value FROM json_each(?2))
            AND ${hasRecord === 0 ? "code IS NOT ?1" : "code IS NULL"}`,
        code,
        JSON.stringify(of.map((row) => row.runK)),
      );
    }
  }
}
