import { expect, test } from "vitest";
import { readRateLimit, readResetMs, readRetryAfterMs } from "./rate-headers.js";

const NOW_MS = Date.parse("2026-03-01T12:00:00Z");

test.each([
  [{ "retry-after": "120" }, 120_000],
  [{ "retry-after": "0.5" }, 500],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after": "Sun, 01 Mar 2026 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "Sun, 01 Mar 2026 11:00:00 GMT" }, 0],
  [{ "retry-after": "120", "retry-after-ms": "1500" }, 1_500],
  [{ "retry-after": "3", "retry-after-ms": "soon" }, 3_000],
  [{ "retry-after": "-5" }, undefined],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after": "" }, undefined],
  [{}, undefined],
])("Retry-After %o is %o ms", (headers, expected) => {
  expect(readRetryAfterMs(headers, NOW_MS)).toBe(expected);
});

test.each([
  ["1s", 1_000],
  ["6m0s", 360_000],
  ["20ms", 20],
  ["1h2m3.5s", 3_723_500],
  ["7.66", 7_660],
  ["2026-03-01T12:01:00Z", 60_000],
  ["2026-03-01T11:00:00Z", 0],
  ["tomorrow", undefined],
  ["1s later", undefined],
])("a reset of %s is %o ms away", (text, expected) => {
  expect(readResetMs(text, NOW_MS)).toBe(expected);
});

test("limits are read in either spelling, and absent if no header gives them", () => {
  expect(
    readRateLimit(
      { "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s" },
      NOW_MS,
    ),
  ).toMatchObject({ limitRequests: 60, remainingRequests: 0, resetRequestsMs: 1_000 });
  expect(
    readRateLimit(
      { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-03-01T12:00:10Z" },
      NOW_MS,
    ),
  ).toMatchObject({ remainingTokens: 0, resetTokensMs: 10_000 });
  expect(readRateLimit({ "content-type": "application/json" }, NOW_MS)).toBeUndefined();
});
