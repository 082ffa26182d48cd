/**
 * How far a whole run is: one fraction over its declared stages, each weighing the same. Pure.
 *
 * Within a generation it never falls while the run goes on: recorded stages stay recorded, items keep their results, and a
 * stage whose length is unknown counts as 0 until it is completed. Only a person who has recorded work done again takes it
 * back; `RunHandle.progress` then waits until it is ahead again.
 */
import type { RunStatus } from "./run.js";

/** One frame of a run's progress: the newest state, never numbered. */
export interface RunProgress {
  /** Stage under way, the last one of several in their order; null where none is. */
  readonly stage: string | null;
  /** Items of that stage's map that have a result; 0 for a stage without a map. */
  readonly done: number;
  /** Items of that stage's map; null while unknown, and for a stage without a map. */
  readonly total: number | null;
  /** From 0 to 1, over the whole run: 1 once it is completed, and not before. */
  readonly fraction: number;
  /** Milliseconds until the run is done, as a range; null while unknown, and while other stages follow. */
  readonly etaMs: readonly [low: number, high: number] | null;
}

/** What is known of one stage. */
export interface StageProgress {
  readonly name: string;
  readonly isCompleted: boolean;
  readonly isRunning: boolean;
  readonly done: number;
  readonly total: number | null;
}

/** What is left to do shows, however little it is. */
export const UNFINISHED_FRACTION_MAX = 0.999;

/** `declaredCount`: null where the stages are not declared, or one of them is a pattern. */
export function progressOf(
  run: { readonly status: RunStatus; readonly etaMs: RunProgress["etaMs"] },
  stages: readonly StageProgress[],
  declaredCount: number | null,
): RunProgress {
  const current = stages.findLast(({ isRunning }) => isRunning) ?? null;
  const reached = stages.reduce((sum, stage) => sum + shareOf(stage), 0);
  // Of stages that nobody declared any number may follow: each one that is reached takes half of what is left.
  const known = declaredCount === null ? 1 - 0.5 ** reached : reached / Math.max(1, declaredCount);
  const isLast = declaredCount !== null && reached >= declaredCount - 1;
  return {
    stage: current?.name ?? null,
    done: current?.done ?? 0,
    total: current?.total ?? null,
    fraction: run.status === "completed" ? 1 : Math.min(UNFINISHED_FRACTION_MAX, known),
    etaMs: current !== null && isLast ? run.etaMs : null,
  };
}

function shareOf({ isCompleted, done, total }: StageProgress): number {
  if (isCompleted) return 1;
  return total === null || total <= 0 ? 0 : Math.min(1, done / total);
}
