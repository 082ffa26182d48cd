/** What an opened Holdfast offers: starting, steering, looking at and working on runs. Types only. */
import type {
  Actor,
  ChangeListener,
  RecordedError,
  RunEvent,
  RunEventType,
  RunProgress,
  RunStatus,
  Store,
  Unsubscribe,
} from "@holdfast/core";
import type { DatasetCatalog, StorageMaintenance } from "../dataset/storage-facade.js";
import type { ActOptions, Management, SuperviseEvent } from "../manage/facade.js";
import type { SuperviseOptions, SupervisorHandle } from "../manage/supervise-facade.js";
import type { Accept, How, Plan, ResumeOptions } from "../plan/plan-facade.js";
import type { StoreWait } from "../run/store-waits.js";
import type { ItemResult } from "../workflow/context.js";
import type { Workflow } from "../workflow/define-workflow.js";
import type { MapRef } from "../workflow/refs.js";
import type { OwnedHoldfast } from "./owned-facade.js";
import type { Leases, Runs, RunView } from "./run-facade.js";

export type * from "../dataset/storage-facade.js";
export type * from "../plan/plan-facade.js";
export type { StoreWait } from "../run/store-waits.js";
export type * from "./owned-facade.js";
export type * from "./record-facade.js";
export type * from "./run-facade.js";

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
   * What the key is used for, as a JSON value. A start under the same key for something else is refused with
   * IDEMPOTENCY_KEY_REUSED, even if the run has changed since. Default: the `input` and `through` of this call.
   */
  readonly idempotencyUse?: unknown;
}

/** A run as its starter holds it. Everything is read from the store, so any process may hold one. */
export interface RunHandle<Output = unknown> {
  /** Id of the run. */
  readonly id: string;
  /** Reads the run with its stages. @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly status: () => Promise<RunView>;
  /**
   * The output. @throws {RunFailedError}, {RunCancelledError}, {RunPausedError} when it ended otherwise;
   * {WorkersStoppedError} WORKERS_STOPPED once the workers of this Holdfast were drained, or it is closed, and the run is
   * unfinished. Where no worker was ever started here it waits for one elsewhere, and warns once after 30 s without any.
   */
  readonly result: (options?: { signal?: AbortSignal | undefined }) => Promise<Output>;
  /**
   * Events after `after` in order, without gaps; with `follow` it goes on until the run has ended or paused, with
   * `throughPauses` until it has ended. Rejects with WORKERS_STOPPED as `result()` does.
   */
  readonly events: (options?: {
    after?: number | undefined;
    follow?: boolean | undefined;
    throughPauses?: boolean | undefined;
    type?: RunEventType | undefined;
    stage?: string | undefined;
    signal?: AbortSignal | undefined;
  }) => AsyncIterable<RunEvent>;
  /**
   * Frames of how far the run is: the newest state whenever it changes, ten a second at most, until the run has ended or is
   * paused until a person acts. Within a generation `fraction` never falls, over kills and resumes too, and it is 1 only of a
   * completed run.
   */
  readonly progress: (options?: { readonly signal?: AbortSignal | undefined }) => AsyncIterable<RunProgress>;
  /** Results of a map of the run in the order of keys, read page by page. */
  readonly items: <T = unknown>(stage: string | MapRef<T>) => AsyncIterable<ItemResult<T>>;
  /** At once when nobody runs it; else its worker obeys at its next heartbeat. */
  readonly pause: (how?: string | ActOptions) => Promise<void>;
  /** Cancels the run: at once when nobody executes it, else its worker obeys at its next heartbeat. */
  readonly cancel: (how?: string | ActOptions) => Promise<void>;
}

/**
 * Options of `run`. Without `idempotencyKey` or `runId` every call is a new run; with one of them, the same call again goes
 * on with the run that the first one started.
 */
export type RunOptions<N extends string = string> = StartOptions<N> & {
  /** A run that was paused before this call: resume it, once, or return it as it is. Default "resume". */
  readonly onPaused?: "resume" | "return" | undefined;
  /** A run that failed before this call: try it again, once, or return it as it is. Default "return". */
  readonly onFailed?: "retry" | "return" | undefined;
  /** What to do about drift; of several, the first that is enough. Default: drift is thrown as DRIFT. */
  readonly accept?: Accept | readonly Accept[] | undefined;
  /** Aborting it drains the run, which is left paused and returned. Default: the run goes on to its end. */
  readonly signal?: AbortSignal | undefined;
};

/** How a run stood when `run` returned. */
export type RunEnd<Output = unknown> = {
  /** Id of the run. */
  readonly runId: string;
  /** Exit code for a program that ends with the run: 0 when completed, or paused after `through`; the command's otherwise. */
  readonly exitCode: number;
} & (
  | {
      /** The run is completed. */
      readonly status: "completed";
      /** What the workflow returned. */
      readonly output: Output;
    }
  | {
      /** The run is not completed: it failed, was cancelled, or rests. */
      readonly status: Exclude<RunStatus, "completed" | "running">;
      /** Why, in words; null where nothing needs saying. */
      readonly reason: string | null;
      /** Error of a failed run; null for others. */
      readonly error: RecordedError | null;
    }
);

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

/** A worker under way in this process. Disposing of it drains it. */
export interface Worker extends AsyncDisposable {
  /** Resolves when it has ended: drained, idle (`untilIdle`), or closed. Rejects when a defect ended it. */
  readonly done: Promise<void>;
  /**
   * Claims nothing more, lets what is under way finish within `withinMs` (default: `stopGraceMs`), hands the rest back to the
   * queue, and resolves when the worker has ended. Stages are told to clean up in the last 5 s of it; 0 aborts them at once. A
   * second call waits with the first.
   */
  drain(options?: { readonly withinMs?: number | undefined }): Promise<void>;
}

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
  /** Datasets of the store, and their files. */
  readonly datasets: DatasetCatalog;
  /** Facts, backup and checks of the store. */
  readonly storage: StorageMaintenance;
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
  /**
   * Starts a run of the workflow of this name, with an input of unknown shape: the body of a request.
   * @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW — with the names there are. @throws {BadInputError} BAD_INPUT
   * @throws {RunIdTakenError} RUN_ID_TAKEN @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED
   */
  startByName(workflow: string, input: unknown, options?: StartOptions): Promise<RunHandle>;
  /**
   * The runs of one owner: others' do not exist there. Combines with `as`: `holdfast.as(actor).forOwner("ann")`.
   * @throws {WrongUseError} WRONG_USE — for an empty name.
   */
  forOwner(owner: string): OwnedHoldfast;
  /**
   * Runs a workflow to its end in this process and returns how it ended. With `idempotencyKey` or `runId` the same call again
   * (after a crash, from cron, from several processes at once) goes on with the same run: it executes what is not recorded
   * yet, takes over from a holder that died, waits for one that lives, and returns what is recorded of a run that ended.
   *
   * A run that failed is returned, not thrown.
   * @throws {BadInputError} BAD_INPUT @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW
   * @throws {RunIdTakenError} RUN_ID_TAKEN — another workflow, owner or input has the id.
   * @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED — the key was used with another input.
   * @throws {DriftError} DRIFT — what recorded results depend on has changed; `accept` says what to do about it.
   * @throws the reason of `signal`, when it aborts while another process executes the run.
   * @example
   * ```ts
   * const end = await holdfast.run(brief, { topic: "tides" }, { idempotencyKey: "tides" });
   * if (end.status === "completed") console.log(end.output);
   * process.exitCode = end.exitCode;
   * ```
   */
  run<G, O, N extends string>(
    workflow: Workflow<G, O, N>,
    input: NoInfer<G>,
    options?: RunOptions<NoInfer<N>>,
  ): Promise<RunEnd<O>>;
  /**
   * Creates, claims and executes a run in this process; created and claimed in one transaction. An `idempotencyKey` that was
   * used before returns the run of then: executed here when it is queued, otherwise left as it is, with `done` settled.
   */
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
  resume<O = unknown>(runId: string, how?: ResumeOptions<O>): Promise<RunHandle<O>>;
  /** Queue again, claim and execute in this process. @throws {RunLockedError} RUN_LOCKED while another holds it. */
  resumeHere<O = unknown>(runId: string, how?: ResumeOptions<O>): Promise<ForegroundRun<O>>;
  /** Starts a worker in this process, which claims queued runs and recovers dead ones; answers when it has begun. */
  startWorker(options?: WorkOptions): Promise<Worker>;
  /** The same, until it has ended: idle, or drained by its signal. */
  work(options?: WorkOptions): Promise<void>;
  /**
   * Starts a supervisor without a worker, for a process that executes no runs; resolves after its first scan. Every worker has
   * one already (`supervise`), and any number may run at once.
   */
  startSupervisor(options?: SuperviseOptions): Promise<SupervisorHandle>;
  /**
   * Calls `onChange` when a run of these topics (run ids, or `*` for any run) changes: at once for a change by this process,
   * within 250 ms for one by another. A hint says when to read, not what changed, and may come for nothing. Returns the end of
   * it. `onChange` must not throw.
   */
  subscribe(topics: readonly string[], onChange: ChangeListener): Unsubscribe;
  /**
   * Writes the log lines of stages that wait to be written, and blocks until they are in the store and in `run.jsonl`, about
   * half a second at most: for the `exit` event of a process that user code may end. `holdfast start` and `worker` call it there.
   */
  writeLogsNow(): void;
  /** Stops what is executed here, releases its leases and closes the store. Resolves when all of it is done. */
  close(): Promise<void>;
  /**
   * Writes the log lines that wait and closes the store under what is executed here, without waiting for user code: for a
   * process that ends at once. Its runs are recovered as after a crash.
   */
  abandon(): Promise<void>;
}
