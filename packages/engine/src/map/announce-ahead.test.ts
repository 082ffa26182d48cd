import { expect, test } from "vitest";
import { AnnounceAhead } from "./announce-ahead.js";

/** `perS` completions a second, evenly, for a second. */
function after(perS: number): number {
  const ahead = new AnnounceAhead(0);
  for (let n = 1; n <= perS; n++) ahead.completed((n * 1_000) / perS);
  return ahead.count;
}

test("what takes its time is announced next to nothing ahead, what takes none up to a bound", () => {
  expect(new AnnounceAhead(0).count).toBe(0);
  expect(after(1)).toBe(1);
  expect(after(50)).toBe(1);
  expect(after(10_000)).toBe(200);
  expect(after(1_000_000)).toBe(1_024);
});

test("a rate that falls is followed within a few samples", () => {
  const ahead = new AnnounceAhead(0);
  for (let ms = 1; ms <= 100; ms++) for (let n = 0; n < 20; n++) ahead.completed(ms);
  const before = ahead.count;
  for (let ms = 200; ms <= 1_200; ms += 100) ahead.completed(ms);
  expect([before > 300, ahead.count < 12]).toEqual([true, true]);
});
