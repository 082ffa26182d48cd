/**
 * Progress of a whole run: one fraction over its declared stages, all with the same weight. Pure.
 *
 * Within a generation the fraction never falls. During an execution, recorded stages stay recorded and items keep their
 * results. A stage counts with the largest share it reported, and a stage of unknown length counts as 0 until it
 * completes. When recorded work is taken up again (a resume that redoes some of it, a source that has grown), the
 * previous fraction is stored with the run (`ReachedProgress`) and shown until the run has passed it.
 */
import type { RunStatus } from "./run-status.js";

/** A snapshot of a run's progress. Snapshots have no numbers; only the newest matters. */
export interface RunProgress {
  /** The running stage, or the last one in order if several run; null if none does. */
  readonly stage: string | null;
  /** Items of that stage's map with a result, or the number that the stage reported with `progress`; otherwise 0. */
  readonly done: number;
  /** Items of that stage's map, or the total that the stage reported; null while unknown. */
  readonly total: number | null;
  /** Fraction of the whole run, from 0 to 1. It is 1 only once the run is completed. */
  readonly fraction: number;
  /** Remaining time of the run in milliseconds, as a range; null while unknown, and while other stages follow. */
  readonly etaMs: readonly [low: number, high: number] | null;
}

/** Progress facts of one stage. */
export interface StageProgress {
  readonly name: string;
  readonly isCompleted: boolean;
  readonly isRunning: boolean;
  readonly done: number;
  readonly total: number | null;
  /** Largest share that the stage ever reported; 0 if none. */
  readonly reportedShare: number;
}

/** Maximum fraction of an unfinished run, so that the last bit of work remains visible. */
export const UNFINISHED_FRACTION_MAX = 0.999;

/** Computes a run's progress. `declaredCount` is null if the stages are not declared, or one of them is a pattern. */
export function progressOf(
  run: {
    readonly status: RunStatus;
    readonly etaMs: RunProgress["etaMs"];
    /** Minimum fraction: the run does not fall below it. */
    readonly reachedFraction: number;
  },
  stages: readonly StageProgress[],
  declaredCount: number | null,
): RunProgress {
  const current = stages.findLast(({ isRunning }) => isRunning) ?? null;
  const reached = stages.reduce((sum, stage) => sum + shareOf(stage), 0);
  // Any number of undeclared stages may follow, so each one that is reached takes half of what is left.
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

/** Returns `done` of `total` as a share from 0 to 1; 0 if the total is unknown. */
export function shareDone(done: number, total: number | null): number {
  return total === null || !(total > 0) || !(done > 0) ? 0 : Math.min(1, done / total);
}
