/**
 * The clock of `testHoldfast`: virtual time that waits for stages, and in which polls cost nothing.
 *
 * The engine polls its store (for queued runs, for runs that are due to wake). In virtual time those polls would be
 * most of what happens in a day, and a run would wake up to one poll too late. So time does not drive them. They are
 * made when they can find something: when a run is due to wake, and at the end of each advance.
 */
import {
  type Clock,
  type Duration,
  readDurationMs,
  STORE_METHODS,
  type StopSignal,
  type Store,
  type StoreMethodKind,
  type StoreMethodName,
  type Timer,
  WrongUseError,
} from "@holdfast/core";
import { sleepOn } from "../clock/clock-view.js";
import { VirtualClock } from "../clock/virtual-clock.js";

/**
 * Poll interval: ten minutes. The half millisecond distinguishes these timers from all others, since no duration of the
 * engine or of a user has one.
 */
export const LOOK_MS = 600_000.5;
/** Real time to wait for a stage's own code before virtual time continues without it: the code may be waiting for that time. */
const STAGE_MS = 1_000;
const STAGE_LOOK_MS = 1;
/** Number of paused, queued and waiting runs whose wake time is read; a test has fewer. */
const WAKING_COUNT = 100;
const SCHEDULES_COUNT = 1_000;

export class TestClock implements Clock {
  private readonly virtual = new VirtualClock();
  private readonly looks = new Set<() => void>();
  /** Number of stages and items whose code is running. */
  readonly active = { count: 0 };
  /** When the next run is due to wake or a schedule ticks, on the monotonic clock; null if it must be read again. */
  private wakeMs: number | null = null;
  /** Number of stages that were waited for in vain and are not waited for again. */
  private stuckCount = 0;

  nowMs(): number {
    return this.virtual.nowMs();
  }

  monotonicMs(): number {
    return this.virtual.monotonicMs();
  }

  sleep(ms: number, signal?: StopSignal | undefined): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  setTimer(ms: number, fire: () => void): Timer {
    if (ms !== LOOK_MS) return this.virtual.setTimer(ms, fire);
    const look = () => {
      this.looks.delete(look);
      timer.cancel();
      fire();
    };
    const timer = this.virtual.setTimer(ms, look);
    this.looks.add(look);
    return {
      cancel: () => {
        this.looks.delete(look);
        timer.cancel();
      },
    };
  }

  /**
   * Returns the store, observed for calls that may change when the next run wakes: over a week, most calls are signs of
   * life.
   */
  watch(store: Store): Store {
    return new Proxy(store, {
      get: (target, property) => {
        const value = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (!changesNoWake(property)) this.wakeMs = null;
          return value.apply(target, args);
        };
      },
    });
  }

  /** Lets `by` pass: fires everything that comes due, in order, and waits for the code of stages. */
  async advance(by: Duration, store: Store): Promise<void> {
    const ms = readDurationMs(by);
    if (ms === null) {
      throw new WrongUseError({
        problem: `clock.advance: milliseconds, or a text like "90s" or "7d" is expected, not ${String(by)}.`,
      });
    }
    const untilMs = this.monotonicMs() + ms;
    await this.look();
    for (;;) {
      this.wakeMs ??= await this.nextWakeMs(store);
      const { wakeMs } = this;
      const dueMs = Math.min(this.virtual.nextDueMs ?? Infinity, wakeMs);
      if (dueMs > untilMs) break;
      await this.virtual.advance(Math.max(0, dueMs - this.monotonicMs()));
      await this.quiet();
      if (dueMs !== wakeMs) continue;
      this.wakeMs = null;
      await this.look();
    }
    await this.virtual.advance(Math.max(0, untilMs - this.monotonicMs()));
    await this.look();
  }

  /** When the next run is due to wake or a schedule ticks, on the monotonic clock. Runs that are already due have been polled for. */
  private async nextWakeMs(store: Store): Promise<number> {
    const nowMs = this.nowMs();
    let firstMs = Infinity;
    for (const status of ["paused", "queued", "waiting"] as const) {
      const { rows } = await store.listRuns({ status, limit: WAKING_COUNT });
      for (const { wakeAt } of rows) if (wakeAt !== null && wakeAt > nowMs) firstMs = Math.min(firstMs, wakeAt);
    }
    // A tick that waits for a run to end has no instant; it is looked for with the next call that changes something.
    for (const { fireAt } of await store.listSchedules({ states: ["active"], limit: SCHEDULES_COUNT })) {
      if (fireAt !== null && fireAt > nowMs) firstMs = Math.min(firstMs, fireAt);
    }
    return firstMs - nowMs + this.monotonicMs();
  }

  /** Makes all pending polls now. First the supervisor wakes a run, then a worker finds it. */
  private async look(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await this.quiet();
      for (const look of [...this.looks]) look();
    }
    await this.quiet();
  }

  /** Waits until nothing is ready to run and no stage is running. */
  private async quiet(): Promise<void> {
    await this.virtual.settle();
    this.stuckCount = Math.min(this.stuckCount, this.active.count);
    const untilMs = performance.now() + STAGE_MS;
    while (this.active.count > this.stuckCount) {
      if (performance.now() > untilMs) this.stuckCount = this.active.count;
      await new Promise((resolve) => setTimeout(resolve, STAGE_LOOK_MS));
      await this.virtual.settle();
    }
  }
}

/** Writes that do not change when a run wakes: signs of life, and the wake-up of a run that was due. */
const WAKELESS: readonly PropertyKey[] = [
  "beat",
  "reportWorker",
  "deleteRemovedRows",
  "setProgress",
  "appendEvents",
  "wakePaused",
  "wakeWaits",
  "claim",
  "keepDeclared",
] satisfies readonly StoreMethodName[];

function changesNoWake(method: PropertyKey): boolean {
  const kind = (STORE_METHODS as Readonly<Record<PropertyKey, StoreMethodKind | undefined>>)[method];
  return kind === undefined || kind === "read" || kind === "ownUse" || WAKELESS.includes(method);
}
