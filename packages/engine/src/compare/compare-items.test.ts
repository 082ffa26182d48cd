import { describe, expect, test } from "vitest";
import type { ItemResult } from "../workflow/context.js";
import { compareItems, hasDifference } from "./compare-items.js";

const common = {
  label: null,
  attempts: 1,
  firstError: null,
  costUsd: 0,
  unpriced: null,
  startedAt: 1,
  finishedAt: 2,
  usage: null,
};
const ok = (key: string, output: unknown): ItemResult<unknown> => ({ ...common, key, outcome: "ok", output });
const failed = (key: string, category: string): ItemResult<unknown> => ({
  ...common,
  key,
  outcome: "error",
  error: { name: "Error", message: "no" },
  category,
});

async function* items(...list: ItemResult<unknown>[]) {
  yield* list;
}

describe("the items of two runs", () => {
  test("are paired by key: changed sides, other results, and those in one run only", async () => {
    const a = items(ok("a", 1), ok("b", 1), ok("c", 1), failed("d", "timeout"), failed("e", "timeout"), ok("f", 1));
    const b = items(ok("b", 1), ok("c", 2), ok("d", 1), failed("e", "refusal"), failed("f", "timeout"), ok("g", 1));
    expect(await compareItems(a, b)).toEqual({
      inBoth: 5,
      same: 1,
      changed: { count: 2, firstKeys: ["c", "e"] },
      okToError: { count: 1, firstKeys: ["f"] },
      errorToOk: { count: 1, firstKeys: ["d"] },
      onlyInA: { count: 1, firstKeys: ["a"] },
      onlyInB: { count: 1, firstKeys: ["g"] },
    });
  });

  test("are the same whatever the order of fields and the message of an error", async () => {
    const found = await compareItems(
      items(ok("a", { x: 1, y: 2 }), failed("b", "timeout")),
      items(ok("a", { y: 2, x: 1 }), failed("b", "timeout")),
    );
    expect([found.same, hasDifference(found)]).toEqual([2, false]);
  });

  test("are paired in the stores' order of keys, which is that of their bytes", async () => {
    // U+FFFD comes before U+1F600 by bytes, after it by JavaScript's comparison.
    const found = await compareItems(items(ok("\ufffd", 1), ok("😀", 1)), items(ok("😀", 1)));
    expect([found.inBoth, found.onlyInA.count, found.onlyInB.count]).toEqual([1, 1, 0]);
  });

  test("lists the first twenty keys and counts all", async () => {
    const many = Array.from({ length: 50 }, (_, i) => ok(`k${100 + i}`, i));
    const { onlyInA } = await compareItems(items(...many), items());
    expect([onlyInA.count, onlyInA.firstKeys.length]).toEqual([50, 20]);
  });
});
