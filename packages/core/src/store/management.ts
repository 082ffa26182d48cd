/**
 * Management of many runs in the Store contract (`store.ts`): counts, cleanup of finished runs, workers, audit log. The
 * rules in `store.ts` apply here too.
 */
import type { AuditQuery, AuditRecord, AuditStamp } from "../audit.js";
import type { RunId } from "../ids.js";
import type { Holder } from "../lease.js";
import type { RunStatus } from "../run-status.js";
import type { FailureCounts, FailureQuery } from "./failures.js";
import type { ChangeTerms, RunChanged } from "./writes.js";

/** Fields by which runs can be counted separately. */
export const COUNT_GROUPINGS = ["workflow", "owner"] as const;
/** One of these fields. */
export type CountGrouping = (typeof COUNT_GROUPINGS)[number];

/** Maximum number of groups in an answer. There can be many owners. */
export const COUNT_GROUPS_MAX = 1_000;

/**
 * Longest window counted to the millisecond: one week. Longer windows begin at a UTC day, the unit of the counts of
 * removed runs.
 */
export const EXACT_WINDOW_MAX_MS = 7 * 24 * 3_600_000;

/** Counts of the runs of one workflow, one owner, or both. */
export interface RunCountGroup {
  /** Null if runs are not grouped by workflow. */
  readonly workflow: string | null;
  /** Null for runs without an owner, and if runs are not grouped by owner. */
  readonly owner: string | null;
  /** Runs waiting for a worker. */
  readonly queued: number;
  /** Runs being executed. */
  readonly running: number;
  /** Runs that wait for an instant, and are executed again by themselves. */
  readonly waiting: number;
  /** Paused runs. */
  readonly paused: number;
  /** Runs that completed within the window. */
  readonly completed: number;
  /** Runs that failed within the window. */
  readonly failed: number;
  /** Runs that were cancelled within the window. */
  readonly cancelled: number;
}

/** Selects the runs to count. */
export interface CountQuery {
  /** How far back a run may have finished, in milliseconds. */
  readonly windowMs: number;
  readonly owner?: string | undefined;
  readonly workflow?: string | undefined;
  /** Only runs with this tag. Removed runs are then not counted: their tags are gone with them. */
  readonly tag?: string | undefined;
  /** Default: no groups. */
  readonly groupBy?: readonly CountGrouping[] | undefined;
}

/** Number of runs by state. The cost grows only with active runs and runs that ended within the window. */
export interface RunCounts {
  readonly active: {
    readonly queued: number;
    readonly running: number;
    readonly waiting: number;
    readonly paused: number;
  };
  /** Runs that finished within the window and were not reopened, including those that a cleanup has removed since. */
  readonly recent: { readonly completed: number; readonly failed: number; readonly cancelled: number };
  /** The same per group, if requested, by workflow, then owner; at most `COUNT_GROUPS_MAX`. */
  readonly groups: readonly RunCountGroup[];
  /**
   * Totals since the store was created, over all owners: runs that `recover` queued again, and runs that it failed
   * without a person's request.
   */
  readonly supervised: { readonly recovered: number; readonly failed: number };
}

/** Selects finished runs for a cleanup, oldest first by `finishedAt`. */
export interface FinishedQuery {
  /** Minimum time since the run finished, by the store's clock, in milliseconds; 0 selects all. */
  readonly olderThanMs: number;
  /** Default: all three finished states. */
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  /** Number of the newest finished runs of each workflow to leave out, whatever their state and owner. Default 0. */
  readonly keepLast?: number | undefined;
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string | undefined;
}

/** A finished run as listed. `removeFinished` compares it with the run's present state. */
export interface FinishedRun {
  readonly runId: RunId;
  readonly workflow: string;
  readonly owner: string | null;
  readonly status: RunStatus;
  readonly finishedAt: number;
}

/** A queued run that is due and that no worker ever took. */
export interface WaitingRun {
  readonly runId: RunId;
  readonly workflow: string;
  /** Time since it could first have been claimed, by the store's clock. */
  readonly waitingForMs: number;
  /** Limit set by its policy. */
  readonly startTimeoutMs: number;
}

/** Answer to `resetRecoveries`. */
export type ResetOutcome =
  | { readonly kind: "reset" }
  /** The run is finished. */
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

/** Report that a living worker writes about itself every few seconds. */
export interface WorkerReport {
  /** Process of the worker. */
  readonly holder: Holder;
  /** Workflows whose runs it takes; null for all. */
  readonly workflows: readonly string[];
  /** Maximum number of runs it executes at a time. */
  readonly concurrency: number;
  /** Runs it executes now. */
  readonly executing: number;
  /** Whether it scans for runs to recover. */
  readonly isSupervising: boolean;
  /** When its last scan ended, in milliseconds UTC; null before the first. */
  readonly lastScanAt: number | null;
}

/** A worker as last seen by the store. Instants are milliseconds UTC by the store's clock. */
export interface WorkerRecord extends WorkerReport {
  /** Time of its first report. */
  readonly startedAt: number;
  /** Time of its newest report. */
  readonly seenAt: number;
  /** Time since its newest report, by the store's clock. */
  readonly silentForMs: number;
}

/** Management of many runs; part of `Store`. */
export interface ManagementStore {
  countRuns(query: CountQuery): Promise<RunCounts>;
  /**
   * Counts failed items and failed runs among the newest runs, in their current generation, by run, stage, category,
   * message and day. The limits beside `FailureQuery` apply: the answer says that something was left out, not what.
   */
  countFailures(query: FailureQuery): Promise<FailureCounts>;
  listFinished(query: FinishedQuery): Promise<{ readonly rows: readonly FinishedRun[]; readonly next: string | null }>;
  /**
   * Strict. Removes this run if it is still finished, as it was when listed. It disappears for every reader but
   * `countRuns`, and its ID may be used again; `deleteRemovedRows` deletes its rows later. Returns `false` if the run
   * is gone or was reopened.
   */
  removeFinished(run: FinishedRun, audit: AuditStamp | null): Promise<boolean>;
  /**
   * Soft. Deletes up to `rowsMax` rows of removed runs in one short transaction, and returns their number; 0 when none
   * are left. `deleteRun` relies on it too, so that deleting a large run does not block the store.
   */
  deleteRemovedRows(rowsMax: number): Promise<number>;
  /**
   * Queued runs past their `startTimeoutMs` that no worker ever took, ordered by run ID, up to `limit` after `after`.
   */
  listNeverStarted(options: { readonly after: RunId | null; readonly limit: number }): Promise<readonly WaitingRun[]>;
  /** Strict. Sets the recovery and retry counts of an unfinished run to 0. Audited if one of them was above 0. */
  resetRecoveries(runId: RunId, terms: ChangeTerms): Promise<ResetOutcome>;

  /** Soft. Writes the report. There is one row per holder: a process has one for each of its workers. */
  reportWorker(report: WorkerReport): Promise<void>;
  /** Soft. Removes the row of a worker that ended normally. */
  removeWorker(holder: Holder): Promise<void>;
  /** Workers seen within the last day, most recently started first. Reports of other workers remove older rows. */
  listWorkers(): Promise<readonly WorkerRecord[]>;

  /** Audit entries, newest first, by cursor. Entries outlive their run and can still be found by its ID. */
  listAudit(query: AuditQuery): Promise<{ readonly rows: readonly AuditRecord[]; readonly next: string | null }>;
  /**
   * Soft. Adds a standalone entry for a denied request (with the run's present state as `before`) or for an action that
   * changes nothing in the store. Changes write their entries in their own transaction.
   */
  appendAudit(entry: { readonly stamp: AuditStamp; readonly runId: string | null }): Promise<void>;
  /**
   * Soft. Removes up to `limit` entries older than this and returns their number. Independent of the retention of runs.
   */
  trimAudit(olderThanMs: number, limit: number): Promise<number>;
  /**
   * Strict. Checks whether a write would be accepted and durable, without changing anything. @throws what a write would
   * throw.
   */
  probe(): Promise<void>;
}
