/**
 * How far a whole run is: one fraction over its declared stages, each weighing the same. Pure.
 *
 * Within a generation it never falls. While an execution goes on, recorded stages stay recorded, items keep their results, a
 * stage counts with the largest share it reported, and one whose length is unknown counts as 0 until it is completed. Where
 * recorded work is taken up again (a resume that does some of it anew, a source that has grown), the fraction of before is
 * kept with the run (`ReachedProgress`) and shown until the run is ahead again.
 */
import type { RunStatus } from "./run-status.js";

/** One frame of a run's progress: the newest state, never numbered. */
export interface RunProgress {
  /** Stage under way, the last one of several in their order; null where none is. */
  readonly stage: string | null;
  /** Items of that stage's map that have a result, or what the stage reported with `progress`; else 0. */
  readonly done: number;
  /** Items of that stage's map, or the total that it reported; null while unknown. */
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
  /** Largest share that the stage ever reported of itself; 0 where it reported none. */
  readonly reportedShare: number;
}

/** What is left to do shows, however little it is. */
export const UNFINISHED_FRACTION_MAX = 0.999;

/** `declaredCount`: null where the stages are not declared, or one of them is a pattern. */
export function progressOf(
  run: {
    readonly status: RunStatus;
    readonly etaMs: RunProgress["etaMs"];
    /** Fraction below which the run does not fall. */
    readonly reachedFraction: number;
  },
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
    fraction: run.status === "completed" ? 1 : Math.min(UNFINISHED_FRACTION_MAX, Math.max(known, run.reachedFraction)),
    etaMs: current !== null && isLast ? run.etaMs : null,
  };
}

function shareOf({ isCompleted, done, total, reportedShare }: StageProgress): number {
  return isCompleted ? 1 : Math.max(reportedShare, shareDone(done, total));
}

/** `done` of `total` as a share from 0 to 1; 0 where nobody can tell. */
export function shareDone(done: number, total: number | null): number {
  return total === null || !(total > 0) || !(done > 0) ? 0 : Math.min(1, done / total);
}
