// Tests whether the best pair could be luck. The history is resampled many times, in blocks, with every pair's mean set
// to zero, so that none has skill: how often does the best of such a sample do as well as the actual best? All pairs of
// a sample see the same days, so their correlation counts.
//
// White, "A Reality Check for Data Snooping", Econometrica 68 (5), 2000; each pair is measured in its own standard
// deviations as in Hansen, "A Test for Superior Predictive Ability", Journal of Business & Economic Statistics 23 (4),
// 2005; blocks of random length as in Politis and Romano, "The Stationary Bootstrap", Journal of the American
// Statistical Association 89, 1994.
import { rowRandom } from "@holdfast/workload-kit";
import { momentsOf } from "../backtest/backtest.js";

/** Average block length in days: a month, over which returns are correlated. */
const BLOCK_DAYS = 20;

/** Blocks of days by sample: the start and length of each. Wraps around at the end. */
export interface Draws {
  readonly days: number;
  readonly starts: readonly Int32Array[];
  readonly lengths: readonly Int32Array[];
}

/** Resamples a history. The same seed gives the same samples. */
export function drawHistories(days: number, samples: number, seed: number): Draws {
  const [starts, lengths]: [Int32Array[], Int32Array[]] = [[], []];
  for (let sample = 0; sample < samples; sample++) {
    const random = rowRandom(seed, sample + 1);
    const [own, ownLengths]: [number[], number[]] = [[], []];
    for (let filled = 0; filled < days; ) {
      // Geometric length, so that a block ends on any day with the same probability.
      const length = 1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - 1 / BLOCK_DAYS));
      const used = Math.min(length, days - filled, days);
      own.push(Math.floor(random.next() * days));
      ownLengths.push(used);
      filled += used;
    }
    starts.push(Int32Array.from(own));
    lengths.push(Int32Array.from(ownLengths));
  }
  return { days, starts, lengths };
}

/** A pair's mean return, in standard deviations of the mean. */
export function statisticOf(net: Float64Array): number {
  const { mean, deviation } = momentsOf(net);
  return deviation === 0 ? 0 : (mean / deviation) * Math.sqrt(net.length);
}

/** Raises the best of each sample to that of one more pair, if higher. */
export function addPair(best: Float64Array, net: Float64Array, { days, starts, lengths }: Draws): void {
  const { mean, deviation } = momentsOf(net);
  const scale = deviation === 0 ? 0 : Math.sqrt(days) / deviation / days;
  const sums = new Float64Array(2 * days + 1);
  for (let at = 0; at < 2 * days; at++) sums[at + 1] = (sums[at] as number) + (net[at % days] as number) - mean;
  for (let sample = 0; sample < starts.length; sample++) {
    const [own, ownLengths] = [starts[sample] as Int32Array, lengths[sample] as Int32Array];
    let sum = 0;
    for (let block = 0; block < own.length; block++) {
      const start = own[block] as number;
      sum += (sums[start + (ownLengths[block] as number)] as number) - (sums[start] as number);
    }
    best[sample] = Math.max(best[sample] as number, sum * scale);
  }
}

/** Returns the share of samples without skill whose best did as well. Never 0, since the number of samples is finite. */
export function chanceOf(best: Float64Array, statistic: number): number {
  const asGood = best.filter((one) => one >= statistic).length;
  return (asGood + 1) / (best.length + 1);
}
