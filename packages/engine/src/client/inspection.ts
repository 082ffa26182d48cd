/** What `runs` tells about a run beside its view: health, what can be done, checkpoints; and the reset of its counts. */
import { parseRunId, RunNotFoundError } from "@holdfast/core";
import { inspectCheckpoints } from "../manage/checkpoints.js";
import type { ActOptions, RunInspection } from "../manage/facade.js";
import { healthOf } from "../manage/health.js";
import { readRecoveryOptions } from "../manage/recovery-options.js";
import { readStatistics } from "../manage/statistics.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { illegalMove } from "../opened/refusals.js";
import { actOptions, changed, termsOf } from "./act.js";

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
