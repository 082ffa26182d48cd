/** Failures of many runs, aggregated by the store: data for a page over all runs that need not read each run. */
import type { RunId } from "../ids.js";

/** Maximum number of runs examined, newest first. More would let one read block others for seconds. */
export const FAILURE_RUNS_MAX = 10_000;
/** Maximum number of maps with failed items that one read examines. */
export const FAILURE_MAPS_MAX = 500;
/** Maximum number of failed items that one read examines, over all maps. */
export const FAILURE_ITEMS_MAX = 50_000;
/** Maximum number of failed runs in one read. */
export const FAILED_RUNS_MAX = 1_000;
/** Maximum length of a message, in characters. */
export const FAILURE_MESSAGE_MAX = 400;

/** Selects failures. */
export interface FailureQuery {
  /** Only failures of runs of this owner. Default: all owners. */
  readonly owner?: string | undefined;
  /** Only failures of runs of this workflow. Default: all workflows. */
  readonly workflow?: string | undefined;
  /** Only failures recorded at this instant or later, in milliseconds UTC. */
  readonly since: number;
  /** Offset of the start of a day from UTC, in milliseconds. Default 0. */
  readonly dayOffsetMs?: number | undefined;
}

/** Failures of one run with the same message on one day. */
export interface FailureCount {
  /** Run that failed, or whose items failed. */
  readonly runId: RunId;
  /** Workflow of the run. */
  readonly workflow: string;
  /** Map whose items failed; null if the run itself failed. */
  readonly stage: string | null;
  /** Category of the failure. */
  readonly category: string;
  /** Message of the failure, cut to `FAILURE_MESSAGE_MAX`. */
  readonly message: string;
  /** Days since 1970, with the query's offset. */
  readonly day: number;
  /** Number of failures. */
  readonly count: number;
  /** When the oldest was recorded, in milliseconds UTC. */
  readonly firstAt: number;
  /** When the newest was recorded, in milliseconds UTC. */
  readonly lastAt: number;
  /** Key of one of the failed items; null if the run itself failed. */
  readonly key: string | null;
}

/** Answer to `countFailures`. */
export interface FailureCounts {
  /** Newest runs first. */
  readonly rows: readonly FailureCount[];
  /** `false` if one of the limits above left failures out. */
  readonly isWhole: boolean;
}
