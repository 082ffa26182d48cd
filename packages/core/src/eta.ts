/**
 * Estimate of the remaining time, as a range, from the rate of recent completions in active time. Pure: the caller
 * passes in completions and the monotonic time.
 *
 * Method: completions are counted in buckets of active time. The range is the remaining count divided by the median and
 * by the 10 % quantile of recent bucket rates, weighted toward newer buckets (a weighted empirical quantile). A pause,
 * a drained process or a suspended host adds no bucket, so the estimate does not decay while nothing runs.
 */

/** Ten seconds: long enough to get a rate from a slow model's answers, short enough to follow a change. */
const BUCKET_MS = 10_000;
/** Half an hour of buckets. Older ones say little about the present rate. */
const BUCKET_COUNT_MAX = 180;
/** A bucket's weight halves every five minutes. */
const HALF_LIFE_BUCKETS = 30;

/** Computes a rate, and a range for the remaining time, from completions and their times. */
export class RateEstimate {
  private readonly rates: number[] = [];
  private bucketStartMs: number;
  private bucketCount = 0;

  constructor(nowMs: number) {
    this.bucketStartMs = nowMs;
  }

  /** Records `count` completed items. Items whose result was already recorded do not count. */
  completed(count: number, nowMs: number): void {
    this.roll(nowMs);
    this.bucketCount += count;
  }

  /** Completions per second at present; null before the first. */
  ratePerS(nowMs: number): number | null {
    const samples = this.samples(nowMs);
    return samples.length === 0 ? null : weightedQuantile(samples, 0.5);
  }

  /** Milliseconds for `remaining` items: at the median rate, and at the rate that nine of ten recent buckets reached. */
  etaMs(remaining: number, nowMs: number): readonly [low: number, high: number] | null {
    const samples = this.samples(nowMs);
    const median = samples.length === 0 ? 0 : weightedQuantile(samples, 0.5);
    if (median <= 0) return null;
    const slow = weightedQuantile(samples, 0.1);
    // A rate of zero (a bucket without completions) gives no bound, so a tenth of the median is the minimum.
    const bound = Math.max(slow, median / 10);
    return [Math.round((remaining / median) * 1_000), Math.round((remaining / bound) * 1_000)];
  }

  /** Finished buckets, plus the current one once it is a second old; a shorter one says nothing. */
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

/** Smallest rate at which the cumulative weight reaches the share `q`. Newer samples weigh more. */
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
