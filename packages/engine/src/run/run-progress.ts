/** How far a run is, from its stages and maps as they were read. Pure. */
import {
  isPattern,
  type MapState,
  progressOf,
  type RunProgress,
  type RunRecord,
  type StageProgress,
} from "@holdfast/core";

export function runProgress(
  run: Pick<RunRecord, "status" | "stages" | "generation" | "progress" | "reached">,
  stages: readonly { readonly name: string; readonly status: string }[],
  maps: readonly MapState[],
): RunProgress {
  const counts = new Map(maps.filter(({ generation }) => generation === run.generation).map((map) => [map.stage, map]));
  const known = stages.map(({ name, status }): StageProgress => {
    const map = counts.get(name);
    const reported = run.reached.stages[name];
    return {
      name,
      isCompleted: status === "completed",
      isRunning: status === "running",
      done: map === undefined ? (reported?.done ?? 0) : map.okCount + map.errorCount,
      total: (map === undefined ? reported?.total : map.total) ?? null,
      reportedShare: reported?.share ?? 0,
    };
  });
  const isOpenEnded = run.stages === null || run.stages.some((stage) => isPattern(stage));
  const declaredCount = isOpenEnded ? null : (run.stages?.length ?? 0);
  const { status, progress, reached } = run;
  return progressOf({ status, etaMs: progress.etaMs, reachedFraction: reached.fraction }, known, declaredCount);
}
