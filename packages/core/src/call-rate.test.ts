import fc from "fast-check";
import { expect, test } from "vitest";
import { CallWindow, findRateProblem } from "./call-rate.js";

/** Takes a call at each of the given instants that allows one, and returns those instants. */
function takeGreedily(rpm: number, instantsMs: readonly number[], perMs = 60_000): number[] {
  const window = new CallWindow({ calls: rpm, perMs }, 0);
  const takenMs: number[] = [];
  for (const atMs of instantsMs) {
    while (window.waitMs(atMs) === 0) {
      expect(window.allowed(atMs)).toBeGreaterThanOrEqual(1);
      window.take(atMs);
      takenMs.push(atMs);
    }
    expect(window.allowed(atMs)).toBe(0);
  }
  return takenMs;
}

function mostInAny(takenMs: readonly number[], perMs = 60_000): number {
  let most = 0;
  let from = 0;
  takenMs.forEach((atMs, at) => {
    while ((takenMs[from] as number) <= atMs - perMs) from += 1;
    most = Math.max(most, at - from + 1);
  });
  return most;
}

test("no minute ever holds more requests than allowed, at any rate and with any pauses between requests", () => {
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
      expect(mostInAny(takeGreedily(rpm, instants))).toBeLessThanOrEqual(rpm);
    }),
    { numRuns: 200 },
  );
});

test.each([1, 60, 600, 6_000])("at %i a minute, a busy caller gets the full rate, paced and without gaps", (rpm) => {
  const instants = Array.from({ length: 5 * 6_000 }, (_, at) => at * 10); // five minutes, asking every 10 ms
  const taken = takeGreedily(rpm, instants);
  expect(taken.length).toBeGreaterThanOrEqual(5 * rpm);
  expect(taken.length).toBeLessThanOrEqual(5 * rpm + Math.max(1, rpm / 60));
  expect(mostInAny(taken)).toBeLessThanOrEqual(rpm);
  const firstSecond = taken.filter((atMs) => atMs < 1_000).length;
  expect(firstSecond).toBeLessThanOrEqual(Math.max(1, 2 * (rpm / 60)));
});

test("the limit holds over any period, from a millisecond to a day", () => {
  const rate = fc.record({ calls: fc.integer({ min: 1, max: 50 }), perMs: fc.constantFrom(1, 100, 1_000, 86_400_000) });
  const gapsMs = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 }), fc.nat(100_000_000)));
  fc.assert(
    fc.property(rate, gapsMs, ({ calls, perMs }, gaps) => {
      let atMs = 0;
      const taken = takeGreedily(
        calls,
        gaps.map((gap) => (atMs += gap)),
        perMs,
      );
      expect(mostInAny(taken, perMs)).toBeLessThanOrEqual(calls);
    }),
  );
});

test("an invalid rate is reported with the field's name", () => {
  expect(findRateProblem({ calls: 5, perMs: 1_000 })).toBeNull();
  for (const calls of [0, -1, 1.5, Number.NaN, 1_000_001, "5"]) {
    expect(findRateProblem({ calls, perMs: 1_000 })).toContain("rate.calls: a whole number from 1 to 1000000");
  }
  for (const perMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e12, "5"]) {
    expect(findRateProblem({ calls: 1, perMs })).toContain("rate.perMs: a number of milliseconds from 1");
  }
  for (const rate of [null, 5, "5/s"]) expect(findRateProblem(rate)).toBe("rate: { calls, perMs } is expected");
});
