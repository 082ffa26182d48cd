/** The end of an execution: the one write that gives a lease back. */
import { type Fence, isMine, type ResumeDirective, type RunReport } from "@holdfast/core";
import { NO_OUTPUT, outputColumns, PAUSED, QUEUED, TARGETS, type WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { finishRun } from "./family.js";
import { isRefusal, passFence } from "./fence.js";
import { addEvent, interruptAttempts, RUNNING, readLive, setWaiting } from "./live.js";
import { parkRun } from "./waits.js";

/**
 * End an execution. Refused while a cancel or fail is asked for, unless the report is that one's obedience. A run that
 * is handed back while a pause is asked for is paused instead: the wish must not be lost with the lease.
 */
export async function report(ctx: SqlContext, fence: Fence, ending: RunReport): Promise<WriteResult> {
  const runK = await ctx.runKey(fence.runId);
  const live = runK === undefined ? null : await readLive(ctx, runK);
  const isHeld = live !== null && live.phase === RUNNING && isMine(fence, live);
  const isObeying = isHeld && live.wish !== null && ending.status === TARGETS[live.wish];
  if (!isObeying) {
    const passed = await passFence(ctx, fence);
    if (isRefusal(passed)) return passed;
  }
  if (live === null) throw new Error(`Run ${fence.runId} passed its fence without a live row.`);
  const { wish } = live;
  const given = "reason" in ending ? ending.reason : null;
  // A pause, cancel or fail without a word of its own has the reason that the person gave.
  const reason = given ?? (isObeying ? live.wish_reason : null);
  await interruptAttempts(ctx, live);
  // What goes on by itself goes on under the terms of the resume.
  if (ending.status !== "queued" && ending.status !== "waiting") live.directive = keptOf(live.directive);
  const wakeInMs = "wakeInMs" in ending ? ending.wakeInMs : null;
  const wakeAt = wakeInMs === null ? null : ctx.dueMs() + Math.round(wakeInMs);
  switch (ending.status) {
    case "completed":
      await addEvent(ctx, live, "run.completed", { stages: ending.stageCount });
      await finishRun(ctx, live, {
        status: "completed",
        reason,
        errorJson: null,
        output: outputColumns(ending.output),
      });
      break;
    case "failed":
      await addEvent(ctx, live, "run.failed", { reason, error: ending.error });
      await finishRun(ctx, live, {
        ...{ status: "failed", reason, errorJson: JSON.stringify(ending.error), output: NO_OUTPUT },
      });
      break;
    case "cancelled":
      await addEvent(ctx, live, "run.cancelled", { reason });
      await finishRun(ctx, live, { status: "cancelled", reason, errorJson: null, output: NO_OUTPUT });
      break;
    case "paused":
      await addEvent(ctx, live, "run.paused", wakeAt === null ? { reason } : { reason, wakeAt });
      await setWaiting(ctx, live, { phase: PAUSED, wakeAt, reason });
      break;
    case "waiting":
    case "queued":
      if (wish === "pause") {
        await addEvent(ctx, live, "run.paused", { reason: live.wish_reason });
        await setWaiting(ctx, live, { phase: PAUSED, wakeAt: null, reason: live.wish_reason });
        break;
      }
      if (ending.status === "waiting") {
        await parkRun(ctx, live, reason);
        break;
      }
      await addEvent(ctx, live, "run.handed_back", { holder: live.holder });
      await setWaiting(ctx, live, { phase: QUEUED, wakeAt, reason });
      break;
  }
  return wish;
}

/** Of what a resume asked for, what outlives its execution: raised budgets. */
function keptOf(directive: string | null): string | null {
  if (directive === null) return null;
  const { budget } = JSON.parse(directive) as ResumeDirective;
  return budget === undefined ? null : JSON.stringify({ accept: null, only: null, budget });
}
