/** Measures of luck, compared with published values and with histories of known skill. */
import { rowRandom } from "@holdfast/workload-kit";
import { describe, expect, test } from "vitest";
import { momentsOf } from "../backtest/backtest.js";
import { deflate, expectedBest, probabilityAbove } from "./deflated-sharpe.js";
import { normalCdf, normalQuantile } from "./normal.js";
import { addPair, chanceOf, drawHistories, statisticOf } from "./reality-check.js";

/** Normally distributed numbers from a seed. */
function normals(count: number, seed: number, mean = 0): Float64Array {
  const random = rowRandom(seed, 0);
  return Float64Array.from({ length: count }, () => {
    return mean + Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  });
}

describe("the normal distribution", () => {
  test("has its known values, and its inverse recovers them", () => {
    for (const [z, p] of [
      [0, 0.5],
      [1, 0.8413447],
      [1.959964, 0.975],
      [-2.326348, 0.01],
    ] as const) {
      expect(normalCdf(z)).toBeCloseTo(p, 6);
      expect(normalQuantile(p)).toBeCloseTo(z, 4);
    }
  });
});

describe("the deflated Sharpe ratio", () => {
  test("matches the paper's example: 100 trials, five years, skewness -3, kurtosis 10", () => {
    // Bailey and Lopez de Prado 2014, "A numerical example": yearly SR 2.5, yearly variance of the trials 1/2, 250 days
    // a year.
    const daily = Math.sqrt(1 / 2 / 250);
    const lucky = daily * expectedBest(100);
    expect(lucky).toBeCloseTo(0.1132, 4);
    const moments = { mean: 2.5 / Math.sqrt(250), deviation: 1, skewness: -3, kurtosis: 10 };
    expect(probabilityAbove(moments, 1_250, lucky)).toBeCloseTo(0.9004, 3);
  });

  test("the expected best of many trials without skill matches a simulation", () => {
    const drawn = Array.from({ length: 2_000 }, (_, at) => Math.max(...normals(64, at + 1)));
    const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
    expect(expectedBest(64)).toBeGreaterThan(mean - 0.06);
    expect(expectedBest(64)).toBeLessThan(mean + 0.06);
    expect([expectedBest(1), expectedBest(0)]).toEqual([0, 0]);
  });

  test("falls with the number of trials, and is 0 for returns that never moved", () => {
    const net = normals(1_000, 3, 0.05);
    const of = (tries: number) =>
      deflate(
        momentsOf(net),
        net.length,
        [...normals(tries, 9)].map((one) => one / 30),
        250,
      );
    expect(of(2).probability).toBeGreaterThan(of(20).probability);
    expect(of(20).probability).toBeGreaterThan(of(2_000).probability);
    expect(deflate(momentsOf(new Float64Array(100)), 100, [0, 0], 250).probability).toBe(0);
  });
});

describe("the reality check", () => {
  const DAYS = 600;
  const check = (pairs: readonly Float64Array[], samples = 400) => {
    const draws = drawHistories(DAYS, samples, 5);
    const best = new Float64Array(samples).fill(Number.NEGATIVE_INFINITY);
    for (const net of pairs) addPair(best, net, draws);
    return chanceOf(best, Math.max(...pairs.map(statisticOf)));
  };

  test("the best of 40 without skill is luck, although by itself it would look like skill", () => {
    const pairs = Array.from({ length: 40 }, (_, at) => normals(DAYS, 100 + at));
    const best = pairs.reduce((a, b) => (statisticOf(b) > statisticOf(a) ? b : a));
    expect(check([best])).toBeLessThan(0.05);
    expect(check(pairs)).toBeGreaterThan(0.1);
  });

  test("skill among them is not luck", () => {
    const pairs = Array.from({ length: 40 }, (_, at) => normals(DAYS, 100 + at, at === 17 ? 0.25 : 0));
    expect(check(pairs)).toBeLessThan(0.01);
  });

  test("forty copies of one pair count as one trial", () => {
    const net = normals(DAYS, 8, 0.05);
    expect(check(Array.from({ length: 40 }, () => net))).toBe(check([net]));
  });

  test("false alarms are as frequent as stated", () => {
    const alarms = Array.from({ length: 60 }, (_, at) => {
      return check(
        Array.from({ length: 10 }, (_, pair) => normals(DAYS, 1_000 + at * 10 + pair)),
        200,
      );
    }).filter((chance) => chance <= 0.1);
    // A tenth of 60, with the uncertainty of 60 trials.
    expect(alarms.length).toBeGreaterThanOrEqual(1);
    expect(alarms.length).toBeLessThanOrEqual(13);
  });

  test("the same seed draws the same histories, another seed different ones; each has the full number of days", () => {
    const draws = drawHistories(DAYS, 50, 1);
    expect(drawHistories(DAYS, 50, 1)).toEqual(draws);
    expect(drawHistories(DAYS, 50, 2)).not.toEqual(draws);
    for (const lengths of draws.lengths) expect(lengths.reduce((sum, one) => sum + one, 0)).toBe(DAYS);
  });
});
