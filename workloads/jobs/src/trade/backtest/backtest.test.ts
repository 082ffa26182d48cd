/** The backtest over prices that fast-check makes: what must hold for all of them, and a rule that cheats. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Costs, curveOf, measure, netReturns } from "./backtest.js";
import { findLookAhead } from "./look-ahead.js";
import { type Market, marketOf } from "./market.js";
import { crossing, positionsOf, SIGNAL_LAG_DAYS, type SignalRule } from "./positions.js";

const FREE: Costs = { costShare: 0, slippageShare: 0 };
const market = (closes: readonly number[]): Market => marketOf({ days: closes.map((_, at) => 20_000 + at), closes });
const whole = ({ days }: Market) => ({ from: 0, to: days.length });

const price = fc.double({ min: 0.5, max: 500, noNaN: true });
const prices = fc.array(price, { minLength: 30, maxLength: 120 });
const pair = fc.record({ fast: fc.integer({ min: 1, max: 5 }), slow: fc.integer({ min: 6, max: 20 }) });
const costs = fc.record({
  costShare: fc.double({ min: 0, max: 0.02, noNaN: true }),
  slippageShare: fc.double({ min: 0, max: 0.02, noNaN: true }),
});

describe("a backtest", () => {
  test("multiplies: growth over the whole is growth over its parts, and net returns over all days", () => {
    fc.assert(
      fc.property(
        prices,
        pair,
        costs,
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        (closes, { fast, slow }, cost, share) => {
          const of = market(closes);
          const positions = positionsOf(crossing(fast, slow), of.closes);
          const net = netReturns(of, positions, cost, whole(of));
          const border = Math.round(closes.length * share);
          const part = (from: number, to: number) =>
            measure(of, positions, net.subarray(from, to), { from, to, held: positions[from - 1] });
          const all = measure(of, positions, net, whole(of));
          const [first, second] = [part(0, border), part(border, closes.length)];
          expect((first.growth * second.growth) / all.growth).toBeCloseTo(1, 10);
          expect(first.trades + second.trades).toBe(all.trades);
          expect((curveOf(net).growth.at(-1) as number) / all.growth).toBeCloseTo(1, 10);
          expect(Math.min(...curveOf(net).fall)).toBeCloseTo(all.worstFall, 12);
          expect(all.growth).toBeGreaterThan(0);
        },
      ),
    );
  });

  test("holding without costs is the price itself", () => {
    fc.assert(
      fc.property(prices, (closes) => {
        const of = market(closes);
        const { growth } = curveOf(netReturns(of, new Uint8Array(closes.length).fill(1), FREE, whole(of)));
        const last = (closes.at(-1) as number) / (closes[0] as number);
        expect((growth.at(-1) as number) / last).toBeCloseTo(1, 8);
      }),
    );
  });

  test("costs only lower: never more growth with them, and the same where nothing was traded", () => {
    fc.assert(
      fc.property(prices, pair, costs, costs, (closes, { fast, slow }, one, more) => {
        const of = market(closes);
        const positions = positionsOf(crossing(fast, slow), of.closes);
        const growthWith = (cost: Costs) =>
          measure(of, positions, netReturns(of, positions, cost, whole(of)), whole(of));
        const both = {
          costShare: one.costShare + more.costShare,
          slippageShare: one.slippageShare + more.slippageShare,
        };
        const [free, some, most] = [growthWith(FREE), growthWith(one), growthWith(both)];
        expect(some.growth).toBeLessThanOrEqual(free.growth);
        expect(most.growth).toBeLessThanOrEqual(some.growth * (1 + 1e-12));
        if (free.trades === 0) expect(some.growth).toBe(free.growth);
      }),
    );
  });

  test("knows no future: whatever prices follow a day, in whatever order, the positions up to the lag after it stay", () => {
    fc.assert(
      fc.property(
        prices,
        pair,
        fc.integer({ min: 1, max: 29 }),
        fc.infiniteStream(price),
        (closes, { fast, slow }, cut, others) => {
          const rule = crossing(fast, slow);
          const before = positionsOf(rule, Float64Array.from(closes));
          const known = closes.slice(0, cut);
          const futures = [closes.slice(cut).reverse(), closes.slice(cut).map(() => others.next().value as number)];
          for (const future of futures) {
            const after = positionsOf(rule, Float64Array.from([...known, ...future]));
            const untouched = cut - 1 + SIGNAL_LAG_DAYS + 1;
            expect([...after.subarray(0, untouched)]).toEqual([...before.subarray(0, untouched)]);
          }
        },
      ),
    );
  });

  test("trades the day after the signal and earns from the day after that", () => {
    // The average of one crosses that of two at the close of position 3.
    const closes = Float64Array.from([10, 9, 8, 12, 24, 48, 96]);
    expect([...crossing(1, 2)(closes)]).toEqual([0, 0, 0, 1, 1, 1, 1]);
    const positions = positionsOf(crossing(1, 2), closes);
    expect([...positions]).toEqual([0, 0, 0, 0, 0, 1, 1]);
    const of = market([...closes]);
    // 24 to 96, less 1 % for the one purchase.
    const net = netReturns(of, positions, { costShare: 0.004, slippageShare: 0.006 }, whole(of));
    expect(curveOf(net).growth.at(-1)).toBeCloseTo(4 * 0.99, 12);
  });
});

describe("a price at or below zero", () => {
  const of = market([10, 11, -5, 0, 22, 33]);

  test("is no day of the market, and no return goes into or out of it", () => {
    expect([...of.closes]).toEqual([10, 11, 22, 33]);
    expect([...of.holes]).toEqual([2]);
    expect([...of.returns].map((one) => Number(one.toFixed(6)))).toEqual([0, 0.1, 0, 0.5]);
  });

  test("makes no figure that is none", () => {
    const positions = new Uint8Array(4).fill(1);
    const figures = measure(of, positions, netReturns(of, positions, FREE, whole(of)), whole(of));
    for (const value of Object.values(figures)) expect(value === null || Number.isFinite(value)).toBe(true);
    expect(figures.growth).toBeCloseTo(1.65, 10);
  });
});

describe("looking ahead is found", () => {
  const closes = Float64Array.from({ length: 400 }, (_, day) => 100 * Math.exp(Math.sin(day / 9) / 5 + day / 2_000));
  const tomorrow: SignalRule = (given) =>
    Uint8Array.from(given, (close, day) => ((given[day + 1] ?? 0) > close ? 1 : 0));
  const ofAll: SignalRule = (given) => {
    const mean = given.reduce((sum, close) => sum + close, 0) / given.length;
    return Uint8Array.from(given, (close) => (close < mean ? 1 : 0));
  };
  /** Only now and then, and only upward: the least that is worth cheating for. */
  const rarely: SignalRule = (given) =>
    Uint8Array.from(given, (close, day) => (day % 5 === 0 && (given[day + 1] ?? 0) > close * 2 ? 1 : 0));

  test.each([
    ["tomorrow's close", tomorrow],
    ["the mean of all prices, those to come too", ofAll],
    ["a rare glance at tomorrow", rarely],
  ])("%s", (_, planted) => {
    for (const seed of [1, 7, 42]) {
      const found = findLookAhead(planted, closes, seed);
      expect(found).not.toBeNull();
      expect(found?.day).toBeLessThanOrEqual(found?.cut ?? -1);
    }
  });

  test("and averages of the past are not accused", () => {
    for (const [fast, slow] of [
      [1, 2],
      [5, 60],
      [50, 250],
    ] as const)
      for (const seed of [1, 7, 42]) expect(findLookAhead(crossing(fast, slow), closes, seed)).toBeNull();
  });

  test("a planted glance pays in the backtest, which is why it must be found", () => {
    const of = market([...closes]);
    const growthOf = (rule: SignalRule, lag: number) => {
      const signals = rule(of.closes);
      const positions = Uint8Array.from(signals, (_, day) => (day < lag ? 0 : (signals[day - lag] as number)));
      return measure(of, positions, netReturns(of, positions, FREE, whole(of)), whole(of)).growth;
    };
    expect(growthOf(tomorrow, 1)).toBeGreaterThan(20 * growthOf(crossing(5, 60), SIGNAL_LAG_DAYS));
  });
});
