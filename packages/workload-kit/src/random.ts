// Seeded randomness for makers of sample data: 32-bit state, the same numbers on every machine, no global state.
// Not for secrets. One stream per row (`rowRandom`), so that row 17 is the same in a file of 20 and of 20,000.

import { seededRandom } from "holdfast/extend";

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** Whether an event of this probability happens. */
  chance(probability: number): boolean;
  /** A whole number from low to high, both included. */
  between(low: number, high: number): number;
  /** One of the options; they must not be empty. */
  pick<T>(options: readonly T[]): T;
  /** One of the names, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

/** The stream of one row. */
export function rowRandom(seed: number, index: number): Random {
  // Two rounds of mixing: neighbouring rows and neighbouring seeds must not start with similar numbers.
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
      return (entries.at(-1) as [K, number])[0]; // rounding may leave a hair
    },
  };
}

function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
