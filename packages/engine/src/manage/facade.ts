/** What looking after runs offers: health, statistics, recovery, timeouts, cleanup, options, workers, audit. Types only. */
import type {
  AuditAction,
  AuditRecord,
  LeaseView,
  Progress,
  RecoveryCause,
  RetentionPolicy,
  RunStatus,
  WorkerRecord,
} from "@holdfast/core";

/** One run's health. Durations in milliseconds; fields may be added, never renamed. */
export interface HealthView {
  readonly runId: string;
  readonly workflow: string;
  readonly status: RunStatus;
  /** Why it is in this state, in words; null where plain. A run that waits for a person says so here, and is not stuck. */
  readonly reason: string | null;
  readonly progress: Progress;
  /** Share done, 0 to 100; null while the total is unknown. */
  readonly percent: number | null;
  /** Since it was created. */
  readonly ageMs: number;
  /** Since its last recorded stage, checkpoint, item or progress call; for a queued run since it could be claimed. */
  readonly idleMs: number;
  readonly lastActivityAt: number;
  /** Something is wrong that time alone will not mend. */
  readonly stuck: boolean;
  /** In words, with what will happen or what can be done; null when not stuck. */
  readonly stuckReason: string | null;
  readonly etaMs: readonly [low: number, high: number] | null;
  readonly timeoutAt: number | null;
  readonly recoveriesLeft: number;
  readonly retriesLeft: number;
  readonly lease: LeaseView | null;
}

/** The state of all runs together. */
export interface Statistics {
  readonly asOf: number;
  readonly active: { readonly queued: number; readonly running: number; readonly paused: number };
  readonly recent: {
    readonly windowMs: number;
    readonly completed: number;
    readonly failed: number;
    readonly cancelled: number;
  };
  /** Completed of completed and failed within the window, 0 to 1; null when there were none. */
  readonly successRate: number | null;
  readonly config: ManagementConfig;
  readonly supervisor: {
    /** The newest scan of any living worker; null when none scans. */
    readonly lastScanAt: number | null;
    readonly recovered: number;
    readonly failed: number;
    readonly workers: number;
  };
}

/** What governs supervision here; each workflow's own policy goes before. */
export interface ManagementConfig {
  readonly scanMs: number;
  readonly stallAfterMs: number;
  readonly maxRecoveries: number;
  readonly maxRetries: number;
  readonly idleTimeoutMs: number | null;
  readonly idleCheckMs: number;
  readonly startTimeoutMs: number | null;
  readonly retention: RetentionPolicy | null;
}

/** What was or would be done about one run. */
export interface ManagedRun {
  readonly runId: string;
  readonly workflow: string;
  readonly holder: string | null;
  readonly isHolderDead: boolean;
  readonly cause: RecoveryCause;
  readonly action: "resume" | "pause" | "fail" | "cancel";
  readonly reason: string;
}

/** A running run that was looked at and left alone. */
export interface LeftRun {
  readonly runId: string;
  readonly workflow: string;
  readonly holder: string;
  readonly reason: string;
  readonly idleForMs: number;
  /** What its idleness was judged by; null where its workflow sets no limit. */
  readonly idleTimeoutMs: number | null;
}

/** The answer of `recover` and `checkTimeouts`, done or only checked. */
export interface ManagementReport {
  /** Over what was found and decided, not over the seconds that pass: the same as long as nothing moved. */
  readonly planId: string;
  readonly isCheckOnly: boolean;
  readonly scanned: number;
  readonly runs: readonly ManagedRun[];
  /** With `explain` only. */
  readonly left?: readonly LeftRun[] | undefined;
}

export interface RecoverOptions {
  readonly runId?: string | undefined;
  /** For the audit. */
  readonly reason?: string | undefined;
  /** Decide and say, write nothing. */
  readonly checkOnly?: boolean | undefined;
  /** Answer with the runs that are left alone as well, each with why. Default false. */
  readonly explain?: boolean | undefined;
  /** Judge idleness by this instead of each run's policy. */
  readonly idleTimeoutMs?: number | undefined;
  /** The same for the retries and recoveries allowed. */
  readonly maxRetries?: number | undefined;
  readonly maxRecoveries?: number | undefined;
  /** Apply only if what is found is what this plan showed. @throws {PlanStaleError} PLAN_STALE */
  readonly planId?: string | undefined;
}

export interface CleanupOptions {
  /** Finished longer ago than this, by `finishedAt`. Days, fractions allowed, 0 takes all. */
  readonly olderThanDays: number;
  readonly statuses?: readonly ("completed" | "failed" | "cancelled")[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  readonly keepLast?: number | undefined;
  /** For the audit. */
  readonly reason?: string | undefined;
  readonly checkOnly?: boolean | undefined;
  readonly planId?: string | undefined;
}

export interface CleanupReport {
  readonly planId: string;
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
}

/** Folders that removed runs have left. */
export interface Leftovers {
  readonly count: number;
  readonly freedBytes: number;
  /** The first 100. */
  readonly runIds: readonly string[];
}

/** What can be done about a run now, and what it would take. */
export interface RecoveryOptionsView {
  readonly runId: string;
  readonly status: RunStatus;
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
  readonly restart: {
    readonly isAllowed: boolean;
    readonly why: string | null;
    /** What would be done again. */
    readonly losesStages: readonly string[];
    readonly estimatedMs: number | null;
  };
  readonly fork: { readonly isAllowed: boolean; readonly why: string | null; readonly fromStages: readonly string[] };
  readonly checkpoint: { readonly stages: readonly string[]; readonly sizeBytes: number; readonly isValid: boolean };
  readonly recoveriesLeft: number;
  readonly retriesLeft: number;
}

/** What is wrong with a checkpoint, or not known about it. A fatal one: the stage will start without it. */
export interface CheckpointProblem {
  readonly code:
    | "unreadable"
    | "schemaVersion"
    | "undeclaredStage"
    | "unknownWorkflow"
    | "schemaUnknown"
    | "large"
    | "nearLimit";
  readonly message: string;
  readonly isFatal: boolean;
}

/** A worker, with whether it is dead: proven, or silent for longer than 30 s. */
export type WorkerView = WorkerRecord & { readonly isDead: boolean };

/** A saved checkpoint as one looks at it. */
export interface CheckpointView {
  readonly stage: string;
  readonly attempt: number;
  readonly generation: number;
  readonly savedAt: number;
  readonly sizeBytes: number;
  /** Top-level keys; for a list its length as one entry "[n]". */
  readonly keys: readonly string[];
  /** The value with long texts, lists and objects cut short: for reading, not for loading. */
  readonly sample: unknown;
  readonly isValid: boolean;
  readonly problems: readonly CheckpointProblem[];
}

/** `holdfast.management`: what an operator does, and what the supervisor does of its own accord. */
export interface Management {
  /** Default window of `recent`: 24 hours. */
  readonly stats: (query?: { owner?: string | undefined; windowMs?: number | undefined }) => Promise<Statistics>;
  /** Active runs, those that are stuck first; a page of at most 500. */
  readonly health: (query?: {
    owner?: string | undefined;
    limit?: number | undefined;
  }) => Promise<readonly HealthView[]>;
  /** Stalled, idle and never-started runs, by `decideRecovery`; what is decided is what `checkOnly` says. */
  readonly recover: (options?: RecoverOptions) => Promise<ManagementReport>;
  /** Idle runs only: what ran out of its `idleTimeoutMs`. */
  readonly checkTimeouts: (options?: Omit<RecoverOptions, "runId">) => Promise<ManagementReport>;
  /** In batches: no transaction holds the store for longer than a page takes. Files go with their runs. */
  readonly cleanup: (options: CleanupOptions) => Promise<CleanupReport>;
  readonly workers: () => Promise<readonly WorkerView[]>;
  readonly audit: (query?: {
    runId?: string | undefined;
    actor?: string | undefined;
    action?: AuditAction | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  }) => Promise<{ readonly rows: readonly AuditRecord[]; readonly next: string | null }>;
}

/** Added to `Runs`. */
export interface RunInspection {
  /** @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly health: (runId: string) => Promise<HealthView>;
  readonly recoveryOptions: (runId: string) => Promise<RecoveryOptionsView>;
  /** Of the current generation; one stage's when it is given. */
  readonly checkpoint: (runId: string, stage?: string) => Promise<readonly CheckpointView[]>;
  readonly stats: (query?: { owner?: string | undefined; windowMs?: number | undefined }) => Promise<Statistics>;
  /** Recoveries and retries start at 0 again. @throws {IllegalMoveError} ILLEGAL_MOVE for a finished run. */
  readonly resetRecoveries: (runId: string, how?: string | ActOptions) => Promise<void>;
}

/**
 * What every act on a run may carry. `expect` is the `revision` of the view that the caller saw; when the run has changed
 * since, nothing is done. @throws {RunChangedError} RUN_CHANGED
 */
export interface ActOptions {
  /** For the history and the audit. */
  readonly reason?: string | undefined;
  readonly expect?: string | undefined;
}

/** What a worker's supervisor did of its own accord, told as it happens. */
export type SuperviseEvent =
  | ({ readonly kind: "recovered" } & ManagedRun)
  /** Retention removed finished runs. */
  | { readonly kind: "cleaned"; readonly count: number; readonly freedBytes: number };
