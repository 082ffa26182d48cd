/**
 * How many items to announce beyond those that may be under way. It hides the commit's latency when calls are quick; when
 * they take their time, next to nothing is announced ahead, so that the intents without a result after a crash are the
 * calls that were really under way. Pure: told of completions and the monotonic time.
 */

/** What will be called within this time at the present rate. */
const AHEAD_MS = 20;
/** For items that take no time at all: while one group is committed, another is called. */
const AHEAD_MAX = 1_024;
/** The rate is taken anew this often, */
const SAMPLE_MS = 20;
/** and weighs so much against those before it. */
const SAMPLE_WEIGHT = 0.3;

export class AnnounceAhead {
  /** Completions a second, smoothed. */
  private ratePerS = 0;
  private completedCount = 0;

  constructor(private sinceMs: number) {}

  completed(nowMs: number): void {
    this.completedCount++;
    const passedMs = nowMs - this.sinceMs;
    if (passedMs < SAMPLE_MS) return;
    const now = (this.completedCount * 1_000) / passedMs;
    this.ratePerS = this.ratePerS === 0 ? now : this.ratePerS * (1 - SAMPLE_WEIGHT) + now * SAMPLE_WEIGHT;
    this.sinceMs = nowMs;
    this.completedCount = 0;
  }

  get count(): number {
    return Math.min(AHEAD_MAX, Math.ceil((this.ratePerS * AHEAD_MS) / 1_000));
  }
}
