/** What an opened Holdfast offers: starting, steering, looking at and working on runs. Types only. */
import type { Actor, ChangeListener, SqlTransaction, Store, Unsubscribe } from "@holdfast/core";
import type { DatasetCatalog, StorageMaintenance } from "../dataset/storage-facade.js";
import type { Management } from "../manage/facade.js";
import type { Schedules } from "../manage/schedule-facade.js";
import type { SuperviseOptions, SupervisorHandle } from "../manage/supervise-facade.js";
import type { How, Plan } from "../plan/plan-facade.js";
import type { StoreWait } from "../run/store-waits.js";
import type { Worker, WorkOptions } from "../worker/facade.js";
import type { Typed, Workflow } from "../workflow/define-workflow.js";
import type { ForegroundRun, RunEnd, RunHandle, RunOptions, StartOptions } from "./handle-facade.js";
import type { Outside } from "./outside-facade.js";
import type { OwnedHoldfast } from "./owned-facade.js";
import type { ResumeOptions } from "./resume-facade.js";
import type { Leases, Runs } from "./run-facade.js";

export type * from "../dataset/storage-facade.js";
export type * from "../plan/plan-facade.js";
export type { StoreWait } from "../run/store-waits.js";
export type * from "../worker/facade.js";
export type * from "./handle-facade.js";
export type * from "./outside-facade.js";
export type * from "./owned-facade.js";
export type * from "./record-facade.js";
export type * from "./resume-facade.js";
export type * from "./run-facade.js";
export type * from "./view-facade.js";

/** An open Holdfast: the store, the workflows, and everything that can be done with runs. */
export interface Holdfast extends Outside, AsyncDisposable {
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
  /** Schedules: what starts runs by the clock. */
  readonly schedules: Schedules;
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
   * @throws {DuplicateRunError} DUPLICATE_RUN — a run of the dedupe key is active, and it said `reject`.
   */
  start<G, O, N extends string, S = unknown>(
    workflow: Typed<G, O, N, S>,
    input: NoInfer<G>,
    options?: StartOptions<NoInfer<N>>,
  ): Promise<RunHandle<O, S>>;
  /**
   * Starts a run of the workflow of this name, with an input of unknown shape: the body of a request.
   * @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW — with the names there are. @throws {BadInputError} BAD_INPUT
   * @throws {RunIdTakenError} RUN_ID_TAKEN @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED
   * @throws {DuplicateRunError} DUPLICATE_RUN — a run of the dedupe key is active, and it said `reject`.
   */
  startByName(workflow: string, input: unknown, options?: StartOptions): Promise<RunHandle>;
  /**
   * Starts a run in a PostgreSQL transaction of your own: it is committed together with your rows, or not at all. Send `BEGIN` on one
   * client of `pg`, connected to the store's database, and pass that client; nothing else may use it until the call returns.
   * A worker finds the run within its poll interval after your `COMMIT`, never before. An error that is thrown here leaves
   * the transaction usable.
   * @throws {WrongUseError} WRONG_USE — the store is not PostgreSQL, no transaction has been begun, or it is another database's.
   * @throws {BadInputError} BAD_INPUT @throws {RunIdTakenError} RUN_ID_TAKEN
   * @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED
   */
  startIn<G, O, N extends string>(
    transaction: SqlTransaction,
    workflow: Workflow<G, O, N>,
    input: NoInfer<G>,
    options?: StartOptions<NoInfer<N>>,
  ): Promise<{ readonly runId: string }>;
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
  handle<O = unknown, S = unknown>(runId: string, workflow?: Typed<unknown, O, string, S>): Promise<RunHandle<O, S>>;
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
