/**
 * The Store contract: what the engine needs of a database, and nothing of any database. The suite in the testkit
 * defines it; behaviour not asserted there is not promised.
 *
 * Rules that hold for every method:
 * - A write is *strict* or *soft*. A strict write's promise resolves when it would survive a power loss (at the store's
 *   full durability). A soft write's resolves when it survives the death of every process of this host; a power loss may
 *   take a suffix of soft writes, never a middle, and never a soft write that an acknowledged strict one followed.
 * - A fenced write is accepted only while the run is running under exactly this token and nonce, and no cancel or fail
 *   was asked for; otherwise nothing is written and the answer says why. Refusals are outcomes, not exceptions.
 * - Writes of one caller are carried out in the order of the calls. A refused or failed write does not hold back others.
 * - Events take their numbers under the run's row lock, in the transaction of the change they tell of.
 * - Lock order, for every store: the run's live row first, then the run's cold row, then its children
 *   (attempts, events, checkpoints, artifacts), then resource leases by name.
 * - The store's clock rules: instants are its own, and callers pass durations only.
 */
import type {
  ArtifactRecord,
  AttemptRecord,
  CheckpointRecord,
  StageHistory,
  StageRecord,
  StoredOutput,
} from "./attempt.js";
import type { AuditStamp } from "./audit.js";
import type { DatasetRecord, DatasetRow } from "./dataset.js";
import type { RecordedError } from "./errors.js";
import type { RunEvent, RunEventInput, RunEventType } from "./event.js";
import type { RunId } from "./ids.js";
import type {
  ItemAttemptFailure,
  ItemIntent,
  ItemQuery,
  ItemRecord,
  ItemResultWrite,
  MapState,
  PaidResult,
} from "./item.js";
import type { Fence, Holder, LeaseFacts, LeaseView } from "./lease.js";
import type { ManagementStore } from "./management.js";
import type { ProgressWrite } from "./progress.js";
import type { RecoveryDecision, RecoveryFacts, RecoveryPolicy } from "./recovery.js";
import type { InputTexts, ResumeDirective, RunRecord, RunStatus, WishKind } from "./run.js";
import type { StageDeclaration } from "./stage.js";

// ── Outcomes

/** The answer to a fenced write. `wish` is what a person asked of the run meanwhile. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly wish: WishKind | null }
  | { readonly kind: "leaseLost"; readonly heldBy: string | null }
  | { readonly kind: "cancelled"; readonly wish: WishKind }
  /** The outcome of this stage is recorded already; what is recorded stays. */
  | { readonly kind: "duplicate" };

/** The answer to `createRun`. */
export type CreateOutcome =
  | { readonly kind: "created"; readonly claim: Claim | null }
  | { readonly kind: "idTaken" }
  /** The same idempotency key of this owner and workflow was used before: that run. */
  | {
      readonly kind: "existing";
      readonly runId: RunId;
      /** Used for the same; also where one of the two uses has no hash. */
      readonly isSameUse: boolean;
    };

/** A run taken by this worker. `askedAtMs` is set by the caller, from before the call. */
export interface Claim {
  readonly run: RunRecord;
  readonly token: number;
  readonly nonce: string;
  /** A person resumed the run: the recorded failure that ended it, once replayed, is tried again. */
  readonly isReopening: boolean;
}

/** The answer to a request for one run; `held` tells by whom. */
export type ClaimRunOutcome =
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "held"; readonly lease: LeaseView }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

/** The run is not as the caller saw it (`ifRevision`): nothing was done, nothing written. What it is now. */
export interface RunChanged {
  readonly kind: "changed";
  readonly revision: string;
  readonly status: RunStatus;
}

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

// ── Requests

/** What every asked-for change of a run may carry. */
export interface ChangeTerms {
  /** Written in the transaction of the change, when there is one. Left out or null where nobody asked. */
  readonly audit?: AuditStamp | null | undefined;
  /** Change only the run that the caller saw: `revisionOf` its record, compared in the transaction. Left out: any. */
  readonly ifRevision?: string | undefined;
}

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

/** Who claims, and for how long without a beat. */
export interface ClaimTerms {
  readonly holder: Holder;
  readonly leaseMs: number;
}

/** A worker's request for queued runs. */
export interface ClaimRequest extends ClaimTerms {
  /** Only runs of these workflows; a worker never judges what it does not know. */
  readonly workflows: readonly string[];
  readonly limit: number;
}

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

/** Which run a decision is about, and what must still hold for it to be carried out. */
export interface RecoverRequest {
  readonly runId: RunId;
  /** Of the lease decided about; 0 for a run that nobody ever took. */
  readonly token: number;
  /**
   * "holder": its holder is dead or silent. "idle": that, or no progress for `idleForMs`. "start": it is queued, was never
   * taken, and waits for `idleForMs` or longer. Left out: as "idle".
   */
  readonly about?: "holder" | "idle" | "start" | undefined;
  /** The caller's proof of death. */
  readonly isHolderDead: boolean;
  /** The idleness, or the wait, that the decision was about; left out, the policy's limit. */
  readonly idleForMs?: number | undefined;
  readonly by: string;
  readonly audit?: AuditStamp | null | undefined;
}

/** How an execution ended, as its worker reports it; the lease ends with it. */
export type RunReport =
  | { readonly status: "completed"; readonly output: StoredOutput; readonly stageCount: number }
  | { readonly status: "failed"; readonly error: RecordedError; readonly reason: string | null }
  | { readonly status: "paused"; readonly reason: string | null; readonly wakeInMs: number | null }
  | { readonly status: "cancelled"; readonly reason: string | null }
  /** Handed back to the queue. */
  | { readonly status: "queued"; readonly reason: string | null; readonly wakeInMs: number };

/** An attempt that begins. */
export interface AttemptStart {
  readonly stage: string;
  readonly attempt: number;
  readonly inputsHash: string | null;
}

/** How an attempt ended. */
export type AttemptFinish = { readonly stage: string; readonly attempt: number } & (
  | { readonly status: "completed"; readonly output: StoredOutput; readonly ms: number }
  /** `isRecord`: the last allowed attempt, the stage's outcome is this failure; else it is tried after `afterMs`. */
  | { readonly status: "failed"; readonly error: RecordedError; readonly isRecord: boolean; readonly afterMs: number }
  | { readonly status: "interrupted"; readonly error: RecordedError | null }
);

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

/** Which events of a run, in order. */
export interface EventQuery {
  readonly after: number;
  readonly limit: number;
  readonly type?: RunEventType | undefined;
  readonly stage?: string | undefined;
}

/** A lease that one worker renews. */
export interface Beat extends Fence {
  readonly leaseMs: number;
}

/** The answer to a beat: extended, with what a person asked meanwhile, or lost. */
export type BeatAnswer =
  | { readonly kind: "extended"; readonly wish: WishKind | null }
  | { readonly kind: "lost"; readonly heldBy: string | null };

/** A running run with what `decideRecovery` asks, as one read. */
export interface RunningFacts {
  readonly lease: LeaseFacts;
  readonly policy: RecoveryPolicy;
  /** All facts but `isHolderDead`, which only a process of the holder's host can know. */
  readonly facts: Omit<RecoveryFacts, "isHolderDead">;
}

/** How long an active run has been as it is, by the store's clock: what its health is judged from. */
export interface RunActivity {
  readonly status: "queued" | "running" | "paused";
  /**
   * Running: since the last recorded stage, checkpoint, item or progress call. Queued: since it could first have been
   * claimed, 0 before. Paused: since it was paused.
   */
  readonly idleForMs: number;
  /** Null unless it is running. */
  readonly running: RunningFacts | null;
}

/** What a store says of itself. */
export interface StoreFacts {
  readonly kind: "sqlite" | "postgres";
  readonly location: string;
  readonly engineVersion: string;
  readonly schemaVersion: number;
  readonly durability: string;
  readonly sizeBytes: number;
  readonly runCounts: Readonly<Record<RunStatus, number>>;
  /** Problems found by the store's own check of itself; empty when sound. */
  readonly problems: readonly string[];
}

// ── The contract, by noun

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
  /**
   * Strict. From here on the run is gone for every reader and its id is free; refused while it is running, and while runs
   * that were forked from it are there, unless `evenIfForked`: what they kept refers to it. The rows it recorded are
   * removed by `purge`; artifact files are the engine's to remove.
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

/** Leases on runs and on named resources, and the recovery of those whose holder is gone. */
export interface LeaseStore {
  /** Strict. Claims up to `limit` queued runs whose time has come, oldest first. Never gives one run to two workers. */
  claim(request: ClaimRequest): Promise<readonly Claim[]>;
  /** The lease of a running run with what its holder's death can be proven by; null when nobody holds it. */
  getLease(runId: string): Promise<LeaseFacts | null>;
  /** Soft. One answer for each beat, in order. */
  beat(beats: readonly Beat[]): Promise<readonly BeatAnswer[]>;
  /** All running runs with the facts of a recovery decision, by run, `limit` at a time after `after`. */
  listRunning(options: { readonly after: RunId | null; readonly limit: number }): Promise<readonly RunningFacts[]>;
  /** The same of one run; null when it is not running. */
  getRunningFacts(runId: string): Promise<RunningFacts | null>;
  /** Of those of these runs that are active, in one read; finished and unknown ones are missing in the answer. */
  listActivityOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunActivity>>;
  /**
   * Strict. Carries out a decision about a run whose lease is still `token` and of which what was decided about still
   * holds: both are asked again in the transaction. False when they do not; then nothing is written.
   */
  recover(request: RecoverRequest, decision: Exclude<RecoveryDecision, { action: "none" }>): Promise<boolean>;
  /** Paused runs whose time to resume has come are queued. Strict. How many. */
  wakePaused(limit: number): Promise<number>;

  /** Strict, fenced. All of the named resources or none; the lease of a run that lost its own is free. */
  acquireResources(
    fence: Fence,
    resources: readonly string[],
  ): Promise<
    | { readonly kind: "acquired"; readonly token: number }
    | {
        readonly kind: "held";
        readonly resource: string;
        readonly by: { readonly runId: RunId; readonly holder: string };
      }
    | { readonly kind: "leaseLost"; readonly heldBy: string | null }
    /** A cancel or fail was asked for: the lease is good for nothing but the report. */
    | { readonly kind: "cancelled"; readonly wish: WishKind }
  >;
  /** Soft, fenced by the run's lease; releasing what is not held is no error. */
  releaseResources(fence: Fence, resources: readonly string[]): Promise<void>;
}

/** What stages record: attempts, outcomes, checkpoints, artifacts. */
export interface AttemptStore {
  /** Soft, fenced. The attempt's row and `stage.started`. */
  startAttempt(fence: Fence, start: AttemptStart): Promise<WriteOutcome>;
  /** Strict, fenced. How the attempt ended, with its event; a completed one is the stage's outcome, once. */
  finishAttempt(fence: Fence, finish: AttemptFinish): Promise<WriteOutcome>;
  /** Strict, fenced. A recorded outcome no longer answers, and its failures no longer count: the stage runs again. */
  reopenStage(fence: Fence, stage: string, why: RecordedError | null): Promise<WriteOutcome>;
  /** All that the current generation recorded, for a replay. */
  loadHistory(runId: RunId): Promise<readonly StageHistory[]>;
  getStageRecord(runId: RunId, stage: string): Promise<StageRecord | null>;
  /** Every attempt of every generation, in the order of their start. */
  listAttempts(runId: RunId): Promise<readonly AttemptRecord[]>;
  /** The same of a page of runs, in one read; a run without attempts has an empty list, an unknown one too. */
  listAttemptsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, readonly AttemptRecord[]>>;
  /** Strict, fenced. One checkpoint a stage, the newest; null clears it. */
  saveCheckpoint(
    fence: Fence,
    checkpoint: { readonly stage: string; readonly attempt: number; readonly json: string | null },
  ): Promise<WriteOutcome>;
  getCheckpoint(runId: RunId, stage: string): Promise<CheckpointRecord | null>;
  /** Soft, fenced. The file is in place already; a later strict write makes the record last. */
  recordArtifact(
    fence: Fence,
    artifact: {
      readonly stage: string;
      readonly attempt: number;
      readonly name: string;
      readonly sha256: string;
      readonly sizeBytes: number;
    },
  ): Promise<WriteOutcome>;
  listArtifacts(runId: RunId, stage?: string | undefined): Promise<readonly ArtifactRecord[]>;
}

/** A run's history and its progress. */
export interface EventStore {
  /** Soft, fenced. */
  appendEvents(fence: Fence, events: readonly RunEventInput[]): Promise<WriteOutcome>;
  /** In order of `seq`, from the one after `after`. A reader that has seen n has seen every event up to n. */
  listEvents(runId: RunId, query: EventQuery): Promise<readonly RunEvent[]>;
  /**
   * Soft, fenced; the newest value wins, older ones may never be seen. Counts as activity. Without items the store
   * answers with stages: done is what the current generation recorded as completed (counted in the write that records),
   * total the number of declared stages unless one is a pattern, the label the stage that was started last.
   */
  setProgress(fence: Fence, progress: ProgressWrite): Promise<WriteOutcome>;
}

/** One commit of a map: everything in one transaction, each list in order. */
export interface MapCommit {
  readonly stage: string;
  /** Written before the calls they announce; the commit that holds only intents is soft. */
  readonly intents: readonly ItemIntent[];
  readonly failures: readonly ItemAttemptFailure[];
  readonly results: readonly ItemResultWrite[];
  /** Every item before this position has a result once this commit is written. */
  readonly lowWater: number;
  /** Every intent before this one is settled once this commit is written. */
  readonly intentLow: number;
  /** Items in the source, once known. */
  readonly total: number | null;
  /** Of calls still under way. */
  readonly reservedUsd: number;
  readonly progress: ProgressWrite;
  /** At most one `map.committed` a second, and events such as `budget.reached`. */
  readonly events: readonly RunEventInput[];
}

/** Durable maps: intents, results, what was paid late. */
export interface ItemStore {
  /**
   * Strict, fenced. The map of this stage in the run's generation: made at the first call, answered as it stands later.
   * A config hash that differs from the recorded one is answered with the recorded state; `adoptConfig` replaces it,
   * which makes the results under the old one stale. It replaces the source too; another source starts at position 0
   * with its own total, since positions are of the source.
   */
  openMap(
    fence: Fence,
    map: {
      readonly stage: string;
      readonly configHash: string;
      readonly configJson: string | null;
      readonly sourceDigest: string;
      readonly total: number | null;
      readonly adoptConfig: boolean;
    },
  ): Promise<{ readonly kind: "opened"; readonly state: MapState } | Exclude<WriteOutcome, { kind: "written" }>>;
  /** Fenced; strict when it holds results or failures, soft when it holds intents alone. */
  commitMap(fence: Fence, commit: MapCommit): Promise<WriteOutcome>;
  /**
   * Strict, fenced. Results take the positions that their items have in another source; with a null position their item is
   * there no more: they leave the map and its counters, their failures with them. What they cost stays spent. Keys without
   * a result are skipped.
   */
  placeItems(
    fence: Fence,
    stage: string,
    places: readonly { readonly key: string; readonly index: number | null }[],
  ): Promise<WriteOutcome>;
  /** Strict, fenced. The map has ended; opening it again reopens it. */
  finishMap(fence: Fence, stage: string): Promise<WriteOutcome>;
  getMap(runId: RunId, stage: string): Promise<MapState | null>;
  listMaps(runId: RunId): Promise<readonly MapState[]>;
  /** The results of these keys in the current generation; keys without one are missing in the answer. */
  findItems(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly ItemRecord[]>;
  /** In the order of keys, `limit` at a time. */
  listItems(runId: RunId, stage: string, query: ItemQuery): Promise<readonly ItemRecord[]>;
  /** Failed results by category. */
  countErrors(runId: RunId, stage: string): Promise<Readonly<Record<string, number>>>;
  /** Intents that have neither a result nor a failure: calls that were under way when a worker died, and may be charged. */
  listOpenIntents(runId: RunId, stage: string): Promise<readonly ItemIntent[]>;
  /**
   * The newest attempt numbers that intents not settled yet and failures hold for these keys, in the current generation;
   * keys with neither are missing in the answer. A result's own attempt is in the result.
   */
  findAttempts(runId: RunId, stage: string, keys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The failed attempts at an item, oldest first; the one that gave its result is in the result. */
  listItemFailures(
    runId: RunId,
    stage: string,
    key: string,
  ): Promise<readonly (ItemAttemptFailure & { readonly finishedAt: number })[]>;
  /** Strict, not fenced: money was spent. Kept until adopted. */
  savePaid(paid: PaidResult): Promise<void>;
  /** What was paid for late in this stage under this config; a commit of the same key removes it. */
  listPaid(runId: RunId, stage: string, configHash: string): Promise<readonly PaidResult[]>;
}

/** Datasets by name and content. */
export interface DatasetStore {
  /** Strict. A new version of a dataset that readers do not see before `finishDataset`; an unfinished older one is removed. */
  beginDataset(name: string): Promise<{ readonly datasetId: number }>;
  /** Soft. */
  appendDataset(datasetId: number, rows: readonly DatasetRow[]): Promise<void>;
  /** Strict. From here on it is the newest version of its name. */
  finishDataset(datasetId: number, record: Omit<DatasetRecord, "version" | "ingestedAt">): Promise<DatasetRecord>;
  /** Remove what an ingest that failed has left. */
  dropDataset(datasetId: number): Promise<void>;
  /** The newest version; with a content hash, the newest version that has it. */
  getDataset(name: string, contentSha256?: string | undefined): Promise<DatasetRecord | null>;
  listDatasets(): Promise<readonly DatasetRecord[]>;
  /** Rows by position, from `from`. */
  listRows(
    name: string,
    contentSha256: string,
    query: { readonly from: number; readonly limit: number },
  ): Promise<readonly DatasetRow[]>;
  /** Row hashes of these keys. */
  findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** The whole contract, as the engine holds it. */
export interface Store
  extends RunStore,
    LeaseStore,
    AttemptStore,
    EventStore,
    ItemStore,
    DatasetStore,
    ManagementStore {
  readonly kind: "sqlite" | "postgres";
  /** Where it is, for messages; never a secret. */
  readonly location: string;
  /**
   * How a heartbeat thread opens a connection of its own: a module that exports `openBeats(options)` returning
   * `Beats`. Null where beats go through this store (an in-memory store has no second way in).
   */
  readonly beatModule: { readonly url: string; readonly options: unknown } | null;
  /** What `doctor` shows; runs the store's check of itself when `check` is given. */
  facts(options?: { readonly check?: boolean | undefined }): Promise<StoreFacts>;
  /** A consistent copy while others write. @throws {WrongUseError} when `file` exists. */
  backup(file: string): Promise<void>;
  /** Calls waiting writes first; later calls fail with STORE_CLOSED. */
  close(): Promise<void>;
}

/** What a heartbeat thread holds: the one write it makes, synchronous or not. */
export interface Beats {
  beat(beats: readonly Beat[]): readonly BeatAnswer[] | Promise<readonly BeatAnswer[]>;
  close(): void | Promise<void>;
}
