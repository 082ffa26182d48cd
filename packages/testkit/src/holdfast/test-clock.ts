/**
 * The clock that `testHoldfast` gives to its user: virtual time that waits for stages, and in which looks cost nothing.
 *
 * The engine looks at its store from time to time (for queued runs, for runs whose time to wake has come). In virtual time those
 * looks would be most of what happens in a day, and a run would wake up to a look too late. So they are not left to time: they are
 * made where they can find something, which is when a run is due to wake, and at the end of each advance.
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
 * Ten minutes between looks that nobody asked for. The half millisecond tells their timers from all others: no duration of the
 * engine has one, nor has one that a person writes.
 */
export const LOOK_MS = 600_000.5;
/** How long a stage's own code is waited for, in real time, before virtual time goes on without it: it may wait for that time. */
const STAGE_MS = 1_000;
const STAGE_LOOK_MS = 1;
/** Paused and queued runs that are asked for when they wake; a test has fewer. */
const WAKING_COUNT = 100;

export class TestClock implements Clock {
  private readonly virtual = new VirtualClock();
  private readonly looks = new Set<() => void>();
  /** Stages and items whose code is under way. */
  readonly active = { count: 0 };
  /** When the next run is due to wake, on the monotonic clock; null where it has to be asked again. */
  private wakeMs: number | null = null;
  /** So many of them were waited for in vain, and are not waited for again. */
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

  /** The store, watched for what may change when the next run wakes: of a week, most calls are signs of life. */
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

  /** Lets `by` pass: whatever comes due meanwhile happens, in order, and the code of stages is waited for. */
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

  /** When the next run is due to wake, on the monotonic clock; those that are due already have been looked for. */
  private async nextWakeMs(store: Store): Promise<number> {
    const nowMs = this.nowMs();
    let firstMs = Infinity;
    for (const status of ["paused", "queued"] as const) {
      const { rows } = await store.listRuns({ status, limit: WAKING_COUNT });
      for (const { wakeAt } of rows) if (wakeAt !== null && wakeAt > nowMs) firstMs = Math.min(firstMs, wakeAt);
    }
    return firstMs - nowMs + this.monotonicMs();
  }

  /** All who wait for their next look have it now: the supervisor first wakes a run, then a worker finds it. */
  private async look(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await this.quiet();
      for (const look of [...this.looks]) look();
    }
    await this.quiet();
  }

  /** Until nothing is ready to run any more and no stage is under way. */
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

/** Writes that no run will wake by: signs of life, and what makes a run wake that was due. */
const WAKELESS: readonly PropertyKey[] = [
  "beat",
  "reportWorker",
  "deleteRemovedRows",
  "setProgress",
  "appendEvents",
  "wakePaused",
  "claim",
] satisfies readonly StoreMethodName[];

function changesNoWake(method: PropertyKey): boolean {
  const kind = (STORE_METHODS as Readonly<Record<PropertyKey, StoreMethodKind | undefined>>)[method];
  return kind === undefined || kind === "read" || kind === "ownUse" || WAKELESS.includes(method);
}
