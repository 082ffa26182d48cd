/**
 * How long everybody waits when a provider pushes back (429, 503), whatever its Retry-After says. Pure.
 *
 * "Retry-After: 0" and a date in the past are common, and obeyed to the letter they become hundreds of requests a second. So
 * there is a floor, doubled with each round of refusals while nothing succeeds. A provider that asks for 20 ms may know what it
 * says: it is believed once. A round: calls that were sent before the last refusal could not have known of it, so a hundred
 * refusals at once are one.
 */

/** The first wait. */
export const PUSH_BACK_MIN_MS = 1_000;
/** Where the floor stops growing: limits are counted by the minute. */
export const PUSH_BACK_MAX_MS = 60_000;

/** Rate limited without being told for how long: most limits are counted by the minute and refill steadily. */
export const RATE_LIMIT_WAIT_MS = 10_000;
/** A rate limit of up to this long is waited out in place; a longer one pauses the run, which resumes by itself. */
export const WAIT_HERE_MAX_MS = 60_000;
/** Rate limited for so long without another answer in between: no limit that refills, and not worth holding a worker for. */
export const RATE_LIMIT_PATIENCE_MS = 10 * 60_000;
/** After an outage, or a rate limit without end, the run is tried again in five minutes: most are over in less. */
export const OUTAGE_WAKE_MS = 5 * 60_000;

/** The floor in the n-th round in a row, from 1; 0 in the first of a provider that asks for some wait. */
export function pushBackFloorMs(round: number, askedMs = 0): number {
  if (askedMs > 0) return round <= 1 ? 0 : pushBackFloorMs(round - 1);
  return Math.min(PUSH_BACK_MAX_MS, PUSH_BACK_MIN_MS * 2 ** Math.min(Math.max(0, round - 1), 30));
}

/** The wait after an error of one stage, whose `failedCount`-th failure in a row it is; null where no wait was asked for. */
export function heedWaitMs(category: string | null, askedMs: number | null, failedCount: number): number | null {
  const isPushBack = category === "rate_limit" || category === "server";
  return askedMs === null || !isPushBack ? askedMs : Math.max(askedMs, pushBackFloorMs(failedCount, askedMs));
}

/** Told of refusals and successes; answers how long to wait. */
export class PushBack {
  private round = 0;
  private refusedAtMs = Number.NEGATIVE_INFINITY;
  private hasSucceeded = false;

  /** A call sent at `sentAtMs` was refused with this wait; how long nobody calls. */
  refused(sentAtMs: number, askedMs: number, nowMs: number): number {
    if (sentAtMs >= this.refusedAtMs) {
      this.round = this.hasSucceeded ? 1 : this.round + 1;
      this.hasSucceeded = false;
      this.refusedAtMs = nowMs;
    }
    return Math.max(askedMs, pushBackFloorMs(this.round, askedMs));
  }

  /** Of the newest round. */
  get floorMs(): number {
    return pushBackFloorMs(this.round);
  }

  /** The last two rounds were refused, and nothing succeeded in between. */
  get isRepeated(): boolean {
    return this.round > 1 && !this.hasSucceeded;
  }

  /** A call succeeded: the next round of refusals is a first one. */
  succeeded(): void {
    this.hasSucceeded = true;
  }
}
