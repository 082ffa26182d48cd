/**
 * Runs in the Store contract (`store.ts`): making, finding, moving between states, reporting how they ended.
 */
import type { StoredOutput } from "../attempt.js";
import type { AuditStamp } from "../audit.js";
import type { RecordedError } from "../errors/recorded.js";
import type { RunId } from "../ids.js";
import type { Fence, LeaseView } from "../lease.js";
import type { Cost } from "../money.js";
import type { RecoveryPolicy } from "../recovery.js";
import type { InputTexts, ResumeDirective, RunRecord, WishKind } from "../run.js";
import type { RunStatus } from "../run-status.js";
import type { StageDeclaration } from "../stage.js";
import type { FacetQuery, RunFacets } from "./facets.js";
import type { Claim, ClaimRunOutcome, ClaimTerms } from "./leases.js";
import type { ChangeTerms, RunChanged, WriteOutcome } from "./writes.js";

/** A run to be made. */
export interface RunCreate extends InputTexts {
  readonly id: RunId;
  readonly workflow: string;
  readonly version: string | null;
  readonly owner: string | null;
  readonly stages: readonly StageDeclaration[] | null;
  readonly policy: RecoveryPolicy;
  readonly through: string | null;
  readonly idempotencyKey: string | null;
  /** A hash of what the key is used for; null or left out where that is not compared. It stays whatever becomes of the run. */
  readonly idempotencyHash?: string | null | undefined;
  /** The same use under an earlier rule of hashing: a run recorded under either is of the same use. */
  readonly formerIdempotencyHash?: string | null | undefined;
  /**
   * The run it goes on from, and the stage from which it goes its own way. The recorded outcomes of `keeps` are copied, so
   * that they answer here too; what they refer to (artifacts, results of maps) stays with the run that made it.
   */
  readonly forkedFrom: { readonly runId: RunId; readonly stage: string; readonly keeps: readonly string[] } | null;
  /** Create it running under this worker, in one transaction; null leaves it queued. */
  readonly claim: ClaimTerms | null;
  /** Written with the run: action "start", or "fork". */
  readonly audit?: AuditStamp | null | undefined;
}

/** The answer to `createRun`. */
export type CreateOutcome =
  | { readonly kind: "created"; readonly claim: Claim | null }
  /** `runId` is the run that has it: the same id, or one that differs in upper and lower case alone. */
  | { readonly kind: "idTaken"; readonly runId: RunId }
  /** The same idempotency key of this owner and workflow was used before: that run. */
  | {
      readonly kind: "existing";
      readonly runId: RunId;
      /** Used for the same; also where one of the two uses has no hash. */
      readonly isSameUse: boolean;
    };

/** The answer to a move between states. */
export type MoveOutcome =
  | { readonly kind: "moved"; readonly from: RunStatus }
  /** The run is running: the wish is written, its worker obeys at its next heartbeat. */
  | { readonly kind: "asked"; readonly lease: LeaseView | null }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

/** The answer to a delete. */
export type DeleteOutcome =
  | MoveOutcome
  /** Runs that were forked from it, oldest first, at most 20. */
  | { readonly kind: "forked"; readonly forks: readonly RunId[] };

/**
 * Queue a run again. Moves from any of `from`; a claim makes it running in the same transaction. A queued run named in
 * `from` stays queued, or is claimed.
 *
 * A running run is held, unless its lease is expired or its holder is proven dead: then it is taken over, when a
 * person asks, when `deadHolder` is given, or when `from` names "running". Its open attempts are interrupted.
 */
export interface RequeueRequest extends ChangeTerms {
  readonly runId: RunId;
  readonly from: readonly RunStatus[];
  readonly by: string;
  /** Run through this stage; null to the end. */
  readonly through: string | null;
  /** A person asked: the recovery and retry counts start anew, and the failure that ended the run is tried again. */
  readonly isByPerson: boolean;
  readonly directive: ResumeDirective | null;
  /** A changed input; null keeps the recorded one. */
  readonly input: InputTexts | null;
  /** The caller proved that the holder of this token is dead: a run still running under it may be taken. */
  readonly deadHolder: { readonly token: number } | null;
  readonly claim: ClaimTerms | null;
}

/** Queue a run again from its first stage, under a new generation. */
export interface RestartRequest extends ChangeTerms {
  readonly runId: RunId;
  readonly by: string;
  /** A changed input; null keeps the recorded one. */
  readonly input: InputTexts | null;
  readonly version: string | null;
  readonly stages: readonly StageDeclaration[] | null;
  readonly claim: ClaimTerms | null;
}

/** A person's pause, cancel or fail. */
export interface SteerRequest extends ChangeTerms {
  readonly runId: RunId;
  readonly wish: WishKind;
  readonly reason: string | null;
  readonly by: string;
}

/** How an execution ended, as its worker reports it; the lease ends with it. */
export type RunReport =
  | { readonly status: "completed"; readonly output: StoredOutput; readonly stageCount: number }
  | { readonly status: "failed"; readonly error: RecordedError; readonly reason: string | null }
  | { readonly status: "paused"; readonly reason: string | null; readonly wakeInMs: number | null }
  | { readonly status: "cancelled"; readonly reason: string | null }
  /** Handed back to the queue. */
  | { readonly status: "queued"; readonly reason: string | null; readonly wakeInMs: number };

/** What a list leaves out. */
export interface RunExclusions {
  /** Runs of these workflows are left out. */
  readonly workflows?: readonly string[] | undefined;
  /** Runs of these owners are left out; runs without an owner stay. */
  readonly owners?: readonly string[] | undefined;
  /** A field and a value of it each; runs without the field stay. */
  readonly fields?: readonly (readonly [field: string, value: string])[] | undefined;
}

/** Which runs, newest first. */
export interface RunQuery {
  readonly status?: RunStatus | undefined;
  /** Any of these; together with `status`, only what is in both. */
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  /** Paused or failed, with something to resume from. */
  readonly isResumable?: boolean | undefined;
  /** Ids that start with this. */
  readonly idPrefix?: string | undefined;
  /**
   * Runs whose workflow declares each of these search fields and whose input has this value in it, without regard to the case
   * of ASCII letters; of a list, any of its values.
   */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Runs that are left out: of these workflows, of these owners, with these values in search fields. */
  readonly not?: RunExclusions | undefined;
  /** Made at this instant or later, milliseconds UTC. Runs are ordered as they were made, also where a clock was set back. */
  readonly createdSince?: number | undefined;
  /** Made before this instant, milliseconds UTC. */
  readonly createdBefore?: number | undefined;
  /** Calls of its current generation cost more than this: US dollars. Calls of unknown price count as none. */
  readonly costAboveUsd?: number | undefined;
  /** Calls of its current generation cost less than this: US dollars. */
  readonly costBelowUsd?: number | undefined;
  /** Moved, or at work, at this instant or later: milliseconds UTC, as in `updatedAt`. */
  readonly updatedSince?: number | undefined;
  readonly limit: number;
  /** From the `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** One page of runs; `next` is the cursor of the one after, null at the end. */
export interface RunPage {
  readonly rows: readonly RunRecord[];
  readonly next: string | null;
}

/** Runs: making, finding, moving between states. */
export interface RunStore {
  /** Strict. Writes the run, its event 1, and the claim where one is given, in one transaction. */
  createRun(create: RunCreate): Promise<CreateOutcome>;
  getRun(runId: string): Promise<RunRecord | null>;
  /** The `secretsJson` of a run, for who executes it or changes its input; null where there is none. */
  getSecrets(runId: string): Promise<string | null>;
  /** Ids that start with `prefix`, newest first. */
  findRunIds(prefix: string, limit: number): Promise<readonly RunId[]>;
  /** Newest first, by cursor: each page costs what it shows. */
  listRuns(query: RunQuery): Promise<RunPage>;
  /** Counts, bounded, of what a filter by status, workflow or owner would leave. */
  countFacets(query: FacetQuery): Promise<RunFacets>;
  /** Costs of the runs' calls in their current generations; a run without a map is missing. */
  listCostsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, Cost>>;
  /**
   * Strict. Runs of this workflow are found by these fields of their input from now on; declared fields stay. Runs that are
   * there already are filled in, at most `runsMax` of them a call; true when none is left.
   */
  declareSearch(workflow: string, fields: readonly string[], runsMax: number): Promise<boolean>;
  /** Fields that were declared, by workflow. */
  listSearchFields(): Promise<readonly { readonly workflow: string; readonly field: string }[]>;
  /**
   * Strict. From here on the run is gone for every reader and its id is free; refused while it is running, and while runs
   * that were forked from it are there, unless `evenIfForked`: what they kept refers to it. The rows it recorded are
   * removed by `deleteRemovedRows`; artifact files are the engine's to remove.
   */
  deleteRun(
    runId: RunId,
    terms?: (ChangeTerms & { readonly evenIfForked?: boolean | undefined }) | undefined,
  ): Promise<DeleteOutcome>;
  /** Strict. */
  requeue(request: RequeueRequest): Promise<ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus }>;
  /** Strict. Raises the generation; allowed from paused, failed, cancelled and completed. */
  restart(request: RestartRequest): Promise<ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus }>;
  /** Strict. At once where nobody runs it; else the wish is written for its worker. */
  steer(request: SteerRequest): Promise<MoveOutcome>;
  /**
   * Strict, fenced. Ends the execution: status, event, lease. Unlike other fenced writes it is accepted under a cancel or
   * fail wish when it reports just that; any other report is then answered `cancelled`. A null reason of a pause, cancel
   * or fail takes the reason the person gave with the wish.
   */
  report(fence: Fence, report: RunReport): Promise<WriteOutcome>;
}
