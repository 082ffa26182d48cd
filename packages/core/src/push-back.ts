/**
 * How long to stop calling a provider that pushes back (429, 503), whatever its Retry-After says. Pure.
 *
 * "Retry-After: 0" and dates in the past are common. Obeyed to the letter, they become hundreds of requests per second.
 * So there is a minimum wait, doubled with each round of refusals while nothing succeeds. A provider that asks for 20
 * ms may mean it, so its wait is honored once. A round: calls sent before the last refusal could not have known of it,
 * so a hundred refusals at once count as one.
 */

/** First minimum wait, in milliseconds. */
export const PUSH_BACK_MIN_MS = 1_000;
/** Upper bound of the minimum wait: providers count limits by the minute. */
export const PUSH_BACK_MAX_MS = 60_000;

/** Wait after a rate limit without a stated wait: most limits are counted by the minute and refill steadily. */
export const RATE_LIMIT_WAIT_MS = 10_000;
/** Longest rate limit that is waited out in place. A longer one pauses the run, which resumes by itself. */
export const WAIT_HERE_MAX_MS = 60_000;
/** After this long with nothing but rate limits, the limit does not refill and is not worth holding a worker for. */
export const RATE_LIMIT_PATIENCE_MS = 10 * 60_000;
/** Time until a run paused by an outage or an endless rate limit is tried again: most outages are over in less. */
export const OUTAGE_WAKE_MS = 5 * 60_000;

/** Minimum wait in the n-th consecutive round, from 1. 0 in the first round if the provider asks for a wait itself. */
export function pushBackFloorMs(round: number, askedMs = 0): number {
  if (askedMs > 0) return round <= 1 ? 0 : pushBackFloorMs(round - 1);
  return Math.min(PUSH_BACK_MAX_MS, PUSH_BACK_MIN_MS * 2 ** Math.min(Math.max(0, round - 1), 30));
}

/** Wait after a stage's `failedCount`-th failure in a row; null if no wait was requested. */
export function heedWaitMs(category: string | null, askedMs: number | null, failedCount: number): number | null {
  const isPushBack = category === "rate_limit" || category === "server";
  return askedMs === null || !isPushBack ? askedMs : Math.max(askedMs, pushBackFloorMs(failedCount, askedMs));
}

/** Records refusals and successes, and says how long to wait. */
export class PushBack {
  private round = 0;
  private refusedAtMs = Number.NEGATIVE_INFINITY;
  private hasSucceeded = false;

  /** Records that a call sent at `sentAtMs` was refused with this wait. Returns how long to stop calling. */
  refused(sentAtMs: number, askedMs: number, nowMs: number): number {
    if (sentAtMs >= this.refusedAtMs) {
      this.round = this.hasSucceeded ? 1 : this.round + 1;
      this.hasSucceeded = false;
      this.refusedAtMs = nowMs;
    }
    return Math.max(askedMs, pushBackFloorMs(this.round, askedMs));
  }

  /** Minimum wait of the newest round. */
  get floorMs(): number {
    return pushBackFloorMs(this.round);
  }

  /** Whether the last two rounds were refused and nothing succeeded in between. */
  get isRepeated(): boolean {
    return this.round > 1 && !this.hasSucceeded;
  }

  /** Records a success: the next refusal begins a first round. */
  succeeded(): void {
    this.hasSucceeded = true;
  }
}
