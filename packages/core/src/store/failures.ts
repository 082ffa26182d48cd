/** Failures of many runs, summed by the store: what a page over all runs shows without reading them. */
import type { RunId } from "../ids.js";

/** Newest runs whose failures are looked at. More would make one read hold up others for seconds. */
export const FAILURE_RUNS_MAX = 10_000;
/** Maps with failed items that one read looks through. */
export const FAILURE_MAPS_MAX = 500;
/** Failed items that one read looks through, in all of its maps. */
export const FAILURE_ITEMS_MAX = 50_000;
/** Failed runs of one read. */
export const FAILED_RUNS_MAX = 1_000;
/** Characters of a message. */
export const FAILURE_MESSAGE_MAX = 400;

/** Which failures. */
export interface FailureQuery {
  /** Only those of runs of this owner. Default: of all. */
  readonly owner?: string | undefined;
  /** Only those of runs of this workflow. Default: of all. */
  readonly workflow?: string | undefined;
  /** Recorded at this instant or later, milliseconds UTC. */
  readonly since: number;
  /** Where days begin: milliseconds added to UTC. Default 0. */
  readonly dayOffsetMs?: number | undefined;
}

/** Failures of one run that have the same message, on one day. */
export interface FailureCount {
  /** Run that they are of. */
  readonly runId: RunId;
  /** Its workflow. */
  readonly workflow: string;
  /** Map whose items failed; null where the run itself did. */
  readonly stage: string | null;
  /** Category of the failure. */
  readonly category: string;
  /** Message of the failure, cut. */
  readonly message: string;
  /** Day, counted from 1970 with the query's offset. */
  readonly day: number;
  /** How many. */
  readonly count: number;
  /** The oldest, milliseconds UTC. */
  readonly firstAt: number;
  /** The newest, milliseconds UTC. */
  readonly lastAt: number;
  /** An item that failed so; null where the run itself did. */
  readonly key: string | null;
}

/** The answer to `countFailures`. */
export interface FailureCounts {
  /** Newest runs first. */
  readonly rows: readonly FailureCount[];
  /** False where a bound above left failures out. */
  readonly isWhole: boolean;
}
