/** Calls that are being paid for, and what is kept of their answers: the end of an execution waits for both. */
import type { Clock } from "@holdfast/core";
import type { AttemptAbort } from "./attempt-abort.js";

export class PaidCalls {
  /** Of items: their answers are worth keeping even when they may not be recorded. */
  private readonly paying = new Set<AttemptAbort>();
  private readonly keeping = new Set<Promise<unknown>>();
  private readonly waiters = new Set<() => void>();

  begin(abort: AttemptAbort): void {
    this.paying.add(abort);
  }

  end(abort: AttemptAbort): void {
    if (this.paying.delete(abort)) this.wake();
  }

  isPaying(abort: AttemptAbort): boolean {
    return this.paying.has(abort);
  }

  /** A call is being paid for, or its answer is being kept. */
  get isAnyUnderWay(): boolean {
    return this.paying.size + this.keeping.size > 0;
  }

  keep(written: Promise<unknown>): void {
    this.keeping.add(written);
    void written.finally(() => {
      this.keeping.delete(written);
      this.wake();
    });
  }

  /** Nothing is being paid for any more. */
  async whenPaid(): Promise<void> {
    while (this.paying.size > 0) await this.change();
  }

  /** What is kept has been written, or never will be. */
  async whenKept(): Promise<void> {
    while (this.keeping.size > 0) await this.change();
  }

  /** Both, or the grace is over. Where nothing is being paid for, nothing is waited for. */
  async settle(clock: Clock, graceMs: number): Promise<void> {
    if (!this.isAnyUnderWay) return;
    const stop = new AbortController();
    const grace = clock.sleep(graceMs, stop.signal).then(() => "over" as const);
    while (this.isAnyUnderWay) {
      if ((await Promise.race([this.change(), grace])) === "over") break;
    }
    stop.abort();
  }

  private change(): Promise<"changed"> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiters.delete(wake);
        resolve("changed");
      };
      this.waiters.add(wake);
    });
  }

  private wake(): void {
    for (const wake of [...this.waiters]) wake();
  }
}
