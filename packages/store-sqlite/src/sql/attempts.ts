/** Attempts and the one recorded outcome of a stage: starting, finishing, reopening, the history for a replay. */
import type { AttemptFinish, AttemptStart, Fence, RecordedError } from "@holdfast/core";
import {
  type AttemptRow,
  CHILD_OF_WAIT,
  DUPLICATE,
  type HistoryRow,
  outputColumns,
  type RecordRow,
  SETTLED,
  type WriteResult,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvent } from "./events.js";
import { isRefusal, noteAlive, noteOutcome, noteProgress, passFence } from "./fence.js";
import { jsonOf } from "./json-of.js";
import { noteError } from "./live.js";
import { moveEndedAttempts, noteEnded } from "./recent.js";
import { OPEN_AS_ATTEMPT } from "./wait-rows.js";

const START_SQL = `
  INSERT OR IGNORE INTO recent_attempt
         (run_k, stage, attempt, generation, start_seq, status, holder_k, started_at, inputs_hash, label)
  SELECT ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?
   WHERE NOT EXISTS (SELECT 1 FROM attempt_row WHERE run_k = ? AND stage = ? AND attempt = ?)`;

export function startAttempt(ctx: SqlContext, fence: Fence, start: AttemptStart): WriteResult {
  const { stage, attempt, inputsHash, label = null } = start;
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation, nextSeq, holderK } = run;
  // Its event stage.started is the row itself, until it is moved to its place.
  const inserted = ctx
    .prepare(START_SQL)
    .run(runK, stage, attempt, generation, nextSeq, holderK, ctx.wallMs, inputsHash, label, runK, stage, attempt);
  // The same attempt started before: the first answer was lost on the way, or the caller counts wrongly.
  if (inserted.changes === 0) return DUPLICATE;
  run.openAttempts += 1;
  run.label = label === null ? stage : `${stage} · ${label}`;
  noteAlive(ctx, run, 1);
  return run.wish;
}

const FINISH_SQL = `
  UPDATE recent_attempt
     SET status = ?, is_record = ?, finished_at = ?, end_seq = ?, ms = ?, error = ?, output_sha256 = ?, output_bytes = ?,
         output = ?
   WHERE run_k = ? AND stage = ? AND attempt = ? AND status = 'running'`;

const FINISH_RECORD_SQL = `${FINISH_SQL}
     AND NOT EXISTS (SELECT 1 FROM attempt o WHERE o.run_k = ? AND o.stage = ? AND o.generation = ? AND o.is_record = 1)`;

/** A recorded ending is the stage's outcome, once: asked under the write lock. */
export function finishAttempt(ctx: SqlContext, fence: Fence, finish: AttemptFinish): WriteResult {
  const { stage, attempt, status } = finish;
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation, nextSeq } = run;
  const isCompleted = status === "completed";
  const isRecord = isCompleted || (status === "failed" && finish.isRecord);
  const [outputJson, sha256, sizeBytes] = outputColumns(isCompleted ? finish.output : null);
  const errorJson = isCompleted ? null : jsonOf(finish.error);
  const values = [
    status,
    isRecord ? 1 : 0,
    ctx.wallMs,
    isCompleted ? nextSeq : null,
    isCompleted ? Math.round(finish.ms) : null,
  ] as const;
  const rest = [errorJson, sha256, sizeBytes, outputJson, runK, stage, attempt] as const;
  const { changes } = isRecord
    ? ctx.prepare(FINISH_RECORD_SQL).run(...values, ...rest, runK, stage, generation)
    : ctx.prepare(FINISH_SQL).run(...values, ...rest);
  if (changes === 0) return refuseFinish(ctx, runK, stage, attempt);
  run.openAttempts = Math.max(0, run.openAttempts - 1);
  if (isRecord) {
    noteOutcome(run);
    run.isReopening = 0;
  }
  if (isCompleted) run.stagesDone += 1;
  noteEnded(ctx, runK, outputJson ?? errorJson ?? "");
  // An interrupted attempt is no fact worth a number: its row says it. That of a completed one is its event too.
  const eventCount = status === "interrupted" ? 0 : 1;
  const seq = isRecord ? noteProgress(ctx, run, eventCount) : noteAlive(ctx, run, eventCount);
  if (status === "failed") {
    if (errorJson !== null) noteError(ctx, runK, errorJson);
    const type = isRecord ? "stage.failed" : "stage.retrying";
    const after = isRecord ? "" : `,"afterMs":${finish.afterMs}`;
    insertEvent(ctx, runK, seq, type, stage, `{"attempt":${attempt},"error":${errorJson}${after}}`);
  }
  return run.wish;
}

/** @throws when the attempt was never started: not a race that could be answered, but a caller that is wrong. */
function refuseFinish(ctx: SqlContext, runK: number, stage: string, attempt: number): WriteResult {
  const row = ctx.get("SELECT 1 FROM attempt WHERE run_k = ? AND stage = ? AND attempt = ?", runK, stage, attempt);
  if (row === undefined) throw new Error(`Stage ${stage}: attempt ${attempt} was never started, so it cannot end.`);
  return DUPLICATE;
}

export function reopenStage(ctx: SqlContext, fence: Fence, stage: string, why: RecordedError | null): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation } = run;
  moveEndedAttempts(ctx, [runK]);
  const found = ctx.get<{ last: number | null; done: number | null }>(
    `SELECT max(attempt) AS last, sum(generation = ? AND is_record = 1 AND status = 'completed') AS done
       FROM attempt WHERE run_k = ? AND stage = ?`,
    generation,
    runK,
    stage,
  );
  ctx.run(
    "UPDATE attempt_row SET is_record = 0, is_counted = 0 WHERE run_k = ? AND stage = ? AND generation = ?",
    runK,
    stage,
    generation,
  );
  run.stagesDone -= found?.done ?? 0;
  run.isReopening = 0;
  const seq = noteAlive(ctx, run, 1);
  const body = `{"attempt":${found?.last ?? 0},"error":${jsonOf(why) ?? "null"},"afterMs":0}`;
  insertEvent(ctx, runK, seq, "stage.retrying", stage, body);
  return run.wish;
}

const GENERATION_SQL = `
  SELECT r.run_k, coalesce(l.generation, r.generation) AS generation
    FROM run r LEFT JOIN run_live l USING (run_k) WHERE r.run_id = ?`;

const RECORD_SQL = `
  SELECT stage, attempt, status, output, output_sha256, output_bytes, error, inputs_hash,
         (SELECT count(*) FROM attempt_row f WHERE f.run_k = a.run_k AND f.stage = a.stage
             AND f.generation = a.generation AND f.status = 'failed' AND f.is_counted = 1) +
         (SELECT count(*) FROM recent_attempt f WHERE f.run_k = a.run_k AND f.stage = a.stage
             AND f.generation = a.generation AND f.status = 'failed') AS failed_count
    FROM attempt a WHERE run_k = ? AND generation = ? AND is_record = 1`;

export function loadHistory(ctx: SqlContext, runId: string): { stages: HistoryRow[]; records: RecordRow[] } {
  const run = ctx.get<{ run_k: number; generation: number }>(GENERATION_SQL, runId);
  if (run === undefined) return { stages: [], records: [] };
  return {
    stages: ctx.all<HistoryRow>(
      `SELECT stage, max(attempt) AS last_attempt,
              sum(generation = ? AND status = 'failed' AND is_counted = 1) AS failed_count
         FROM attempt WHERE run_k = ? GROUP BY stage`,
      run.generation,
      run.run_k,
    ),
    records: ctx.all<RecordRow>(RECORD_SQL, run.run_k, run.generation),
  };
}

export function getStageRecord(ctx: SqlContext, runId: string, stage: string): RecordRow | null {
  const run = ctx.get<{ run_k: number; generation: number }>(GENERATION_SQL, runId);
  if (run === undefined) return null;
  return ctx.get<RecordRow>(`${RECORD_SQL} AND stage = ?`, run.run_k, run.generation, stage) ?? null;
}

// start_seq is asked for, though not needed: else the view's two tables would not each be searched by the run.
const ATTEMPT_COLUMNS = `a.generation, a.stage, a.attempt, a.status, a.started_at, a.finished_at, a.error, a.is_record,
  a.label, a.start_seq, h.name AS holder`;
/** Of a wait that has ended with an outcome, its row says what it waited for. */
const WAIT_OF_ATTEMPT = "LEFT JOIN wait v ON v.run_k = a.run_k AND v.stage = a.stage AND v.attempt = a.attempt";

export function listAttempts(ctx: SqlContext, runId: string): AttemptRow[] {
  return ctx.all<AttemptRow>(
    `SELECT ${ATTEMPT_COLUMNS}, v.kind AS wait_kind, v.due_at AS wait_due_at, v.subject AS wait_subject, ${CHILD_OF_WAIT} AS wait_child_id
       FROM run r JOIN attempt a USING (run_k) JOIN holder h ON h.holder_k = a.holder_k ${WAIT_OF_ATTEMPT} WHERE r.run_id = ?1
     UNION ALL SELECT ${OPEN_AS_ATTEMPT}
       FROM run r JOIN wait v USING (run_k) JOIN holder h USING (holder_k) WHERE r.run_id = ?1 AND v.state <> ${SETTLED}
      ORDER BY start_seq`,
    runId,
  );
}

export function listAttemptsOf(
  ctx: SqlContext,
  runIds: readonly string[],
): (AttemptRow & { readonly run_id: string })[] {
  return ctx.all(
    `SELECT r.run_id, ${ATTEMPT_COLUMNS}, v.kind AS wait_kind, v.due_at AS wait_due_at, v.subject AS wait_subject, ${CHILD_OF_WAIT} AS wait_child_id
       FROM json_each(?1) j CROSS JOIN run r ON r.run_id = j.value JOIN attempt a USING (run_k)
       JOIN holder h ON h.holder_k = a.holder_k ${WAIT_OF_ATTEMPT}
     UNION ALL SELECT r.run_id, ${OPEN_AS_ATTEMPT}
       FROM json_each(?1) j CROSS JOIN run r ON r.run_id = j.value JOIN wait v USING (run_k) JOIN holder h USING (holder_k)
      WHERE v.state <> ${SETTLED}
      ORDER BY start_seq`,
    JSON.stringify(runIds),
  );
}
