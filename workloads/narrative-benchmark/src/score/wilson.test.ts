import fc from "fast-check";
import { expect, test } from "vitest";
import { proportion, wilsonInterval } from "./wilson.js";

// Newcombe 1998, table I, method 3 (score, without continuity correction).
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("%i of %i has the published interval %f to %f", (hits, of, low, high) => {
  const interval = wilsonInterval(hits, of);
  expect(interval?.low).toBeCloseTo(low, 4);
  expect(interval?.high).toBeCloseTo(high, 4);
});

const counts = fc
  .integer({ min: 1, max: 100_000 })
  .chain((of) => fc.tuple(fc.integer({ min: 0, max: of }), fc.constant(of)));

test("the interval lies within 0 to 1 and contains the proportion", () => {
  fc.assert(
    fc.property(counts, ([hits, of]) => {
      const { low, high } = wilsonInterval(hits, of) as { low: number; high: number };
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(hits / of);
      expect(high).toBeGreaterThanOrEqual(hits / of);
    }),
  );
});

test("the interval of the complement is its mirror image, and ten times the data narrows it", () => {
  fc.assert(
    fc.property(counts, ([hits, of]) => {
      const one = wilsonInterval(hits, of) as { low: number; high: number };
      const mirrored = wilsonInterval(of - hits, of) as { low: number; high: number };
      expect(mirrored.low).toBeCloseTo(1 - one.high, 9);
      const more = wilsonInterval(hits * 10, of * 10) as { low: number; high: number };
      expect(more.high - more.low).toBeLessThan(one.high - one.low);
    }),
  );
});

test("an empty sample has no interval, and impossible counts are refused", () => {
  expect(proportion(0, 0)).toEqual({ hits: 0, of: 0, value: null, interval: null });
  expect(() => wilsonInterval(2, 1)).toThrow(RangeError);
  expect(() => wilsonInterval(-1, 1)).toThrow(RangeError);
});
