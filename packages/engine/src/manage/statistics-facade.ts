/** What statistics ask and answer. Types only. */
import type { CountGrouping, RetentionPolicy, RunCountGroup } from "@holdfast/core";

/** Options of `stats`. */
export interface StatisticsQuery {
  /** Only runs of this owner. Default: all. */
  readonly owner?: string | undefined;
  /** Only runs of this workflow. Default: all. */
  readonly workflow?: string | undefined;
  /** Only runs with this tag; runs that were removed are then not counted. Default: all. */
  readonly tag?: string | undefined;
  /**
   * How long ago a run of `recent` may have finished, in milliseconds. Default 24 hours. Over a week the window begins with a
   * UTC day, since of removed runs the days are kept.
   */
  readonly windowMs?: number | undefined;
  /** Count the runs of each workflow, each owner, or each of both apart as well. Default: not. */
  readonly groupBy?: readonly CountGrouping[] | undefined;
}

/** The state of all runs together. */
export interface Statistics {
  /** Wall clock, milliseconds UTC. */
  readonly asOf: number;
  /** Runs that are not finished, by state. */
  readonly active: {
    readonly queued: number;
    readonly running: number;
    readonly waiting: number;
    readonly paused: number;
  };
  /** Runs that finished within the window, by state; also those that a cleanup or retention has removed since. */
  readonly recent: {
    readonly windowMs: number;
    readonly completed: number;
    readonly failed: number;
    readonly cancelled: number;
  };
  /** Completed of completed and failed within the window, 0 to 1; null when there were none. */
  readonly successRate: number | null;
  /** The same counts for each group; only with `groupBy`, at most 1,000 groups, by workflow, then by owner. */
  readonly groups?: readonly RunCountGroup[] | undefined;
  /** What governs supervision here; of a `workflow` that is registered here with what its own policy says. */
  readonly config: ManagementConfig;
  /** What the supervisors of living workers did. */
  readonly supervisor: {
    /** The newest scan of any living worker; null when none scans. */
    readonly lastScanAt: number | null;
    readonly recovered: number;
    readonly failed: number;
    /** Living workers that take runs. */
    readonly workers: number;
    /** Living supervisors: workers that supervise, and supervisors without a worker. */
    readonly supervisors: number;
  };
}

/** What governs supervision here; each workflow's own policy goes before. */
export interface ManagementConfig {
  /** Interval of the supervisor's scans, in milliseconds. */
  readonly scanMs: number;
  /** Silence after which a holder counts as gone, in milliseconds. */
  readonly stallAfterMs: number;
  /** Recoveries in a row before a run fails. */
  readonly maxRecoveries: number;
  /** Retries after idle timeouts before a run fails. */
  readonly maxRetries: number;
  /** Idleness that is acted on, in milliseconds; null for none. */
  readonly idleTimeoutMs: number | null;
  /** Interval at which idleness is judged, in milliseconds. */
  readonly idleCheckMs: number;
  /** How long a run may be queued without ever being claimed, in milliseconds; null for as long as it takes. */
  readonly startTimeoutMs: number | null;
  /** Finished runs that workers remove of their own accord; null for none. */
  readonly retention: RetentionPolicy | null;
}
