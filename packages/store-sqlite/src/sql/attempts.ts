/** Attempts and the one recorded outcome of a stage: starting, finishing, reopening, the history for a replay. */
import type { SqlContext } from "../context.js";
import { insertEvent } from "./events.js";
import { DUPLICATE, type FenceArgs, isRefusal, noteAlive, noteProgress, passFence, type WriteResult } from "./fence.js";
import type { HotAttempt, HotRun } from "./hot.js";

const keyOf = (runK: number, stage: string, attempt: number) => `${runK} ${attempt} ${stage}`;

export function startAttempt(
  ctx: SqlContext,
  args: readonly [...FenceArgs, stage: string, attempt: number, inputsHash: string | null],
): WriteResult {
  const [, , , stage, attempt, inputsHash] = args;
  const run = passFence(ctx, args);
  if (isRefusal(run)) return run;
  // The same attempt started before: the first answer was lost on the way, or the caller counts wrongly.
  const isNew = ctx.hot.isRemembering
    ? rememberAttempt(ctx, run, stage, attempt, inputsHash)
    : insertRunning(ctx, run, stage, attempt, inputsHash);
  if (!isNew) return DUPLICATE;
  run.openAttempts += 1;
  run.label = stage;
  const seq = noteAlive(ctx, run, 1);
  insertEvent(ctx, run.runK, seq, "stage.started", stage, `{"attempt":${attempt}}`);
  return run.wish;
}

function rememberAttempt(
  ctx: SqlContext,
  run: HotRun,
  stage: string,
  attempt: number,
  inputsHash: string | null,
): boolean {
  const key = keyOf(run.runK, stage, attempt);
  if (ctx.hot.attempts.has(key)) return false;
  ctx.hot.attempts.set(key, {
    runK: run.runK,
    stage,
    attempt,
    generation: run.generation,
    startSeq: run.nextSeq,
    holderK: run.holderK,
    startedAt: ctx.wallMs,
    inputsHash,
    status: "running",
    isRecord: 0,
    finishedAt: null,
    errorJson: null,
    sha256: null,
    sizeBytes: null,
    outputJson: null,
  });
  return true;
}

function insertRunning(
  ctx: SqlContext,
  run: HotRun,
  stage: string,
  attempt: number,
  inputsHash: string | null,
): boolean {
  const inserted = ctx.run(
    `INSERT OR IGNORE INTO attempt (run_k, stage, attempt, generation, start_seq, status, holder_k, started_at, inputs_hash)
     VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?)`,
    run.runK,
    stage,
    attempt,
    run.generation,
    run.nextSeq,
    run.holderK,
    ctx.wallMs,
    inputsHash,
  );
  return inserted === 1;
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

/** A recorded ending is the stage's outcome, once: asked under the write lock, here or when the group is flushed. */
export function finishAttempt(ctx: SqlContext, args: FinishArgs): WriteResult {
  const [, , , stage, attempt, status, isRecord, , , , errorJson, ms] = args;
  const run = passFence(ctx, args);
  if (isRefusal(run)) return run;
  const { runK } = run;
  const remembered = ctx.hot.attempts.get(keyOf(runK, stage, attempt));
  const isEnded = remembered === undefined ? endAttempt(ctx, run, args) : endRemembered(ctx, remembered, args);
  if (!isEnded) return DUPLICATE;
  run.openAttempts = Math.max(0, run.openAttempts - 1);
  if (isRecord === 1) {
    run.hasRecord = 1;
    run.isReopening = 0;
  }
  if (status === "completed") run.stagesDone += 1;
  // An interrupted attempt is no fact worth a number: its row says it.
  const eventCount = status === "interrupted" ? 0 : 1;
  const seq = isRecord === 1 ? noteProgress(ctx, run, eventCount) : noteAlive(ctx, run, eventCount);
  if (status === "completed") {
    insertEvent(ctx, runK, seq, "stage.completed", stage, `{"attempt":${attempt},"ms":${ms}}`);
  } else if (status === "failed") {
    if (errorJson !== null) ctx.run("UPDATE run SET last_error = ? WHERE run_k = ?", errorJson, runK);
    const type = isRecord === 1 ? "stage.failed" : "stage.retrying";
    const after = isRecord === 1 ? "" : `,"afterMs":${ms}`;
    insertEvent(ctx, runK, seq, type, stage, `{"attempt":${attempt},"error":${errorJson}${after}}`);
  }
  return run.wish;
}

function endRemembered(ctx: SqlContext, row: HotAttempt, args: FinishArgs): boolean {
  if (row.status !== "running") return false;
  const [, , , , , status, isRecord, outputJson, sha256, sizeBytes, errorJson] = args;
  Object.assign(row, { status, isRecord, outputJson, sha256, sizeBytes, errorJson, finishedAt: ctx.wallMs });
  return true;
}

/** @throws when the attempt was never started: not a race that could be answered, but a caller that is wrong. */
function endAttempt(ctx: SqlContext, run: HotRun, args: FinishArgs): boolean {
  const [, , , stage, attempt, status, isRecord, outputJson, sha256, sizeBytes, errorJson] = args;
  // An outcome that is remembered and not in the table yet is not seen here, but the flush then refuses its insert.
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
    run.runK,
    stage,
    attempt,
    isRecord,
    run.runK,
    stage,
    run.generation,
  );
  if (updated === 1) return true;
  const row = ctx.get("SELECT 1 FROM attempt WHERE run_k = ? AND stage = ? AND attempt = ?", run.runK, stage, attempt);
  if (row === undefined) throw new Error(`Stage ${stage}: attempt ${attempt} was never started, so it cannot end.`);
  return false;
}

export function reopenStage(
  ctx: SqlContext,
  args: readonly [...FenceArgs, stage: string, errorJson: string | null],
): WriteResult {
  const [, , , stage, errorJson] = args;
  const run = passFence(ctx, args);
  if (isRefusal(run)) return run;
  ctx.hot.flush(ctx);
  const { runK, generation } = run;
  const found = ctx.get<{ last: number | null; done: number | null }>(
    `SELECT max(attempt) AS last, sum(generation = ? AND is_record = 1 AND status = 'completed') AS done
       FROM attempt WHERE run_k = ? AND stage = ?`,
    generation,
    runK,
    stage,
  );
  ctx.run(
    "UPDATE attempt SET is_record = 0, is_counted = 0 WHERE run_k = ? AND stage = ? AND generation = ?",
    runK,
    stage,
    generation,
  );
  run.stagesDone -= found?.done ?? 0;
  run.isReopening = 0;
  const seq = noteAlive(ctx, run, 1);
  const body = `{"attempt":${found?.last ?? 0},"error":${errorJson ?? "null"},"afterMs":0}`;
  insertEvent(ctx, runK, seq, "stage.retrying", stage, body);
  return run.wish;
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

const ATTEMPT_COLUMNS =
  "a.generation, a.stage, a.attempt, a.status, a.started_at, a.finished_at, a.error, a.is_record, h.name AS holder";

export function listAttempts(ctx: SqlContext, args: readonly [runId: string]): AttemptRow[] {
  return ctx.all<AttemptRow>(
    `SELECT ${ATTEMPT_COLUMNS}
       FROM run r JOIN attempt a USING (run_k) JOIN holder h USING (holder_k) WHERE r.run_id = ? ORDER BY a.start_seq`,
    args[0],
  );
}

export function listAttemptsOf(
  ctx: SqlContext,
  args: readonly [runIdsJson: string],
): (AttemptRow & { readonly run_id: string })[] {
  return ctx.all(
    `SELECT r.run_id, ${ATTEMPT_COLUMNS}
       FROM json_each(?) j CROSS JOIN run r ON r.run_id = j.value JOIN attempt a USING (run_k) JOIN holder h USING (holder_k)
      ORDER BY a.start_seq`,
    args[0],
  );
}
