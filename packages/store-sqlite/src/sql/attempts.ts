/** Attempts and the one recorded outcome of a stage: starting, finishing, reopening, the history for a replay. */
import type { SqlContext } from "../context.js";
import { insertEvent } from "./events.js";
import {
  ALIVE_SET,
  ENDED_SET,
  type FenceArgs,
  giveBackSeq,
  passFence,
  RECORDED_SET,
  STAGE_DONE_SET,
  STARTED_SET,
  type WriteResult,
} from "./fence.js";

const CLEAR_REOPENING_SET = ", is_reopening = 0";
const FAILED_SET = ENDED_SET + RECORDED_SET + CLEAR_REOPENING_SET;
const COMPLETED_SET = FAILED_SET + STAGE_DONE_SET;

export function startAttempt(
  ctx: SqlContext,
  args: readonly [...FenceArgs, stage: string, attempt: number, inputsHash: string | null],
): WriteResult {
  const [, , , stage, attempt, inputsHash] = args;
  const passed = passFence(ctx, STARTED_SET, args, 1, stage);
  if (!passed.isPassed) return passed.refusal;
  const { runK } = passed;
  const inserted = ctx.run(
    `INSERT OR IGNORE INTO attempt (run_k, stage, attempt, generation, start_seq, status, holder_k, started_at, inputs_hash)
     VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?)`,
    runK,
    stage,
    attempt,
    passed.generation,
    passed.firstSeq,
    passed.holderK,
    ctx.wallMs,
    inputsHash,
  );
  if (inserted === 0) {
    // The same attempt was started before: its answer was lost on the way, or the caller counts wrongly.
    giveBackSeq(ctx, runK);
    ctx.run("UPDATE run_live SET open_attempts = open_attempts - 1 WHERE run_k = ?", runK);
    return { kind: "duplicate" };
  }
  insertEvent(ctx, runK, passed.firstSeq, "stage.started", stage, `{"attempt":${attempt}}`);
  return passed.wish;
}

export type FinishArgs = readonly [
  ...FenceArgs,
  stage: string,
  attempt: number,
  status: "completed" | "failed" | "interrupted",
  isRecord: number,
  outputJson: string | null,
  sha256: string | null,
  sizeBytes: number | null,
  errorJson: string | null,
  ms: number,
];

/** A recorded ending is the stage's outcome, once: the update asks, under the write lock, whether there is one. */
export function finishAttempt(ctx: SqlContext, args: FinishArgs): WriteResult {
  const [, , , stage, attempt, status, isRecord, outputJson, sha256, sizeBytes, errorJson, ms] = args;
  const set = status === "completed" ? COMPLETED_SET : isRecord === 1 ? FAILED_SET : ENDED_SET;
  // An interrupted attempt is no fact worth a number: its row says it.
  const eventCount = status === "interrupted" ? 0 : 1;
  const passed = passFence(ctx, set, args, eventCount);
  if (!passed.isPassed) return passed.refusal;
  const { runK } = passed;
  const updated = ctx.run(
    `UPDATE attempt
        SET status = ?, is_record = ?, finished_at = ?, error = ?, output_sha256 = ?, output_bytes = ?, output = ?
      WHERE run_k = ? AND stage = ? AND attempt = ? AND status = 'running'
        AND NOT (? AND EXISTS (SELECT 1 FROM attempt o WHERE o.run_k = ? AND o.stage = ? AND o.generation = ?
                                  AND o.is_record = 1))`,
    status,
    isRecord,
    ctx.wallMs,
    errorJson,
    sha256,
    sizeBytes,
    outputJson,
    runK,
    stage,
    attempt,
    isRecord,
    runK,
    stage,
    passed.generation,
  );
  if (updated === 0) return refuseDuplicate(ctx, runK, stage, attempt, status === "completed", eventCount);
  if (status === "completed") {
    insertEvent(ctx, runK, passed.firstSeq, "stage.completed", stage, `{"attempt":${attempt},"ms":${ms}}`);
  } else if (status === "failed") {
    if (errorJson !== null) ctx.run("UPDATE run SET last_error = ? WHERE run_k = ?", errorJson, runK);
    const type = isRecord === 1 ? "stage.failed" : "stage.retrying";
    const after = isRecord === 1 ? "" : `,"afterMs":${ms}`;
    insertEvent(ctx, runK, passed.firstSeq, type, stage, `{"attempt":${attempt},"error":${errorJson}${after}}`);
  }
  return passed.wish;
}

/** Nothing of the fence's update may stay but the sign of life; the attempt that ended before was counted down then. */
function refuseDuplicate(
  ctx: SqlContext,
  runK: number,
  stage: string,
  attempt: number,
  isCompleted: boolean,
  eventCount: number,
): WriteResult {
  const row = ctx.get<{ status: string }>(
    "SELECT status FROM attempt WHERE run_k = ? AND stage = ? AND attempt = ?",
    runK,
    stage,
    attempt,
  );
  ctx.run(
    "UPDATE run_live SET next_seq = next_seq - ?, open_attempts = open_attempts + 1, stages_done = stages_done - ? WHERE run_k = ?",
    eventCount,
    isCompleted ? 1 : 0,
    runK,
  );
  if (row === undefined) throw new Error(`Stage ${stage}: attempt ${attempt} was never started, so it cannot end.`);
  return { kind: "duplicate" };
}

export function reopenStage(
  ctx: SqlContext,
  args: readonly [...FenceArgs, stage: string, errorJson: string | null],
): WriteResult {
  const [, , , stage, errorJson] = args;
  const passed = passFence(ctx, ALIVE_SET + CLEAR_REOPENING_SET, args, 1);
  if (!passed.isPassed) return passed.refusal;
  const { runK, generation } = passed;
  const last = ctx.get<{ attempt: number | null }>(
    "SELECT max(attempt) AS attempt FROM attempt WHERE run_k = ? AND stage = ?",
    runK,
    stage,
  );
  ctx.run(
    `UPDATE run_live SET stages_done = stages_done -
        (SELECT count(*) FROM attempt WHERE run_k = ? AND generation = ? AND stage = ? AND is_record = 1
            AND status = 'completed') WHERE run_k = ?`,
    runK,
    generation,
    stage,
    runK,
  );
  ctx.run(
    "UPDATE attempt SET is_record = 0, is_counted = 0 WHERE run_k = ? AND stage = ? AND generation = ?",
    runK,
    stage,
    generation,
  );
  const body = `{"attempt":${last?.attempt ?? 0},"error":${errorJson ?? "null"},"afterMs":0}`;
  insertEvent(ctx, runK, passed.firstSeq, "stage.retrying", stage, body);
  return passed.wish;
}

export interface HistoryRow {
  stage: string;
  last_attempt: number;
  failed_count: number;
}
export interface RecordRow {
  stage: string;
  attempt: number;
  status: "completed" | "failed";
  output: string | null;
  output_sha256: string | null;
  output_bytes: number | null;
  error: string | null;
  inputs_hash: string | null;
  failed_count: number;
}

const GENERATION_SQL = `
  SELECT r.run_k, coalesce(l.generation, r.generation) AS generation
    FROM run r LEFT JOIN run_live l USING (run_k) WHERE r.run_id = ?`;

const RECORD_SQL = `
  SELECT stage, attempt, status, output, output_sha256, output_bytes, error, inputs_hash,
         (SELECT count(*) FROM attempt f WHERE f.run_k = a.run_k AND f.stage = a.stage
             AND f.generation = a.generation AND f.status = 'failed' AND f.is_counted = 1) AS failed_count
    FROM attempt a WHERE run_k = ? AND generation = ? AND is_record = 1`;

export function loadHistory(
  ctx: SqlContext,
  args: readonly [runId: string],
): { stages: HistoryRow[]; records: RecordRow[] } {
  const run = ctx.get<{ run_k: number; generation: number }>(GENERATION_SQL, args[0]);
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

export function getStageRecord(ctx: SqlContext, args: readonly [runId: string, stage: string]): RecordRow | null {
  const run = ctx.get<{ run_k: number; generation: number }>(GENERATION_SQL, args[0]);
  if (run === undefined) return null;
  return ctx.get<RecordRow>(`${RECORD_SQL} AND stage = ?`, run.run_k, run.generation, args[1]) ?? null;
}

export interface AttemptRow {
  generation: number;
  stage: string;
  attempt: number;
  status: "running" | "completed" | "failed" | "interrupted";
  started_at: number;
  finished_at: number | null;
  error: string | null;
  is_record: number;
  holder: string;
}

export function listAttempts(ctx: SqlContext, args: readonly [runId: string]): AttemptRow[] {
  return ctx.all<AttemptRow>(
    `SELECT a.generation, a.stage, a.attempt, a.status, a.started_at, a.finished_at, a.error, a.is_record, h.name AS holder
       FROM run r JOIN attempt a USING (run_k) JOIN holder h USING (holder_k) WHERE r.run_id = ? ORDER BY a.start_seq`,
    args[0],
  );
}
