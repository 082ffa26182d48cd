/**
 * A run's live row as the moves between states see it: reading it with its holder, taking event numbers, judging its
 * lease, ending it. What is read here is locked: it stays true until the caller's commit.
 */
import type { RunEventType, RunStatus } from "@holdfast/core";
import {
  DROP_WAITS_OF_RUN_SQL,
  type Ending,
  isHeld,
  isRowExpired,
  type LiveRow,
  noteCauses,
  QUEUED,
  type RunState,
  runCause,
  runInOrder,
  STATUS_OF_PHASE,
  type WaitingTerms,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvents } from "./events.js";
import { RUNNING } from "./fence.js";
import { releaseSuccessor } from "./keys.js";
import { instantAt } from "./lease-rules.js";

export { RUNNING };

const LIVE_SQL = `
  SELECT l.*, h.name AS holder, h.host, h.pid
    FROM run_live l LEFT JOIN holder h ON h.holder_k = l.holder_k
   WHERE l.run_k = ? FOR UPDATE OF l`;

export async function readLive(ctx: SqlContext, runK: number): Promise<LiveRow | null> {
  return (await ctx.get<LiveRow>(LIVE_SQL, runK)) ?? null;
}

/** The run's own row is locked first where it has no live one: two moves of a finished run are one after the other. */
export async function readState(ctx: SqlContext, runId: string): Promise<RunState | null> {
  const runK = await ctx.runKey(runId);
  if (runK === undefined) return null;
  let live = await readLive(ctx, runK);
  if (live === null) {
    const run = await ctx.get<{ final_status: RunStatus | null }>(
      "SELECT final_status FROM run WHERE run_k = ? FOR UPDATE",
      runK,
    );
    if (run === undefined) return null;
    if (run.final_status !== null) return { runK, status: run.final_status, live: null };
    // Somebody opened it again while its row was waited for.
    live = await readLive(ctx, runK);
  }
  if (live === null) throw new Error(`Run ${runId} is neither finished nor live: its record is damaged.`);
  return { runK, status: STATUS_OF_PHASE[live.phase] ?? "queued", live };
}

/** The holder is silent for longer than its time to live or the run's stall limit. */
export function isLeaseExpired(ctx: SqlContext, live: LiveRow): boolean {
  return isRowExpired(live, instantAt(ctx.wallMs));
}

/** Write an event under the next number of a live run. The number is put back into the row by the caller's update. */
export async function addEvent(ctx: SqlContext, live: LiveRow, type: RunEventType, body: object): Promise<void> {
  await insertEvents(ctx, [{ runK: live.run_k, seq: live.next_seq, type, stage: null, body: JSON.stringify(body) }]);
  live.next_seq += 1;
}

/** The lease is over: attempts that it left open have ended. They use up none of the allowed attempts. */
export async function interruptAttempts(ctx: SqlContext, live: LiveRow): Promise<void> {
  await endAttempts(ctx, [live.run_k]);
  live.open_attempts = 0;
}

export async function endAttempts(ctx: SqlContext, runKs: readonly number[]): Promise<void> {
  await ctx.run(
    "UPDATE attempt_row SET status = 'interrupted', finished_at = ? WHERE run_k = ANY(?::bigint[]) AND status = 'running'",
    ctx.wallMs,
    runKs,
  );
}

/**
 * Put a run into the queue or aside; its lease, if it had one, ends. The caller has written the events. From here on
 * `progress_at` says since when it rests, or from when on it waits for a worker.
 */
export async function setWaiting(ctx: SqlContext, live: LiveRow, to: WaitingTerms): Promise<void> {
  await ctx.run(
    `UPDATE run_live
        SET phase = ?, wake_at = ?, reason = ?, nonce = NULL, holder_k = NULL, since = NULL,
            lease_ms = NULL, beat_at = NULL, progress_at = ?, wish = NULL, wish_reason = NULL,
            next_seq = ?, is_reopening = ?, through = ?, recoveries = ?, deaths = ?, retries = ?, open_attempts = ?,
            has_progressed = ?, directive = ?, updated_at = ?, not_before = NULL
      WHERE run_k = ?`,
    to.phase,
    isHeld(live, to) ? null : to.wakeAt,
    to.reason,
    ctx.wallMs + (to.phase === QUEUED ? Math.max(0, (to.wakeAt ?? 0) - ctx.dueMs()) : 0),
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

/** Ends a run, without what that means for others (`family.ts`): copies what must last from its live row, deletes that, counts. The caller has written the event. */
export async function finishRun(ctx: SqlContext, live: LiveRow, ending: Ending): Promise<void> {
  const { status, reason, errorJson, output } = ending;
  const cause = runCause(status, errorJson);
  await ctx.run(
    `UPDATE run
        SET final_status = ?2, reason = ?3, error = ?4, last_error = coalesce(?4, last_error),
            last_error_at = CASE WHEN ?4::text IS NULL THEN last_error_at ELSE ?8 END, output = ?5,
            output_sha256 = ?6, output_bytes = ?7, finished_at = ?8, updated_at = ?8, head = ?9,
            started_at = l.started_at, token = l.token, generation = l.generation, through = l.through,
            recoveries = l.recoveries, deaths = l.deaths, retries = l.retries, has_record = l.has_record,
            stages_done = l.stages_done, items_done = l.items_done, items_total = l.items_total, items_failed = l.items_failed,
            items_per_s = l.items_per_s, label = l.label, reached = l.reached, cause = ?10
       FROM run_live l WHERE l.run_k = ?1 AND run.run_k = ?1`,
    live.run_k,
    status,
    reason,
    errorJson,
    ...output,
    ctx.wallMs,
    live.next_seq - 1,
    cause,
  );
  if (cause !== null) await runInOrder(noteCauses(ctx, live.run_k, [cause]));
  // In one statement: most runs have no wait.
  await ctx.run(
    `WITH dropped AS (${DROP_WAITS_OF_RUN_SQL} RETURNING 1) DELETE FROM run_live WHERE run_k = ?`,
    ctx.wallMs,
    live.run_k,
    live.run_k,
  );
  await releaseSuccessor(ctx, live);
  await countFinished(ctx, status, 1);
}

/** Notes what went wrong last while the run is tried again. */
export async function noteError(ctx: SqlContext, runK: number, errorJson: string): Promise<void> {
  await ctx.run("UPDATE run SET last_error = ?, last_error_at = ? WHERE run_k = ?", errorJson, ctx.wallMs, runK);
}

/** Why a run was taken from its holder, as its last error. */
export async function noteRecovery(ctx: SqlContext, runK: number, reason: string): Promise<void> {
  await noteError(ctx, runK, JSON.stringify({ name: "RunRecoveredError", message: reason }));
}

/**
 * A row for each change, folded together by `sumCounts`: one row that every end of a run updates would make all workers wait
 * for each other.
 */
export async function countFinished(ctx: SqlContext, status: string, change: number): Promise<void> {
  await ctx.run("INSERT INTO run_count (status, runs) VALUES (?, ?)", status, change);
}
