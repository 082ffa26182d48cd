import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clampDurationMs,
  DURATION_MAX_MS,
  findDurationProblem,
  isDuration,
  readDurationMs,
  setLongTimer,
  TIMER_MAX_MS,
} from "./duration.js";
import { readFailure } from "./failure.js";
import { backoffMs, judge } from "./retry.js";

/** A platform timer with 32 bits, like Node's: a longer one fires at once. */
function platform() {
  let nowMs = 0;
  let due: { atMs: number; fire: () => void } | null = null;
  return {
    set: (ms: number, fire: () => void) => {
      const own = { atMs: nowMs + (ms > TIMER_MAX_MS ? 1 : ms), fire };
      due = own;
      return {
        cancel: () => {
          if (due === own) due = null;
        },
      };
    },
    /** Fires all timers that come due and returns the instant of the last. */
    runOut(): number {
      while (due !== null) {
        const { atMs, fire } = due;
        due = null;
        nowMs = atMs;
        fire();
      }
      return nowMs;
    },
    step(): void {
      const next = due as { atMs: number; fire: () => void } | null;
      due = null;
      if (next === null) return;
      nowMs = next.atMs;
      next.fire();
    },
  };
}

describe("a long timer", () => {
  test("fires once, after exactly the requested time, on a 32-bit timer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: DURATION_MAX_MS }), (ms) => {
        const timers = platform();
        let fired = 0;
        setLongTimer(timers.set, ms, () => fired++);
        expect(timers.runOut()).toBe(ms);
        expect(fired).toBe(1);
      }),
      { examples: [[0], [TIMER_MAX_MS], [TIMER_MAX_MS + 1], [30 * 86_400_000], [DURATION_MAX_MS]] },
    );
  });

  test("can be cancelled after it has been re-armed", () => {
    const timers = platform();
    const timer = setLongTimer(timers.set, 3 * TIMER_MAX_MS, () => expect.unreachable());
    timers.step();
    timer.cancel();
    expect(timers.runOut()).toBe(TIMER_MAX_MS);
  });

  test("is refused, not fired, if the time is not a finite number", () => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => setLongTimer(platform().set, ms, () => {})).toThrow("a finite number is expected");
    }
  });
});

describe("a duration", () => {
  test("is a number of milliseconds up to ten years", () => {
    for (const good of [0, 0.5, TIMER_MAX_MS + 1, DURATION_MAX_MS]) expect(isDuration(good)).toBe(true);
    const bad = [-1, DURATION_MAX_MS + 1, Number.NaN, Number.POSITIVE_INFINITY, "5", null, undefined, 5n];
    for (const value of bad) expect(isDuration(value)).toBe(false);
  });

  test("that is invalid is reported with its name and value; an omitted one is valid", () => {
    expect(findDurationProblem({ timeoutMs: undefined, "backoff.maxMs": 5 })).toBeNull();
    expect(findDurationProblem({ timeoutMs: 5, "backoff.maxMs": "5" })).toBe(
      'backoff.maxMs: a number of milliseconds from 0 to 315360000000 (10 years) is expected, "5" was given',
    );
  });

  test("from outside is clamped, or null if it is not a number", () => {
    expect([-5, 7, 1e300, Number.POSITIVE_INFINITY].map(clampDurationMs)).toEqual([
      0,
      7,
      DURATION_MAX_MS,
      DURATION_MAX_MS,
    ]);
    expect([Number.NaN, "7", null, undefined].map(clampDurationMs)).toEqual([null, null, null, null]);
  });
});

test("a verdict's wait is clamped; the default applies if it is not a number", () => {
  const waitOf = (afterMs: number) => judge({ then: "retry", afterMs }, readFailure(null), 1, 5).afterMs;
  expect([-1, 5_184_000_000, Number.POSITIVE_INFINITY].map(waitOf)).toEqual([0, 5_184_000_000, DURATION_MAX_MS]);
  expect(waitOf(Number.NaN)).toBeNull();
});

test("a backoff is a valid duration for any factor and any number of failed attempts", () => {
  const wait = { min: 0, max: DURATION_MAX_MS };
  const backoff = fc.record({
    initialMs: fc.integer(wait),
    maxMs: fc.integer(wait),
    factor: fc.double({ min: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(backoff, fc.integer({ min: 1, max: 1e6 }), (given, failed) => {
      const waitMs = backoffMs(failed, given, () => 0.5);
      expect(isDuration(waitMs)).toBe(true);
      expect(waitMs).toBeLessThanOrEqual(given.maxMs);
    }),
  );
});

test("a duration is a number of milliseconds, or a number with its unit", () => {
  expect([0, 250, "90s", "1.5m", "2h", "7d"].map(readDurationMs)).toEqual([
    0, 250, 90_000, 90_000, 7_200_000, 604_800_000,
  ]);
  const bad = [-1, Number.NaN, "", "5", "5 s", "-5s", "5w", "1e3s", "4000d", null, undefined, {}];
  expect(bad.filter((value) => readDurationMs(value) !== null)).toEqual([]);
});
