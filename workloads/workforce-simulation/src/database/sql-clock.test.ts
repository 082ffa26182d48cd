/** The union of intervals: time shared by two statements counts once, and gaps count as overhead. */
import { expect, test } from "vitest";
import { SqlClock } from "./sql-clock.js";

test("overlapping statements count once, gaps not at all", () => {
  let now = 0;
  const clock = new SqlClock(() => now);
  const at = (ms: number, step: () => void) => {
    now = ms;
    step();
  };
  at(10, () => clock.begin());
  at(15, () => clock.begin());
  at(20, () => clock.end());
  at(30, () => clock.end());
  at(34, () => clock.begin());
  at(40, () => clock.end());
  expect(clock.read()).toEqual({ wallMs: 30, sqlMs: 26 });
});
