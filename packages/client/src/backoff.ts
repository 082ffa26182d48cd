/** Delay before the next connection attempt: exponential backoff with full jitter, so that clients of a restarted server spread out. */
const FIRST_MS = 500;
const MAX_MS = 16_000;

export function backoffMs(triesInARow: number, random: () => number = Math.random): number {
  const limit = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(triesInARow, 10));
  return Math.round(limit * (0.5 + 0.5 * random()));
}
