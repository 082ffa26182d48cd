// Wilson's score interval for a proportion: never outside 0 to 1, sensible at 0 and at n, no resampling. Source: E. B.
// Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American Statistical
// Association 22 (1927) 209–212. Values checked against R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872, table
// I.

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A proportion with its counts and its 95 % interval. `value` and `interval` are null if the denominator is 0. */
export interface Proportion {
  readonly hits: number;
  readonly of: number;
  readonly value: number | null;
  readonly interval: Interval | null;
}

/** The two-sided 95 % quantile of the normal distribution. */
const Z95 = 1.959963984540054;

/** Wilson's 95 % interval for `hits` out of `of`; null when `of` is 0. */
export function wilsonInterval(hits: number, of: number, z = Z95): Interval | null {
  if (!(hits >= 0 && hits <= of)) throw new RangeError(`Wilson interval: ${hits} out of ${of} is no proportion.`);
  if (of === 0) return null;
  const share = hits / of;
  const zz = z * z;
  const middle = (share + zz / (2 * of)) / (1 + zz / of);
  const half = (z / (1 + zz / of)) * Math.sqrt((share * (1 - share)) / of + zz / (4 * of * of));
  // At the ends the formula is exact up to rounding; return the exact bound instead of 1e-17.
  return { low: hits === 0 ? 0 : Math.max(0, middle - half), high: hits === of ? 1 : Math.min(1, middle + half) };
}

export function proportion(hits: number, of: number): Proportion {
  return { hits, of, value: of === 0 ? null : hits / of, interval: wilsonInterval(hits, of) };
}
