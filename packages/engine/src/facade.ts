/** What an opened Holdfast offers: starting, steering, looking at and working on runs. Types only. */
import type {
  Actor,
  ArtifactRecord,
  DriftItem,
  ErrorCode,
  LeaseFacts,
  LeaseView,
  Progress,
  RecordedError,
  RunEvent,
  RunEventType,
  RunStatus,
  Store,
  Wish,
} from "@holdfast/core";
import type { ItemResult } from "./context.js";
import type { StoreWait } from "./execution/store-waits.js";
import type { ActOptions, Management, RunInspection, SuperviseEvent } from "./manage/facade.js";
import type { MapRef } from "./refs.js";
import type { Workflow } from "./workflow.js";

export type { StoreWait } from "./execution/store-waits.js";

export interface AttemptView {
  readonly attempt: number;
  readonly generation: number;
  readonly status: "running" | "completed" | "failed" | "interrupted";
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly error: RecordedError | null;
}

export interface StageView {
  readonly name: string;
  readonly title: string;
  readonly kind: "primary" | "review" | "gate";
  /** `pending` when declared and never tried; `interrupted` when its last attempt was and none runs. */
  readonly status: "pending" | "running" | "completed" | "failed" | "interrupted";
  readonly attempts: readonly AttemptView[];
}

/** A run as scripts see it: the JSON of `show`. Fields may be added, never renamed. Instants are milliseconds UTC. */
export interface RunView {
  readonly id: string;
  readonly workflow: string;
  readonly version: string | null;
  readonly schemaVersion: number;
  readonly generation: number;
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly owner: string | null;
  readonly input: unknown;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  readonly timeoutAt: number | null;
  readonly wakeAt: number | null;
  readonly through: string | null;
  readonly retries: number;
  readonly recoveries: number;
  readonly lastError: RecordedError | null;
  readonly progress: Progress;
  readonly stages: readonly StageView[];
  readonly lease: LeaseView | null;
  readonly output: unknown;
  readonly error: RecordedError | null;
  /** The newest event's number. */
  readonly head: number;
  readonly forkedFrom: { readonly runId: string; readonly stage: string } | null;
  /** What was asked of the run's worker and is not carried out yet. */
  readonly wish: Wish | null;
  /** Of its control state, not of its progress: what `expect` of an act is compared with. */
  readonly revision: string;
}

/** Which items of finished maps a resume tries again. `keys:` is followed by a JSON list of item keys. */
export type Only = "missing" | "errors" | `errors:${string}` | "stale" | `keys:${string}`;
export type Accept = "reuse" | "redo" | "missing-source";

/** One map in a plan. What nobody can know before is null, never 0. */
export interface PlanMap {
  readonly stage: string;
  /** Results that stay as they are. */
  readonly keep: number | null;
  /** Items without a result now; null while the source's length is unknown. */
  readonly missing: number | null;
  /** Failed results by category, now. */
  readonly errors: Readonly<Record<string, number>>;
  /** Results made under another config than the map will have. */
  readonly stale: number;
  /**
   * At most so many calls were under way when a worker died or cut them off, and may have been charged. After a kill some
   * of them may have been announced only: calls are announced a little ahead.
   */
  readonly maybeCharged: number;
  /**
   * Items that get a new result. Null where the source has to be read first (an iterable that is no array), where a stage
   * before the map decides, or where the budget may end it sooner.
   */
  readonly items: number | null;
  /**
   * How often the resume calls the function of an item, where each call succeeds at once: once an item, but for items whose
   * answer was paid for before. What one call asks of a model, and what is tried again, is not counted: nobody knows.
   */
  readonly calls: number | null;
  /** At the average so far, and at half as much again; null where nothing was done yet. */
  readonly costUsd: readonly [low: number, high: number] | null;
  /** At the pace so far; null where there is none. */
  readonly timeMs: number | null;
}

/**
 * What a resume does where user code succeeds at once. It is made by the rules that the execution goes by; what depends on
 * outputs that are not there yet is `unknown`, or null.
 */
export interface Plan {
  readonly runId: string;
  /** Over all that the plan was made of: applied only if it is still the same. */
  readonly digest: string;
  /** Why the resume would be refused, in which case it changes nothing; null where it would be accepted. */
  readonly refusal: { readonly code: ErrorCode; readonly message: string } | null;
  /** Stages whose record stays. */
  readonly keeps: readonly string[];
  /** Stages that run: without a record, or with one that no longer fits. */
  readonly redoes: readonly string[];
  /** Stages that may run or not, or were never seen: what stages before them return decides. */
  readonly unknown: readonly string[];
  /** How the run would end or rest; null where what stages return decides. */
  readonly ending: { readonly status: "completed" | "failed" | "paused"; readonly reason: string | null } | null;
  /**
   * What recorded results depend on and is not as it was: without `accept` the resume is refused for it. With a changed
   * input it is what the workflow declares under that input, as far as records let it be looked at.
   */
  readonly drift: readonly DriftItem[];
  readonly maps: readonly PlanMap[];
  /** The sums over all maps; null where one is not known, or a map may come that was never seen. */
  readonly items: number | null;
  readonly itemCalls: number | null;
  readonly maybeCharged: number;
  /** Of the keys that `only` lists, those of no item of the run: the first 20, and how many there are. */
  readonly unknownKeys: { readonly count: number; readonly first: readonly string[] };
  readonly costUsd: readonly [low: number, high: number] | null;
  readonly timeMs: number | null;
}

export interface How<N extends string = string> {
  readonly only?: Only | undefined;
  readonly through?: N | undefined;
  readonly accept?: Accept | undefined;
  /** A changed input, as one would give it to `start`; left out, the recorded one stays. */
  readonly input?: unknown;
}

/** How to resume; with a plan only if it still holds. @throws {PlanStaleError} PLAN_STALE {RunChangedError} RUN_CHANGED */
export type ResumeOptions = How & ActOptions & { readonly plan?: Pick<Plan, "digest"> | undefined };

export interface StartOptions<N extends string = string> {
  readonly runId?: string | undefined;
  readonly through?: N | undefined;
  readonly owner?: string | undefined;
  /** The same key of the same owner and workflow answers with the run it started before. */
  readonly idempotencyKey?: string | undefined;
  /**
   * What the key is used for, as a JSON value (the request, say). A start under the same key for something else is refused with
   * `IDEMPOTENCY_KEY_REUSED`, whatever became of the run since. Left out: not compared.
   */
  readonly idempotencyUse?: unknown;
}

export interface RunHandle<Output = unknown> {
  readonly id: string;
  readonly status: () => Promise<RunView>;
  /** The output. @throws {RunFailedError}, {RunCancelledError}, {RunPausedError} when it ended otherwise. */
  readonly result: (options?: { signal?: AbortSignal | undefined }) => Promise<Output>;
  /**
   * Events after `after` in order, without gaps; with `follow` it goes on until the run has ended or paused, with
   * `throughPauses` until it has ended.
   */
  readonly events: (options?: {
    after?: number | undefined;
    follow?: boolean | undefined;
    throughPauses?: boolean | undefined;
    type?: RunEventType | undefined;
    stage?: string | undefined;
    signal?: AbortSignal | undefined;
  }) => AsyncIterable<RunEvent>;
  readonly items: <T = unknown>(stage: string | MapRef<T>) => AsyncIterable<ItemResult<T>>;
  /** At once when nobody runs it; else its worker obeys at its next heartbeat. */
  readonly pause: (how?: string | ActOptions) => Promise<void>;
  readonly cancel: (how?: string | ActOptions) => Promise<void>;
}

/** A run that is executed here and now, in this process, and no other with it: what the command's `start` does. */
export interface ForegroundRun<Output = unknown> {
  readonly handle: RunHandle<Output>;
  /** Settles when this process no longer executes the run: it ended, paused, was handed on, or was lost to another. */
  readonly done: Promise<void>;
  /**
   * Stop taking up new stages, let what is in flight finish within the grace, leave the run paused. The reason is recorded
   * as the run's; default "drained".
   */
  readonly drain: (reason?: string) => void;
  /** Abort what is in flight at once, leave the run paused. */
  readonly abort: () => void;
}

export interface RunListQuery {
  readonly owner?: string | undefined;
  readonly status?: RunStatus | undefined;
  /** Any of these. */
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly workflow?: string | undefined;
  readonly resumable?: boolean | undefined;
  /** Ids that start with this. */
  readonly idPrefix?: string | undefined;
  /** Moved, or at work, at this instant or later: milliseconds UTC. */
  readonly updatedSince?: number | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Acts take a reason, or `ActOptions`; each is audited under the Holdfast's actor, in the transaction of its change. */
export interface Runs extends RunInspection {
  readonly list: (query?: RunListQuery) => Promise<{ asOf: number; rows: readonly RunView[]; next: string | null }>;
  /** @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly get: (runId: string) => Promise<RunView>;
  /** A unique prefix or "@last" to the whole id. @throws {AmbiguousRunIdError} {RunNotFoundError} */
  readonly find: (idOrPrefix: string) => Promise<string>;
  /**
   * Removes the run, its records and its files. Refused while it is running, and while runs that were forked from it are
   * there: what they kept (results of maps, files) stays with the run that made it. `evenIfForked` takes it from them.
   * @throws {RunForkedError} RUN_FORKED @throws {IllegalMoveError} ILLEGAL_MOVE @throws {RunNotFoundError} RUN_NOT_FOUND
   */
  readonly delete: (
    runId: string,
    how?: string | (ActOptions & { readonly evenIfForked?: boolean | undefined }),
  ) => Promise<void>;
  readonly pause: (runId: string, how?: string | ActOptions) => Promise<void>;
  readonly cancel: (runId: string, how?: string | ActOptions) => Promise<void>;
  readonly fail: (runId: string, how: string | (ActOptions & { readonly reason: string })) => Promise<void>;
  /** Again from the start, with the recorded input or `set` changes to the given one; the id stays. */
  readonly restart: (
    runId: string,
    options?: ActOptions & { readonly set?: Record<string, unknown> | undefined },
  ) => Promise<RunHandle>;
  /**
   * A new run that keeps the recorded outcomes of the stages declared before `from`, and goes its own way from there, with
   * the recorded input or `set` changes to the given one. A map run again takes over the results of unchanged items.
   */
  readonly fork: (
    runId: string,
    options: ActOptions & {
      readonly from: string;
      readonly runId?: string | undefined;
      readonly set?: Record<string, unknown> | undefined;
    },
  ) => Promise<RunHandle>;
  readonly artifacts: (
    runId: string,
    stage?: string,
  ) => Promise<readonly (ArtifactRecord & { readonly path: string })[]>;
  /** A stage's recorded output. */
  readonly output: (runId: string, stage: string) => Promise<unknown>;
}

export interface Leases {
  readonly get: (runId: string) => Promise<LeaseView | null>;
  readonly list: () => Promise<readonly (LeaseFacts & { readonly isHolderDead: boolean })[]>;
  /** Recovers every run whose lease is expired or whose holder is proven dead; how many. `management.recover` says more. */
  readonly clean: () => Promise<number>;
}

/** Executing runs in child processes. */
export interface IsolateOptions {
  /**
   * A module whose default export is a list of workflows, or a function of `options` that returns one (or a promise of one):
   * a path or a file URL. It must give the workflows that the Holdfast was opened with, since functions cannot be sent to
   * another process.
   */
  readonly module: string | URL;
  /** What the module's function is called with: JSON. */
  readonly options?: unknown;
  /** At most so many child processes. Default: the cores of the machine, and never more than `concurrency`. */
  readonly processes?: number | undefined;
}

/** News of a worker's child processes. */
export type ProcessEvent =
  | { readonly kind: "ready"; readonly pid: number }
  /** `isExpected`: it ended well, with nothing left to do. Else its runs are recovered; it is replaced while there is work. */
  | {
      readonly kind: "ended";
      /** Null where the system could not start it. */
      readonly pid: number | null;
      readonly isExpected: boolean;
      readonly runIds: readonly string[];
      readonly code: number | null;
      readonly signal: string | null;
    };

export interface WorkOptions {
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Return when nothing is queued or running here. */
  readonly untilIdle?: boolean | undefined;
  /** Only these workflows. */
  readonly workflows?: readonly string[] | undefined;
  /**
   * After how many deaths of its process in a row, without an outcome of a stage or an item between them, a run is executed
   * with nothing else in this process. Default 2: the first death is most often the machine's, and while one run is alone all
   * others wait. 1 is for a worker that is one of several processes.
   */
  readonly aloneAfter?: 1 | 2 | undefined;
  /** Told of each run that this worker takes and of how its execution here ended. Must not throw. */
  readonly onRun?: ((event: WorkEvent) => void) | undefined;
  /** Look after all runs of the store as well: recovery, waking, retention. Default true. */
  readonly supervise?: boolean | undefined;
  /**
   * Execute runs in child processes, so that user code which ends its process (a crash, `process.exit`, a heap that
   * overflows) ends no other run's. Left out: in this process. A store in memory has one process, so it stays here too.
   */
  readonly isolate?: IsolateOptions | undefined;
  /** Told of child processes that begin and end. Must not throw. */
  readonly onProcess?: ((event: ProcessEvent) => void) | undefined;
  /** Told of what the supervisor did. Must not throw. */
  readonly onSupervise?: ((event: SuperviseEvent) => void) | undefined;
}

export type WorkEvent = { readonly runId: string; readonly workflow: string } & (
  | { readonly kind: "taken" }
  /** `lost`: another worker holds the run now, or the store could not be written. `queued`: handed back. */
  | { readonly kind: "ended"; readonly status: RunStatus | "lost" }
);

export interface Holdfast extends AsyncDisposable {
  readonly workflows: readonly Workflow[];
  readonly dataDir: string;
  readonly store: Store;
  /** Since when, and why, runs executed here wait for a busy or full store; null while the store takes writes. */
  readonly storeWait: () => StoreWait | null;
  readonly runs: Runs;
  readonly leases: Leases;
  readonly management: Management;
  /** In whose name acts are done and audited here. */
  readonly actor: Actor;
  /** The same Holdfast, acting for somebody else. It shares everything; only the original closes. */
  as(actor: Actor): Holdfast;
  start<G, O, N extends string>(
    workflow: Workflow<G, O, N>,
    input: NoInfer<G>,
    options?: StartOptions<NoInfer<N>>,
  ): Promise<RunHandle<O>>;
  /** Create, claim and execute in this process; created and claimed in one transaction. */
  startHere<G, O, N extends string>(
    workflow: Workflow<G, O, N>,
    input: NoInfer<G>,
    options?: StartOptions<NoInfer<N>>,
  ): Promise<ForegroundRun<O>>;
  /**
   * A run that exists, by its id. With a workflow its output has that workflow's type.
   * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {WrongUseError} WRONG_USE — when the run is of another workflow.
   */
  handle<O = unknown>(runId: string, workflow?: Workflow<unknown, O>): Promise<RunHandle<O>>;
  plan(runId: string, how?: How): Promise<Plan>;
  resume(runId: string, how?: ResumeOptions): Promise<RunHandle>;
  /** Queue again, claim and execute in this process. @throws {RunLockedError} RUN_LOCKED while another holds it. */
  resumeHere(runId: string, how?: ResumeOptions): Promise<ForegroundRun>;
  /** A worker in this process: claims queued runs, recovers dead ones, until idle or until its signal. */
  work(options?: WorkOptions): Promise<void>;
  /**
   * Writes the log lines of stages that wait to be written, and blocks until they are in the store, half a second at most: for
   * the `exit` event of a process that user code may end. `holdfast start` and `worker` call it there.
   */
  writeLogsNow(): void;
  close(): Promise<void>;
}
