import { NANOS_MAX, toNanos, toUsd } from "@holdfast/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Budget, budgetNanosOf } from "./budget.js";

const fresh = { spentNanos: 0, orphanedNanos: 0 };

describe("a budget", () => {
  test("allows a reservation up to its limit and none beyond", () => {
    const budget = new Budget(100, fresh, () => 40);
    expect([budget.reserve(60), budget.reserve(1)]).toEqual([true, false]);
    budget.release(60);
    expect(budget.reserve(50)).toBe(true);
  });

  test("counts what was reserved when an earlier execution was cut off: it may have been charged", () => {
    const budget = new Budget(100, { spentNanos: 20, orphanedNanos: 30 }, () => 20);
    expect([budget.committed, budget.isRecorded]).toEqual([50, true]);
    expect([budget.reserve(60), budget.reserve(50)]).toEqual([false, true]);
  });

  test("knows whether what is reserved is recorded; a call waits for that", () => {
    const budget = new Budget(null, fresh, () => 0);
    budget.reserve(10);
    expect(budget.isRecorded).toBe(false);
    expect(budget.sending(1)).toBe(10);
    expect(budget.isRecorded).toBe(false);
    budget.sent(10, true);
    expect(budget.isRecorded).toBe(true);
    // Another commit on its way says the same, so it takes nothing back.
    const same = budget.sending(1);
    expect([same, budget.isRecorded]).toEqual([10, true]);
    budget.sent(same, true);
    // Items announced behind it may call before the next commit: room for them is recorded ahead.
    const ahead = budget.sending(4);
    expect(ahead).toBe(40);
    budget.sent(ahead, true);
    budget.reserve(10);
    expect(budget.isRecorded).toBe(true);
  });

  test("does not take for recorded what a commit under way may overwrite, nor what a failed one said", () => {
    const budget = new Budget(null, fresh, () => 0);
    budget.reserve(10);
    const small = budget.sending(1);
    const large = budget.sending(3);
    budget.reserve(10);
    budget.sent(large, true);
    // The smaller one failed first and is sent again behind the larger.
    expect(budget.isRecorded).toBe(false);
    budget.sent(small, false);
    expect(budget.isRecorded).toBe(true);
    budget.reserve(100);
    budget.sent(budget.sending(1), false);
    expect(budget.isRecorded).toBe(false);
  });

  test("does not take for recorded what was spent and is in no written commit", () => {
    let handedIn = 0;
    const budget = new Budget(1_000, fresh, () => handedIn);
    budget.reserve(100);
    budget.sent(budget.sending(1), true);
    budget.settle(100, 80);
    // The store knows of 100; 80 are gone, and another call may cost 100 more.
    budget.reserve(100);
    expect([budget.committed, budget.isRecorded]).toEqual([180, false]);
    // The item ended: its result is handed in, and goes with a commit.
    handedIn = 80;
    budget.handIn(80);
    const nanos = budget.sending(1);
    expect([budget.committed, nanos, budget.isRecorded]).toEqual([180, 180, false]);
    budget.sent(nanos, true);
    expect(budget.isRecorded).toBe(true);
  });

  test("gives back what one call reserved, and takes back what one item spent, with others under way", () => {
    const budget = new Budget(1_000, fresh, () => 0);
    budget.reserve(100);
    budget.reserve(50);
    budget.release(50);
    expect(budget.committed).toBe(100);
    budget.settle(100, 80);
    budget.reserve(40);
    budget.settle(40, 30);
    budget.handIn(30);
    expect(budget.committed).toBe(80);
  });

  test("records nothing ahead under a limit: a kill must not use up what nobody could have spent", () => {
    const budget = new Budget(100, fresh, () => 20);
    budget.reserve(10);
    expect(budget.sending(5)).toBe(30);
    const without = new Budget(null, fresh, () => 20);
    without.reserve(10);
    expect(without.sending(5)).toBe(70);
  });

  test("lets a call wait that fits once others have cost less than they reserved, and no other", async () => {
    const budget = new Budget(100, fresh, () => 0);
    expect(budget.mayFit(50)).toBe(false); // nothing is under way that could give anything back
    budget.reserve(80);
    expect([budget.reserve(50), budget.mayFit(100), budget.mayFit(101)]).toEqual([false, true, false]);
    const settled = budget.nextChange();
    budget.settle(80, 60);
    await settled;
    expect([budget.reserve(50), budget.mayFit(50)]).toEqual([false, false]);
    expect(budget.reserve(40)).toBe(true);
  });

  test("is never exceeded by a nano-dollar, whatever is reserved, spent and released in whatever order", () => {
    const step = fc.record({
      reserve: fc.double({ min: 0, max: 2, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), fc.integer({ min: 1, max: 6 }), (steps, width) => {
        const limit = toNanos(5);
        let spent = 0;
        const budget = new Budget(limit, fresh, () => spent);
        const underWay: { reserved: number; share: number }[] = [];
        const settle = () => {
          const done = underWay.shift();
          if (done === undefined) return;
          spent += Math.round(done.reserved * done.share);
          budget.release(done.reserved);
        };
        for (const { reserve, share } of steps) {
          if (underWay.length === width) settle();
          const reserved = toNanos(reserve);
          if (budget.reserve(reserved)) underWay.push({ reserved, share });
          expect(budget.committed).toBeLessThanOrEqual(limit);
        }
        while (underWay.length > 0) settle();
        expect(spent).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test("allows as many calls of one price as it holds: no call is lost to binary fractions", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 10_000_000_000 }),
        fc.nat(),
        (count, price, rest) => {
          const budget = new Budget(toNanos(toUsd(count * price + (rest % price))), fresh, () => 0);
          let calls = 0;
          // As user code says it: in dollars.
          while (calls <= count && budget.reserve(toNanos(toUsd(price)))) calls++;
          expect(calls).toBe(count);
        },
      ),
    );
    const cent = new Budget(toNanos(0.01), fresh, () => 0);
    let calls = 0;
    while (cent.reserve(toNanos(0.001))) calls++;
    expect(calls).toBe(10);
  });

  test("without one, a map spends no more than its sum can hold", () => {
    const budget = new Budget(null, fresh, () => NANOS_MAX - 5);
    expect([budget.isLimited, budget.reserve(6), budget.reserve(5)]).toEqual([false, false, true]);
    expect([{ budget: { usd: Number.POSITIVE_INFINITY } }, {}].map(budgetNanosOf)).toEqual([null, null]);
  });
});
