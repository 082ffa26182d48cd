import { describe, expect, test } from "vitest";
import { BACKOFF_DEFAULTS, backoffMs, judge, OUTSIDE_ATTEMPTS_DEFAULT } from "./retry.js";

const failure = (category: string | null, change: object = {}) => ({
  then: null,
  category,
  afterMs: null,
  reason: null,
  ...change,
});

describe("the wait before the next attempt", () => {
  const longest = () => 1;
  const shortest = () => 0;

  test("doubles from a second to a minute, and is capped there", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failed) => backoffMs(failed, BACKOFF_DEFAULTS, longest));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  test("is 50 to 100 % of that, at random", () => {
    expect(backoffMs(3, BACKOFF_DEFAULTS, shortest)).toBe(2_000);
    expect(backoffMs(3, BACKOFF_DEFAULTS, () => 0.5)).toBe(3_000);
  });

  test("stays 0 if the first wait is 0, and no failure counts as one", () => {
    expect(backoffMs(2_000, { initialMs: 0, maxMs: 60_000, factor: 2 }, longest)).toBe(0);
    expect(backoffMs(0, BACKOFF_DEFAULTS, longest)).toBe(1_000);
  });
});

describe("the verdict on a failure", () => {
  test("with an item's own cause is final at once or, if attempts are declared, after the last of them", () => {
    expect(judge(undefined, failure("other"), 1, undefined)).toMatchObject({ then: "fail", isUsedUp: true });
    expect(judge(undefined, failure("other"), 1, 2)).toMatchObject({ then: "retry", usesAttempt: true });
    expect(judge(undefined, failure("other"), 2, 2)).toMatchObject({ then: "fail", isUsedUp: true });
    expect(judge(undefined, failure("other"), 3, 2)).toMatchObject({ then: "fail" });
  });

  test.each(["server", "network", "timeout"])(
    "with an outside cause (%s) allows six attempts, including the first",
    (category) => {
      expect(OUTSIDE_ATTEMPTS_DEFAULT).toBe(6);
      expect(judge(undefined, failure(category), 5, undefined)).toMatchObject({ then: "retry", isUsedUp: false });
      expect(judge(undefined, failure(category), 6, undefined)).toMatchObject({ then: "fail", isUsedUp: true });
      expect(judge(undefined, failure(category), 1, 1)).toMatchObject({ then: "fail", isUsedUp: true });
    },
  );

  test("a rate limit uses up no attempt, however often it occurs and whatever requested the retry", () => {
    for (const verdict of [undefined, "retry", { then: "retry", category: "rate_limit" }] as const) {
      const judged = judge(verdict, failure("rate_limit", { afterMs: 500 }), 1_000, 1);
      expect(judged).toMatchObject({ then: "retry", usesAttempt: false, isUsedUp: false });
    }
    expect(judge(undefined, failure("rate_limit", { afterMs: 500 }), 9, 1).afterMs).toBe(500);
  });

  test("a requested retry allows as many attempts as an outside cause", () => {
    expect(judge("retry", failure("other"), 5, undefined)).toMatchObject({ then: "retry", category: "other" });
    expect(judge("retry", failure("other"), 6, undefined)).toMatchObject({ then: "fail", isUsedUp: true });
  });

  test("a fail is final without using up the attempts; a pause uses up none and takes the error's reason", () => {
    expect(judge("fail", failure("server"), 1, 5)).toEqual({
      ...{ then: "fail", category: "server", afterMs: null, reason: null },
      ...{ usesAttempt: true, isUsedUp: false },
    });
    const told = failure("quota", { then: "pause", afterMs: 60_000, reason: "no credit" });
    expect(judge(undefined, told, 3, 1)).toEqual({
      ...{ then: "pause", category: "quota", afterMs: 60_000, reason: "no credit" },
      ...{ usesAttempt: false, isUsedUp: false },
    });
    expect(judge("pause", told, 3, 1).reason).toBe(null);
  });

  test("the verdict of `classify` overrides the error's, with its category (cut) and wait (clamped)", () => {
    const given = { then: "retry", category: "mine", afterMs: 7 } as const;
    expect(judge(given, failure("other", { then: "fail", afterMs: 9 }), 1, 3)).toMatchObject({
      ...{ then: "retry", category: "mine", afterMs: 7 },
    });
    expect(judge({ then: "fail", category: "x".repeat(300) }, failure(null), 1, 1).category).toHaveLength(200);
    expect(judge("pause", failure("a", { afterMs: Number.NaN }), 1, 1).afterMs).not.toBe(Number.NaN);
    expect(judge(undefined, failure(null), 1, undefined)).toMatchObject({ category: null, isUsedUp: true });
  });
});
