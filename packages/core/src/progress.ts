/**
 * Progress of a run: counters stored with the run, so that any process can read them. `eta.ts` has the rules for the
 * remaining time.
 */
export interface Progress {
  /** Items done in the run's maps once one has started; before that, recorded stages. */
  readonly done: number;
  /** Null while unknown: stages were not declared, or the source's length is unknown. */
  readonly total: number | null;
  /** Items of the run's maps with an error as outcome. */
  readonly failed: number;
  /** Completions per second over recent active time; null before the first. */
  readonly ratePerS: number | null;
  /** Remaining time as a range in milliseconds (median and 90 % bound); null while unknown. */
  readonly etaMs: readonly [low: number, high: number] | null;
  /** What the run is doing at present, in words. */
  readonly label: string | null;
}

/** Progress that a stage last reported, and the largest share it ever reached in the run's generation. */
export interface StageReached {
  readonly done: number;
  /** Null while unknown. */
  readonly total: number | null;
  /** From 0 to 1. A new attempt reports less at first; the run's fraction does not fall with it. */
  readonly share: number;
}

/**
 * Progress that cannot be derived from a generation's records. Stored with the run, so that readers never see less than
 * before. Written by the execution, which alone holds the run.
 */
export interface ReachedProgress {
  /** Fraction of the run when its recorded work was last taken up again, to be kept or redone. */
  readonly fraction: number;
  /** Stages that report their own progress and are not completed, by name. */
  readonly stages: Readonly<Record<string, StageReached>>;
}

/** Value for a run that has not begun or begins again. */
export const NOTHING_REACHED: ReachedProgress = { fraction: 0, stages: {} };

/** Progress of a run that has not begun. */
export const NO_PROGRESS: Progress = { done: 0, total: null, failed: 0, ratePerS: null, etaMs: null, label: null };

/**
 * Progress that a worker writes. The store counts stages as it records them; `items` takes precedence once a map has
 * started.
 */
export interface ProgressWrite {
  readonly items: {
    readonly done: number;
    readonly total: number | null;
    readonly failed: number;
    readonly ratePerS: number | null;
    /** The range in milliseconds from the moment of writing. It is stored as instants, so it stays right without updates. */
    readonly etaMs: readonly [low: number, high: number] | null;
  } | null;
  /** Null keeps the label, which the store sets to the stage that was started last. */
  readonly label: string | null;
  /** Replaces the stored value. Default: keeps it. */
  readonly reached?: ReachedProgress | undefined;
}
