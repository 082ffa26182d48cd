import fc from "fast-check";
import { expect, test } from "vitest";
import { heedWaitMs, PUSH_BACK_MAX_MS, PushBack, pushBackFloorMs } from "./push-back.js";

test("a refusal without a stated wait causes a wait of one second, doubled each round while nothing succeeds", () => {
  const pushBack = new PushBack();
  let nowMs = 0;
  const waits = Array.from({ length: 8 }, () => {
    const waitMs = pushBack.refused(nowMs, 0, nowMs + 5);
    nowMs += 5 + waitMs;
    return waitMs;
  });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, PUSH_BACK_MAX_MS, PUSH_BACK_MAX_MS]);
  pushBack.succeeded();
  expect(pushBack.refused(nowMs + 1, 0, nowMs + 2)).toBe(1_000);
});

test("a hundred refusals of one round count once, and a success between rounds resets the wait", () => {
  const pushBack = new PushBack();
  const first = Array.from({ length: 100 }, (_, i) => pushBack.refused(i, 0, 200 + i));
  expect(new Set(first)).toEqual(new Set([1_000]));
  expect(pushBack.isRepeated).toBe(false);
  expect(pushBack.refused(1_300, 0, 1_400)).toBe(2_000);
  expect(pushBack.isRepeated).toBe(true);
  pushBack.succeeded();
  expect(pushBack.isRepeated).toBe(false);
  // Still the same round.
  expect(pushBack.refused(1_300, 0, 1_500)).toBe(2_000);
  expect(pushBack.refused(4_000, 0, 4_001)).toBe(1_000);
});

test("a longer requested wait is honored", () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 1e6 }), (askedMs, round) => {
      expect(new PushBack().refused(0, askedMs, 1)).toBe(askedMs === 0 ? 1_000 : askedMs);
      expect(pushBackFloorMs(round)).toBeLessThanOrEqual(PUSH_BACK_MAX_MS);
    }),
  );
});

test("a short requested wait is honored once, and not again until a call succeeds", () => {
  const pushBack = new PushBack();
  expect([0, 1, 2, 3].map((at) => pushBack.refused(10 * at, 20, 10 * at + 5))).toEqual([20, 1_000, 2_000, 4_000]);
  pushBack.succeeded();
  expect(pushBack.refused(2_000, 20, 2_001)).toBe(20);
});

test("a stage honors the minimum wait for rate limits and server errors, and the requested wait otherwise", () => {
  expect([1, 2, 3].map((failed) => heedWaitMs("rate_limit", 0, failed))).toEqual([1_000, 2_000, 4_000]);
  expect(heedWaitMs("server", 5_000, 1)).toBe(5_000);
  expect(heedWaitMs("maintenance", 0, 3)).toBe(0);
  expect(heedWaitMs(null, 0, 3)).toBe(0);
  expect(heedWaitMs("server", null, 3)).toBeNull();
});
