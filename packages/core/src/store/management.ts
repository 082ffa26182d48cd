/**
 * What the store tells and does for those who look after many runs: counts, finished runs to remove, workers seen. Part of
 * the Store contract (`store.ts`); the rules at its head hold here too.
 */
import type { AuditQuery, AuditRecord, AuditStamp } from "../audit.js";
import type { RunId } from "../ids.js";
import type { Holder } from "../lease.js";
import type { RunStatus } from "../run-status.js";
import type { FailureCounts, FailureQuery } from "./failures.js";
import type { ChangeTerms, RunChanged } from "./writes.js";

/** What runs are counted apart by. */
export const COUNT_GROUPINGS = ["workflow", "owner"] as const;
/** One of them. */
export type CountGrouping = (typeof COUNT_GROUPINGS)[number];

/** Groups that are told at most: owners may be many. */
export const COUNT_GROUPS_MAX = 1_000;

/** Windows up to a week are counted by the instant; longer ones begin with a UTC day, as what is kept of removed runs does. */
export const EXACT_WINDOW_MAX_MS = 7 * 24 * 3_600_000;

/** Counts of the runs of one workflow, one owner, or both. */
export interface RunCountGroup {
  /** Null where they are not counted apart by it. */
  readonly workflow: string | null;
  /** Null for runs of nobody, and where they are not counted apart by it. */
  readonly owner: string | null;
  /** Runs that wait for a worker. */
  readonly queued: number;
  /** Runs that are executed. */
  readonly running: number;
  /** Runs that rest. */
  readonly paused: number;
  /** Runs that completed within the window. */
  readonly completed: number;
  /** Runs that failed within the window. */
  readonly failed: number;
  /** Runs that were cancelled within the window. */
  readonly cancelled: number;
}

/** Which runs are counted. */
export interface CountQuery {
  /** How long ago a run may have finished, in milliseconds. */
  readonly windowMs: number;
  readonly owner?: string | undefined;
  readonly workflow?: string | undefined;
  /** Default: not apart. */
  readonly groupBy?: readonly CountGrouping[] | undefined;
}

/** How many runs there are: the cost grows with what is active and what ended within the window, with nothing else. */
export interface RunCounts {
  readonly active: { readonly queued: number; readonly running: number; readonly paused: number };
  /** Finished within the window before now, and not opened again since; also those that a cleanup has removed since. */
  readonly recent: { readonly completed: number; readonly failed: number; readonly cancelled: number };
  /** The same apart for each group, where that was asked: by workflow, then by owner; at most `COUNT_GROUPS_MAX`. */
  readonly groups: readonly RunCountGroup[];
  /**
   * Since the store was made, over all owners: what `recover` queued again, and what it failed of its own accord (not as
   * somebody had asked).
   */
  readonly supervised: { readonly recovered: number; readonly failed: number };
}

/** Finished runs that a cleanup would take, oldest first by `finishedAt`. */
export interface FinishedQuery {
  /** Finished this long ago or longer by the store's clock, milliseconds; 0 takes all. */
  readonly olderThanMs: number;
  /** Default: all three finished states. */
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  /** The newest so many finished runs of each workflow, whatever their state and owner, are not taken. Default 0. */
  readonly keepLast?: number | undefined;
  readonly limit: number;
  /** From the `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** A finished run as it was when listed: what `removeFinished` compares. */
export interface FinishedRun {
  readonly runId: RunId;
  readonly workflow: string;
  readonly owner: string | null;
  readonly status: RunStatus;
  readonly finishedAt: number;
}

/** A queued run whose time has come and that no worker ever took. */
export interface WaitingRun {
  readonly runId: RunId;
  readonly workflow: string;
  /** Since it could first have been claimed, by the store's clock. */
  readonly waitingForMs: number;
  /** The limit of its policy. */
  readonly startTimeoutMs: number;
}

/** The answer to `resetRecoveries`. */
export type ResetOutcome =
  | { readonly kind: "reset" }
  /** It is finished. */
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

/** What a worker says of itself, every few seconds while it lives. */
export interface WorkerReport {
  /** Process of the worker. */
  readonly holder: Holder;
  /** Workflows whose runs it takes; null for all. */
  readonly workflows: readonly string[];
  /** Runs that it executes at a time. */
  readonly concurrency: number;
  /** Runs it executes now. */
  readonly executing: number;
  /** It scans for runs to recover. */
  readonly isSupervising: boolean;
  /** When its last scan ended, milliseconds UTC; null before the first. */
  readonly lastScanAt: number | null;
}

/** A worker as the store saw it last. Instants are milliseconds UTC by the store's clock. */
export interface WorkerRecord extends WorkerReport {
  /** Of its first report. */
  readonly startedAt: number;
  /** Of its newest report. */
  readonly seenAt: number;
  /** Since it was last seen, by the store's clock. */
  readonly silentForMs: number;
}

/** Looking after many runs; a part of `Store`. */
export interface ManagementStore {
  countRuns(query: CountQuery): Promise<RunCounts>;
  /**
   * Sums failed items and failed runs of the newest runs, by run, stage, category, message and day, in their current generation.
   * Bounded by the constants beside `FailureQuery`: what was left out is told, never what it was.
   */
  countFailures(query: FailureQuery): Promise<FailureCounts>;
  listFinished(query: FinishedQuery): Promise<{ readonly rows: readonly FinishedRun[]; readonly next: string | null }>;
  /**
   * Strict. Remove this run if it is still finished, as it was when listed; its rows are removed by `deleteRemovedRows`. From here on it
   * is gone for every reader but `countRuns`, and its id may be used again. False when it is not there, or was opened again meanwhile.
   */
  removeFinished(run: FinishedRun, audit: AuditStamp | null): Promise<boolean>;
  /**
   * Soft. Remove up to `rowsMax` rows that removed runs left behind, in one short transaction. How many; 0 when nothing is
   * left. `deleteRun` leaves its rows to it too, so that no delete holds the store for as long as the run was large.
   */
  deleteRemovedRows(rowsMax: number): Promise<number>;
  /** Queued runs over their `startTimeoutMs` that no worker ever took, by run, `limit` at a time after `after`. */
  listNeverStarted(options: { readonly after: RunId | null; readonly limit: number }): Promise<readonly WaitingRun[]>;
  /** Strict. Sets recoveries and retries to 0 for a run that is not finished; audited when one of them was not. */
  resetRecoveries(runId: RunId, terms: ChangeTerms): Promise<ResetOutcome>;

  /** Soft. One row per holder: a process has one for each worker in it. The first report makes it. */
  reportWorker(report: WorkerReport): Promise<void>;
  /** Soft. A worker that ended well takes its row with it. */
  removeWorker(holder: Holder): Promise<void>;
  /** Those seen within the last day, started last first; older rows are removed by the reports of others. */
  listWorkers(): Promise<readonly WorkerRecord[]>;

  /** Newest first, by cursor. Entries outlive their run, and answer by its id. */
  listAudit(query: AuditQuery): Promise<{ readonly rows: readonly AuditRecord[]; readonly next: string | null }>;
  /**
   * Soft. An entry of its own: what was denied, with the run as it is as `before`, or what changes nothing in the store. Changes
   * write theirs in their own transaction.
   */
  appendAudit(entry: { readonly stamp: AuditStamp; readonly runId: string | null }): Promise<void>;
  /** Soft. Removes up to `limit` entries older than this; retention apart from that of runs. How many. */
  trimAudit(olderThanMs: number, limit: number): Promise<number>;
  /** Strict, and nothing changes: whether a write would be accepted and last. @throws what a write would throw. */
  probe(): Promise<void>;
}
