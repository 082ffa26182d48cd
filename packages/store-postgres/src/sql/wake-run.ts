/** Queues a run that waited, although none of its waits has ended. */
import { type LiveRow, QUEUED } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvents } from "./events.js";
import { setWaiting } from "./live.js";

/** `stage`: why. The caller holds the run. */
export async function wakeRun(ctx: SqlContext, live: LiveRow, stage: string | null): Promise<void> {
  if (stage !== null) {
    await insertEvents(ctx, [{ runK: live.run_k, seq: live.next_seq, type: "run.woken", stage, body: "{}" }]);
    live.next_seq += 1;
  }
  await setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
}
