import { describe, expect, test } from "vitest";
import { canAct, cureOf } from "./act.js";
import { exitCodeOfRun } from "./exit-code.js";
import { mayPark, SAT_OUT_MS, wordWaits } from "./wait.js";

describe("a run may be parked", () => {
  test.each([
    ["nothing waits", { busyCount: 0, inFlightCount: 0, leftMs: [] }, false],
    ["a wait without an instant", { busyCount: 0, inFlightCount: 0, leftMs: [null] }, true],
    ["a long wait", { busyCount: 0, inFlightCount: 0, leftMs: [SAT_OUT_MS] }, true],
    ["a wait that is about to end", { busyCount: 0, inFlightCount: 0, leftMs: [null, SAT_OUT_MS - 1] }, false],
    ["a call beside it", { busyCount: 1, inFlightCount: 0, leftMs: [null] }, false],
    ["an attempt in flight", { busyCount: 0, inFlightCount: 1, leftMs: [null] }, false],
  ])("%s", (_, pending, expected) => {
    expect(mayPark(pending)).toBe(expected);
  });
});

test("the first three waits are named, the others counted", () => {
  const waits = ["a", "b", "c", "d", "e"].map((stage) => ({ stage, kind: "sleep" as const }));
  expect(wordWaits(waits.slice(0, 1))).toBe("sleep a");
  expect(wordWaits(waits.slice(0, 3))).toBe("sleep a, sleep b, sleep c");
  expect(wordWaits(waits)).toBe("sleep a, sleep b, sleep c and 2 more");
});

test("a waiting run may be stopped, restarted and deleted; a resume has nothing to do, and no cure", () => {
  for (const act of ["pause", "cancel", "fail", "restart", "delete", "reset recoveries"] as const) {
    expect(canAct(act, "waiting")).toBe(true);
  }
  expect(canAct("resume", "waiting")).toBe(false);
  expect(cureOf("resume", "waiting")).toBeNull();
  expect(exitCodeOfRun({ status: "waiting", reason: "sleep a", through: null })).toBe(75);
});
