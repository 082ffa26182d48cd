/** How far a run is, from its stages and maps as they were read. Pure. */
import {
  isPattern,
  type MapState,
  progressOf,
  type RunProgress,
  type RunRecord,
  type StageProgress,
} from "@holdfast/core";
import type { StageView } from "../facade.js";

export function runProgress(
  run: Pick<RunRecord, "status" | "stages" | "generation" | "progress">,
  stages: readonly StageView[],
  maps: readonly MapState[],
): RunProgress {
  const counts = new Map(maps.filter(({ generation }) => generation === run.generation).map((map) => [map.stage, map]));
  const known = stages.map(({ name, status }): StageProgress => {
    const map = counts.get(name);
    const done = map === undefined ? 0 : map.okCount + map.errorCount;
    return {
      name,
      isCompleted: status === "completed",
      isRunning: status === "running",
      done,
      total: map?.total ?? null,
    };
  });
  const isOpenEnded = run.stages === null || run.stages.some((stage) => isPattern(stage));
  const declaredCount = isOpenEnded ? null : (run.stages?.length ?? 0);
  return progressOf({ status: run.status, etaMs: run.progress.etaMs }, known, declaredCount);
}
