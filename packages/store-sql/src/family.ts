/**
 * Parents and children, as both stores ask for them. A run's row names its parent, the stage that started it and the parent's
 * generation then; that row decides who is whose child, never the text of an ID.
 *
 * Lock order: a child's end locks the child, then its parent. A parent's end locks the parent, then only such children as nobody
 * else has locked (`FamilySql.lock`); those it passes over are found again by the next sweep (`family_end`).
 */
import {
  CHILD_DEPTH_MAX,
  ChildFailedError,
  type ChildRefusal,
  type ChildRule,
  PARENT_ENDED,
  type RecordedError,
  type RequeueRequest,
  type RunCreate,
  type RunId,
  type RunStatus,
  type WaitKind,
} from "@holdfast/core";
import { type Ending, type LiveRow, RUNNING, WAITING } from "./live.js";
import { NO_OUTPUT } from "./output-columns.js";
import { type Maybe, type Sql, type Steps, wait } from "./steps.js";
import { OPEN, type WaitEnd } from "./wait-rows.js";

/** Rules as stored, in `run.parent_rule`. */
const RULES = ["cancel", "leave", "cancelUnlessCompleted"] as const satisfies readonly ChildRule[];
export const ruleCode = (rule: ChildRule): number => RULES.indexOf(rule);
const LEAVE = ruleCode("leave");
const UNLESS_COMPLETED = ruleCode("cancelUnlessCompleted");

/** Children cancelled in the transaction that ended their parent; the sweep does the others, in transactions of their own. */
export const AT_ONCE_MAX = 100;

/** What each store does in its own way. */
export interface FamilySql {
  readonly sql: Sql;
  /** After a query over `run_live l`: locks its rows, and leaves out those that others have locked. */
  readonly lock: string;
  /** The live row, locked. */
  readLive(runK: number): Maybe<LiveRow | null>;
  addEvent(live: LiveRow, type: "run.cancelled", body: object): Maybe<void>;
  /** Ends a run, and nothing else. */
  finishRun(live: LiveRow, ending: Ending): Maybe<void>;
  /** Its live row was changed beside what the store remembers of it. */
  forgetRun(runK: number): void;
  /** Ends the open wait of this stage if its condition is true; `false` if it is not, or if there is none. */
  endWait(live: LiveRow, stage: string): Maybe<boolean>;
  wakeRun(live: LiveRow, stage: string): Maybe<void>;
}

/** A child as its parent's wait sees it. */
export interface ChildRow {
  readonly run_k: number;
  readonly run_id: RunId;
  readonly final_status: RunStatus | null;
  readonly reason: string | null;
  readonly error: string | null;
  readonly output: string | null;
  readonly output_sha256: string | null;
  readonly output_bytes: number | null;
}

export const CHILD_COLUMNS =
  "c.run_k, c.run_id, c.final_status, c.reason, c.error, c.output, c.output_sha256, c.output_bytes";

/** The child that a stage of a run started in a generation. Values: the run's number, the stage, the generation. */
export const CHILD_SQL = `SELECT ${CHILD_COLUMNS} FROM run c WHERE c.parent_k = ? AND c.parent_stage = ? AND c.parent_generation = ?`;

/** The ID of the child for which a wait `v` was opened. */
export const CHILD_OF_WAIT = `(SELECT c.run_id FROM run c
  WHERE c.parent_k = v.run_k AND c.parent_stage = v.stage AND c.parent_generation = v.generation AND v.kind IN ('child', 'start'))`;

export const isChildWait = (kind: WaitKind): boolean => kind === "child" || kind === "start";

/** Unfinished children that a generation of a run started, by stage. */
export function* listUnfinishedChildren(
  sql: Sql,
  { run_k, generation }: Pick<LiveRow, "run_k" | "generation">,
): Steps<ReadonlyMap<string, RunId>> {
  const rows = yield* wait(
    sql.all<{ stage: string; run_id: RunId }>(
      `SELECT c.parent_stage AS stage, c.run_id FROM run c
        WHERE c.parent_k = ? AND c.parent_generation = ? AND c.final_status IS NULL`,
      run_k,
      generation,
    ),
  );
  return new Map(rows.map(({ stage, run_id }) => [stage, run_id]));
}

/** How a wait for this child ends; null while it does not. */
export function endOfChildWait(kind: WaitKind, stage: string, child: ChildRow | undefined): WaitEnd | null {
  if (child === undefined) return null;
  if (kind === "start") {
    const output = [JSON.stringify({ runId: child.run_id }), null, null] as const;
    return { outcome: { status: "completed", output }, fact: null };
  }
  if (child.final_status === null || mayGoOn(child)) return null;
  if (child.final_status === "completed") {
    const output = [child.output, child.output_sha256, child.output_bytes] as const;
    return { outcome: { status: "completed", output }, fact: null };
  }
  return { outcome: { status: "failed", errorJson: failureOf(stage, child) }, fact: null };
}

/** Cancelled by an end of its parent, which was resumed since: it is not the child's own outcome. */
const mayGoOn = ({ final_status, reason }: ChildRow) => final_status === "cancelled" && reason === PARENT_ENDED;

function failureOf(stage: string, { run_id: childId, final_status, reason, error }: ChildRow): string {
  const recorded = error === null ? null : (JSON.parse(error) as RecordedError);
  const status = final_status === "failed" ? "failed" : "cancelled";
  const failed = new ChildFailedError({ stage, childId, status, reason, error: recorded });
  const { message, code, details } = failed;
  return JSON.stringify({ name: "ChildFailedError", message, code, details });
}

/** Whether a person's resume of the parent tries the child again: it ended, and its parent's stage has no outcome. */
export function isTriedAgain(child: ChildRow, isNewWait: boolean): boolean {
  if (child.final_status !== "failed" && child.final_status !== "cancelled") return false;
  return isNewWait || mayGoOn(child);
}

/** Queues it as a person's resume would. */
export const triedAgain = (runId: RunId): RequeueRequest => ({
  runId,
  from: ["failed", "cancelled"],
  by: "parent",
  through: null,
  isByPerson: true,
  directive: null,
  input: null,
  deadHolder: null,
  claim: null,
});

/** Why the child must not be created; null if it may be. Whether its ID is taken is found when it is written. */
export function* findRefusal(sql: Sql, parentK: number, create: RunCreate): Steps<ChildRefusal | null> {
  const above = (yield* wait(
    sql.get<{ depth: number; same: RunId | null }>(
      `WITH RECURSIVE above(run_k, depth) AS (
         SELECT CAST(?1 AS BIGINT), 1
         UNION ALL SELECT r.parent_k, a.depth + 1 FROM above a JOIN run r ON r.run_k = a.run_k
                    WHERE r.parent_k IS NOT NULL AND a.depth <= ${CHILD_DEPTH_MAX})
       SELECT max(a.depth) AS depth,
              min(CASE WHEN w.name = ?2 AND r.input IS NOT DISTINCT FROM ?3 AND r.secrets IS NOT DISTINCT FROM ?4 THEN r.run_id END) AS same
         FROM above a JOIN run r ON r.run_k = a.run_k JOIN workflow w ON w.workflow_k = r.workflow_k`,
      parentK,
      create.workflow,
      create.inputJson,
      create.secretsJson ?? null,
    ),
  )) as { depth: number; same: RunId | null };
  if (above.same !== null) return { kind: "ofItself", runId: above.same };
  return above.depth > CHILD_DEPTH_MAX ? { kind: "tooDeep" } : null;
}

/** Whether children of the run's life before its restart are unfinished: new ones are created once they have ended. */
export function* areOldOnesAlive(sql: Sql, parentK: number): Steps<boolean> {
  const found = yield* wait(
    sql.get(
      `SELECT 1 AS alive FROM run c JOIN run p ON p.run_k = c.parent_k
        WHERE c.parent_k = ? AND c.final_status IS NULL AND c.parent_rule <> ${LEAVE} AND c.parent_generation < p.life_from LIMIT 1`,
      parentK,
    ),
  );
  return found !== undefined;
}

/** Makes the run a child, in the transaction that created it. */
export function* adopt(
  sql: Sql,
  child: { readonly runId: RunId; readonly rule: ChildRule },
  parent: { readonly runK: number; readonly stage: string; readonly generation: number },
): Steps<void> {
  yield* wait(
    sql.run(
      "UPDATE run SET parent_k = ?, parent_stage = ?, parent_generation = ?, parent_rule = ? WHERE run_id = ?",
      parent.runK,
      parent.stage,
      parent.generation,
      ruleCode(child.rule),
      child.runId,
    ),
  );
}

interface KinRow {
  readonly parent_k: number | null;
  readonly parent_stage: string | null;
  readonly parent_generation: number | null;
  readonly has_children: number;
}

/** 1 where a run `r` has unfinished children. */
const HAS_CHILDREN = `(SELECT count(*) FROM (SELECT 1 FROM run c WHERE c.parent_k = r.run_k AND c.final_status IS NULL LIMIT 1) kin)`;
/** A condition over `run r`: its end concerns others. */
export const HAS_KIN = `(r.parent_k IS NOT NULL OR EXISTS (SELECT 1 FROM run c WHERE c.parent_k = r.run_k AND c.final_status IS NULL))`;

/** After a run has ended, in the same transaction: its parent's stage is recorded, and its children are cancelled. */
export function* endKin(on: FamilySql, runK: number): Steps<void> {
  const kin = yield* wait(
    on.sql.get<KinRow>(
      `SELECT r.parent_k, r.parent_stage, r.parent_generation, ${HAS_CHILDREN} AS has_children FROM run r WHERE r.run_k = ?`,
      runK,
    ),
  );
  if (kin === undefined) return;
  if (kin.has_children > 0) yield* cancelBelow(on, runK, AT_ONCE_MAX);
  yield* tellParent(on, kin);
}

/**
 *   child's end                            parent's report
 *   locks the child, records its end
 *   locks the parent: still running
 *   leaves the wait to the parent
 *   commits
 *                                          locks the parent, parks it, looks at its open waits:
 *                                          the child has ended, so the run is queued instead
 */
function* tellParent(on: FamilySql, { parent_k, parent_stage, parent_generation }: KinRow): Steps<void> {
  if (parent_k === null) return;
  const live = yield* wait(on.readLive(parent_k));
  // It has ended; or its execution looks, at once or when it parks the run.
  if (live === null || live.phase === RUNNING) return;
  if (live.generation === parent_generation && parent_stage !== null) {
    if (yield* wait(on.endWait(live, parent_stage))) return;
  }
  if (live.phase !== WAITING) return;
  const stage = yield* findFreed(on.sql, live);
  if (stage !== null) yield* wait(on.wakeRun(live, stage));
}

/**
 * A stage of a waiting run that can go on although its wait has not ended: its child may be created now, or was cancelled with an
 * earlier end of this run and is to be tried again. Null if there is none.
 */
export function* findFreed(
  sql: Sql,
  { run_k, generation }: Pick<LiveRow, "run_k" | "generation">,
): Steps<string | null> {
  const cut = yield* wait(
    sql.get<{ stage: string }>(
      `SELECT w.stage FROM wait w
         JOIN run c ON c.parent_k = w.run_k AND c.parent_stage = w.stage AND c.parent_generation = w.generation
        WHERE w.run_k = ? AND w.generation = ? AND w.state = ${OPEN} AND w.kind = 'child'
          AND c.final_status = 'cancelled' AND c.reason = '${PARENT_ENDED}' LIMIT 1`,
      run_k,
      generation,
    ),
  );
  if (cut !== undefined) return cut.stage;
  const pending = yield* wait(
    sql.get<{ stage: string }>(
      `SELECT w.stage FROM wait w
        WHERE w.run_k = ? AND w.generation = ? AND w.state = ${OPEN} AND w.kind IN ('child', 'start')
          AND NOT EXISTS (SELECT 1 FROM run c
                           WHERE c.parent_k = w.run_k AND c.parent_stage = w.stage AND c.parent_generation = w.generation) LIMIT 1`,
      run_k,
      generation,
    ),
  );
  if (pending === undefined || (yield* areOldOnesAlive(sql, run_k))) return null;
  return pending.stage;
}

/** Children `c` (live rows `l`) of run `?` that are to end since it has ended or was restarted, and were not asked to. */
const ORPHANS = `run c JOIN run p ON p.run_k = c.parent_k JOIN run_live l ON l.run_k = c.run_k
  WHERE c.parent_k = ? AND c.final_status IS NULL AND (l.wish IS NULL OR l.wish = 'pause')
    AND CASE WHEN p.final_status IS NULL THEN c.parent_rule <> ${LEAVE} AND c.parent_generation < p.life_from
             ELSE c.parent_rule <> ${LEAVE} AND (c.parent_rule <> ${UNLESS_COMPLETED} OR p.final_status <> 'completed') END`;

/**
 * Cancels children of a run that has ended or begins again, and theirs, at most `limit` of them. What is left is noted in
 * `family_end` for the sweep. Running ones are asked to stop.
 */
export function* cancelBelow(on: FamilySql, topK: number, limit: number): Steps<RunId[]> {
  const told: RunId[] = [];
  const parents = [topK];
  for (let at = 0; at < parents.length; at++) {
    const parentK = parents[at] as number;
    if (told.length < limit) {
      const found = yield* wait(
        on.sql.all<{ run_k: number; run_id: RunId }>(
          `SELECT c.run_k, c.run_id FROM ${ORPHANS} ORDER BY c.run_k LIMIT ? ${on.lock}`,
          parentK,
          limit - told.length,
        ),
      );
      for (const { run_k, run_id } of found) {
        if (yield* cancelOrphan(on, run_k)) parents.push(run_k);
        told.push(run_id);
      }
    }
    yield* noteRest(on.sql, parentK);
  }
  return told;
}

/** True where it has ended: its own children follow. */
function* cancelOrphan(on: FamilySql, runK: number): Steps<boolean> {
  const live = yield* wait(on.readLive(runK));
  if (live === null) return false;
  if (live.phase === RUNNING) {
    yield* wait(on.sql.run("UPDATE run_live SET wish = 'cancel', wish_reason = ? WHERE run_k = ?", PARENT_ENDED, runK));
    on.forgetRun(runK);
    return false;
  }
  yield* wait(on.addEvent(live, "run.cancelled", { reason: PARENT_ENDED }));
  yield* wait(on.finishRun(live, { status: "cancelled", reason: PARENT_ENDED, errorJson: null, output: NO_OUTPUT }));
  const kin = yield* wait(
    on.sql.get<KinRow>(
      "SELECT parent_k, parent_stage, parent_generation, 0 AS has_children FROM run WHERE run_k = ?",
      runK,
    ),
  );
  // A restarted parent waits until its old children have ended.
  if (kin !== undefined) yield* tellParent(on, kin);
  return true;
}

function* noteRest(sql: Sql, parentK: number): Steps<void> {
  const rest = yield* wait(sql.get(`SELECT 1 AS rest FROM ${ORPHANS} LIMIT 1`, parentK));
  yield* wait(
    rest === undefined
      ? sql.run("DELETE FROM family_end WHERE run_k = ?", parentK)
      : sql.run("INSERT INTO family_end (run_k) VALUES (?) ON CONFLICT DO NOTHING", parentK),
  );
}

/** Goes on with what earlier ends have left, at most `limit` children. */
export function* sweepFamilies(on: FamilySql, limit: number): Steps<RunId[]> {
  const parents = yield* wait(
    on.sql.all<{ run_k: number }>("SELECT run_k FROM family_end ORDER BY run_k LIMIT ?", limit),
  );
  const told: RunId[] = [];
  for (const { run_k } of parents) {
    if (told.length >= limit) break;
    told.push(...(yield* cancelBelow(on, run_k, limit - told.length)));
  }
  return told;
}

/** Whether the sweep has something to do. */
export function* isFamilyEnding(sql: Sql): Steps<boolean> {
  return (yield* wait(sql.get("SELECT 1 AS ending FROM family_end LIMIT 1"))) !== undefined;
}
