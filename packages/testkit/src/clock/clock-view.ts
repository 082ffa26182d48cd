/**
 * Virtual time as one process sees it. The timers of a stopped process do not fire; those that came due fire, in order,
 * when it continues. It then reads the right time. The timers of a dead process never fire.
 */
import { type Clock, type StopSignal, type Timer, timerDelayMs } from "@holdfast/core";
import type { QueuedTimer, TimerQueue } from "./timer-queue.js";

export class ClockView implements Clock {
  private state: "running" | "frozen" | "dead" = "running";
  private held: QueuedTimer[] = [];

  constructor(
    private readonly time: Pick<Clock, "nowMs" | "monotonicMs">,
    private readonly queue: TimerQueue,
    private readonly noteActivity: () => void,
  ) {}

  nowMs(): number {
    return this.time.nowMs();
  }

  monotonicMs(): number {
    return this.time.monotonicMs();
  }

  sleep(ms: number, signal?: StopSignal | undefined): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  setTimer(ms: number, fire: () => void): Timer {
    const timer: QueuedTimer = {
      dueMs: this.monotonicMs() + Math.ceil(timerDelayMs(ms)),
      order: this.queue.nextOrder(),
      view: this,
      fire,
      isCancelled: false,
    };
    if (this.state !== "dead") this.queue.add(timer);
    this.noteActivity();
    return {
      cancel: () => {
        timer.isCancelled = true;
      },
    };
  }

  /** The clock calls this when a timer of this view comes due. */
  fire(timer: QueuedTimer): void {
    if (this.state === "dead") return;
    if (this.state === "frozen") this.held.push(timer);
    else timer.fire();
  }

  /** Stops the view. Timers that come due are kept. */
  freeze(): void {
    if (this.state === "running") this.state = "frozen";
  }

  /** Continues the view. Timers that came due meanwhile fire at the clock's next turn, in order. */
  thaw(): void {
    if (this.state !== "frozen") return;
    this.state = "running";
    const held = this.held;
    this.held = [];
    for (const timer of held) {
      timer.dueMs = this.monotonicMs();
      this.queue.add(timer);
    }
  }

  /** Never fires anything again. */
  kill(): void {
    this.state = "dead";
    this.held = [];
  }
}

/** Sleeps on a timer of `clock`, and ends early when `signal` aborts. */
export function sleepOn(clock: Pick<Clock, "setTimer">, ms: number, signal?: StopSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      timer.cancel();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = clock.setTimer(ms, wake);
    signal?.addEventListener("abort", wake, { once: true });
  });
}
