import type { Plan } from "@holdfast/engine";
import { expect, test } from "vitest";
import { mapLines } from "./map-lines.js";
import { planLines } from "./plan-lines.js";

const plan: Plan = {
  runId: "r",
  digest: "d",
  keeps: ["ingest"],
  redoes: ["classify", "score"],
  drift: [{ what: "config", stage: "classify", was: "a", now: "b" }],
  maps: [
    {
      stage: "classify",
      keep: 41_000,
      missing: 800,
      errors: { timeout: 2, rate_limit: 90 },
      stale: 0,
      maybeCharged: 4,
      calls: 892,
      costUsd: [1.5, 2.25],
      timeMs: 61_000,
    },
  ],
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
    "  map    classify: 41,000 kept, 800 missing, 92 errors (rate_limit 90, timeout 2), 0 stale, up to 4 perhaps charged; 892 calls",
    "  call   892 items; up to 4 were under way before and may be charged already",
    "  cost   $1.50 to $2.25",
    "  time   about 1 min 01 s, at the pace so far",
    "  drift  config of stage classify was a, is b",
  ]);
});

test("what is not known is said, and what is nothing is left out", () => {
  const [map] = plan.maps;
  if (map === undefined) throw new Error("the plan above has a map");
  const open = { ...map, missing: null, errors: {}, maybeCharged: 0, calls: 0 };
  const bare = {
    ...plan,
    drift: [],
    maps: [open],
    itemCalls: 0,
    maybeCharged: 0,
    costUsd: [0, 0] as const,
    timeMs: null,
  };
  expect(planLines(bare).slice(3)).toEqual([
    "  map    classify: 41,000 kept, missing not known yet, 0 errors, 0 stale; 0 calls",
    "  call   0 items",
  ]);
});

test("the items of a run are a line for each map", () => {
  const map = { stage: "a", runId: "r", total: null, ok: 2, failed: 0, errors: {}, costUsd: 0, reservedUsd: 0 };
  const times = { startedAt: 1, finishedAt: null };
  expect(
    mapLines(
      [
        { ...map, ...times },
        { ...map, ...times, stage: "bcd", runId: "q", total: 3, failed: 1, errors: { other: 1 }, costUsd: 0.005 },
      ],
      "r",
    ),
  ).toEqual(["a    2 items, 2 ok", "bcd  3 of 3 items, 2 ok, 1 failed (other 1), $0.0050, kept from q"]);
});

test("fields of a changed input and keys of no item are told, a hash by its beginning", () => {
  const changed = {
    ...plan,
    drift: [{ what: "config" as const, stage: "classify", was: "a".repeat(64), now: "b".repeat(64) }],
    unknownKeys: { count: 4, first: ["k1", "k2", "k3", "k4"] },
  };
  const lines = planLines(changed, ["model.name: recorded m1, given m2"]);
  expect(lines).toContain("  input  model.name: recorded m1, given m2");
  expect(lines).toContain("  keys   4 listed keys of no item of this run: k1, k2, k3, …");
  expect(lines).toContain("  drift  config of stage classify was aaaaaaaaaaaa, is bbbbbbbbbbbb");
});
