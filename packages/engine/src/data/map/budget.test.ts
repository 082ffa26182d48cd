import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Budget } from "./budget.js";

const fresh = { costUsd: 0, orphanedUsd: 0 };

describe("a budget", () => {
  test("allows a reservation up to its limit and none beyond", () => {
    const budget = new Budget(1, fresh, () => 0.4);
    expect([budget.reserve(0.6), budget.reserve(0.01)]).toEqual([true, false]);
    budget.release(0.6);
    expect(budget.reserve(0.5)).toBe(true);
  });

  test("counts what was reserved when an earlier execution was cut off: it may have been charged", () => {
    const budget = new Budget(1, { costUsd: 0.2, orphanedUsd: 0.3 }, () => 0.2);
    expect([budget.committedUsd, budget.reserve(0.6), budget.reserve(0.5)]).toEqual([0.5, false, true]);
  });

  test("knows whether what is reserved is recorded; a call waits for that", () => {
    const budget = new Budget(null, fresh, () => 0);
    budget.reserve(0.1);
    expect(budget.isRecorded).toBe(false);
    expect(budget.toRecordUsd(1)).toBe(0.1);
    expect(budget.isRecorded).toBe(true);
    // Items announced behind it may call before the next commit: room for them is recorded ahead.
    expect(budget.toRecordUsd(4)).toBeCloseTo(0.4);
    budget.reserve(0.1);
    expect(budget.isRecorded).toBe(true);
  });

  test("is never exceeded, whatever is reserved, spent and released in whatever order", () => {
    const step = fc.record({
      reserve: fc.double({ min: 0, max: 2, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), fc.integer({ min: 1, max: 6 }), (steps, width) => {
        let spentUsd = 0;
        const budget = new Budget(5, fresh, () => spentUsd);
        const underWay: { reserve: number; share: number }[] = [];
        const settle = () => {
          const done = underWay.shift();
          if (done === undefined) return;
          spentUsd += done.reserve * done.share;
          budget.release(done.reserve);
        };
        for (const next of steps) {
          if (underWay.length === width) settle();
          if (budget.reserve(next.reserve)) underWay.push(next);
          expect(budget.committedUsd).toBeLessThanOrEqual(5 + 1e-9);
        }
        while (underWay.length > 0) settle();
        expect(spentUsd).toBeLessThanOrEqual(5 + 1e-9);
      }),
    );
  });
});
