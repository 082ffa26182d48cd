/** Estimate of the remaining time from the years completed so far. */
import { expect, test } from "vitest";
import { YearPace } from "./year.js";

function paceOf(growth: number, yearCount: number) {
  let nowMs = 0;
  const pace = new YearPace(growth, yearCount, () => nowMs);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { pace, pass };
}

test("years with as many people take as long as earlier ones", () => {
  const { pace, pass } = paceOf(0, 4);
  expect(pace.left(0, 0.1)).toBe("");
  pass(5_000);
  expect(pace.left(0, 0.5)).toBe("about 35 s left");
  pass(5_000);
  pace.finish(0);
  expect(pace.left(1)).toBe("about 30 s left");
});

test("years with more people take longer", () => {
  const { pace, pass } = paceOf(1, 3);
  pass(10_000);
  pace.finish(0);
  expect(pace.left(1)).toBe("about 60 s left");
  pass(20_000);
  pace.finish(1);
  expect(pace.left(2)).toBe("about 40 s left");
});

test("a process that continues in the middle counts only its own years", () => {
  const { pace, pass } = paceOf(0, 40);
  pass(10_000);
  pace.finish(20);
  expect(pace.left(21)).toBe("about 4 min left");
});
