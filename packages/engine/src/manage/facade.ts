/** What looking after runs offers: health, statistics, recovery, timeouts, cleanup, options, workers, audit. Types only. */
import type { AuditAction, AuditRecord, LeaseView, Progress, RecoveryCause, RunStatus } from "@holdfast/core";

import type { WorkerView } from "../opened/workers.js";
import type { Statistics, StatisticsQuery } from "./statistics-facade.js";

export type { WorkerView } from "../opened/workers.js";
export type * from "./statistics-facade.js";

/** One run's health. Durations in milliseconds; fields may be added, never renamed. */
export interface HealthView {
  /** Id of the run. */
  readonly runId: string;
  /** Name of its workflow. */
  readonly workflow: string;
  /** State of the run. */
  readonly status: RunStatus;
  /** Why it is in this state, in words; null where plain. A run that waits for a person says so here, and is not stuck. */
  readonly reason: string | null;
  /** How far it is. */
  readonly progress: Progress;
  /** Share done, 0 to 100; null while the total is unknown. */
  readonly percent: number | null;
  /** Since it was created. */
  readonly ageMs: number;
  /** Since its last recorded stage, checkpoint, item or progress call; for a queued run since it could be claimed. */
  readonly idleMs: number;
  /** Newest recorded stage, checkpoint, item or progress call, milliseconds UTC. */
  readonly lastActivityAt: number;
  /** Something is wrong that time alone will not mend. */
  readonly stuck: boolean;
  /** In words, with what will happen or what can be done; null when not stuck. */
  readonly stuckReason: string | null;
  /** From now until done, as a range in milliseconds; null while unknown. */
  readonly etaMs: readonly [low: number, high: number] | null;
  /** When idleness will be acted on, milliseconds UTC; null without an `idleTimeoutMs`. */
  readonly timeoutAt: number | null;
  /** Recoveries that its policy still allows. */
  readonly recoveriesLeft: number;
  /** Retries after idle timeouts that its policy still allows. */
  readonly retriesLeft: number;
  /** What went wrong last; null when nothing did. */
  readonly lastError: LastErrorView | null;
  /** Who executes it; null when nobody does. */
  readonly lease: LeaseView | null;
}

/** What went wrong last with a run, for its health. */
export interface LastErrorView {
  /** Message of the error, or why the run was recovered. */
  readonly message: string;
  /** Code of the error, when it has one. */
  readonly code?: string | undefined;
  /** Since when, milliseconds UTC; null where an older version recorded it. */
  readonly at: number | null;
  /** Whether the run is active, and nothing was recorded since: what failed is tried again, or waits to be. */
  readonly isRetried: boolean;
}

/** What was or would be done about one run. */
export interface ManagedRun {
  /** Id of the run. */
  readonly runId: string;
  /** Name of its workflow. */
  readonly workflow: string;
  /** Worker that holds or held it; null for a run that nobody ever claimed. */
  readonly holder: string | null;
  /** Whether the holder's process is proven dead. */
  readonly isHolderDead: boolean;
  /** What is wrong: dead or silent holder, idleness, or a wait for a worker. */
  readonly cause: RecoveryCause;
  /** What is done about it. */
  readonly action: "resume" | "pause" | "fail" | "cancel";
  /** Why, in words. */
  readonly reason: string;
}

/** A running run that was looked at and left alone. */
export interface LeftRun {
  /** Id of the run. */
  readonly runId: string;
  /** Name of its workflow. */
  readonly workflow: string;
  /** Worker that holds it. */
  readonly holder: string;
  /** Why it is left alone, in words. */
  readonly reason: string;
  /** Time since its last activity, in milliseconds. */
  readonly idleForMs: number;
  /** What its idleness was judged by; null where its workflow sets no limit. */
  readonly idleTimeoutMs: number | null;
}

/** The answer of `recover` and `checkTimeouts`, done or only checked. */
export interface ManagementReport {
  /** Over what was found and decided, not over the seconds that pass: the same as long as nothing moved. */
  readonly planId: string;
  /** True when nothing was written. */
  readonly isCheckOnly: boolean;
  /** Runs that were judged. */
  readonly scanned: number;
  /** Runs about which something was decided, in the order of their ids. */
  readonly runs: readonly ManagedRun[];
  /** With `explain` only. */
  readonly left?: readonly LeftRun[] | undefined;
}

/** Options of `management.recover` and `management.checkTimeouts`. */
export interface RecoverOptions {
  /** Only this run. Default: all. */
  readonly runId?: string | undefined;
  /** Why, for the audit log. Default: none is recorded. */
  readonly reason?: string | undefined;
  /** Decide and say, write nothing. Default false. */
  readonly checkOnly?: boolean | undefined;
  /** With `checkOnly`: decide as if `resetRecoveries` had set the counts back first. Default false. */
  readonly afresh?: boolean | undefined;
  /** Answer with the runs that are left alone as well, each with why. Default false. */
  readonly explain?: boolean | undefined;
  /** Idle timeout in milliseconds, in place of each run's policy. Default: the policy. */
  readonly idleTimeoutMs?: number | undefined;
  /** Retries allowed, in place of each run's policy. Default: the policy. */
  readonly maxRetries?: number | undefined;
  /** Recoveries allowed, in place of each run's policy. Default: the policy. */
  readonly maxRecoveries?: number | undefined;
  /** Apply only if what is found is what this plan showed. Default: not compared. @throws {PlanStaleError} PLAN_STALE */
  readonly planId?: string | undefined;
}

/** One run that a cleanup removes, or would. */
export interface CleanupRun {
  /** Id of the run. */
  readonly runId: string;
  /** Name of its workflow. */
  readonly workflow: string;
  /** Whose run it is; null when it was started for nobody in particular. */
  readonly owner: string | null;
  /** State in which it ended. */
  readonly status: RunStatus;
  /** When it ended, milliseconds UTC. */
  readonly finishedAt: number;
  /** Bytes of its files. */
  readonly sizeBytes: number;
}

/** Options of `management.cleanup`. */
export interface CleanupOptions {
  /** Finished longer ago than this, by `finishedAt`. Days, fractions allowed, 0 takes all. */
  readonly olderThanDays: number;
  /** Only runs in these states. Default: all three. */
  readonly statuses?: readonly ("completed" | "failed" | "cancelled")[] | undefined;
  /** Only runs of this workflow. Default: all. */
  readonly workflow?: string | undefined;
  /** Only runs of this owner. Default: all. */
  readonly owner?: string | undefined;
  /** Newest runs of each workflow that stay, whatever their age. Default 0. */
  readonly keepLast?: number | undefined;
  /** Why, for the audit log. Default: none is recorded. */
  readonly reason?: string | undefined;
  /** Called for each run that is removed, or would be, oldest first: the report names the first 100. Must not throw. Default: not. */
  readonly onRun?: ((run: CleanupRun) => void) | undefined;
  /** Decide and say, remove nothing. Default false. */
  readonly checkOnly?: boolean | undefined;
  /**
   * Apply only if what is found is what this plan showed. Default: not compared. @throws {PlanStaleError} PLAN_STALE
   */
  readonly planId?: string | undefined;
}

/** Answer of `management.cleanup`, done or only checked. */
export interface CleanupReport {
  /** Identifies what was found: the same as long as nothing changed. */
  readonly planId: string;
  /** True when nothing was removed. */
  readonly isCheckOnly: boolean;
  /** Runs removed, or that would be. */
  readonly count: number;
  /** Of them by workflow and state. */
  readonly byWorkflow: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The first 100, oldest first. */
  readonly runs: readonly { runId: string; workflow: string; status: RunStatus; finishedAt: number }[];
  /** Bytes of files freed, or that would be; counted from the disk. */
  readonly freedBytes: number;
  /**
   * Folders of runs that were removed before, by a call that was cut off. They are looked for where neither workflow nor owner is
   * given, and are no part of the plan: nobody can want them.
   */
  readonly leftovers: Leftovers;
  /** Versions of datasets that no run needs any more, where neither workflow nor owner is given. */
  readonly datasets: CleanedDatasets;
}

/** Versions of datasets removed, or that would be: as old as the runs that go, and read by no run that stays. */
export interface CleanedDatasets {
  /** Number of versions. */
  readonly count: number;
  /** Rows in them. */
  readonly rows: number;
  /** The first 100. */
  readonly versions: readonly { readonly name: string; readonly version: number; readonly rowCount: number }[];
}

/** Folders that removed runs have left. */
export interface Leftovers {
  /** Number of folders. */
  readonly count: number;
  /** Bytes freed, or that would be. */
  readonly freedBytes: number;
  /** The first 100. */
  readonly runIds: readonly string[];
}

/** What can be done about a run now, and what it would take. */
export interface RecoveryOptionsView {
  /** Id of the run. */
  readonly runId: string;
  /** State of the run. */
  readonly status: RunStatus;
  /** Going on where it stopped. */
  readonly resume: {
    readonly isAllowed: boolean;
    /** Why not, with the cure; null when allowed. */
    readonly why: string | null;
    /** The first stage that would run; null when none is left or the order is not declared. */
    readonly fromStage: string | null;
    readonly keepsStages: readonly string[];
    /** Null where nobody can tell before stages have run. */
    readonly keepsItems: number | null;
    readonly redoesItems: number | null;
    /** At the pace so far; null where there is none. */
    readonly estimatedMs: number | null;
    readonly estimatedUsd: readonly [low: number, high: number] | null;
  };
  /** Starting again from the first stage. */
  readonly restart: {
    readonly isAllowed: boolean;
    readonly why: string | null;
    /** What would be done again. */
    readonly losesStages: readonly string[];
    readonly estimatedMs: number | null;
  };
  /** A new run that keeps the stages before one. */
  readonly fork: { readonly isAllowed: boolean; readonly why: string | null; readonly fromStages: readonly string[] };
  /** Saved checkpoints. */
  readonly checkpoint: {
    readonly stages: readonly string[];
    readonly sizeBytes: number;
    /** Null where nobody can tell, as with one checkpoint. */
    readonly isValid: boolean | null;
  };
  /** Recoveries that its policy still allows. */
  readonly recoveriesLeft: number;
  /** Retries that its policy still allows. */
  readonly retriesLeft: number;
}

/** What is wrong with a checkpoint, or not known about it. A fatal one: the stage cannot use it as it is. */
export interface CheckpointProblem {
  /** Which problem it is. */
  readonly code:
    | "unreadable"
    | "schemaVersion"
    | "undeclaredStage"
    | "unknownWorkflow"
    | "schemaUnknown"
    | "schemaMisfit"
    | "large"
    | "nearLimit";
  /** The problem in words. */
  readonly message: string;
  /** True when the stage cannot use the checkpoint as it is. */
  readonly isFatal: boolean;
}

/** A saved checkpoint as one looks at it. */
export interface CheckpointView {
  /** Stage that saved it. */
  readonly stage: string;
  /** Attempt that saved it. */
  readonly attempt: number;
  /** Generation of the run that saved it. */
  readonly generation: number;
  /** Milliseconds UTC. */
  readonly savedAt: number;
  /** Size as JSON, in bytes. */
  readonly sizeBytes: number;
  /** Top-level keys; for a list its length as one entry "[n]". */
  readonly keys: readonly string[];
  /** The value with long texts, lists and objects cut short: for reading, not for loading. */
  readonly sample: unknown;
  /**
   * True where it is readable and its stage's schema takes it; null where that cannot be told here: the workflow is not registered,
   * or does not come so far before stages have run.
   */
  readonly isValid: boolean | null;
  /** What is wrong or unknown. */
  readonly problems: readonly CheckpointProblem[];
}

/** `holdfast.management`: what an operator does, and what the supervisor does of its own accord. */
export interface Management {
  /** Counts of runs and what supervises them. Default window of `recent`: 24 hours. */
  readonly stats: (query?: StatisticsQuery) => Promise<Statistics>;
  /** Active runs, those that are stuck first; a page of at most 500. */
  readonly health: (query?: {
    owner?: string | undefined;
    workflow?: string | undefined;
    limit?: number | undefined;
  }) => Promise<readonly HealthView[]>;
  /** Stalled, idle and never-started runs, by `decideRecovery`; what is decided is what `checkOnly` says. */
  readonly recover: (options?: RecoverOptions) => Promise<ManagementReport>;
  /** Idle runs only: what ran out of its `idleTimeoutMs`. */
  readonly checkTimeouts: (options?: Omit<RecoverOptions, "runId">) => Promise<ManagementReport>;
  /** In batches: no transaction holds the store for longer than a page takes. Files go with their runs. */
  readonly cleanup: (options: CleanupOptions) => Promise<CleanupReport>;
  /** Workers that reported themselves, with whether each is dead. */
  readonly workers: () => Promise<readonly WorkerView[]>;
  /**
   * Accepted and denied requests, newest first; `next` is the cursor of the page that follows, null for the last one.
   * Default page: 50.
   */
  readonly audit: (query?: {
    runId?: string | undefined;
    actor?: string | undefined;
    action?: AuditAction | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  }) => Promise<{ readonly rows: readonly AuditRecord[]; readonly next: string | null }>;
  /**
   * Records in the audit log that a request of this Holdfast's actor was denied, although nothing changed: for programs that
   * decide who may do what. An id that no run can have is left out.
   */
  readonly recordDenied: (denied: { readonly runId: string | null; readonly reason: string }) => Promise<void>;
}

/** Added to `Runs`. */
export interface RunInspection {
  /** Reads a run's health. @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly health: (runId: string) => Promise<HealthView>;
  /** Says what can be done about a run now, and what it would take. @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly recoveryOptions: (runId: string) => Promise<RecoveryOptionsView>;
  /** Of the current generation; one stage's when it is given. */
  readonly checkpoint: (runId: string, stage?: string) => Promise<readonly CheckpointView[]>;
  /** Statistics of all runs, or of one owner's or workflow's. Default window of `recent`: 24 hours. */
  readonly stats: (query?: StatisticsQuery) => Promise<Statistics>;
  /** Recoveries and retries start at 0 again. @throws {IllegalMoveError} ILLEGAL_MOVE for a finished run. */
  readonly resetRecoveries: (runId: string, how?: string | ActOptions) => Promise<void>;
}

/**
 * What every act on a run may carry. `expect` is the `revision` of the view that the caller saw; when the run has changed
 * since, nothing is done. @throws {RunChangedError} RUN_CHANGED
 */
export interface ActOptions {
  /** Why, for the history and the audit log. Default: none is recorded. */
  readonly reason?: string | undefined;
  /** `revision` of the view that the caller saw. Default: not compared. */
  readonly expect?: string | undefined;
}

/** What a worker's supervisor did of its own accord, told as it happens. */
export type SuperviseEvent =
  | ({
      /** A run was recovered, paused or failed, as `action` says. */
      readonly kind: "recovered";
    } & ManagedRun)
  | {
      /** Retention removed finished runs. */
      readonly kind: "cleaned";
      /** Runs removed. */
      readonly count: number;
      /** Bytes of files freed. */
      readonly freedBytes: number;
    };
