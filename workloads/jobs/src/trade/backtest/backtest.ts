// Computes what a rule would have earned: net returns day by day, after costs and slippage, and measures of a stretch
// of days. It places no orders and knows no broker.
import type { Market } from "./market.js";

export interface Costs {
  /** Share of the amount traded, each side: 0.001 is 0.1 %. */
  readonly costShare: number;
  /** The same for a price worse than the close. */
  readonly slippageShare: number;
}

/** Days [from, to) of a market. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Returns the net return of each day of a stretch. Nothing is held before it: what is held on its first day is bought
 * there. Holdings at its end are not sold, like those of a permanent holder.
 */
export function netReturns(market: Market, positions: Uint8Array, costs: Costs, { from, to }: Stretch): Float64Array {
  const net = new Float64Array(to - from);
  const side = 1 - (costs.costShare + costs.slippageShare);
  let held = 0;
  for (let day = from; day < to; day++) {
    const wanted = positions[day] as number;
    const traded = wanted === held ? 1 : side;
    net[day - from] = traded * (1 + wanted * (market.returns[day] as number)) - 1;
    held = wanted;
  }
  return net;
}

export interface Measures {
  readonly days: number;
  /** Growth factor of one unit. */
  readonly growth: number;
  /** Compound return per year, in the market's own number of days. */
  readonly yearly: number;
  /**
   * Mean divided by standard deviation of daily net returns, annualized, without interest on uninvested money; null if
   * nothing moved.
   */
  readonly sharpe: number | null;
  /** Deepest fall from a high, 0 to -1, and the position of the day on which it ended. */
  readonly worstFall: number;
  readonly worstDay: number;
  /** Number of purchases and sales. */
  readonly trades: number;
  /** Share of days with a holding. */
  readonly exposure: number;
}

/** Measures a stretch with its net returns. `held` is the position before its first day. */
export function measure(
  { daysAYear }: Market,
  positions: Uint8Array,
  net: Float64Array,
  { from, to, held: heldBefore = 0 }: Stretch & { readonly held?: number | undefined },
): Measures {
  const { mean, deviation } = momentsOf(net);
  let [growth, high, worstFall, worstDay, trades, heldDays, held] = [1, 1, 0, from, 0, 0, heldBefore];
  for (let day = from; day < to; day++) {
    growth *= 1 + (net[day - from] as number);
    high = Math.max(high, growth);
    const fall = growth / high - 1;
    if (fall < worstFall) [worstFall, worstDay] = [fall, day];
    const wanted = positions[day] as number;
    if (wanted !== held) trades++;
    heldDays += wanted;
    held = wanted;
  }
  const days = to - from;
  return {
    days,
    growth,
    yearly: days === 0 ? 0 : growth ** (daysAYear / days) - 1,
    sharpe: deviation > 0 ? (mean / deviation) * Math.sqrt(daysAYear) : null,
    worstFall,
    worstDay,
    trades,
    exposure: days === 0 ? 0 : heldDays / days,
  };
}

export interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly skewness: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
}

export function momentsOf(values: Float64Array): Moments {
  const n = values.length;
  if (n < 2) return { mean: n === 1 ? (values[0] as number) : 0, deviation: 0, skewness: 0, kurtosis: 3 };
  let mean = 0;
  for (const value of values) mean += value / n;
  let [second, third, fourth] = [0, 0, 0];
  for (const value of values) {
    const away = value - mean;
    second += away ** 2;
    third += away ** 3;
    fourth += away ** 4;
  }
  const variance = second / n;
  const isFlat = variance < 1e-24;
  return {
    mean,
    deviation: isFlat ? 0 : Math.sqrt(second / (n - 1)),
    skewness: isFlat ? 0 : third / n / variance ** 1.5,
    kurtosis: isFlat ? 3 : fourth / n / variance ** 2,
  };
}

/** Returns growth after each day, and its distance below the high so far. */
export function curveOf(net: Float64Array): { readonly growth: Float64Array; readonly fall: Float64Array } {
  const [growth, fall] = [new Float64Array(net.length), new Float64Array(net.length)];
  let [now, high] = [1, 1];
  for (let day = 0; day < net.length; day++) {
    now *= 1 + (net[day] as number);
    high = Math.max(high, now);
    growth[day] = now;
    fall[day] = now / high - 1;
  }
  return { growth, fall };
}
