/**
 * When a map pauses its run instead of failing its items: the outside's fault shows in many items at once. Pure.
 */

import { OUTAGE_WAKE_MS } from "@holdfast/core";

/** The window of results in which the error rate is judged. */
const RATE_WINDOW = 200;
/** So many attempts in a row that met a server, network or timeout error are an outage, whatever the concurrency. */
const OUTAGE_ATTEMPTS_MIN = 20;
const OUTSIDE: ReadonlySet<string> = new Set(["server", "network", "timeout"]);

export type Trip =
  | { readonly reason: "error_rate"; readonly wakeInMs: null }
  | { readonly reason: "outage"; readonly wakeInMs: number };

export class Breaker {
  private readonly recent: boolean[] = [];
  private errorsInWindow = 0;
  private outsideInRow = 0;

  constructor(
    private readonly maxErrorRate: number | null,
    private readonly concurrencyMax: number,
  ) {}

  /** A result was recorded. */
  resulted(isError: boolean): Trip | null {
    this.recent.push(isError);
    if (isError) this.errorsInWindow++;
    if (this.recent.length > RATE_WINDOW && this.recent.shift()) this.errorsInWindow--;
    if (!isError) this.outsideInRow = 0;
    // Counted against the whole window, so that two errors among the first ten items trip nothing.
    const isOver = this.maxErrorRate !== null && this.errorsInWindow > this.maxErrorRate * RATE_WINDOW;
    return isOver ? { reason: "error_rate", wakeInMs: null } : null;
  }

  /** An attempt failed, whether or not another follows. */
  failed(category: string): Trip | null {
    this.outsideInRow = OUTSIDE.has(category) ? this.outsideInRow + 1 : 0;
    const limit = Math.max(OUTAGE_ATTEMPTS_MIN, 2 * this.concurrencyMax);
    return this.outsideInRow >= limit ? { reason: "outage", wakeInMs: OUTAGE_WAKE_MS } : null;
  }
}
