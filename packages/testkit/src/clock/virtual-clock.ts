/**
 * Time that stands still until somebody advances it. Timers fire in the order of their due instants, and between two
 * timers every promise that is ready runs, so a test that advances an hour sees all that would have happened in it.
 *
 * Invariants: monotonic time never goes back and moves only in `advance` and `runUntil`; `jumpWall` moves nothing but the
 * wall clock; timers due at the same instant fire in the order they were set; nothing here reads a real clock.
 */
import type { Clock, StopSignal, Timer } from "@holdfast/core";
import { ClockView } from "./clock-view.js";
import { TimerQueue } from "./timer-queue.js";

/** Where monotonic time starts: not at 0, so that a forgotten zero is not taken for an instant. */
const MONOTONIC_START_MS = 1_000_000;
/** 2026-01-01T00:00:00Z. */
const WALL_START_MS = 1_767_225_600_000;
/** Rounds of the event loop without an end: promises that keep making each other ready would hang a test silently. */
const TURNS_MAX = 10_000;

export class VirtualClock implements Clock {
  private readonly queue = new TimerQueue();
  private currentMs = MONOTONIC_START_MS;
  private wallShiftMs = WALL_START_MS - MONOTONIC_START_MS;
  private readonly root: ClockView;
  private activityCount = 0;

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

  /** The same time as one process sees it: its timers can be held (a stopped process) or dropped (a dead one). */
  view(): ClockView {
    return new ClockView(this, this.queue, () => {
      this.activityCount++;
    });
  }

  /** Move the wall clock, forwards or backwards; timers and monotonic time do not notice. */
  jumpWall(ms: number): void {
    this.wallShiftMs += ms;
  }

  /** How many timers wait, those of stopped views left out. A test can assert that nothing leaks. */
  get timerCount(): number {
    return this.queue.count;
  }

  /** Let `ms` pass: fires what comes due, in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.currentMs + ms;
    await this.settle();
    while (await this.fireNext(untilMs));
    this.currentMs = Math.max(this.currentMs, untilMs);
  }

  /**
   * Let time pass until `predicate` holds, looking after each timer.
   * @returns whether it came to hold within `virtualMsMax`.
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

  /** Run every promise that is ready, and what they make ready, without letting time pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const before = this.activityCount;
      // One turn of the loop runs all microtasks; a second without new timers or calls shows that it is quiet.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.activityCount === before) return;
    }
    throw new Error(`the program did not come to rest within ${TURNS_MAX} turns of the event loop`);
  }

  /** Fire the next timer due by `untilMs` and let its consequences settle. */
  private async fireNext(untilMs: number): Promise<boolean> {
    const timer = this.queue.takeDue(untilMs);
    if (timer === null) return false;
    this.currentMs = Math.max(this.currentMs, timer.dueMs);
    timer.view.fire(timer);
    await this.settle();
    return true;
  }

  /** The instant of the next timer, null when none waits. */
  get nextDueMs(): number | null {
    return this.queue.nextDueMs;
  }
}
