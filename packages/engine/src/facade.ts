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

/** One attempt at a stage. */
export interface AttemptView {
  /** Number of the attempt, from 1, going on over resumes and restarts. */
  readonly attempt: number;
  /** Restarts of the run before it, from 1 for a run that was never restarted. */
  readonly generation: number;
  /** `interrupted`: stopped from outside (pause, cancel, shutdown, lost lease), which uses up no attempt. */
  readonly status: "running" | "completed" | "failed" | "interrupted";
  /** Milliseconds UTC. */
  readonly startedAt: number;
  /** Milliseconds UTC; null while it runs. */
  readonly finishedAt: number | null;
  /** Why it failed; null unless it did. */
  readonly error: RecordedError | null;
}

/** One stage of a run with its attempts. */
export interface StageView {
  /** Name of the stage, unique in the run. */
  readonly name: string;
  /** Declared title; the name where none was declared. */
  readonly title: string;
  /** Declared kind; `primary` where none was declared. */
  readonly kind: "primary" | "review" | "gate";
  /** `pending` when declared and never tried; `interrupted` when its last attempt was and none runs. */
  readonly status: "pending" | "running" | "completed" | "failed" | "interrupted";
  /** All attempts, of earlier generations too, oldest first. */
  readonly attempts: readonly AttemptView[];
}

/** A run as scripts see it: the JSON of `show`. Fields may be added, never renamed. Instants are milliseconds UTC. */
export interface RunView {
  /** Id of the run. */
  readonly id: string;
  /** Name of its workflow. */
  readonly workflow: string;
  /** Version of the workflow when the run was created; null when it declares none. */
  readonly version: string | null;
  /** Version of the shape of the record. */
  readonly schemaVersion: number;
  /** 1, and one more for each restart. */
  readonly generation: number;
  /** State of the run: one of `RUN_STATUSES`. */
  readonly status: RunStatus;
  /** Why it is in this state, in words; null where nothing needs saying. */
  readonly reason: string | null;
  /** Whose run it is; null when it was started for nobody in particular. */
  readonly owner: string | null;
  /** Input as the workflow's schema returned it, secrets replaced by "[secret]". */
  readonly input: unknown;
  /** Milliseconds UTC. */
  readonly createdAt: number;
  /** When it was first claimed, milliseconds UTC; null before. */
  readonly startedAt: number | null;
  /** When its state or progress last changed, milliseconds UTC. */
  readonly updatedAt: number;
  /** When it completed, failed or was cancelled, milliseconds UTC; null while it can go on by itself. */
  readonly finishedAt: number | null;
  /** When idleness will be acted on, milliseconds UTC; null without an `idleTimeoutMs`. */
  readonly timeoutAt: number | null;
  /**
   * When a queued or paused run may be claimed, milliseconds UTC; null for at once, or for a pause that waits for a
   * person.
   */
  readonly wakeAt: number | null;
  /** Stage after which it pauses; null for the whole workflow. */
  readonly through: string | null;
  /** Retries used after idle timeouts. */
  readonly retries: number;
  /** Recoveries used after dead or silent workers. */
  readonly recoveries: number;
  /** Newest failure of an attempt or a worker; null when there was none. */
  readonly lastError: RecordedError | null;
  /** How far it is. */
  readonly progress: Progress;
  /** Declared stages in their order, then others in the order they were first tried. */
  readonly stages: readonly StageView[];
  /** Who executes it; null when nobody does. */
  readonly lease: LeaseView | null;
  /** What the workflow returned; null until completed. In lists null for outputs over 64 KiB. */
  readonly output: unknown;
  /** Why it failed; null unless it did. */
  readonly error: RecordedError | null;
  /** The newest event's number. */
  readonly head: number;
  /** Run and stage that it was forked from; null for others. */
  readonly forkedFrom: { readonly runId: string; readonly stage: string } | null;
  /** What was asked of the run's worker and is not carried out yet. */
  readonly wish: Wish | null;
  /** Of its control state, not of its progress: what `expect` of an act is compared with. */
  readonly revision: string;
}

/** Which items of finished maps a resume tries again. `keys:` is followed by a JSON list of item keys. */
export type Only = "missing" | "errors" | `errors:${string}` | "stale" | `keys:${string}`;
/**
 * What a resume does about drift. `reuse` keeps what is recorded, `redo` does again what depends on the change,
 * `missing-source` goes on without a dataset's file.
 */
export type Accept = "reuse" | "redo" | "missing-source";

/** One map in a plan. What nobody can know before is null, never 0. */
export interface PlanMap {
  /** Stage of the map. */
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
  /** Id of the run. */
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
  /** The run's maps, in the order of their stages. */
  readonly maps: readonly PlanMap[];
  /** The sums over all maps; null where one is not known, or a map may come that was never seen. */
  readonly items: number | null;
  /** Sum of `maps[].calls`. */
  readonly itemCalls: number | null;
  /** Sum of `maps[].maybeCharged`. */
  readonly maybeCharged: number;
  /** Of the keys that `only` lists, those of no item of the run: the first 20, and how many there are. */
  readonly unknownKeys: { readonly count: number; readonly first: readonly string[] };
  /** Sum of `maps[].costUsd`, in US dollars. */
  readonly costUsd: readonly [low: number, high: number] | null;
  /** Sum of `maps[].timeMs`, in milliseconds. */
  readonly timeMs: number | null;
}

/** How a resume differs from just going on. */
export interface How<N extends string = string> {
  /** Which items of finished maps are tried again. Default: those of maps that are not finished. */
  readonly only?: Only | undefined;
  /** Stage after which the run pauses. Default: the whole workflow. */
  readonly through?: N | undefined;
  /** What to do about drift. Default: the resume is refused with DRIFT. */
  readonly accept?: Accept | undefined;
  /** A changed input, as one would give it to `start`; left out, the recorded one stays. */
  readonly input?: unknown;
}

/** Options of `resume` and `resumeHere`. */
export type ResumeOptions = How &
  ActOptions & {
    /** A plan that the caller saw: the resume is refused with PLAN_STALE when it no longer holds. Default: not compared. */
    readonly plan?: Pick<Plan, "digest"> | undefined;
  };

/** Options of `start`, `startHere` and `run`. */
export interface StartOptions<N extends string = string> {
  /** Id of the new run: 1 to 128 letters, digits, ".", "_" or "-". Default: a new one, sortable by time. */
  readonly runId?: string | undefined;
  /** Stage after which the run pauses. Default: the whole workflow. */
  readonly through?: N | undefined;
  /** Whose run it is. Default: nobody's. */
  readonly owner?: string | undefined;
  /** The same key of the same owner and workflow returns the run it started before. Default: every start is a new run. */
  readonly idempotencyKey?: string | undefined;
  /**
   * What the key is used for, as a JSON value (the request, say). A start under the same key for something else is refused with
   * `IDEMPOTENCY_KEY_REUSED`, whatever became of the run since. Left out: not compared.
   */
  readonly idempotencyUse?: unknown;
}

/** A run as its starter holds it. Everything is read from the store, so any process may hold one. */
export interface RunHandle<Output = unknown> {
  /** Id of the run. */
  readonly id: string;
  /** Reads the run with its stages. @throws {RunNotFoundError} RUN_NOT_FOUND */
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
  /** Results of a map of the run in the order of keys, read page by page. */
  readonly items: <T = unknown>(stage: string | MapRef<T>) => AsyncIterable<ItemResult<T>>;
  /** At once when nobody runs it; else its worker obeys at its next heartbeat. */
  readonly pause: (how?: string | ActOptions) => Promise<void>;
  /** Cancels the run: at once when nobody executes it, else its worker obeys at its next heartbeat. */
  readonly cancel: (how?: string | ActOptions) => Promise<void>;
}

/** A run that is executed here and now, in this process, and no other with it: what the command's `start` does. */
export interface ForegroundRun<Output = unknown> {
  /** Handle of the run. */
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

/** Which runs to list, newest first. */
export interface RunListQuery {
  /** Only runs of this owner. Default: all. */
  readonly owner?: string | undefined;
  /** Only runs in this state. Default: all. */
  readonly status?: RunStatus | undefined;
  /** Only runs in any of these states. Default: all. */
  readonly statuses?: readonly RunStatus[] | undefined;
  /** Only runs of this workflow. Default: all. */
  readonly workflow?: string | undefined;
  /** True: only runs that are paused or failed. Default: all. */
  readonly resumable?: boolean | undefined;
  /** Only runs whose id starts with this. Default: all. */
  readonly idPrefix?: string | undefined;
  /** Only runs that changed, or were executed, at this instant or later: milliseconds UTC. Default: all. */
  readonly updatedSince?: number | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
  /** `next` of the page before. Default: the first page. */
  readonly cursor?: string | undefined;
}

/** Acts take a reason, or `ActOptions`; each is audited under the Holdfast's actor, in the transaction of its change. */
export interface Runs extends RunInspection {
  /**
   * Lists a page of runs, newest first. `asOf` is the wall clock in milliseconds UTC, `next` the cursor of the page
   * that follows, null for the last one.
   */
  readonly list: (query?: RunListQuery) => Promise<{ asOf: number; rows: readonly RunView[]; next: string | null }>;
  /** Reads one run with its stages and output. @throws {RunNotFoundError} RUN_NOT_FOUND */
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
  /**
   * Pauses a run: at once when nobody executes it, else its worker obeys at its next heartbeat. @throws
   * {IllegalMoveError} ILLEGAL_MOVE
   */
  readonly pause: (runId: string, how?: string | ActOptions) => Promise<void>;
  /** Cancels a run, as `pause` pauses it. @throws {IllegalMoveError} ILLEGAL_MOVE */
  readonly cancel: (runId: string, how?: string | ActOptions) => Promise<void>;
  /** Ends a run as failed, for the reason given. @throws {IllegalMoveError} ILLEGAL_MOVE */
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
  /** Files that a run's attempts wrote, with their absolute paths; one stage's when it is given. */
  readonly artifacts: (
    runId: string,
    stage?: string,
  ) => Promise<readonly (ArtifactRecord & { readonly path: string })[]>;
  /** A stage's recorded output. */
  readonly output: (runId: string, stage: string) => Promise<unknown>;
}

/** Who executes what. */
export interface Leases {
  /** Lease of a run; null when nobody holds it. */
  readonly get: (runId: string) => Promise<LeaseView | null>;
  /** All leases, each with whether its holder is proven dead. */
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
  /** What the module's function is called with, as JSON. Default: undefined. */
  readonly options?: unknown;
  /** At most so many child processes. Default: the cores of the machine, and never more than `concurrency`. */
  readonly processes?: number | undefined;
}

/** News of a worker's child processes. */
export type ProcessEvent =
  | {
      /** The process can take runs. */
      readonly kind: "ready";
      /** Process id. */
      readonly pid: number;
    }
  | {
      /** The process is gone. */
      readonly kind: "ended";
      /** Process id; null where the system could not start it. */
      readonly pid: number | null;
      /** True when it ended well, with nothing left to do. Otherwise its runs are recovered, and it is replaced while there is work. */
      readonly isExpected: boolean;
      /** Runs that it was executing. */
      readonly runIds: readonly string[];
      /** Exit code; null when a signal ended it. */
      readonly code: number | null;
      /** Signal that ended it; null for an exit. */
      readonly signal: string | null;
    };

/** Options of a worker. */
export interface WorkOptions {
  /** Runs executed at a time. Default 4. */
  readonly concurrency?: number | undefined;
  /** Aborting it drains the worker: runs finish or pause within `stopGraceMs`. Default: until `close`. */
  readonly signal?: AbortSignal | undefined;
  /** Return when nothing is queued or running here. Default false. */
  readonly untilIdle?: boolean | undefined;
  /** Only these workflows. Default: all that the Holdfast was opened with. */
  readonly workflows?: readonly string[] | undefined;
  /**
   * After how many deaths of its process in a row, without an outcome of a stage or an item between them, a run is executed
   * with nothing else in this process. Default 2: the first death is most often the machine's, and while one run is alone all
   * others wait. 1 is for a worker that is one of several processes.
   */
  readonly aloneAfter?: 1 | 2 | undefined;
  /** Called for each run that this worker takes, and when its execution here ended. Must not throw. Default: nobody is told. */
  readonly onRun?: ((event: WorkEvent) => void) | undefined;
  /** Look after all runs of the store as well: recovery, waking, retention. Default true. */
  readonly supervise?: boolean | undefined;
  /**
   * Execute runs in child processes, so that user code which ends its process (a crash, `process.exit`, a heap that
   * overflows) ends no other run's. Left out: in this process. A store in memory has one process, so it stays here too.
   */
  readonly isolate?: IsolateOptions | undefined;
  /** Called when a child process begins or ends. Must not throw. Default: nobody is told. */
  readonly onProcess?: ((event: ProcessEvent) => void) | undefined;
  /** Called for what the supervisor did. Must not throw. Default: nobody is told. */
  readonly onSupervise?: ((event: SuperviseEvent) => void) | undefined;
}

/** A run that a worker took, or whose execution there ended. */
export type WorkEvent = {
  /** Id of the run. */
  readonly runId: string;
  /** Name of its workflow. */
  readonly workflow: string;
} & (
  | {
      /** The worker claimed the run. */
      readonly kind: "taken";
    }
  | {
      /** The execution here ended. */
      readonly kind: "ended";
      /** State of the run. `lost`: another worker holds it now, or the store could not be written. `queued`: handed back. */
      readonly status: RunStatus | "lost";
    }
);

/** An open Holdfast: the store, the workflows, and everything that can be done with runs. */
export interface Holdfast extends AsyncDisposable {
  /** Workflows it was opened with. */
  readonly workflows: readonly Workflow[];
  /** Absolute path of the folder that has the runs' files. */
  readonly dataDir: string;
  /** The store below. For implementers of stores (`holdfast/store`); nothing in it is needed to use runs. */
  readonly store: Store;
  /** Since when, and why, runs executed here wait for a busy or full store; null while the store takes writes. */
  readonly storeWait: () => StoreWait | null;
  /** Inspecting runs and acting on them by id. */
  readonly runs: Runs;
  /** Who executes what. */
  readonly leases: Leases;
  /** Health, recovery, cleanup, workers and the audit log. */
  readonly management: Management;
  /** In whose name acts are done and audited here. */
  readonly actor: Actor;
  /** The same Holdfast, acting for somebody else. It shares everything; only the original closes. */
  as(actor: Actor): Holdfast;
  /**
   * Starts a run: checks the input and queues it for the workers.
   * @throws {BadInputError} BAD_INPUT — with every field that does not fit. @throws {UnknownWorkflowError}
   * UNKNOWN_WORKFLOW
   * @throws {RunIdTakenError} RUN_ID_TAKEN @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED
   */
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
  /** Says what a resume would keep, redo, call and cost. Changes nothing. */
  plan(runId: string, how?: How): Promise<Plan>;
  /**
   * Queues a paused or failed run again, for the workers.
   * @throws {DriftError} DRIFT — until the change is accepted. @throws {PlanStaleError} PLAN_STALE @throws
   * {RunChangedError} RUN_CHANGED
   * @throws {IllegalMoveError} ILLEGAL_MOVE @throws {RunLockedError} RUN_LOCKED — while another holds it.
   */
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
  /** Stops what is executed here, releases its leases and closes the store. Resolves when all of it is done. */
  close(): Promise<void>;
}
