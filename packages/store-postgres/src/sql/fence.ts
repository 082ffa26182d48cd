/**
 * The one fence that every fenced write passes: the lease that the caller names must be the run's own at this moment,
 * under the lock of its live row, which is held until the commit. A write that is refused changes nothing.
 */
import { type Fence, isMine } from "@holdfast/core";
import type { Refusal } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { HELD_COLUMNS, type HeldRun } from "../held-run.js";

export const RUNNING = 1;

/** The run, when the write may be made; nothing is changed yet. Else why not. */
export async function passFence(ctx: SqlContext, fence: Fence): Promise<HeldRun | Refusal> {
  const { runId } = fence;
  const run = await ctx.get<HeldRun & { readonly phase: number }>(
    `SELECT ${HELD_COLUMNS} FROM run_live l WHERE l.run_k = (SELECT run_k FROM run WHERE run_id = ?) FOR UPDATE`,
    runId,
  );
  if (run !== undefined && run.phase === RUNNING && isMine(fence, run)) {
    return run.wish !== null && run.wish !== "pause" ? { kind: "cancelled", wish: run.wish } : run;
  }
  const holder = await ctx.get<{ name: string }>(
    `SELECT h.name FROM run r JOIN run_live l USING (run_k) JOIN holder h USING (holder_k)
      WHERE r.run_id = ? AND l.phase = 1`,
    runId,
  );
  return { kind: "leaseLost", heldBy: holder?.name ?? null };
}

export function isRefusal(passed: HeldRun | Refusal): passed is Refusal {
  return "kind" in passed;
}

/** Note a sign of life and take `eventCount` numbers; the first of them. */
export function noteAlive(ctx: SqlContext, run: HeldRun, eventCount: number): number {
  const firstSeq = run.nextSeq;
  run.nextSeq += eventCount;
  run.beatAt = ctx.wallMs;
  run.updatedAt = ctx.wallMs;
  ctx.held.set(run.runK, run);
  return firstSeq;
}

/** As `noteAlive`, and the run has moved: its idleness begins anew. */
export function noteProgress(ctx: SqlContext, run: HeldRun, eventCount: number): number {
  run.progressAt = ctx.wallMs;
  run.hasProgressed = 1;
  return noteAlive(ctx, run, eventCount);
}

/** An outcome of a stage or an item is recorded: whatever the run's process died of before, it came through. */
export function noteOutcome(run: HeldRun): void {
  run.hasRecord = 1;
  run.deaths = 0;
}

/** Write what the transaction has changed of the runs that it holds. */
export async function flushHeld(ctx: SqlContext): Promise<void> {
  for (const run of ctx.held.values()) {
    await ctx.run(
      `UPDATE run_live
          SET next_seq = ?, beat_at = ?, progress_at = ?, updated_at = ?, open_attempts = ?, stages_done = ?, has_record = ?,
              has_progressed = ?, is_reopening = ?, label = ?, deaths = ?
        WHERE run_k = ?`,
      ...[run.nextSeq, run.beatAt, run.progressAt, run.updatedAt, run.openAttempts, run.stagesDone, run.hasRecord],
      ...[run.hasProgressed, run.isReopening, run.label, run.deaths, run.runK],
    );
  }
  ctx.held.clear();
}
