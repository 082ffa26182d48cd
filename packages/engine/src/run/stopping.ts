/**
 * What stops one execution, and when it is over. Nothing is written here and nothing is read but the clock.
 *
 * An execution is over when its workflow function has ended, or when it was stopped and everything in flight has settled
 * or used up its grace. From then on nothing it does is recorded: its pending `stage()` calls never settle.
 */
import { setMaxListeners } from "node:events";
import type { Clock, RunRecord, WishKind } from "@holdfast/core";
import { Once } from "../base/once.js";
import { Interrupted, type InterruptedWhy } from "../workflow/interrupted.js";
import { isWithinThrough } from "../workflow/through.js";
import { AttemptAbort } from "./attempt-abort.js";
import type { PaidCalls } from "./paid-calls.js";
import { PendingCalls } from "./pending-calls.js";
import { outranks, type Stop } from "./stop.js";

/** Part of a drain's grace that is kept for stages to clean up after their signal aborted. */
const CLEANUP_MS = 5_000;
/** Cleanup time of an aborted stage where nobody wants to wait. */
const SHORT_GRACE_MS = 1_000;
/**
 * Between the last call and parking, in milliseconds: code between stages may read a file before it asks for the next one. Short,
 * because the run holds its place meanwhile.
 */
const PARK_QUIET_MS = 10;

export interface StoppingTerms {
  readonly clock: Clock;
  /** How long a drain may take. */
  readonly stopGraceMs: number;
  readonly run: Pick<RunRecord, "through" | "stages">;
  /** Calls of items whose answers are worth keeping: a lost lease lets them finish. */
  readonly paid: Pick<PaidCalls, "isPaying" | "end">;
  /** Whether this worker may still act on the lease. */
  readonly isTrusted: () => boolean;
  /** The trust is over. Ends the waits of writes and returns the error that they waited for; null where none did. */
  readonly endTrust: () => unknown;
  /** Nothing can be written any more: writes that wait fail now. */
  readonly endWrites: () => void;
}

export class Stopping {
  /** Told when a stopped execution is over. */
  readonly over = new Once<Stop>();
  /** Set once the stage named by `through` was asked for. */
  passedThrough = false;

  /** Made for the first who asks: most executions are never stopped, and making one is slow. */
  private stopping: AbortController | null = null;
  private currentStop: Stop | null = null;
  private isOverNow = false;
  private inFlightCount = 0;
  private parkedCount = 0;
  private calls: PendingCalls;
  private isLookingAtWaits = false;
  private readonly settleWaiters = new Set<() => void>();
  private readonly attemptAborts = new Set<AttemptAbort>();
  /** Of items of maps: calls that cost money, so a pause lets them finish within the grace. */
  private readonly itemAborts = new Set<AttemptAbort>();
  private itemTimer: { cancel(): void } | null = null;
  private interruption: Interrupted | null = null;
  private graceTimer: { cancel(): void } | null = null;

  constructor(private readonly terms: StoppingTerms) {
    this.calls = new PendingCalls(terms.clock, () => {});
  }

  get stopped(): Stop | null {
    return this.currentStop;
  }

  /** Aborts at the first reason to stop, draining included: for waits that need not be finished. */
  get stopSignal(): AbortSignal {
    if (this.stopping === null) {
      this.stopping = new AbortController();
      // A run may wait for hundreds of things at once.
      setMaxListeners(0, this.stopping.signal);
      if (this.currentStop !== null) this.stopping.abort();
    }
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
    if (this.terms.isTrusted()) return true;
    this.loseTrust(null);
    return false;
  }

  /** The trust window is over, or another holds the run (`heldBy`). What waited for the store fails now. */
  loseTrust(heldBy: string | null): void {
    // Ended first: also where the execution is over and only its report waits.
    const waitedFor = this.terms.endTrust();
    const isStoreToBlame = heldBy === null && waitedFor !== null;
    this.stop(isStoreToBlame ? { why: "storeFailed", error: waitedFor } : { why: "leaseLost", heldBy });
  }

  /** Ask the execution to stop. The strongest reason wins; a weaker one that comes later changes nothing. */
  stop(next: Stop): void {
    if (this.isOverNow || !outranks(next, this.currentStop)) return;
    this.currentStop = next;
    this.stopping?.abort();
    this.graceTimer?.cancel();
    this.act(next);
  }

  /** Carry out what a person asked. */
  obey(wish: WishKind): void {
    this.stop({ why: wish });
  }

  private act(next: Stop): void {
    const { stopGraceMs } = this.terms;
    switch (next.why) {
      case "leaseLost":
      case "storeFailed":
        this.terms.endWrites();
        this.interrupt("leaseLost", 0);
        this.end();
        break;
      case "shutdown":
        if (next.isAborting) this.interruptWithin("shutdown", Math.min(SHORT_GRACE_MS, stopGraceMs));
        else this.drain(next.graceMs ?? stopGraceMs);
        break;
      case "through":
      case "continue":
      case "wait":
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
    this.graceTimer = this.terms.clock.setTimer(Math.max(0, graceMs - CLEANUP_MS), () =>
      this.interruptWithin("shutdown", Math.min(CLEANUP_MS, graceMs)),
    );
    this.endWhenSettled();
  }

  /** Whether a stage may begin now; one that may not is parked and never settles. */
  admits(stage: string): boolean {
    if (this.isOverNow || this.currentStop !== null) return false;
    return isWithinThrough(this.terms.run, stage, this.passedThrough);
  }

  /** A `stage()` call that will not be answered in this execution. */
  park(stage: string): Promise<never> {
    this.parkedCount++;
    this.calls.putOff();
    if (this.currentStop === null) this.stopThroughWhenQuiet(stage);
    return new Promise<never>(() => {});
  }

  /** The workflow function is called, or called anew: its calls are counted from here on. */
  countCalls(): PendingCalls {
    this.calls.close();
    this.calls = new PendingCalls(this.terms.clock, () => this.parkWhenQuiet());
    return this.calls;
  }

  beginFlight(): void {
    this.inFlightCount++;
  }

  endFlight(): void {
    this.inFlightCount--;
    if (this.inFlightCount > 0) return;
    for (const wake of this.settleWaiters) wake();
    if (this.currentStop !== null) return;
    if (this.parkedCount > 0) this.stopThroughWhenQuiet(this.terms.run.through ?? "");
    this.parkWhenQuiet();
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
    this.terms.paid.end(abort);
  }

  /** The workflow function has ended: everything still in flight settles, aborted first when the run failed. */
  async settle(isFailed: boolean): Promise<void> {
    const { clock, stopGraceMs } = this.terms;
    const graceMs = Math.min(CLEANUP_MS, stopGraceMs);
    if (isFailed) this.interrupt("runFailed", graceMs);
    if (this.inFlightCount === 0) return;
    await Promise.race([this.whenSettled(), this.over.wait(), ...(isFailed ? [clock.sleep(graceMs)] : [])]);
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

  /** No more is recorded. */
  close(): void {
    this.isOverNow = true;
    this.graceTimer?.cancel();
    this.itemTimer?.cancel();
  }

  private interruptWithin(why: InterruptedWhy, graceMs: number): void {
    this.interrupt(why, graceMs);
    this.graceTimer = this.terms.clock.setTimer(graceMs, () => this.end());
    this.endWhenSettled();
  }

  private interrupt(why: InterruptedWhy, graceMs: number): void {
    const { clock, paid, stopGraceMs } = this.terms;
    const interruption = new Interrupted(why, graceMs);
    this.interruption = interruption;
    abortAll(this.attemptAborts, interruption);
    this.itemTimer?.cancel();
    if (why === "pause" && graceMs > CLEANUP_MS) {
      this.itemTimer = clock.setTimer(graceMs - CLEANUP_MS, () => abortAll(this.itemAborts, interruption));
    } else if (why === "leaseLost") {
      // Beside a successor nothing is begun; an answer that is on its way is charged all the same.
      const rest = new Set([...this.itemAborts].filter((abort) => !paid.isPaying(abort)));
      abortAll(rest, interruption);
      this.itemTimer = clock.setTimer(stopGraceMs, () => abortAll(this.itemAborts, interruption));
    } else {
      abortAll(this.itemAborts, interruption);
    }
  }

  private endWhenSettled(): void {
    void this.whenSettled().then(() => this.end());
  }

  private end(): void {
    if (this.isOverNow || this.currentStop === null) return;
    this.isOverNow = true;
    this.graceTimer?.cancel();
    this.over.tell(this.currentStop);
  }

  /**
   * Nothing in flight and a stage beyond `through` was asked for. The workflow function may still be about to ask for
   * one that may run, so look again when the promises that are ready have run.
   */
  private stopThroughWhenQuiet(stage: string): void {
    if (this.inFlightCount > 0) return;
    this.terms.clock.setTimer(0, () => {
      // With a wait the run goes on by itself: it is not where `through` asked for.
      if (this.inFlightCount === 0 && this.calls.waits.length === 0) this.stop({ why: "through", stage });
    });
  }

  /** As for `through`, once all that is left waits; a call that begins meanwhile ends the look, and its own end makes a new one. */
  private parkWhenQuiet(): void {
    if (this.isLookingAtWaits || this.currentStop !== null || !this.calls.mayPark(this.inFlightCount)) return;
    this.isLookingAtWaits = true;
    this.terms.clock.setTimer(PARK_QUIET_MS, () => {
      this.isLookingAtWaits = false;
      if (this.currentStop === null && !this.isOverNow && this.calls.mayPark(this.inFlightCount)) {
        this.stop({ why: "wait", waits: this.calls.waits });
      }
    });
  }
}

function abortAll(aborts: Set<AttemptAbort>, interruption: Interrupted): void {
  for (const abort of aborts) abort.abort(interruption);
  aborts.clear();
}
