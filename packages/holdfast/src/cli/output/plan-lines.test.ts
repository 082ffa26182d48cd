import type { Plan } from "@holdfast/engine";
import { expect, test } from "vitest";
import { mapLines } from "./map-lines.js";
import { planLines } from "./plan-lines.js";

const plan: Plan = {
  runId: "r",
  digest: "d",
  refusal: null,
  keeps: ["ingest"],
  redoes: ["classify", "score"],
  unknown: [],
  ending: { status: "completed", reason: null },
  drift: [{ what: "config", stage: "classify", was: "a", now: "b" }],
  maps: [
    {
      stage: "classify",
      keep: 41_000,
      missing: 800,
      errors: { timeout: 2, rate_limit: 90 },
      stale: 0,
      maybeCharged: 4,
      items: 892,
      calls: 892,
      costUsd: [1.5, 2.25],
      timeMs: 61_000,
    },
  ],
  items: 892,
  itemCalls: 892,
  maybeCharged: 4,
  unknownKeys: { count: 0, first: [] },
  costUsd: [1.5, 2.25],
  timeMs: 61_000,
};

test("a plan tells stages, items, calls, cost, time and drift", () => {
  expect(planLines(plan)).toEqual([
    "Resuming r would",
    "  keep   ingest",
    "  do     classify, score",
    "  map    classify: 41,000 kept, 800 missing, 92 errors (rate_limit 90, timeout 2), 0 stale, up to 4 possibly charged; 892 calls",
    "  call   892 items, once each; up to 4 were in progress before and may already have been charged",
    "  cost   $1.50 to $2.25",
    "  time   about 1 min 01 s, at the pace so far",
    "  drift  config of stage classify was a, is b",
  ]);
});

test("what is not known is said, and what is nothing is left out", () => {
  const [map] = plan.maps;
  if (map === undefined) throw new Error("the plan above has a map");
  const open = {
    ...map,
    keep: null,
    missing: null,
    errors: {},
    maybeCharged: 0,
    items: null,
    calls: null,
    costUsd: null,
  };
  const bare = {
    ...plan,
    redoes: [],
    unknown: ["classify", "score"],
    ending: null,
    drift: [],
    maps: [open],
    items: null,
    itemCalls: null,
    maybeCharged: 0,
    costUsd: null,
    timeMs: null,
  };
  expect(planLines(bare).slice(2)).toEqual([
    "  do     nothing",
    "  then   classify, score: not known; depends on what runs first",
    "  map    classify: kept not known, missing not known yet, 0 errors, 0 stale; calls not known",
    "  call   an unknown number of items",
    "  cost   not known",
  ]);
  // Of a workflow that declares no stages nobody can name the next one; that is not nothing.
  expect(planLines({ ...bare, unknown: [], maps: [] }).slice(2)).toEqual(["  do     not known"]);
});

test("items that were paid for before are no calls, and a run that pauses all the same is said to", () => {
  const [map] = plan.maps;
  if (map === undefined) throw new Error("the plan above has a map");
  const paid = { ...map, items: 892, calls: 890 };
  const lines = planLines({
    ...plan,
    maps: [paid],
    itemCalls: 890,
    ending: { status: "paused", reason: "15 items are missing" },
  });
  expect(lines[3]).toMatch(/; 892 items to do, 890 calls$/);
  expect(lines).toContain("  end    paused: 15 items are missing");
});

test("a refusal comes first, with the words that lift it, and nothing else is promised", () => {
  const refusal = {
    code: "DRIFT",
    message: "Recorded results of run r depend on something that has changed.",
  } as const;
  expect(
    planLines({ ...plan, refusal, keeps: ["ingest", "classify"], redoes: [], ending: null, itemCalls: 0 }),
  ).toEqual([
    "Resuming r would be refused and change nothing",
    "  why    DRIFT: Recorded results of run r depend on something that has changed.",
    "  map    classify: 41,000 kept, 800 missing, 92 errors (rate_limit 90, timeout 2), 0 stale, up to 4 possibly charged",
    "  drift  config of stage classify was a, is b",
    "  next   the same with --accept=redo or --accept=reuse",
  ]);
});

test("the items of a run are a line for each map", () => {
  const map = { stage: "a", runId: "r", total: null, ok: 2, failed: 0, errors: {}, reservedUsd: 0, models: [] };
  const small = {
    model: "small",
    calls: 1_200,
    inputTokens: 84_000,
    outputTokens: 9_600,
    costUsd: 1.5,
    unpriced: null,
  };
  const free = { costUsd: 0, unpriced: null, budgetUsd: null };
  const times = { startedAt: 1, finishedAt: null, ...free };
  const unpriced = { calls: 40, tokens: 12_345 };
  expect(
    mapLines(
      [
        { ...map, ...times },
        {
          ...map,
          ...times,
          stage: "bcd",
          runId: "q",
          total: 3,
          failed: 1,
          errors: { other: 1 },
          costUsd: 0.005,
          models: [small],
        },
        { ...map, ...times, stage: "c", costUsd: null, unpriced },
        { ...map, ...times, stage: "d", costUsd: 1.23, unpriced },
      ],
      "r",
    ),
  ).toEqual([
    "a    2 items, 2 ok",
    "bcd  3 of 3 items, 2 ok, 1 failed (other 1), $0.0050, kept from q",
    "       small: 1,200 calls, 84,000 input and 9,600 output tokens, $1.50",
    "c    2 items, 2 ok, cost unknown, 12,345 tokens in 40 calls",
    "d    2 items, 2 ok, $1.23 and 40 calls of unknown price (12,345 tokens)",
  ]);
});

test("fields of a changed input and keys of no item are told, a hash by its beginning", () => {
  const changed = {
    ...plan,
    drift: [{ what: "config" as const, stage: "classify", was: "a".repeat(64), now: "b".repeat(64) }],
    unknownKeys: { count: 4, first: ["k1", "k2", "k3", "k4"] },
  };
  const lines = planLines(changed, ["model.name: recorded m1, given m2"]);
  expect(lines).toContain("  input  model.name: recorded m1, given m2");
  expect(lines).toContain("  keys   4 listed keys not in this run: k1, k2, k3, …");
  expect(lines).toContain("  drift  config of stage classify was aaaaaaaaaaaa, is bbbbbbbbbbbb");
});
