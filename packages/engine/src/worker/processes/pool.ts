/**
 * The child processes of one worker: how many there are, who hears of new work, who is told to end, who is killed.
 *
 * Rules:
 * - The worker's concurrency is divided into fixed shares, one for each possible child, so that the total holds whatever
 *   each claims.
 * - There are as many children as there are runs to execute, up to `processes`, and always one; a child without work for a
 *   minute ends unless it is the last.
 * - A child that ends unasked is replaced: at once, or later and later while children die before they are ready.
 * - A child that is silent (its event loop does not turn) is killed: after the grace where it was told to drain or abort,
 *   else after `maxBlockedMs`, when it has given up its leases anyway.
 * Silence is counted in looks, not in time: a parent that was itself stopped would else kill children that it did not hear.
 */
import type { RunStatus } from "@holdfast/core";
import { Hints } from "../../base/hints.js";
import type { StoreWait } from "../../run/store-waits.js";
import type { ProcessEvent } from "../facade.js";
import { Child, type ChildExit } from "./child.js";
import { ParentLimits } from "./parent-limits.js";
import type { Begin, FromChild } from "./protocol.js";

/** The parent looks at its children this often. */
export const LOOK_MS = 1_000;
/** A minute without work, in looks. */
const IDLE_LOOKS = 60;
/** A child made for a run under suspicion ends when it has found none for so many looks. */
const SUSPECT_IDLE_LOOKS = 3;
/** A child that drains or aborts has this long, beyond its grace, to close its store. */
const CLOSE_MS = 2_000;
/** What an aborting child gets: a second for its stages (as `Execution` has it) and the close. */
const ABORT_MS = 3_000;
/** Between two children that died before they were ready; doubled each time, up to half a minute. */
const RESTART_MS = 500;
const RESTART_MAX_MS = 30_000;

/** Ten minutes after the last death of a child, in looks: runs that died are executed alone so long. */
const SUSPICION_LOOKS = 600;

export type ChildTerms = Pick<Begin, "places" | "aloneAfter" | "isForSuspects">;

export interface PoolOptions {
  readonly concurrency: number;
  readonly processes: number;
  readonly stopGraceMs: number;
  readonly maxBlockedMs: number;
  /** Until it resolves children are started, which takes a moment, and claim nothing. */
  readonly mayBegin: Promise<void>;
  /** The order that makes a child: its terms, and the number in its holder's name, are the pool's. */
  readonly beginOf: (terms: ChildTerms, number: number) => Begin;
  /** Whether a run waits that died with its process. */
  readonly hasSuspects: () => Promise<boolean>;
  /** How many runs wait for a place, at most `limit`. */
  readonly countWaiting: (limit: number) => Promise<number>;
  /** Wait in real time; used between restarts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onTaken: (runId: string, workflow: string) => void;
  readonly onEnded: (runId: string, workflow: string, status: RunStatus | "lost") => void;
  readonly onHints: (runIds: readonly string[]) => void;
  readonly onProcess: (event: ProcessEvent) => void;
  /** Runs of this child wait for the store; null: they go on, or the child has ended. */
  readonly onStoreWait: (child: object, wait: StoreWait | null) => void;
  /** A child can never become a worker, or cannot go on as one, and so could none after it. */
  readonly onHopeless: (failed: FromChild & { readonly kind: "failed" }) => void;
}

export class Pool {
  private readonly children = new Set<Child>();
  private readonly stopping = new AbortController();
  /** Children that did not answer. */
  killedCount = 0;
  private startedCount = 0;
  private failedStarts = 0;
  private evaluating: Promise<void> | null = null;
  private isEvaluateWanted = false;
  private looksSinceDeath = Number.POSITIVE_INFINITY;
  /** Who gave up a place for a child made for a run under suspicion. */
  private readonly lenders = new Map<Child, Child>();
  private isWaitingToRestart = false;
  private isRetiring = false;
  /** Of the drain that was asked for. */
  private graceMs = 0;
  private readonly limits = new ParentLimits();
  private readonly waiters = new Set<() => void>();
  private readonly killAll = () => {
    for (const child of this.children) child.kill();
  };

  constructor(private readonly options: PoolOptions) {
    // A parent that exits in a hurry (the third Ctrl-C) takes them with it: a blocked one would not hear that it is gone.
    process.once("exit", this.killAll);
  }

  get executingCount(): number {
    let count = 0;
    for (const { executing } of this.children) count += executing.size;
    return count;
  }

  get readyCount(): number {
    return [...this.children].filter(({ isReady }) => isReady).length;
  }

  /** As many children as there is work for; called whenever that may have changed. Runs once at a time. */
  fit(): void {
    this.isEvaluateWanted = true;
    this.evaluating ??= this.evaluate().finally(() => {
      this.evaluating = null;
      if (this.isEvaluateWanted) this.fit();
    });
  }

  private async evaluate(): Promise<void> {
    this.isEvaluateWanted = false;
    const { processes, countWaiting, hasSuspects } = this.options;
    if (!this.mayStart) return;
    if (this.sharing.length === 0) this.start();
    const idle = this.sharing.filter((child) => child.isIdle);
    if (this.aloneAfter === 1 && idle.length === 0 && (await hasSuspects())) this.startForSuspect();
    if (this.sharing.length >= processes && idle.length === 0) return;
    const waiting = await countWaiting(processes);
    if (waiting > 0) for (const child of idle) child.hint([Hints.ANY]);
    while (this.mayStart && this.sharing.length < Math.min(processes, this.executingCount + waiting)) this.start();
  }

  private get mayStart(): boolean {
    return !this.stopping.signal.aborted && !this.isWaitingToRestart && !this.isRetiring;
  }

  /** The children that share the concurrency. */
  private get sharing(): readonly Child[] {
    return [...this.children].filter(({ slot }) => slot !== null);
  }

  /** A run may have ended its process lately: whatever died once is executed alone. */
  private get aloneAfter(): 1 | 2 {
    return this.looksSinceDeath <= SUSPICION_LOOKS ? 1 : 2;
  }

  /** News of runs of this store, for those who execute them, and for idle children: where none is idle, for all with a place. */
  hint(runIds: readonly string[]): void {
    const ready = [...this.children].filter((child) => child.isReady);
    const open = ready.filter((child) => child.ending === null && !child.isFull);
    const idle = open.filter((child) => child.isIdle);
    const holders = ready.filter((child) => runIds.some((runId) => child.executing.has(runId)));
    const takers = idle.length > 0 ? idle.slice(0, runIds.length) : open;
    for (const child of new Set([...holders, ...takers])) child.hint(runIds);
    // A run under suspicion is taken by none that executes something: it may need a child of its own.
    if (takers.length === 0 || (idle.length === 0 && this.aloneAfter === 1)) this.fit();
  }

  /** Once in `LOOK_MS`. */
  look(): void {
    for (const child of this.children) {
      child.silentLooks += 1;
      child.endingLooks += 1;
      child.idleLooks = child.isIdle ? child.idleLooks + 1 : 0;
      if (!this.isDeaf(child)) continue;
      this.killedCount += 1;
      child.kill();
    }
    const before = this.aloneAfter;
    this.looksSinceDeath += 1;
    if (this.aloneAfter !== before) this.tellTerms();
    const staying = this.sharing.filter((child) => child.ending === null);
    if (staying.length > 1) staying.findLast((child) => child.idleLooks > IDLE_LOOKS)?.end("retire");
    for (const child of this.children) {
      if (child.slot === null && child.ending === null && child.idleLooks > SUSPECT_IDLE_LOOKS) child.end("retire");
    }
    if (staying.every((child) => child.executing.size > 0)) this.fit();
  }

  private isDeaf({ ending, silentLooks, endingLooks }: Child): boolean {
    const { graceMs } = this;
    const { stopGraceMs, maxBlockedMs } = this.options;
    const isSilent = silentLooks * LOOK_MS > CLOSE_MS;
    if (ending === "abort") return endingLooks * LOOK_MS > ABORT_MS;
    // A call that is being paid for is waited for after the grace, as long again: such a child still answers.
    if (ending === "drain" && endingLooks * LOOK_MS > graceMs + stopGraceMs + CLOSE_MS) return true;
    if (ending === "drain") return isSilent && endingLooks * LOOK_MS > graceMs + CLOSE_MS;
    return silentLooks * LOOK_MS > maxBlockedMs;
  }

  /** Tell all to end; resolves when none is left. A stronger word may follow. */
  async end(how: "retire" | "drain" | "abort", withinMs: number | null = null): Promise<void> {
    if (how === "retire") this.isRetiring = true;
    else this.stopping.abort();
    if (how === "drain") this.graceMs = withinMs ?? this.options.stopGraceMs;
    for (const child of this.children) child.end(how, withinMs);
    while (this.children.size > 0) await new Promise<void>((resolve) => this.waiters.add(resolve));
    this.isRetiring = false;
  }

  close(): void {
    process.off("exit", this.killAll);
  }

  private start(): void {
    const { concurrency, processes } = this.options;
    const taken = new Set(this.sharing.map(({ slot }) => slot));
    const slot = Array.from({ length: processes }, (_, i) => i).find((i) => !taken.has(i)) ?? 0;
    const places = Math.floor(concurrency / processes) + (slot < concurrency % processes ? 1 : 0);
    this.launch(slot, { places, aloneAfter: this.aloneAfter, isForSuspects: false });
  }

  /**
   * Nobody is idle and a run under suspicion waits: it gets a child of its own. Its place is taken from one of the others, so
   * that the total stays; where all places are taken it waits until one is free.
   */
  private startForSuspect(): void {
    const lender = this.sharing.find((child) => child.ending === null && child.executing.size < child.places);
    if (lender === undefined || !this.mayStart) return;
    if ([...this.children].some(({ slot, executing }) => slot === null && executing.size === 0)) return;
    lender.setTerms(lender.places - 1, this.aloneAfter);
    const child = this.launch(null, { places: 1, aloneAfter: 1, isForSuspects: true });
    this.lenders.set(child, lender);
  }

  private launch(slot: number | null, terms: ChildTerms): Child {
    this.startedCount += 1;
    const child = new Child(slot, this.options.beginOf(terms, this.startedCount), this.options.mayBegin, {
      onMessage: (from, message) => this.hear(from, message),
      onExit: (from, exit) => void this.bury(from, exit),
    });
    this.children.add(child);
    return child;
  }

  /** After a death whatever died is executed alone, and for a while after it. */
  private suspectFromNowOn(): void {
    const before = this.aloneAfter;
    this.looksSinceDeath = 0;
    if (this.aloneAfter !== before) this.tellTerms();
  }

  private tellTerms(): void {
    for (const child of this.sharing) child.setTerms(child.places, this.aloneAfter);
  }

  private hear(child: Child, message: FromChild): void {
    const { options } = this;
    switch (message.kind) {
      case "ready":
        this.failedStarts = 0;
        options.onProcess({ kind: "ready", pid: child.pid ?? 0 });
        break;
      case "taken":
        options.onTaken(message.runId, message.workflow);
        this.fit();
        break;
      case "ended":
        options.onEnded(message.runId, message.workflow, message.status);
        break;
      case "hints":
        options.onHints(message.runIds);
        break;
      case "failed":
        if (!message.isRetryable) options.onHopeless(message);
        break;
      case "acquire":
      case "release":
      case "giveUp":
      case "observe":
        this.limits.hear(child, message);
        break;
      case "storeWait":
        options.onStoreWait(child, message.wait);
        break;
      case "alive":
        break;
    }
  }

  private takePlaceBack(child: Child): void {
    const lender = this.lenders.get(child);
    this.lenders.delete(child);
    if (lender !== undefined) lender.setTerms(lender.places + 1, this.aloneAfter);
  }

  private async bury(child: Child, exit: ChildExit): Promise<void> {
    this.children.delete(child);
    for (const wake of this.waiters) wake();
    this.waiters.clear();
    const { options, stopping } = this;
    const runIds = [...child.executing.keys()];
    for (const [runId, workflow] of child.executing) options.onEnded(runId, workflow, "lost");
    // It was told to end, by us or by a SIGTERM: it has handed back what it had. User code that exits leaves a run behind.
    const isExpected = exit.code === 0 && child.executing.size === 0;
    this.takePlaceBack(child);
    this.limits.forget(child);
    options.onStoreWait(child, null);
    if (!isExpected && child.isReady) this.suspectFromNowOn();
    options.onProcess({ kind: "ended", pid: child.pid ?? null, isExpected, runIds, ...exit });
    if (stopping.signal.aborted) return;
    if (!child.isReady) {
      this.isWaitingToRestart = true;
      const waitMs = Math.min(RESTART_MAX_MS, RESTART_MS * 2 ** this.failedStarts++);
      await options.sleep(waitMs, stopping.signal);
      this.isWaitingToRestart = false;
    }
    if (child.ending !== "retire") this.fit();
  }
}
