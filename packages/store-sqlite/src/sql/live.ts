/**
 * A run's live row as the moves between states see it: reading it with its holder, taking event numbers, judging its
 * lease, ending it. Callers own the transaction, which is always `BEGIN IMMEDIATE`: what is read here stays true
 * until their commit.
 */
import type { RunEventType, RunStatus } from "@holdfast/core";
import {
  type Ending,
  isRowExpired,
  type LiveRow,
  noteCauses,
  QUEUED,
  type RunState,
  runCause,
  runNow,
  STATUS_OF_PHASE,
  type WaitingTerms,
} from "@holdfast/store-sql";
import { placeholders, ROWS_AT_ONCE, writeInBatches } from "../batches.js";
import type { SqlContext } from "../context.js";
import { RUNNING } from "../hot.js";
import { insertEvent } from "./events.js";
import { instantOf } from "./lease-rules.js";
import { bootKey } from "./names.js";
import { endAttempts } from "./recent.js";
import { dropWaits } from "./wait-rows.js";

export { RUNNING };

const LIVE_SQL = `
  SELECT l.*, b.boot_id, h.name AS holder, h.host, h.pid
    FROM run_live l LEFT JOIN boot b USING (boot_k) LEFT JOIN holder h ON h.holder_k = l.holder_k
   WHERE l.run_k = ?`;

export function readLive(ctx: SqlContext, runK: number): LiveRow | null {
  return ctx.get<LiveRow>(LIVE_SQL, runK) ?? null;
}

export function readState(ctx: SqlContext, runId: string): RunState | null {
  const run = ctx.get<{ run_k: number; final_status: RunStatus | null }>(
    "SELECT run_k, final_status FROM run WHERE run_id = ?",
    runId,
  );
  if (run === undefined) return null;
  if (run.final_status !== null) return { runK: run.run_k, status: run.final_status, live: null };
  const live = readLive(ctx, run.run_k);
  if (live === null) throw new Error(`Run ${runId} is neither finished nor live: its record is damaged.`);
  return { runK: run.run_k, status: STATUS_OF_PHASE[live.phase] ?? "queued", live };
}

/** The holder is silent for longer than its time to live or the run's stall limit, or was of another boot. */
export function isLeaseExpired(ctx: SqlContext, live: LiveRow): boolean {
  return isRowExpired(live, instantOf(ctx));
}

/** Write an event under the next number of a live run. The number is put back into the row by the caller's update. */
export function addEvent(ctx: SqlContext, live: LiveRow, type: RunEventType, body: object): void {
  insertEvent(ctx, live.run_k, live.next_seq, type, null, JSON.stringify(body));
  live.next_seq += 1;
}

/** The lease is over: attempts that it left open have ended. They use up none of the allowed attempts. */
export function interruptAttempts(ctx: SqlContext, live: LiveRow): void {
  endAttempts(ctx, [live.run_k]);
  live.open_attempts = 0;
}

/**
 * Put a run into the queue or aside; its lease, if it had one, ends. The caller has written the events. From here on
 * `progress_at` says since when it rests, or from when on it waits for a worker, on the boot's own clock.
 */
export function setWaiting(ctx: SqlContext, live: LiveRow, to: WaitingTerms): void {
  ctx.run(
    `UPDATE run_live
        SET phase = ?, wake_at = ?, reason = ?, nonce = NULL, holder_k = NULL, boot_k = ?, since = NULL,
            lease_ms = NULL, beat_at = NULL, progress_at = ?, wish = NULL, wish_reason = NULL,
            next_seq = ?, is_reopening = ?, through = ?, recoveries = ?, deaths = ?, retries = ?, open_attempts = ?,
            has_progressed = ?, directive = ?, updated_at = ?
      WHERE run_k = ?`,
    to.phase,
    to.wakeAt,
    to.reason,
    bootKey(ctx),
    ctx.monotonicMs + (to.phase === QUEUED ? Math.max(0, (to.wakeAt ?? 0) - ctx.dueMs()) : 0),
    live.next_seq,
    live.is_reopening,
    live.through,
    live.recoveries,
    live.deaths,
    live.retries,
    live.open_attempts,
    live.has_progressed,
    live.directive,
    ctx.wallMs,
    live.run_k,
  );
}

/** A run whose end is written. */
export interface EndedRun extends Ending {
  readonly runK: number;
  /** Number of its last event. */
  readonly head: number;
}

const finishSql = (count: number) => `
  UPDATE run
     SET final_status = n.column2, reason = n.column3, error = n.column4, last_error = coalesce(n.column4, last_error),
         last_error_at = CASE WHEN n.column4 IS NULL THEN last_error_at ELSE n.column8 END, output = n.column5,
         output_sha256 = n.column6, output_bytes = n.column7, finished_at = n.column8, updated_at = n.column8, head = n.column9,
         started_at = l.started_at, token = l.token, generation = l.generation, through = l.through,
         recoveries = l.recoveries, deaths = l.deaths, retries = l.retries, has_record = l.has_record,
         stages_done = l.stages_done, items_done = l.items_done, items_total = l.items_total, items_failed = l.items_failed,
         items_per_s = l.items_per_s, label = l.label, reached = l.reached, cause = n.column10
    FROM (VALUES ${placeholders(10, count)}) n JOIN run_live l ON l.run_k = n.column1
   WHERE run.run_k = n.column1`;

const FINISH_SQL = { one: finishSql(1), many: finishSql(ROWS_AT_ONCE) };

/** End runs, without what that means for others (`family.ts`): copy what must last from their live rows, delete these, count. The caller has written the events. */
export function finishRuns(ctx: SqlContext, runs: readonly EndedRun[]): void {
  const causes = new Map(runs.map(({ runK, status, errorJson }) => [runK, runCause(status, errorJson)]));
  writeInBatches(ctx, FINISH_SQL, runs, (values, { runK, status, reason, errorJson, output, head }) =>
    values.push(runK, status, reason, errorJson, ...output, ctx.wallMs, head, causes.get(runK) ?? null),
  );
  for (const [runK, cause] of causes) if (cause !== null) runNow(noteCauses(ctx, runK, [cause]));
  const runKs = JSON.stringify(runs.map(({ runK }) => runK));
  ctx.run("DELETE FROM run_live WHERE run_k IN (SELECT value FROM json_each(?))", runKs);
  dropWaits(ctx, runKs);
  for (const status of new Set(runs.map((run) => run.status))) {
    countFinished(ctx, status, runs.filter((run) => run.status === status).length);
  }
}

/** Notes what went wrong last while the run is tried again. */
export function noteError(ctx: SqlContext, runK: number, errorJson: string): void {
  ctx.run("UPDATE run SET last_error = ?, last_error_at = ? WHERE run_k = ?", errorJson, ctx.wallMs, runK);
}

/** Why a run was taken from its holder, as its last error. */
export function noteRecovery(ctx: SqlContext, runK: number, reason: string): void {
  noteError(ctx, runK, JSON.stringify({ name: "RunRecoveredError", message: reason }));
}

export function countFinished(ctx: SqlContext, status: string, change: number): void {
  ctx.run("UPDATE run_count SET runs = runs + ? WHERE status = ?", change, status);
}
