import fc from "fast-check";
import { expect, test } from "vitest";
import { EXACT_BELOW, erfc, mcNemar } from "./mcnemar.js";

test("Agresti's approval ratings (150 versus 86 changed) give 63²/236 with the correction", () => {
  const result = mcNemar(150, 86);
  expect(result.method).toBe("chi-square, continuity corrected");
  expect(result.statistic).toBeCloseTo(63 ** 2 / 236, 10); // 16.82
  expect(result.pValue).toBeCloseTo(4.115e-5, 7);
});

test("few discordant pairs are tested exactly: 1 versus 9 gives 22/1024", () => {
  expect(mcNemar(1, 9)).toEqual({
    onlyFirst: 1,
    onlySecond: 9,
    method: "exact binomial",
    statistic: null,
    pValue: 22 / 1024,
  });
  expect(mcNemar(0, 6).pValue).toBe(2 / 64);
});

test("the chi-square form matches its table: 3.841 is five percent, 6.635 one, 10.828 a thousandth", () => {
  for (const [statistic, p] of [
    [3.841459, 0.05],
    [6.634897, 0.01],
    [10.827566, 0.001],
  ] as const) {
    expect(erfc(Math.sqrt(statistic / 2))).toBeCloseTo(p, 7);
  }
});

test("the complementary error function matches published values on both sides of its seam", () => {
  for (const [x, value] of [
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [1.9999999, 0.004677737],
    [2, 0.004677734981047266],
    [3, 2.209049699858544e-5],
    [5, 1.5374597944280349e-12],
  ] as const) {
    expect(Math.abs(erfc(x) - value)).toBeLessThan(Math.max(1e-9 * value, x === 1.9999999 ? 1e-8 : 1e-15));
  }
});

test("no disagreement is no evidence", () => {
  expect(mcNemar(0, 0).pValue).toBe(1);
  expect(mcNemar(30, 30).pValue).toBe(1);
});

test("the test is symmetric, its p-value a probability, and more imbalance never makes it larger", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), (b, c) => {
      const { pValue } = mcNemar(b, c);
      expect(pValue).toBeGreaterThanOrEqual(0);
      expect(pValue).toBeLessThanOrEqual(1);
      expect(mcNemar(c, b).pValue).toBe(pValue);
      if (b > 0 && b <= c) expect(mcNemar(b - 1, c + 1).pValue).toBeLessThanOrEqual(pValue + 1e-12);
    }),
  );
});

test("where the method changes, the two agree to within a few percentage points", () => {
  const exact = mcNemar(7, EXACT_BELOW - 1 - 7).pValue;
  const approximate = mcNemar(7, EXACT_BELOW - 7).pValue;
  expect(Math.abs(exact - approximate)).toBeLessThan(0.03);
});

test("invalid counts are refused", () => {
  for (const bad of [-1, 0.5, Number.NaN]) expect(() => mcNemar(bad, 1)).toThrow(RangeError);
});
