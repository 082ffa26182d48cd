/** A clock that stands still until a test moves it, and fires what comes due in order. */
import type { Clock, Timer } from "@holdfast/core";

export class ManualClock implements Clock {
  private atMs = 1_000;
  private order = 0;
  private readonly timers: { dueMs: number; order: number; fire: () => void }[] = [];

  nowMs(): number {
    return 1_700_000_000_000 + this.atMs;
  }

  monotonicMs(): number {
    return this.atMs;
  }

  setTimer(ms: number, fire: () => void): Timer {
    const timer = { dueMs: this.atMs + ms, order: this.order++, fire };
    this.timers.push(timer);
    return { cancel: () => this.drop(timer) };
  }

  sleep(ms: number, signal?: Parameters<Clock["sleep"]>[1]): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = this.setTimer(ms, resolve);
      signal?.addEventListener("abort", () => {
        timer.cancel();
        resolve();
      });
    });
  }

  get timerCount(): number {
    return this.timers.length;
  }

  /** Moves time, and lets what is ready run after each timer. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.atMs + ms;
    await settle();
    for (;;) {
      const [next] = this.timers
        .filter(({ dueMs }) => dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
      if (next === undefined) break;
      this.drop(next);
      this.atMs = Math.max(this.atMs, next.dueMs);
      next.fire();
      await settle();
    }
    this.atMs = untilMs;
    await settle();
  }

  private drop(timer: ManualClock["timers"][number]): void {
    const at = this.timers.indexOf(timer);
    if (at >= 0) this.timers.splice(at, 1);
  }
}

/** Lets promises that are ready run, and those that they make ready. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
