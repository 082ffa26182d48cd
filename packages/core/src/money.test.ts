import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addCosts,
  addNanos,
  type Cost,
  costOfCall,
  formatUsd,
  isPaid,
  isTokens,
  isUsd,
  NANOS_MAX,
  NO_COST,
  TOKENS_MAX,
  toCostView,
  toNanos,
  toRecordedCost,
  toUsd,
  USD_MAX,
  wordCost,
} from "./money.js";

const anyNanos = fc.integer({ min: 0, max: NANOS_MAX });
const anyCost: fc.Arbitrary<Cost> = fc.record({
  nanos: fc.integer({ min: 0, max: 1e12 }),
  unpricedCalls: fc.nat(9),
  unpricedTokens: fc.nat(1e6),
});

describe("money", () => {
  test("accepts valid amounts and token counts, and nothing that only looks like one", () => {
    for (const usd of [0, 0.001, 1e-9, USD_MAX]) expect(isUsd(usd)).toBe(true);
    for (const no of [
      "0.002",
      -1,
      -1e-9,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1_000_001,
      null,
      undefined,
      2n,
      [1],
      {},
      true,
    ]) {
      expect([no, isUsd(no)]).toEqual([no, false]);
      expect([no, isTokens(no)]).toEqual([no, no === 1_000_001]);
    }
    expect([0, 5, TOKENS_MAX, TOKENS_MAX + 1, 0.5].map(isTokens)).toEqual([true, true, true, false, false]);
  });

  test("every nano-dollar survives the conversion to dollars and back", () => {
    fc.assert(
      fc.property(anyNanos, (nanos) => toNanos(toUsd(nanos)) === nanos),
      { numRuns: 2_000 },
    );
  });

  test("dollars print with at most nine decimals", () => {
    fc.assert(
      fc.property(anyNanos, (nanos) => {
        const text = toUsd(nanos).toString();
        const [, decimals = ""] = text.split("e")[0]?.split(".") ?? [];
        const exponent = Number(text.split("e-")[1] ?? 0);
        expect(decimals.length + exponent).toBeLessThanOrEqual(9);
      }),
      { numRuns: 2_000 },
    );
    expect(toUsd(toNanos(4.99) + toNanos(0.005))).toBe(4.995);
  });

  test("an amount above zero never becomes zero", () => {
    expect([toNanos(1e-12), toNanos(0), toNanos(Number.MIN_VALUE), toNanos(1.4e-9)]).toEqual([1, 0, 1, 1]);
  });

  test("sums do not depend on their order, even at the limit", () => {
    fc.assert(
      fc.property(fc.array(anyNanos, { maxLength: 30 }), (amounts) => {
        const sum = amounts.reduce(addNanos, 0);
        expect([...amounts].reverse().reduce(addNanos, 0)).toBe(sum);
        expect([...amounts].sort((a, b) => a - b).reduce(addNanos, 0)).toBe(sum);
        expect(sum).toBe(Number(amounts.reduce((all, one) => all + BigInt(one), 0n) > NANOS_MAX ? NANOS_MAX : sum));
      }),
    );
    fc.assert(
      fc.property(fc.array(anyCost, { maxLength: 30 }), (costs) => {
        const sum = costs.reduce(addCosts, NO_COST);
        expect([...costs].reverse().reduce(addCosts, NO_COST)).toEqual(sum);
        expect(BigInt(sum.nanos)).toBe(costs.reduce((all, { nanos }) => all + BigInt(nanos), 0n));
      }),
    );
  });

  test("a cost is null if calls were made but none has a known price; otherwise it is the known sum, with the unpriced calls beside it", () => {
    const unknown = costOfCall(null, 12_345);
    const views = [
      NO_COST,
      costOfCall(1.23),
      unknown,
      addCosts(unknown, costOfCall(1.23)),
      addCosts(unknown, costOfCall(0)),
    ];
    const unpriced = { calls: 1, tokens: 12_345 };
    expect(views.map(toCostView)).toEqual([
      { costUsd: 0, unpriced: null },
      { costUsd: 1.23, unpriced: null },
      { costUsd: null, unpriced },
      { costUsd: 1.23, unpriced },
      { costUsd: null, unpriced },
    ]);
    expect(views.map(isPaid)).toEqual([false, true, true, true, true]);
    expect([costOfCall(2), unknown].map(toRecordedCost)).toEqual([{ costUsd: 2 }, { costUsd: null, unpriced }]);
  });

  test("costs are formatted for people, and an unknown cost is never shown as zero", () => {
    expect([0, 1e-9, 0.00004, 0.0031, 0.09999, 0.25, 1234.5].map(formatUsd)).toEqual([
      "$0.00",
      "$0.000000001",
      "$0.00004",
      "$0.0031",
      "$0.1000",
      "$0.25",
      "$1234.50",
    ]);
    const unpriced = { calls: 40, tokens: 12_345 };
    expect(wordCost({ costUsd: 1.23, unpriced })).toBe("$1.23 and 40 calls of unknown price (12,345 tokens)");
    expect(wordCost({ costUsd: null, unpriced })).toBe("unknown, 12,345 tokens in 40 calls");
    expect(wordCost({ costUsd: null, unpriced: { calls: 1, tokens: 0 } })).toBe("unknown, 1 call");
    expect(wordCost({ costUsd: 1, unpriced: { calls: 1, tokens: 0 } })).toBe("$1.00 and 1 call of unknown price");
    expect([wordCost({ costUsd: 0, unpriced: null }), wordCost({ costUsd: null })]).toEqual(["$0.00", "unknown"]);
  });
});
