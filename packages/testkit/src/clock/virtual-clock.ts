/**
 * Time that stands still until a test advances it. Timers fire in order of their due instants. Between two timers,
 * every ready promise runs, so a test that advances an hour sees everything that would have happened in it.
 *
 * Invariants: monotonic time never goes back and moves only in `advance` and `runUntil`. `jumpWall` moves only the wall
 * clock. Timers due at the same instant fire in the order they were set. Nothing here reads a real clock.
 */
import type { Clock, StopSignal, Timer } from "@holdfast/core";
import { ClockView } from "./clock-view.js";
import { TimerQueue } from "./timer-queue.js";

/** Start of monotonic time. Not 0, so that a forgotten zero is not mistaken for an instant. */
const MONOTONIC_START_MS = 1_000_000;
/** 2026-01-01T00:00:00Z. */
const WALL_START_MS = 1_767_225_600_000;
/** Maximum rounds of the event loop: promises that keep waking each other would silently hang a test. */
const TURNS_MAX = 10_000;

export class VirtualClock implements Clock {
  private readonly queue = new TimerQueue();
  private currentMs = MONOTONIC_START_MS;
  private wallShiftMs = WALL_START_MS - MONOTONIC_START_MS;
  private readonly root: ClockView;
  private activityCount = 0;
  /**
   * What is under way outside of this thread, such as calls to a server: nothing is at rest and no time passes before it is over.
   * Answers a promise that resolves when some of it is, or null while there is none.
   */
  outside: () => Promise<void> | null = () => null;

  constructor() {
    this.root = this.view();
  }

  nowMs(): number {
    return this.currentMs + this.wallShiftMs;
  }

  monotonicMs(): number {
    return this.currentMs;
  }

  sleep(ms: number, signal?: StopSignal | undefined): Promise<void> {
    return this.root.sleep(ms, signal);
  }

  setTimer(ms: number, fire: () => void): Timer {
    return this.root.setTimer(ms, fire);
  }

  /** Returns the same time as one process sees it. Its timers can be held (a stopped process) or dropped (a dead one). */
  view(): ClockView {
    return new ClockView(this, this.queue, () => {
      this.activityCount++;
    });
  }

  /** Moves the wall clock forwards or backwards, without affecting timers and monotonic time. */
  jumpWall(ms: number): void {
    this.wallShiftMs += ms;
  }

  /** Number of pending timers, without those of stopped views. A test can assert that nothing leaks. */
  get timerCount(): number {
    return this.queue.count;
  }

  /** Lets `ms` pass: fires due timers in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.currentMs + ms;
    await this.settle();
    while (await this.fireNext(untilMs));
    this.currentMs = Math.max(this.currentMs, untilMs);
  }

  /**
   * Lets time pass until `predicate` holds, checking it after each timer.
   * @returns whether it held within `virtualMsMax`.
   */
  async runUntil(
    predicate: () => boolean | Promise<boolean>,
    options: { readonly virtualMsMax: number },
  ): Promise<boolean> {
    const untilMs = this.currentMs + options.virtualMsMax;
    await this.settle();
    for (;;) {
      if (await predicate()) return true;
      if (!(await this.fireNext(untilMs))) break;
    }
    this.currentMs = Math.max(this.currentMs, untilMs);
    return predicate();
  }

  /** Runs every ready promise, and those that they make ready, without letting time pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const before = this.activityCount;
      // One turn of the loop runs all microtasks. A second turn without new timers or calls shows that nothing is left.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const work = this.outside();
      if (work !== null) {
        await work;
        // Turns of the loop are counted that nothing but promises fills.
        turn = 0;
      } else if (this.activityCount === before) return;
    }
    throw new Error(`the program did not come to rest within ${TURNS_MAX} turns of the event loop`);
  }

  /** Fires the next timer due by `untilMs`, and lets its consequences settle. */
  private async fireNext(untilMs: number): Promise<boolean> {
    const timer = this.queue.takeDue(untilMs);
    if (timer === null) return false;
    this.currentMs = Math.max(this.currentMs, timer.dueMs);
    timer.view.fire(timer);
    await this.settle();
    return true;
  }

  /** Due instant of the next timer; null if there is none. */
  get nextDueMs(): number | null {
    return this.queue.nextDueMs;
  }
}
