/**
 * The one fence that every fenced write passes: the lease that the caller names must be the run's own at this moment,
 * under the write lock, which is held until the commit. A write that is refused changes nothing.
 *
 * Worker A (slow)                     Worker B
 *                                     claims the run: token 5 → 6, new nonce
 * writes with token 5, old nonce      …
 *   → the row has neither: refused    → its own writes pass
 */
import { type Fence, isMine } from "@holdfast/core";
import type { Refusal } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { type HotRun, loadHotRun, RUNNING } from "../hot.js";

/** The run, when the write may be made; nothing is changed yet. Else why not. */
export function passFence(ctx: SqlContext, fence: Fence): HotRun | Refusal {
  const runK = ctx.runKey(fence.runId);
  const run = runK === undefined ? undefined : loadHotRun(ctx, runK);
  const isHeld = run !== undefined && run.phase === RUNNING && isMine(fence, run);
  if (!isHeld || (run.wish !== null && run.wish !== "pause")) return explainRefusal(ctx, fence, run, isHeld);
  return run;
}

export function isRefusal(passed: HotRun | Refusal): passed is Refusal {
  return "kind" in passed;
}

/** Note a sign of life and take `eventCount` numbers; the first of them. */
export function noteAlive(ctx: SqlContext, run: HotRun, eventCount: number): number {
  const firstSeq = run.nextSeq;
  run.nextSeq += eventCount;
  run.beatAt = ctx.monotonicMs;
  run.updatedAt = ctx.wallMs;
  ctx.hot.markDirty(run);
  return firstSeq;
}

/** As `noteAlive`, and the run has moved: its idleness begins anew. */
export function noteProgress(ctx: SqlContext, run: HotRun, eventCount: number): number {
  run.progressAt = ctx.monotonicMs;
  run.hasProgressed = 1;
  return noteAlive(ctx, run, eventCount);
}

/** An outcome of a stage or an item is recorded: whatever the run's process died of before, it came through. */
export function noteOutcome(run: HotRun): void {
  run.hasRecord = 1;
  run.deaths = 0;
}

function explainRefusal(ctx: SqlContext, fence: Fence, run: HotRun | undefined, isHeld: boolean): Refusal {
  if (isHeld && run !== undefined && run.wish !== null) return { kind: "cancelled", wish: run.wish };
  // By the id: the number may be another run's by now, when a run was deleted by another process.
  const holder = ctx.get<{ name: string }>(
    `SELECT h.name FROM run r JOIN run_live l USING (run_k) JOIN holder h USING (holder_k)
      WHERE r.run_id = ? AND l.phase = 1`,
    fence.runId,
  );
  return { kind: "leaseLost", heldBy: holder?.name ?? null };
}
