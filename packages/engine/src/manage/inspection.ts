/** What `runs` tells about a run beside its view: health, what can be done, checkpoints; and the reset of its counts. */
import { IllegalMoveError, parseRunId } from "@holdfast/core";
import { actOptions, checkExpected } from "../operate/act.js";
import { type Opened, requireRun } from "../operate/opened.js";
import { inspectCheckpoints } from "./checkpoints.js";
import type { ActOptions, RunInspection } from "./facade.js";
import { healthOf } from "./health.js";
import { readRecoveryOptions } from "./recovery-options.js";
import { stampOf } from "./stamp.js";
import { readStatistics } from "./statistics.js";

export function makeInspection(opened: Opened): RunInspection {
  return {
    health: (runId) => healthOf(opened, runId),
    recoveryOptions: (runId) => readRecoveryOptions(opened, parseRunId(runId)),
    checkpoint: async (runId, stage) => inspectCheckpoints(opened, await requireRun(opened, runId), stage),
    stats: (query) => readStatistics(opened, query),
    resetRecoveries: (runId, how) => resetRecoveries(opened, runId, actOptions(how)),
  };
}

async function resetRecoveries(opened: Opened, runId: string, how: ActOptions): Promise<void> {
  const run = await requireRun(opened, parseRunId(runId));
  checkExpected(run, how.expect);
  if (await opened.deps.store.resetRecoveries(run.id, stampOf(opened, "resetRecoveries", how.reason))) return;
  const { status } = await requireRun(opened, runId);
  const allowed = ["queued", "running", "paused"];
  throw new IllegalMoveError({ runId, status, asked: "reset recoveries", allowed });
}
