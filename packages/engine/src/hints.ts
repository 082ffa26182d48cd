/**
 * "Something about this run changed", within this process. A hint may be missed or come for nothing: whoever waits for
 * one also looks at the store from time to time, since other processes change runs without telling us.
 */
import type { Clock } from "@holdfast/core";

/** How often a waiter looks without a hint: another process's change is seen this late at the most. */
const LOOK_MS = 250;

export class Hints {
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly listeners = new Set<(runId: string, from: unknown) => void>();

  constructor(private readonly clock: Clock) {}

  /** A run changed; `ANY` waiters (idle workers) wake too. `from` names another process that told of it. */
  notify(runId: string, from: unknown = null): void {
    for (const listener of this.listeners) listener(runId, from);
    if (this.waiting.size === 0) return;
    for (const key of [runId, Hints.ANY]) {
      const waiters = this.waiting.get(key);
      if (waiters === undefined) continue;
      this.waiting.delete(key);
      for (const wake of waiters) wake();
    }
  }

  /** Calls `listener` at each hint, for those who pass it on to other processes; returns the end of it. */
  onNotify(listener: (runId: string, from: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Until the next hint about `key`, the next look, or the abort of `signal`. */
  async wait(key: string, signal?: AbortSignal | undefined, lookMs: number = LOOK_MS): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    const waiters = this.waiting.get(key) ?? new Set();
    waiters.add(wake);
    this.waiting.set(key, waiters);
    signal?.addEventListener("abort", wake, { once: true });
    if (signal?.aborted) wake();
    await this.clock.sleep(lookMs, woken.signal);
    signal?.removeEventListener("abort", wake);
    waiters.delete(wake);
    if (waiters.size === 0 && this.waiting.get(key) === waiters) this.waiting.delete(key);
  }

  static readonly ANY = "*";
}
