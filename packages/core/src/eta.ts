/**
 * How long what remains will take, as a range: from the rate of recent completions, in active time only. Pure: told of
 * completions and the monotonic time, never asks for it.
 *
 * Method: completions are counted in buckets of active time; the range is the remaining count divided by the median and by
 * the 10 % quantile of the recent buckets' rates, newer ones weighing more (a weighted empirical quantile). A pause, a
 * drained process or a suspended host adds no bucket, so the estimate does not decay while nothing runs.
 */

/** Ten seconds: long enough for a slow model's answers to make a rate, short enough to follow a change. */
const BUCKET_MS = 10_000;
/** Half an hour of buckets; older ones say little about now. */
const BUCKET_COUNT_MAX = 180;
/** The weight of a bucket halves every five minutes. */
const HALF_LIFE_BUCKETS = 30;

/** Turns completions and their times into a rate and a range for what is left. */
export class RateEstimate {
  private readonly rates: number[] = [];
  private bucketStartMs: number;
  private bucketCount = 0;

  constructor(nowMs: number) {
    this.bucketStartMs = nowMs;
  }

  /** `count` items were completed by an item's own work (not found done). */
  completed(count: number, nowMs: number): void {
    this.roll(nowMs);
    this.bucketCount += count;
  }

  /** Completions per second now; null before the first. */
  ratePerS(nowMs: number): number | null {
    const samples = this.samples(nowMs);
    return samples.length === 0 ? null : weightedQuantile(samples, 0.5);
  }

  /** Milliseconds for `remaining` items at the median rate, and at the rate that nine of ten recent buckets reached. */
  etaMs(remaining: number, nowMs: number): readonly [low: number, high: number] | null {
    const samples = this.samples(nowMs);
    const median = samples.length === 0 ? 0 : weightedQuantile(samples, 0.5);
    if (median <= 0) return null;
    const slow = weightedQuantile(samples, 0.1);
    // A slow rate of zero (a bucket without a completion) would be no bound: a tenth of the median is the floor.
    const bound = Math.max(slow, median / 10);
    return [Math.round((remaining / median) * 1_000), Math.round((remaining / bound) * 1_000)];
  }

  /** Finished buckets, and the running one once a second of it has passed (a shorter one says nothing). */
  private samples(nowMs: number): readonly number[] {
    this.roll(nowMs);
    const openMs = nowMs - this.bucketStartMs;
    const isOpenUseful = openMs >= 1_000 || (this.rates.length === 0 && this.bucketCount > 0 && openMs > 0);
    return isOpenUseful ? [...this.rates, (this.bucketCount * 1_000) / openMs] : this.rates;
  }

  private roll(nowMs: number): void {
    const passedMs = nowMs - this.bucketStartMs;
    if (passedMs < BUCKET_MS) return;
    this.rates.push((this.bucketCount * 1_000) / Math.min(passedMs, 2 * BUCKET_MS));
    if (this.rates.length > BUCKET_COUNT_MAX) this.rates.shift();
    this.bucketStartMs = nowMs;
    this.bucketCount = 0;
  }
}

/** The smallest rate at which the weights of the rates up to it reach the share `q` of all; newer samples weigh more. */
function weightedQuantile(samples: readonly number[], q: number): number {
  const weighted = samples
    .map((rate, i) => ({ rate, weight: 0.5 ** ((samples.length - 1 - i) / HALF_LIFE_BUCKETS) }))
    .sort((a, b) => a.rate - b.rate);
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  let reached = 0;
  for (const { rate, weight } of weighted) {
    reached += weight;
    if (reached >= q * total) return rate;
  }
  return weighted.at(-1)?.rate ?? 0;
}
