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
import { type EventTexts, insertEvents } from "./events.js";
import { isRefusal, noteAlive, noteOutcome, noteProgress, passFence } from "./fence.js";
import { noteError } from "./live.js";
import { OPEN_AS_ATTEMPT } from "./wait-rows.js";

export async function startAttempt(ctx: SqlContext, fence: Fence, start: AttemptStart): Promise<WriteResult> {
  const { stage, attempt, inputsHash, label = null } = start;
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation, nextSeq, holderK } = run;
  const inserted = await ctx.run(
    `INSERT INTO attempt_row (run_k, stage, attempt, generation, start_seq, status, holder_k, started_at, inputs_hash, label)
     VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ...[runK, stage, attempt, generation, nextSeq, holderK, ctx.wallMs, inputsHash, label],
  );
  // The same attempt started before: the first answer was lost on the way, or the caller counts wrongly.
  if (inserted === 0) return DUPLICATE;
  run.openAttempts += 1;
  run.label = shownLabel(start);
  await insertEvents(ctx, [{ runK, seq: noteAlive(ctx, run, 1), ...startedEvent(start) }]);
  return run.wish;
}

/** A recorded ending is the stage's outcome, once: asked under the run's lock. */
export async function finishAttempt(ctx: SqlContext, fence: Fence, finish: AttemptFinish): Promise<WriteResult> {
  const { stage, attempt, status } = finish;
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation } = run;
  const isRecord = isRecordOf(finish);
  const error = status === "completed" ? null : finish.error;
  const errorJson = error === null ? null : JSON.stringify(error);
  const changed = await ctx.run(
    `UPDATE attempt_row
        SET status = ?1, is_record = ?2, finished_at = ?3, error = ?4, output = ?5, output_sha256 = ?6, output_bytes = ?7
      WHERE run_k = ?8 AND stage = ?9 AND attempt = ?10 AND status = 'running'
        AND (?2 = 0 OR NOT EXISTS (SELECT 1 FROM attempt_row o
                                    WHERE o.run_k = ?8 AND o.stage = ?9 AND o.generation = ?11 AND o.is_record = 1))`,
    status,
    isRecord ? 1 : 0,
    ctx.wallMs,
    errorJson,
    ...outputColumns(status === "completed" ? finish.output : null),
    ...[runK, stage, attempt, generation],
  );
  if (changed === 0) return refuseFinish(ctx, runK, stage, attempt);
  run.openAttempts = Math.max(0, run.openAttempts - 1);
  if (isRecord) {
    noteOutcome(run);
    run.isReopening = 0;
  }
  if (status === "completed") run.stagesDone += 1;
  const event = finishedEvent(finish);
  const eventCount = event === null ? 0 : 1;
  const seq = isRecord ? noteProgress(ctx, run, eventCount) : noteAlive(ctx, run, eventCount);
  if (status === "failed" && errorJson !== null) await noteError(ctx, runK, errorJson);
  if (event !== null) await insertEvents(ctx, [{ runK, seq, ...event }]);
  return run.wish;
}

export const isRecordOf = (finish: AttemptFinish): boolean =>
  finish.status === "completed" || (finish.status === "failed" && finish.isRecord);

/** What the run shows of itself while the attempt runs. */
export const shownLabel = ({ stage, label = null }: AttemptStart): string =>
  label === null ? stage : `${stage} · ${label}`;

export function startedEvent({ stage, attempt, label = null }: AttemptStart): EventTexts {
  return { type: "stage.started", stage, body: JSON.stringify(label === null ? { attempt } : { attempt, label }) };
}

/** An interrupted attempt is no fact worth a number: its row says it. */
export function finishedEvent(finish: AttemptFinish): EventTexts | null {
  const { stage, attempt } = finish;
  switch (finish.status) {
    case "completed":
      return { type: "stage.completed", stage, body: JSON.stringify({ attempt, ms: Math.round(finish.ms) }) };
    case "failed": {
      const { error, isRecord, afterMs } = finish;
      const body = JSON.stringify({ attempt, error, ...(isRecord ? {} : { afterMs }) });
      return { type: isRecord ? "stage.failed" : "stage.retrying", stage, body };
    }
    case "interrupted":
      return null;
  }
}

/** @throws when the attempt was never started: not a race that could be answered, but a caller that is wrong. */
async function refuseFinish(ctx: SqlContext, runK: number, stage: string, attempt: number): Promise<WriteResult> {
  const row = await ctx.get(
    "SELECT 1 FROM attempt_row WHERE run_k = ? AND stage = ? AND attempt = ?",
    runK,
    stage,
    attempt,
  );
  if (row === undefined) throw new Error(`Stage ${stage}: attempt ${attempt} was never started, so it cannot end.`);
  return DUPLICATE;
}

export async function reopenStage(
  ctx: SqlContext,
  fence: Fence,
  stage: string,
  why: RecordedError | null,
): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation } = run;
  const found = await ctx.get<{ last: number | null; done: number }>(
    `SELECT max(attempt) AS last, count(*) FILTER (WHERE generation = ? AND is_record = 1 AND status = 'completed') AS done
       FROM attempt_row WHERE run_k = ? AND stage = ?`,
    generation,
    runK,
    stage,
  );
  await ctx.run(
    "UPDATE attempt_row SET is_record = 0, is_counted = 0 WHERE run_k = ? AND stage = ? AND generation = ?",
    runK,
    stage,
    generation,
  );
  run.stagesDone -= found?.done ?? 0;
  run.isReopening = 0;
  const body = JSON.stringify({ attempt: found?.last ?? 0, error: why, afterMs: 0 });
  await insertEvents(ctx, [{ runK, seq: noteAlive(ctx, run, 1), type: "stage.retrying", stage, body }]);
  return run.wish;
}

const GENERATION_SQL = `
  SELECT r.run_k, coalesce(l.generation, r.generation) AS generation
    FROM run r LEFT JOIN run_live l USING (run_k) WHERE r.run_id = ?`;

const RECORD_SQL = `
  SELECT stage, attempt, status, output, output_sha256, output_bytes, error, inputs_hash,
         (SELECT count(*) FROM attempt_row f WHERE f.run_k = a.run_k AND f.stage = a.stage
             AND f.generation = a.generation AND f.status = 'failed' AND f.is_counted = 1) AS failed_count
    FROM attempt_row a WHERE run_k = ? AND generation = ? AND is_record = 1`;

export async function loadHistory(
  ctx: SqlContext,
  runId: string,
): Promise<{ stages: HistoryRow[]; records: RecordRow[] }> {
  const run = await ctx.get<{ run_k: number; generation: number }>(GENERATION_SQL, runId);
  if (run === undefined) return { stages: [], records: [] };
  return {
    stages: await ctx.all<HistoryRow>(
      `SELECT stage, max(attempt) AS last_attempt,
              count(*) FILTER (WHERE generation = ? AND status = 'failed' AND is_counted = 1) AS failed_count
         FROM attempt_row WHERE run_k = ? GROUP BY stage`,
      run.generation,
      run.run_k,
    ),
    records: await ctx.all<RecordRow>(RECORD_SQL, run.run_k, run.generation),
  };
}

export async function getStageRecord(ctx: SqlContext, runId: string, stage: string): Promise<RecordRow | null> {
  const run = await ctx.get<{ run_k: number; generation: number }>(GENERATION_SQL, runId);
  if (run === undefined) return null;
  return (await ctx.get<RecordRow>(`${RECORD_SQL} AND stage = ?`, run.run_k, run.generation, stage)) ?? null;
}

const ATTEMPT_COLUMNS = `a.generation, a.stage, a.attempt, a.status, a.started_at, a.finished_at, a.error, a.is_record,
  a.label, a.start_seq, h.name AS holder, v.kind AS wait_kind, v.due_at AS wait_due_at, v.subject AS wait_subject,
  ${CHILD_OF_WAIT} AS wait_child_id`;
/** Of a wait that has ended with an outcome, its row says what it waited for. */
const WAIT_OF_ATTEMPT = "LEFT JOIN wait v ON v.run_k = a.run_k AND v.stage = a.stage AND v.attempt = a.attempt";

export function listAttempts(ctx: SqlContext, runId: string): Promise<AttemptRow[]> {
  return ctx.all<AttemptRow>(
    `SELECT ${ATTEMPT_COLUMNS}
       FROM run r JOIN attempt_row a USING (run_k) JOIN holder h USING (holder_k) ${WAIT_OF_ATTEMPT} WHERE r.run_id = ?1
     UNION ALL SELECT ${OPEN_AS_ATTEMPT}
       FROM run r JOIN wait v USING (run_k) JOIN holder h USING (holder_k) WHERE r.run_id = ?1 AND v.state <> ${SETTLED}
      ORDER BY start_seq`,
    runId,
  );
}

export function listAttemptsOf(
  ctx: SqlContext,
  runIds: readonly string[],
): Promise<(AttemptRow & { readonly run_id: string })[]> {
  return ctx.all(
    `SELECT r.run_id, ${ATTEMPT_COLUMNS}
       FROM run r JOIN attempt_row a USING (run_k) JOIN holder h USING (holder_k) ${WAIT_OF_ATTEMPT}
      WHERE r.run_id = ANY(?1::text[])
     UNION ALL SELECT r.run_id, ${OPEN_AS_ATTEMPT}
       FROM run r JOIN wait v USING (run_k) JOIN holder h USING (holder_k)
      WHERE r.run_id = ANY(?1::text[]) AND v.state <> ${SETTLED}
      ORDER BY start_seq`,
    runIds,
  );
}
