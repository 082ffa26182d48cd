/** What a map does, in words: its pace, what is left of its time and of its money. */
import { describe, expect, test } from "vitest";
import { budgetOf, mapLines } from "./map-words.js";

const map = (fields: object = {}) =>
  ({
    stage: "ask",
    total: 12_092,
    done: 8_412,
    failed: 0,
    errors: {},
    costUsd: null,
    reservedUsd: 0,
    budgetUsd: null,
    unpriced: null,
    startedAt: 0,
    finishedAt: null,
    ...fields,
  }) as never;
const stage = { attempts: [{ attempt: 1 }, { attempt: 2 }] } as never;
const running = { status: "running", progress: { ratePerS: 18.2, etaMs: [180_000, 240_000] } } as never;
const textOf = (words: Parameters<typeof mapLines>[0]) => mapLines(words).map(({ text, failed = "" }) => text + failed);

describe("a map under way", () => {
  test("says its attempt, its calls, how far it is, its pace and the time left", () => {
    expect(textOf({ run: running, stage, map: map({ failed: 37 }), inFlight: 8 })).toEqual([
      "attempt 2 · 8 calls in flight",
      "8,412 of 12,092 · 37 failed",
      "18.2/s · 3–4 min left",
    ]);
  });

  test("says that it estimates before it can", () => {
    const early = { status: "running", progress: { ratePerS: null, etaMs: null } } as never;
    expect(textOf({ run: early, stage, map: map({ total: null, done: 1 }), inFlight: null })).toEqual([
      "attempt 2",
      "1 item",
      "estimating",
    ]);
  });

  test("has a budget with what is spent, reserved and left", () => {
    const budget = { budgetUsd: 0.6, costUsd: 0.33, reservedUsd: 0.02 };
    expect(textOf({ run: running, stage, map: map(budget), inFlight: 8 }).slice(-2)).toEqual([
      "$0.33 spent · $0.0200 reserved",
      "$0.25 left of $0.60",
    ]);
  });
});

test("a map at rest has neither pace nor time left; one without a call of a known price has spent nothing", () => {
  const paused = { status: "paused", progress: { ratePerS: 3, etaMs: [1, 2] } } as never;
  expect(textOf({ run: paused, stage, map: map({ budgetUsd: 1 }), inFlight: null })).toEqual([
    "attempt 2",
    "8,412 of 12,092",
    "$0.00 spent",
    "$1.00 left of $1.00",
  ]);
});

test.each([
  [{ budgetUsd: null, costUsd: 1, reservedUsd: 0 }, null],
  [{ budgetUsd: 0.3, costUsd: 0.1, reservedUsd: 0.2 }, 0],
  [{ budgetUsd: 0.3, costUsd: 0.4, reservedUsd: 0 }, 0],
  [{ budgetUsd: 0.0004, costUsd: 0.0001, reservedUsd: 0 }, 0.0003],
])("of %j %j is left", (of, left) => {
  expect(budgetOf(of)?.leftUsd ?? null).toBe(left);
});
