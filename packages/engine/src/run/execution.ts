/**
 * One execution of one run in this process: what is under way, what was asked of it, and when it is over.
 *
 * An execution is over when its workflow function has ended, or when it was stopped and everything in flight has settled
 * or used up its grace. From then on nothing it does is recorded: its pending `stage()` calls never settle.
 */
import {
  type Fence,
  type Lease,
  leaseWindowMs,
  type RecordedError,
  type RunRecord,
  type StageHistory,
  type WishKind,
  type WriteOutcome,
} from "@holdfast/core";
import { isWithinThrough } from "../stage/decide-stage.js";
import { Drift } from "../stage/drift.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { Interrupted, type InterruptedWhy } from "../workflow/interrupted.js";
import { maskOf, type OpenInput } from "../workflow/secret.js";
import type { SecretMask } from "../workflow/secret-mask.js";
import { AttemptAbort } from "./attempt-abort.js";
import { CallLog } from "./call-log.js";
import type { ExecutorDeps } from "./deps.js";
import { LeaseWatch } from "./lease-watch.js";
import { NotIdle } from "./not-idle.js";
import { PaidCalls } from "./paid-calls.js";
import { PatientStore } from "./patient-store.js";
import { Reached } from "./reached.js";
import { RunErrors } from "./run-errors.js";
import { outranks, type Stop } from "./stop.js";

/** Of a drain's grace, what is kept for stages to clean up after their signal aborted. */
const CLEANUP_MS = 5_000;
/** What an aborted stage gets to clean up when nobody wants to wait. */
const SHORT_GRACE_MS = 1_000;

export class Execution {
  readonly fence: Fence;
  readonly deps: ExecutorDeps;
  /** Where its writes wait for a busy or full store, as long as the lease is trusted. */
  readonly patient: PatientStore;
  /** Recorded history by stage; a stage recorded by this execution is added as it ends. */
  readonly history: Map<string, StageHistory>;
  /** Failures answered from the record in this execution: a person's resume reopens the one that ends it. */
  readonly replayedFailures = new Set<string>();
  /** Resolves when a stopped execution is over. */
  readonly over: Promise<Stop>;
  /** Resources that it holds, or held when it was told to stop: free once the run's lease has ended. */
  readonly resources = new Set<string>();
  /** Resolves with an error of the workflow function, between stages, that nobody caught. */
  readonly strayed: Promise<unknown>;
  tellStray!: (error: unknown) => void;
  /** Told of each batch of log lines that was written; the log files follow. */
  onLines: () => void = () => {};

  /** What the workflow sees; `run.input` has its secrets hidden. */
  readonly input: unknown;
  /** Everything written for people goes through it. */
  readonly mask: SecretMask;
  readonly drift: Drift;
  /** What keeps the run's progress from falling. */
  readonly reached: Reached;
  readonly calls: CallLog;
  /** Waits that are no idleness. */
  readonly notIdle: NotIdle;
  private readonly errors: RunErrors;

  private readonly stopping = new AbortController();
  private resolveOver!: (stop: Stop) => void;
  private currentStop: Stop | null = null;
  private isOverNow = false;
  private inFlightCount = 0;
  private parkedCount = 0;
  private readonly settleWaiters = new Set<() => void>();
  private readonly attemptAborts = new Set<AttemptAbort>();
  /** Of items of maps: calls that cost money, so a pause lets them finish within the grace. */
  private readonly itemAborts = new Set<AttemptAbort>();
  private itemTimer: { cancel(): void } | null = null;
  readonly paid = new PaidCalls();
  private readonly watch: LeaseWatch;
  private interruption: Interrupted | null = null;
  private graceTimer: { cancel(): void } | null = null;

  constructor(
    readonly run: RunRecord,
    readonly lease: Lease,
    readonly workflow: Workflow,
    deps: ExecutorDeps,
    history: readonly StageHistory[],
    readonly isReopening: boolean,
    opened: OpenInput,
  ) {
    this.patient = new PatientStore(deps.store, deps.clock, deps.waits);
    this.deps = { ...deps, store: this.patient.store };
    this.notIdle = new NotIdle(run.policy, deps.clock, () => {
      if (!this.isOverNow) this.follow(this.deps.store.setProgress(this.fence, { items: null, label: null }));
    });
    this.input = opened.input;
    this.mask = maskOf(opened.secrets);
    this.errors = new RunErrors(this);
    this.drift = new Drift(this);
    this.reached = new Reached(this);
    this.calls = new CallLog(run.id, deps.isWritingStageFiles ? deps.artifacts : null, this.mask, () =>
      deps.clock.nowMs(),
    );
    this.fence = { runId: lease.runId, token: lease.token, nonce: lease.nonce };
    this.history = new Map(history.map((entry) => [entry.stage, entry]));
    this.over = new Promise((resolve) => {
      this.resolveOver = resolve;
    });
    this.strayed = new Promise((resolve) => {
      this.tellStray = resolve;
    });
    this.watch = new LeaseWatch(lease, deps.heart, deps.clock, {
      onLost: (heldBy) => this.loseTrust(heldBy),
      onWish: (wish) => this.obey(wish),
    });
  }

  get stopped(): Stop | null {
    return this.currentStop;
  }

  /** Aborts at the first reason to stop, draining included: for waits that need not be finished. */
  get stopSignal(): AbortSignal {
    return this.stopping.signal;
  }

  get isOver(): boolean {
    return this.isOverNow;
  }

  /**
   * Whether user code may begin now; stops the execution when its lease is not trusted any more. Asked after an answer
   * that was waited for, and before a worker looks for other work: when the process was stopped meanwhile, the timer that
   * ends the trust has not fired yet.
   */
  mayBegin(): boolean {
    if (this.isOverNow) return false;
    if (this.watch.isTrusted()) return true;
    this.loseTrust(null);
    return false;
  }

  /** The trust window is over, or another holds the run (`heldBy`). What waited for the store fails now. */
  private loseTrust(heldBy: string | null): void {
    // Ended first: also where the execution is over and only its report waits.
    const waitedFor = this.patient.end(leaseWindowMs(this.lease));
    const isStoreToBlame = heldBy === null && waitedFor !== null;
    this.stop(isStoreToBlame ? { why: "storeFailed", error: waitedFor } : { why: "leaseLost", heldBy });
  }

  /** Ask the execution to stop. The strongest reason wins; a weaker one that comes later changes nothing. */
  stop(next: Stop): void {
    if (this.isOverNow || !outranks(next, this.currentStop)) return;
    this.currentStop = next;
    this.stopping.abort();
    this.graceTimer?.cancel();
    this.act(next);
  }

  private act(next: Stop): void {
    const { stopGraceMs } = this.deps;
    switch (next.why) {
      case "leaseLost":
      case "storeFailed":
        this.patient.end();
        this.interrupt("leaseLost", 0);
        this.end();
        break;
      case "shutdown":
        if (next.isAborting) this.interruptWithin("shutdown", Math.min(SHORT_GRACE_MS, stopGraceMs));
        else this.drain(next.graceMs ?? stopGraceMs);
        break;
      case "through":
        this.endWhenSettled();
        break;
      case "verdict":
      case "drift":
        this.drain(stopGraceMs);
        break;
      case "cancel":
        this.interruptWithin("cancel", stopGraceMs);
        break;
      case "fail":
        this.interruptWithin("runFailed", stopGraceMs);
        break;
      case "pause":
        this.interruptWithin("pause", stopGraceMs);
        break;
    }
  }

  /** What is in flight may finish; near the end of the grace it is told to clean up. */
  private drain(graceMs: number): void {
    this.graceTimer = this.deps.clock.setTimer(Math.max(0, graceMs - CLEANUP_MS), () =>
      this.interruptWithin("shutdown", Math.min(CLEANUP_MS, graceMs)),
    );
    this.endWhenSettled();
  }

  /** Carry out what a person asked. */
  obey(wish: WishKind): void {
    this.stop({ why: wish });
  }

  /** Whether a stage may begin now; one that may not is parked and never settles. */
  admits(stage: string): boolean {
    if (this.isOverNow || this.currentStop !== null) return false;
    return isWithinThrough(this.run, stage, this.passedThrough);
  }

  /** The uses of datasets that are in the store already. */
  readonly notedUses = new Set<string>();

  /** Set once the stage named by `through` was asked for. */
  passedThrough = false;

  /** A `stage()` call that will not be answered in this execution. */
  park(stage: string): Promise<never> {
    this.parkedCount++;
    if (this.currentStop === null) this.stopThroughWhenQuiet(stage);
    return new Promise<never>(() => {});
  }

  beginFlight(): void {
    this.inFlightCount++;
  }

  endFlight(): void {
    this.inFlightCount--;
    if (this.inFlightCount > 0) return;
    for (const wake of this.settleWaiters) wake();
    if (this.parkedCount > 0 && this.currentStop === null) this.stopThroughWhenQuiet(this.run.through ?? "");
  }

  /** The abort of one attempt at a stage or an item, aborted with the execution's interruption. */
  openAbort(unit: "stage" | "item"): AttemptAbort {
    const abort = new AttemptAbort();
    if (this.interruption !== null) abort.abort(this.interruption);
    else (unit === "stage" ? this.attemptAborts : this.itemAborts).add(abort);
    return abort;
  }

  closeAbort(abort: AttemptAbort): void {
    this.attemptAborts.delete(abort);
    this.itemAborts.delete(abort);
    this.paid.end(abort);
  }

  /** Until its abort is closed, an item is making a call that is charged whether or not its answer arrives. */
  beginPaying(abort: AttemptAbort): void {
    this.paid.begin(abort);
  }

  /** Something that must end before the process may. */
  keep(written: Promise<unknown>): void {
    this.paid.keep(written);
  }

  /**
   * After the end: what is being paid for is answered and kept, or the grace is over.
   *
   * The worker's place is taken until then. Free at once, a worker whose calls hang would begin as many new ones beside them
   * as it has places, over the limits of whoever is called.
   */
  settleLate(): Promise<void> {
    return this.paid.settle(this.deps.clock, this.deps.stopGraceMs);
  }

  async release(resources: readonly string[]): Promise<void> {
    const { store, hints } = this.deps;
    await store.releaseResources(this.fence, resources);
    for (const name of resources) this.resources.delete(name);
    hints.notifyFreed(resources);
  }

  /** What was thrown, as it is recorded and shown. */
  errorOf(thrown: unknown): RecordedError {
    return this.errors.record(thrown);
  }

  /** Whether a fenced write was accepted; otherwise the execution is told to stop. */
  accepts(outcome: WriteOutcome): boolean {
    switch (outcome.kind) {
      case "written":
        if (outcome.wish !== null) this.obey(outcome.wish);
        return true;
      case "leaseLost":
        this.stop({ why: "leaseLost", heldBy: outcome.heldBy });
        return false;
      case "cancelled":
        this.obey(outcome.wish);
        return false;
      case "duplicate":
        return false;
    }
  }

  /** A write that nobody waits for: its refusal or failure stops the execution all the same. */
  follow(written: Promise<WriteOutcome>): void {
    written.then(
      (outcome) => this.accepts(outcome),
      (error) => this.stop({ why: "storeFailed", error }),
    );
  }

  /** The workflow function has ended: everything still in flight settles, aborted first when the run failed. */
  async settle(isFailed: boolean): Promise<void> {
    if (isFailed) this.interrupt("runFailed", Math.min(CLEANUP_MS, this.deps.stopGraceMs));
    const graceMs = isFailed ? Math.min(CLEANUP_MS, this.deps.stopGraceMs) : Number.POSITIVE_INFINITY;
    await Promise.race([this.whenSettled(), this.over, ...(isFailed ? [this.deps.clock.sleep(graceMs)] : [])]);
  }

  /** No more is recorded; the lease is no longer renewed. */
  close(): void {
    this.isOverNow = true;
    this.notIdle.close();
    this.graceTimer?.cancel();
    this.itemTimer?.cancel();
    this.watch.release();
  }

  private interruptWithin(why: InterruptedWhy, graceMs: number): void {
    this.graceTimer?.cancel();
    this.interrupt(why, graceMs);
    this.graceTimer = this.deps.clock.setTimer(graceMs, () => this.end());
    this.endWhenSettled();
  }

  private interrupt(why: InterruptedWhy, graceMs: number): void {
    const interruption = new Interrupted(why, graceMs);
    this.interruption = interruption;
    abortAll(this.attemptAborts, interruption);
    this.itemTimer?.cancel();
    if (why === "pause" && graceMs > CLEANUP_MS) {
      this.itemTimer = this.deps.clock.setTimer(graceMs - CLEANUP_MS, () => abortAll(this.itemAborts, interruption));
    } else if (why === "leaseLost") {
      // Beside a successor nothing is begun; an answer that is on its way is charged all the same.
      const rest = new Set([...this.itemAborts].filter((abort) => !this.paid.isPaying(abort)));
      abortAll(rest, interruption);
      this.itemTimer = this.deps.clock.setTimer(this.deps.stopGraceMs, () => abortAll(this.itemAborts, interruption));
    } else {
      abortAll(this.itemAborts, interruption);
    }
  }

  private endWhenSettled(): void {
    void this.whenSettled().then(() => this.end());
  }

  /** Nothing is in flight any more. */
  whenSettled(): Promise<void> {
    if (this.inFlightCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.settleWaiters.delete(wake);
        resolve();
      };
      this.settleWaiters.add(wake);
    });
  }

  private end(): void {
    if (this.isOverNow || this.currentStop === null) return;
    this.isOverNow = true;
    this.graceTimer?.cancel();
    this.resolveOver(this.currentStop);
  }

  /**
   * Nothing in flight and a stage beyond `through` was asked for. The workflow function may still be about to ask for
   * one that may run, so look again when the promises that are ready have run.
   */
  private stopThroughWhenQuiet(stage: string): void {
    if (this.inFlightCount > 0) return;
    this.deps.clock.setTimer(0, () => {
      if (this.inFlightCount === 0) this.stop({ why: "through", stage });
    });
  }
}

function abortAll(aborts: Set<AttemptAbort>, interruption: Interrupted): void {
  for (const abort of aborts) abort.abort(interruption);
  aborts.clear();
}
