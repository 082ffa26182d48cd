/**
 * What the store tells and does for those who look after many runs: counts, finished runs to remove, workers seen. Part of
 * the Store contract (`store.ts`); the rules at its head hold here too.
 */
import type { AuditQuery, AuditRecord, AuditStamp } from "./audit.js";
import type { RunId } from "./ids.js";
import type { Holder } from "./lease.js";
import type { RunStatus } from "./run.js";

/** How many runs there are, read from counters and narrow indexes: the cost does not grow with what is finished. */
export interface RunCounts {
  readonly active: { readonly queued: number; readonly running: number; readonly paused: number };
  /** Finished within the window before now. */
  readonly recent: { readonly completed: number; readonly failed: number; readonly cancelled: number };
  /** Since the store was made, over all owners: what supervisors queued again, and what they failed. */
  readonly supervised: { readonly recovered: number; readonly failed: number };
}

/** Finished runs that a cleanup would take, oldest first by `finishedAt`. */
export interface FinishedQuery {
  /** Finished longer ago than this by the store's clock, milliseconds; 0 takes all. */
  readonly olderThanMs: number;
  /** Default: all three finished states. */
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  /** The newest so many finished runs of each workflow are not taken. Default 0. */
  readonly keepLast?: number | undefined;
  readonly limit: number;
  /** From the `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface FinishedRun {
  readonly runId: RunId;
  readonly workflow: string;
  readonly owner: string | null;
  readonly status: RunStatus;
  readonly finishedAt: number;
}

/** A queued run whose time has come and that nobody took. */
export interface WaitingRun {
  readonly runId: RunId;
  readonly workflow: string;
  /** Since it could first have been claimed, by the store's clock. */
  readonly waitingForMs: number;
  /** The limit of its policy; null is off. */
  readonly startTimeoutMs: number | null;
}

/** What a worker says of itself, every few seconds while it lives. */
export interface WorkerReport {
  readonly holder: Holder;
  readonly workflows: readonly string[];
  readonly concurrency: number;
  /** Runs it executes now. */
  readonly executing: number;
  /** It scans for runs to recover. */
  readonly isSupervising: boolean;
  /** When its last scan ended, milliseconds UTC; null before the first. */
  readonly lastScanAt: number | null;
}

export interface WorkerRecord extends WorkerReport {
  readonly startedAt: number;
  readonly seenAt: number;
  /** Since it was last seen, by the store's clock. */
  readonly silentForMs: number;
}

export interface ManagementStore {
  countRuns(query: { readonly windowMs: number; readonly owner?: string | undefined }): Promise<RunCounts>;
  listFinished(query: FinishedQuery): Promise<{ readonly rows: readonly FinishedRun[]; readonly next: string | null }>;
  /**
   * Strict. Remove this run if it is still finished, as it was when listed; its rows are removed by `purge`. From here on it
   * is gone for every reader, and its id may be used again. False when it is not there, or was opened again meanwhile.
   */
  removeFinished(run: FinishedRun, audit: AuditStamp | null): Promise<boolean>;
  /**
   * Soft. Remove up to `rowsMax` rows that removed runs left behind, in one short transaction. How many; 0 when nothing is left.
   * `deleteRun` leaves its rows to it too, so that no delete holds the store for as long as the run was large.
   */
  purge(rowsMax: number): Promise<number>;
  /** Queued runs over their `startTimeoutMs`, by run, `limit` at a time after `after`. */
  listNeverStarted(options: { readonly after: RunId | null; readonly limit: number }): Promise<readonly WaitingRun[]>;
  /** Strict. Sets recoveries and retries to 0 for a run that is not finished. False when it is finished or not there. */
  resetRecoveries(runId: RunId, audit: AuditStamp): Promise<boolean>;

  /** Soft. One row per worker process; the first report makes it. */
  reportWorker(report: WorkerReport): Promise<void>;
  /** Soft. A worker that ended well takes its row with it. */
  removeWorker(holder: Holder): Promise<void>;
  /** Those seen within the last day, newest first; older rows are removed by the reports of others. */
  listWorkers(): Promise<readonly WorkerRecord[]>;

  /** Newest first, by cursor. */
  listAudit(query: AuditQuery): Promise<{ readonly rows: readonly AuditRecord[]; readonly next: string | null }>;
  /** Soft. An entry of its own: what was denied. Changes write theirs in their own transaction. */
  appendAudit(entry: { readonly stamp: AuditStamp; readonly runId: string | null }): Promise<void>;
  /** Soft. Removes up to `limit` entries older than this; retention apart from that of runs. How many. */
  trimAudit(olderThanMs: number, limit: number): Promise<number>;
  /** Strict, and nothing changes: whether a write would be accepted and be durable. @throws what a write would throw. */
  probe(): Promise<void>;
}
