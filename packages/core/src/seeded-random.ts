/** Seeded random numbers: the project's only generator. Not for secrets. */

/**
 * Returns a generator of numbers from 0 to below 1. The same seed gives the same sequence on every machine. For sample
 * data, shuffles and simulations. The algorithm is mulberry32: 32 bits of state, a period of 2^32.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
