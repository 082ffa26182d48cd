/** The rows of a plan. */
import { expect, test } from "vitest";
import type { Plan } from "../api/types.js";
import { ledgerOf } from "./plan-ledger.js";

const plan = (fields: object) =>
  ({
    keeps: ["ingest"],
    redoes: ["classify", "score"],
    unknown: [],
    maps: [{ stage: "classify", keep: 25_208, items: 16_792, calls: 16_792, costUsd: null }],
    items: 16_792,
    itemCalls: 16_792,
    maybeCharged: 17,
    drift: [],
    ...fields,
  }) as unknown as Plan;
const map = { stage: "classify", done: 25_208, failed: 212, total: 42_000 };
const figures = (given: Plan) => ledgerOf(given, [map], { stages: [] }).rows.map(({ name, figure }) => [name, figure]);

test("a plan is kept, left failed, redone and perhaps charged", () => {
  const { rows, bar } = ledgerOf(plan({}), [map], { stages: [] });
  expect(rows.map(({ name, figure }) => [name, figure])).toEqual([
    ["Kept", "24,996"],
    ["Left failed", "212"],
    ["Redo", "16,792"],
    ["Perhaps charged", "17"],
  ]);
  expect(rows[0]?.sentence).toBe("ingest, 24,996 items of classify");
  expect(rows[2]?.sentence).toBe("items of classify, then score");
  expect(bar.reduce((all, { share }) => all + share, 0)).toBeCloseTo(1);
});

test("failed items that are tried again are not left", () => {
  const items = 16_792 + 212;
  const both = plan({ items, itemCalls: items, maps: [{ stage: "classify", keep: 24_996, items }] });
  expect(figures(both).map(([name]) => name)).not.toContain("Left failed");
});

test("what nobody can know is a word", () => {
  const open = plan({ items: null, itemCalls: null, maps: [{ stage: "classify", keep: null, items: null }] });
  expect(figures(open)).toContainEqual(["Redo", "not known yet"]);
  expect(figures(open)).toContainEqual(["Kept", "not known yet"]);
});

test("a run without maps counts its stages", () => {
  const stages = plan({ keeps: ["a", "b"], redoes: ["c"], maps: [], items: 0, itemCalls: 0, maybeCharged: 0 });
  const { rows } = ledgerOf(stages, [], { stages: [] });
  expect(rows.map(({ name, figure }) => [name, figure])).toEqual([
    ["Kept", "2 stages"],
    ["Redo", "1 stage"],
  ]);
});
