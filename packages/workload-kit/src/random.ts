// Seeded randomness for sample data: 32-bit state, the same numbers on every machine, no global state. Not for secrets.
// There is one stream per row (`rowRandom`), so that row 17 is the same in a file of 20 rows and of 20,000.

import { seededRandom } from "holdfast/extend";

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** Returns true with this probability. */
  chance(probability: number): boolean;
  /** Returns a whole number from low to high, inclusive. */
  between(low: number, high: number): number;
  /** Returns one of the options. There must be at least one. */
  pick<T>(options: readonly T[]): T;
  /** Returns one of the names, with a probability proportional to its weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

/** Returns the stream of one row. */
export function rowRandom(seed: number, index: number): Random {
  // Two rounds of mixing, since neighboring rows and seeds must not start with similar numbers.
  return createRandom(mix(mix(seed >>> 0) ^ Math.imul(index + 1, 0x9e3779b1)));
}

function createRandom(seed: number): Random {
  const next = seededRandom(seed);
  const pick = <T>(options: readonly T[]): T => options[Math.floor(next() * options.length)] as T;
  return {
    next,
    pick,
    chance: (probability) => next() < probability,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
      const entries = Object.entries(weights) as [K, number][];
      let rest = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        rest -= weight;
        if (rest < 0) return name;
      }
      return (entries.at(-1) as [K, number])[0]; // rounding may leave a remainder
    },
  };
}

function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
