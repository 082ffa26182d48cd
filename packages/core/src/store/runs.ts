/**
 * Runs in the Store contract (`store.ts`): creating and finding them, moving them between states, reporting how they
 * ended.
 */
import type { StoredOutput } from "../attempt.js";
import type { AuditStamp } from "../audit.js";
import type { RecordedError } from "../errors/recorded.js";
import type { RunId } from "../ids.js";
import type { Fence, LeaseView } from "../lease.js";
import type { RecoveryPolicy } from "../recovery.js";
import type { InputTexts, ResumeDirective, RunRecord, WishKind } from "../run.js";
import type { RunStatus } from "../run-status.js";
import type { TickKind } from "../schedule.js";
import type { StageDeclaration } from "../stage.js";
import type { DedupeTerms, StartTerms } from "../start-when.js";
import type { Claim, ClaimRunOutcome, ClaimTerms } from "./leases.js";
import type { ChangeTerms, RunChanged, WriteOutcome } from "./writes.js";

/** A run to create. */
export interface RunCreate extends InputTexts {
  readonly id: RunId;
  readonly workflow: string;
  readonly version: string | null;
  readonly owner: string | null;
  readonly stages: readonly StageDeclaration[] | null;
  readonly policy: RecoveryPolicy;
  readonly through: string | null;
  readonly idempotencyKey: string | null;
  /**
   * Hash of the request that uses the key; null or left out if requests are not compared. It never changes after
   * creation.
   */
  readonly idempotencyHash?: string | null | undefined;
  /**
   * Hash of the same request by an earlier hashing rule. A run recorded with either hash counts as the same request.
   */
  readonly formerIdempotencyHash?: string | null | undefined;
  /**
   * The run that this one is forked from, and the stage at which the two diverge. The recorded outcomes of `keeps` are
   * copied, so they answer here too. What they refer to (artifacts, map results) stays with the original run.
   */
  readonly forkedFrom: { readonly runId: RunId; readonly stage: string; readonly keeps: readonly string[] } | null;
  /** Run and stage that start it as their child. Only `openWait` creates children. */
  readonly parent?: { readonly runId: RunId; readonly stage: string } | null | undefined;
  /** Tick of a schedule that it is created for, named in event 1. */
  readonly schedule?: { readonly name: string; readonly at: number; readonly kind: TickKind } | undefined;
  /** Creates the run running under this worker, in the same transaction; null leaves it queued. */
  readonly claim: ClaimTerms | null;
  /** When and in which order it starts. Left out: at once, with the priority of most, without tags. */
  readonly start?: StartTerms | undefined;
  /** What happens while another run of its key is active; null or left out if it has none. */
  readonly dedupe?: DedupeTerms | null | undefined;
  /** Audit entry written with the run: action "start" or "fork". */
  readonly audit?: AuditStamp | null | undefined;
}

/** Answer to `createRun`. */
export type CreateOutcome =
  | { readonly kind: "created"; readonly claim: Claim | null }
  /** `runId` is the run with this ID, or with one that differs in upper and lower case only. */
  | { readonly kind: "idTaken"; readonly runId: RunId }
  /** This owner and workflow already used the idempotency key, for that run. */
  | {
      readonly kind: "existing";
      readonly runId: RunId;
      /** Both were the same request, or one of them has no hash. */
      readonly isSameUse: boolean;
    }
  /** A run of the dedupe key is active. Nothing was written. */
  | {
      readonly kind: "joined";
      readonly runId: RunId;
      /** This start has another input than that run. */
      readonly inputDiffers: boolean;
    }
  /** A run of the dedupe key that has not started took the input of this start. */
  | { readonly kind: "replaced"; readonly runId: RunId }
  /** A run of the dedupe key is active, and the start asked to be refused then. Nothing was written. */
  | { readonly kind: "duplicate"; readonly runId: RunId; readonly status: RunStatus };

/** Answer to a move between states. */
export type MoveOutcome =
  | { readonly kind: "moved"; readonly from: RunStatus }
  /** The run is running. The wish is recorded; its worker acts on it at its next heartbeat. */
  | { readonly kind: "asked"; readonly lease: LeaseView | null }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

/** Answer to a deletion. */
export type DeleteOutcome =
  | Exclude<MoveOutcome, { kind: "moved" }>
  /** `family`: the finished runs below it, which went with it; left out where there are none. */
  | { readonly kind: "moved"; readonly from: RunStatus; readonly family?: readonly RunId[] | undefined }
  /** Runs forked from it, oldest first, at most 20. */
  | { readonly kind: "forked"; readonly forks: readonly RunId[] }
  /** Unfinished runs below it, oldest first, at most 20. */
  | { readonly kind: "hasChildren"; readonly children: readonly RunId[] }
  /** Its parent is unfinished and needs its outcome: it has not ended, or the wait for it is open. */
  | { readonly kind: "awaited"; readonly parent: RunId };

/**
 * Queues a run again, from any of the states in `from`. With `claim`, the same transaction makes it running. A queued
 * run listed in `from` stays queued or is claimed.
 *
 * A running run is held unless its lease has expired or its holder is proven dead. It is then taken over if a person
 * asked, if `deadHolder` is given, or if `from` includes "running". Its open attempts become interrupted.
 */
export interface RequeueRequest extends ChangeTerms {
  readonly runId: RunId;
  readonly from: readonly RunStatus[];
  readonly by: string;
  /** Last stage to run; null runs to the end. */
  readonly through: string | null;
  /** A person asked: recovery and retry counts are reset, and the failure that ended the run is tried again. */
  readonly isByPerson: boolean;
  readonly directive: ResumeDirective | null;
  /** The changed input; null keeps the recorded one. */
  readonly input: InputTexts | null;
  /** The caller has proof that the holder of this token is dead: a run still running under it may be taken over. */
  readonly deadHolder: { readonly token: number } | null;
  readonly claim: ClaimTerms | null;
}

/** Queues a run again from its first stage, as a new generation. */
export interface RestartRequest extends ChangeTerms {
  readonly runId: RunId;
  readonly by: string;
  /** The changed input; null keeps the recorded one. */
  readonly input: InputTexts | null;
  readonly version: string | null;
  readonly stages: readonly StageDeclaration[] | null;
  readonly claim: ClaimTerms | null;
}

/** Request by a person to pause, cancel or fail a run. */
export interface SteerRequest extends ChangeTerms {
  readonly runId: RunId;
  readonly wish: WishKind;
  readonly reason: string | null;
  readonly by: string;
}

/** How an execution ended, as its worker reports it. The report ends the lease. */
export type RunReport =
  | { readonly status: "completed"; readonly output: StoredOutput; readonly stageCount: number }
  | { readonly status: "failed"; readonly error: RecordedError; readonly reason: string | null }
  | { readonly status: "paused"; readonly reason: string | null; readonly wakeInMs: number | null }
  | { readonly status: "cancelled"; readonly reason: string | null }
  /**
   * Everything that it could do waits. The store looks at its open waits in the same transaction: if one has come true,
   * the run is queued instead.
   */
  | { readonly status: "waiting"; readonly reason: string | null }
  /** Its generation is over, and the next is queued with this input. */
  | { readonly status: "continued"; readonly input: InputTexts }
  /** Returned to the queue. */
  | { readonly status: "queued"; readonly reason: string | null; readonly wakeInMs: number };

/** Runs that a list leaves out. */
export interface RunExclusions {
  /** Workflows whose runs are left out. */
  readonly workflows?: readonly string[] | undefined;
  /** Owners whose runs are left out. Runs without an owner stay. */
  readonly owners?: readonly string[] | undefined;
  /** Search fields and values whose runs are left out. Runs without the field stay. */
  readonly fields?: readonly (readonly [field: string, value: string])[] | undefined;
  /** Tags whose runs are left out. */
  readonly tags?: readonly string[] | undefined;
  /** Fingerprints of causes; leaves out runs with a failure of any of them. */
  readonly causes?: readonly string[] | undefined;
}

/** Selects runs, newest first. */
export interface RunQuery {
  readonly status?: RunStatus | undefined;
  /** Any of these states. With `status`, only a state that is in both. */
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  /** `true` for runs that are paused or failed and have something to resume from. */
  readonly isResumable?: boolean | undefined;
  /** ID of the run whose children are meant. */
  readonly parent?: string | undefined;
  /** Prefix of the run ID. */
  readonly idPrefix?: string | undefined;
  /**
   * Values of search fields that the run's workflow declares. The input must have the value in each field, or as one of
   * the values of a list. ASCII letters are compared without case.
   */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Tags that the run has, all of them. ASCII letters are compared without case. */
  readonly tags?: readonly string[] | undefined;
  /** Runs to leave out, by workflow, owner, search field or tag. */
  readonly not?: RunExclusions | undefined;
  /**
   * Created at this instant or later, in milliseconds UTC. Runs are ordered by creation even if the clock was set back.
   */
  readonly createdSince?: number | undefined;
  /** Created before this instant, in milliseconds UTC. */
  readonly createdBefore?: number | undefined;
  /** Calls of the current generation cost more than this, in US dollars. Calls of unknown price count as zero. */
  readonly costAboveUsd?: number | undefined;
  /** Calls of the current generation cost less than this, in US dollars. */
  readonly costBelowUsd?: number | undefined;
  /**
   * Fingerprint of a cause (`fingerprintOf`): runs that failed for it, and runs with a failed item of it in their current
   * generation.
   */
  readonly cause?: string | undefined;
  /** Changed state, or executing, at this instant or later, in milliseconds UTC; see `updatedAt`. */
  readonly updatedSince?: number | undefined;
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string | undefined;
}

/** One page of runs; `next` is the cursor of the following page, null at the end. */
export interface RunPage {
  readonly rows: readonly RunRecord[];
  readonly next: string | null;
}

/**
 * A transaction that the caller has begun and will end: a `pg` client between `BEGIN` and `COMMIT`. Nothing else may use the
 * client meanwhile.
 */
export interface SqlTransaction {
  /** Sends one statement; `$1`, `$2`, … in its text stand for the values. */
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Runs: creating, finding, moving between states. */
export interface RunStore {
  /** Strict. Writes the run, its event 1 and, if given, the claim, in one transaction. */
  createRun(create: RunCreate): Promise<CreateOutcome>;
  /**
   * The same within a transaction of the caller, who commits it or not; `claim` must be null. A refusal leaves the transaction
   * usable. Missing where the store has no transactions of others.
   * @throws {WrongUseError} WRONG_USE — no transaction has been begun, or it is another database's.
   */
  readonly createRunIn?: (transaction: SqlTransaction, create: RunCreate) => Promise<CreateOutcome>;
  getRun(runId: string): Promise<RunRecord | null>;
  /** Returns the run's `secretsJson`, for callers that execute the run or change its input; null if it has none. */
  getSecrets(runId: string): Promise<string | null>;
  /** IDs that start with `prefix`, newest first. */
  findRunIds(prefix: string, limit: number): Promise<readonly RunId[]>;
  /** Newest first, by cursor. The cost of a page depends on its own rows only. */
  listRuns(query: RunQuery): Promise<RunPage>;
  /**
   * Strict. Makes runs of this workflow searchable by these input fields from now on, in addition to those already
   * declared. Indexes existing runs, at most `runsMax` per call; returns `true` when none are left.
   */
  declareSearch(workflow: string, fields: readonly string[], runsMax: number): Promise<boolean>;
  /** Declared search fields with their workflows. */
  listSearchFields(): Promise<readonly { readonly workflow: string; readonly field: string }[]>;
  /**
   * Strict. Removes the run for every reader and frees its ID. Refused while it is running, and while forks of it
   * exist, since what they kept refers to it, unless `evenIfForked`. Refused while runs below it are unfinished; finished ones
   * are removed with it. Refused while an unfinished parent waits for it. `deleteRemovedRows` deletes its rows later; the
   * engine removes artifact files.
   */
  deleteRun(
    runId: RunId,
    terms?: (ChangeTerms & { readonly evenIfForked?: boolean | undefined }) | undefined,
  ): Promise<DeleteOutcome>;
  /** Strict. */
  requeue(request: RequeueRequest): Promise<ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus }>;
  /** Strict. Starts a new generation. Allowed from paused, failed, cancelled and completed. */
  restart(request: RestartRequest): Promise<ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus }>;
  /** Strict. Applies the change at once if no worker executes the run. Otherwise records the wish for its worker. */
  steer(request: SteerRequest): Promise<MoveOutcome>;
  /**
   * Strict, fenced. Ends the execution: status, event, lease. Unlike other fenced writes, it is accepted under a cancel
   * or fail wish if it reports that outcome; any other report is then answered with `cancelled`. A pause, cancel or
   * fail with a null reason takes the reason given with the wish.
   */
  report(fence: Fence, report: RunReport): Promise<WriteOutcome>;
}
