import { describe, expect, test } from "vitest";
import { sumPlans } from "./sum-plans.js";

const plan = (items: number | null, calls: number | null, costUsd: number[] | null) => ({
  runId: "r",
  plan: { items, itemCalls: calls, costUsd },
});

describe("the sum of plans", () => {
  test("adds items, calls and both ends of the price", () => {
    expect(sumPlans([plan(2, 3, [1, 2]), plan(4, 4, [0.5, 1])])).toEqual({
      runs: 2,
      items: 6,
      calls: 7,
      costUsd: [1.5, 3],
      refused: [],
    });
  });

  test("says nothing of what one plan does not know", () => {
    expect(sumPlans([plan(2, 3, [1, 2]), plan(null, null, null)])).toMatchObject({
      runs: 2,
      items: null,
      calls: null,
      costUsd: null,
    });
  });

  test("leaves out runs that cannot be resumed, and says why", () => {
    const found = sumPlans([{ runId: "busy", refusal: "it is running" }, plan(1, 1, [1, 1])]);
    expect([found.runs, found.items, found.refused]).toEqual([1, 1, ["busy: it is running"]]);
  });
});
