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
    expect(budget.sending(1)).toBe(0.1);
    expect(budget.isRecorded).toBe(false);
    budget.sent(0.1, true);
    expect(budget.isRecorded).toBe(true);
    // Items announced behind it may call before the next commit: room for them is recorded ahead.
    const ahead = budget.sending(4);
    expect(ahead).toBeCloseTo(0.4);
    budget.sent(ahead, true);
    budget.reserve(0.1);
    expect(budget.isRecorded).toBe(true);
  });

  test("does not take for recorded what a commit under way may overwrite, nor what a failed one said", () => {
    const budget = new Budget(null, fresh, () => 0);
    budget.reserve(0.1);
    const small = budget.sending(1);
    const large = budget.sending(3);
    budget.reserve(0.1);
    budget.sent(large, true);
    // The smaller one failed first and is sent again behind the larger.
    expect(budget.isRecorded).toBe(false);
    budget.sent(small, false);
    expect(budget.isRecorded).toBe(true);
    budget.reserve(1);
    budget.sent(budget.sending(1), false);
    expect(budget.isRecorded).toBe(false);
  });

  test("does not take for recorded what was spent and is in no written commit", () => {
    let handedInUsd = 0;
    const budget = new Budget(10, fresh, () => handedInUsd);
    budget.reserve(1);
    budget.sent(budget.sending(1), true);
    budget.settle(1, 0.8);
    // The store knows of one dollar; 0.8 are gone, and another call may cost one more.
    budget.reserve(1);
    expect([budget.committedUsd, budget.isRecorded]).toEqual([1.8, false]);
    // The item ended: its result is handed in, and goes with a commit.
    handedInUsd = 0.8;
    budget.handIn(0.8);
    const usd = budget.sending(1, 0.8);
    expect([budget.committedUsd, usd, budget.isRecorded]).toEqual([1.8, 1, false]);
    budget.sent(usd, true, 0.8);
    expect(budget.isRecorded).toBe(true);
  });

  test("records no more ahead than its limit allows: a kill must not use up what nobody could have spent", () => {
    const budget = new Budget(1, fresh, () => 0.2);
    budget.reserve(0.1);
    expect(budget.sending(100)).toBeCloseTo(0.8);
  });

  test("lets a call wait that fits once others have cost less than they reserved, and no other", async () => {
    const budget = new Budget(1, fresh, () => 0);
    expect(budget.mayFit(0.5)).toBe(false); // nothing is under way that could give anything back
    budget.reserve(0.8);
    expect([budget.reserve(0.5), budget.mayFit(0.5), budget.mayFit(1.1)]).toEqual([false, true, false]);
    const settled = budget.nextChange();
    budget.settle(0.8, 0.6);
    await settled;
    expect([budget.reserve(0.5), budget.mayFit(0.5)]).toEqual([false, false]);
    expect(budget.reserve(0.4)).toBe(true);
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
