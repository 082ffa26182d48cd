/** How far a run is: counters kept with the run, so that any process can read them. ETA rules live in `eta.ts`. */
export interface Progress {
  /** Items of the run's maps once one has started, recorded stages before that. */
  readonly done: number;
  /** Null while unknown (stages not declared, or a source of unknown length). */
  readonly total: number | null;
  /** Items of the run's maps whose outcome is an error. */
  readonly failed: number;
  /** Completions per second over recent active time; null before there are any. */
  readonly ratePerS: number | null;
  /** From now until done, as a range in milliseconds: median and 90 % bound; null while unknown. */
  readonly etaMs: readonly [low: number, high: number] | null;
  /** What it is doing, in words. */
  readonly label: string | null;
}

/** What a stage said of itself last, and the largest share it ever reached in the run's generation. */
export interface StageReached {
  readonly done: number;
  /** Null while unknown. */
  readonly total: number | null;
  /** From 0 to 1. An attempt that begins anew reports less; the run's fraction does not fall with it. */
  readonly share: number;
}

/**
 * Progress that cannot be read off what a generation recorded: kept with the run, so that whoever reads it shows no less than
 * was shown before. Written by the execution, which alone holds the run.
 */
export interface ReachedProgress {
  /** Fraction of the run when its recorded work was last taken up again, to be kept or done anew. */
  readonly fraction: number;
  /** Stages that report their own progress and are not completed, by name. */
  readonly stages: Readonly<Record<string, StageReached>>;
}

/** Of a run that has not begun, or begins anew. */
export const NOTHING_REACHED: ReachedProgress = { fraction: 0, stages: {} };

/** The progress of a run that has not begun. */
export const NO_PROGRESS: Progress = { done: 0, total: null, failed: 0, ratePerS: null, etaMs: null, label: null };

/**
 * What a worker writes. Stages are counted by the store as it records them; `items` takes over once a map has started.
 */
export interface ProgressWrite {
  readonly items: {
    readonly done: number;
    readonly total: number | null;
    readonly failed: number;
    readonly ratePerS: number | null;
    /** The range as milliseconds from the moment of writing: stored as instants, so it stays true while nobody updates it. */
    readonly etaMs: readonly [low: number, high: number] | null;
  } | null;
  /** Null leaves the label as it is (the store sets it to the stage that was started last). */
  readonly label: string | null;
  /** Replaces what was kept before. Left out: it stays. */
  readonly reached?: ReachedProgress | undefined;
}
