import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestWindow } from "./rate-windows.js";

/** Takes whenever it may, at the given instants; answers when it did. */
function takeGreedily(rpm: number, instantsMs: readonly number[]): number[] {
  const window = new RequestWindow(rpm, 0);
  const takenMs: number[] = [];
  for (const atMs of instantsMs) {
    while (window.waitMs(atMs) === 0) {
      window.take(atMs);
      takenMs.push(atMs);
    }
  }
  return takenMs;
}

function mostInAnyMinute(takenMs: readonly number[]): number {
  let most = 0;
  let from = 0;
  takenMs.forEach((atMs, at) => {
    while ((takenMs[from] as number) <= atMs - 60_000) from += 1;
    most = Math.max(most, at - from + 1);
  });
  return most;
}

test("no minute ever holds more requests than allowed, at any rate and with any pauses", () => {
  const gapsMs = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 90_000 })), {
    maxLength: 600,
  });
  fc.assert(
    fc.property(fc.constantFrom(1, 7, 60, 150, 600, 2_000), gapsMs, (rpm, gaps) => {
      let atMs = 0;
      const instants = gaps.map((gap) => {
        atMs += gap;
        return atMs;
      });
      expect(mostInAnyMinute(takeGreedily(rpm, instants))).toBeLessThanOrEqual(rpm);
    }),
    { numRuns: 200 },
  );
});

test.each([1, 60, 600, 6_000])("at %i a minute, a busy caller gets what is allowed, paced and without a gap", (rpm) => {
  const instants = Array.from({ length: 5 * 6_000 }, (_, at) => at * 10); // five minutes, asking every 10 ms
  const taken = takeGreedily(rpm, instants);
  expect(taken.length).toBeGreaterThanOrEqual(5 * rpm);
  expect(taken.length).toBeLessThanOrEqual(5 * rpm + Math.max(1, rpm / 60));
  expect(mostInAnyMinute(taken)).toBeLessThanOrEqual(rpm);
  const firstSecond = taken.filter((atMs) => atMs < 1_000).length;
  expect(firstSecond).toBeLessThanOrEqual(Math.max(1, 2 * (rpm / 60)));
});
