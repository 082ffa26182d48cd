// Computes what a pair of averages holds on each day. To keep it honest, a signal at the close of a day is traded at
// the close of the next day, and earns from the day after.

/** Days from the close that gives a signal to the first return earned: one day to trade, one day to earn. */
export const SIGNAL_LAG_DAYS = 2;

/** Signals by day, computed from the closes up to and including each day: 1 holds, 0 does not. Anything else looks ahead. */
export type SignalRule = (closes: Float64Array) => Uint8Array;

/** Holds while the average of the last `fast` closes is above that of the last `slow`. */
export function crossing(fast: number, slow: number): SignalRule {
  return (closes) => {
    const signals = new Uint8Array(closes.length);
    const sums = prefixSums(closes);
    for (let day = slow - 1; day < closes.length; day++) {
      signals[day] = averageTo(sums, day, fast) > averageTo(sums, day, slow) ? 1 : 0;
    }
    return signals;
  };
}

/** Returns the positions that earn each day's return. */
export function positionsOf(rule: SignalRule, closes: Float64Array): Uint8Array {
  const signals = rule(closes);
  const positions = new Uint8Array(closes.length);
  for (let day = SIGNAL_LAG_DAYS; day < closes.length; day++) positions[day] = signals[day - SIGNAL_LAG_DAYS] as number;
  return positions;
}

function prefixSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let at = 0; at < values.length; at++) sums[at + 1] = (sums[at] as number) + (values[at] as number);
  return sums;
}

const averageTo = (sums: Float64Array, day: number, length: number) =>
  ((sums[day + 1] as number) - (sums[day + 1 - length] as number)) / length;
