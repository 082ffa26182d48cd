/**
 * A budget over calls with one price allows exactly as many calls as fit, at every concurrency. Across kills, it
 * accounts for every call that was made or may have been: none is lost to rounding or forgotten.
 */
import { toNanos, toUsd } from "@holdfast/core";
import { defineWorkflow } from "@holdfast/engine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { VirtualClock } from "../clock/virtual-clock.js";
import { runOverKills } from "./over-kills.fixture.js";

interface Case {
  readonly concurrency: number;
  readonly priceNanos: number;
  /** Number of calls that fit into the budget, and the fraction of a call left over. */
  readonly callCount: number;
  readonly restShare: number;
  readonly killsAfterMs: readonly number[];
  /** Number of calls per item. */
  readonly callsPerItem: number;
  /** Delay of the store's answers, in milliseconds. */
  readonly answersAfterMs?: number;
}

const budgetNanosOf = ({ priceNanos, callCount, restShare }: Case) =>
  priceNanos * callCount + Math.floor(priceNanos * restShare);

async function run(given: Case) {
  const { concurrency, priceNanos, killsAfterMs, callsPerItem, answersAfterMs } = given;
  const clock = new VirtualClock();
  const price = toUsd(priceNanos);
  let calls = 0;
  const workflow = defineWorkflow({
    name: "spend",
    input: z.object({}),
    recovery: { maxRecoveries: 100 },
    run: async ({ map }) => {
      const items = Array.from({ length: 150 }, (_, n) => `n${n}`);
      const options = { key: (item: string) => item, concurrency, budget: { usd: toUsd(budgetNanosOf(given)) } };
      await map("each", items, options, async (item, { spend }) => {
        for (let i = 0; i < callsPerItem; i++) {
          await spend(price, async () => {
            calls++;
            // Varied, so that commits and calls do not run in lockstep.
            await clock.sleep(10 + ((calls * 7919) % 400));
            return { value: item, usd: price };
          });
        }
        return item;
      });
    },
  });
  const { reason, map } = await runOverKills({ clock, workflow, killsAfterMs, answersAfterMs });
  return { calls, reason, spent: map?.cost.nanos ?? -1, reserved: map?.reservedNanos ?? -1 };
}

const cases = (killCount: number): fc.Arbitrary<Case> =>
  fc.record({
    concurrency: fc.constantFrom(1, 2, 7, 20, 100),
    // Prices without an exact binary fraction, and any others.
    priceNanos: fc.oneof(
      fc.constantFrom(0.001, 0.07, 0.1, 0.3, 4.99 / 7).map(toNanos),
      fc.integer({ min: 1, max: 1_000_000_000_000 }),
    ),
    callCount: fc.integer({ min: 1, max: 90 }),
    restShare: fc.double({ min: 0, max: 0.999, noNaN: true }),
    killsAfterMs: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: killCount, maxLength: killCount }),
    callsPerItem: fc.constantFrom(1, 1, 2),
  });

test("a budget of one cent allows ten calls at a tenth of a cent, at every concurrency", async () => {
  for (const concurrency of [1, 2, 5, 10, 20]) {
    const tenth = { priceNanos: toNanos(0.001), callCount: 10, restShare: 0 };
    const ended = await run({ ...tenth, concurrency, killsAfterMs: [], callsPerItem: 1 });
    expect(ended).toEqual({ calls: 10, reason: "budget", spent: toNanos(0.01), reserved: 0 });
  }
});

test("a budget allows exactly as many calls of one price as fit", async () => {
  await fc.assert(
    fc.asyncProperty(cases(0), async (given) => {
      const { calls, reason, spent, reserved } = await run(given);
      expect({ calls, reason, spent, reserved }).toEqual({
        calls: given.callCount,
        reason: "budget",
        spent: given.callCount * given.priceNanos,
        reserved: 0,
      });
    }),
    { numRuns: 40 },
  );
});

test("across kills a budget allows as many calls: each one made is spent, or was in progress and may have been charged", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }).chain(cases), async (given) => {
      const { calls, reason, spent, reserved } = await run(given);
      // Nothing stays reserved for a call that was not made, so no call is lost, whenever the kills happen.
      expect({ calls, reason, charged: spent + reserved }).toEqual({
        calls: given.callCount,
        reason: "budget",
        charged: given.callCount * given.priceNanos,
      });
      expect(spent).toBeLessThanOrEqual(calls * given.priceNanos);
    }),
    { numRuns: 40 },
  );
});

test("if the store answers late, a kill may cost the budget the calls awaiting an answer, at most as many as run at a time", async () => {
  const late = fc.integer({ min: 1, max: 3 }).chain(cases);
  await fc.assert(
    fc.asyncProperty(late, fc.integer({ min: 1, max: 300 }), async (given, answersAfterMs) => {
      const { calls, reason, spent, reserved } = await run({ ...given, answersAfterMs });
      const { callCount, concurrency, killsAfterMs, priceNanos } = given;
      // Recorded as reserved, and killed before the answer arrived: nobody can tell that the call was not made.
      expect({ reason, charged: spent + reserved }).toEqual({ reason: "budget", charged: callCount * priceNanos });
      expect(calls).toBeLessThanOrEqual(callCount);
      expect(calls).toBeGreaterThanOrEqual(callCount - killsAfterMs.length * concurrency);
      expect(spent).toBeLessThanOrEqual(calls * priceNanos);
    }),
    { numRuns: 20 },
  );
});
