import { expect, test } from "vitest";
import { outranks, type Stop } from "./stop.js";

/** From the strongest to the weakest. */
const RANKED: readonly Stop[] = [
  { why: "leaseLost", heldBy: null },
  { why: "storeFailed", error: null },
  { why: "cancel" },
  { why: "fail" },
  { why: "drift", drift: [] },
  { why: "verdict", reason: "quota", wakeInMs: null, error: null },
  { why: "pause" },
  { why: "shutdown", isAborting: false },
  { why: "through", stage: "a" },
];

test("a reason replaces the weaker ones, and no other, itself included", () => {
  for (const [i, current] of RANKED.entries()) {
    for (const [j, next] of RANKED.entries()) {
      expect(outranks(next, current), `${next.why} after ${current.why}`).toBe(j < i);
    }
    expect(outranks(current, null)).toBe(true);
  }
});

test("a drain may turn into an abort, and not back", () => {
  const [drain, abort] = [false, true].map((isAborting): Stop => ({ why: "shutdown", isAborting }));
  expect(outranks(abort as Stop, drain as Stop)).toBe(true);
  expect(outranks(drain as Stop, abort as Stop)).toBe(false);
  expect(outranks(abort as Stop, abort as Stop)).toBe(false);
});
