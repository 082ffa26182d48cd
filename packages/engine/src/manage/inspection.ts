/** What `runs` tells about a run beside its view: health, what can be done, checkpoints; and the reset of its counts. */
import { parseRunId, RunNotFoundError } from "@holdfast/core";
import { actOptions, changed, termsOf } from "../operate/act.js";
import { type Engine, requireRun } from "../operate/engine.js";
import { illegalMove } from "../operate/steer.js";
import { inspectCheckpoints } from "./checkpoints.js";
import type { ActOptions, RunInspection } from "./facade.js";
import { healthOf } from "./health.js";
import { readRecoveryOptions } from "./recovery-options.js";
import { readStatistics } from "./statistics.js";

export function makeInspection(opened: Engine): RunInspection {
  return {
    health: (runId) => healthOf(opened, runId),
    recoveryOptions: (runId) => readRecoveryOptions(opened, parseRunId(runId)),
    checkpoint: async (runId, stage) => inspectCheckpoints(opened, await requireRun(opened, runId), stage),
    stats: (query) => readStatistics(opened, query),
    resetRecoveries: (runId, how) => resetRecoveries(opened, runId, actOptions(how)),
  };
}

async function resetRecoveries(opened: Engine, runId: string, how: ActOptions): Promise<void> {
  const outcome = await opened.deps.store.resetRecoveries(parseRunId(runId), termsOf(opened, "resetRecoveries", how));
  switch (outcome.kind) {
    case "reset":
      return;
    case "changed":
      throw changed(runId, outcome, how.expect);
    case "notFound":
      throw new RunNotFoundError({ runId });
    case "refused":
      throw illegalMove(runId, outcome.status, "reset recoveries");
  }
}
