import { describe, expect, test } from "vitest";
import { verdictOf } from "./verdict.js";

const none = { count: 0, firstKeys: [] };
const keys = (count: number) => ({ count, firstKeys: [] });
const side = (durationMs: number | null, costUsd: number | null = null) => ({ durationMs, costUsd });
const stageOf = (items: object) =>
  ({
    stage: "classify",
    output: { count: 0, first: [] },
    artifacts: [],
    items: {
      inBoth: 10,
      same: 0,
      changed: none,
      okToError: none,
      errorToOk: none,
      onlyInA: none,
      onlyInB: none,
      ...items,
    },
  }) as never;
const said = (parts: ReturnType<typeof verdictOf>) => parts.map(({ text }) => text).join("");

describe("the verdict over two runs", () => {
  test("names the gain and the loss, each in its colour, then what changed", () => {
    const parts = verdictOf({
      a: side(null),
      b: side(null),
      isEqual: false,
      stages: [stageOf({ errorToOk: keys(3), okToError: keys(1), changed: keys(2) })],
    });
    expect(said(parts)).toBe(
      "Of 10 items in both, B has a result for 3 that failed in A, fails at 1 that have a result in A, answers 2 in another way.",
    );
    expect(parts.filter(({ tone }) => tone !== undefined)).toEqual([
      { text: "3", tone: "gain" },
      { text: "1", tone: "loss" },
    ]);
  });

  test("counts the items of all maps together", () => {
    const stages = [stageOf({ errorToOk: keys(3) }), stageOf({ errorToOk: keys(4) })];
    expect(said(verdictOf({ a: side(null), b: side(null), isEqual: false, stages }))).toBe(
      "Of 20 items in both, B has a result for 7 that failed in A.",
    );
  });

  test("says so where nothing differs, with the times where they are worth a sentence", () => {
    const plain = said(verdictOf({ a: side(2_000), b: side(4_000, 1), isEqual: true, stages: [] }));
    expect(plain.replace(/\s/g, " ")).toBe("A and B recorded the same. B took 4.0 s, A 2.0 s.");
    expect(said(verdictOf({ a: side(20), b: side(40), isEqual: true, stages: [] }))).toBe("A and B recorded the same.");
  });

  test("tells another price, and stages where there are no items", () => {
    const stages = [{ stage: "score", output: { count: 1, first: [] }, artifacts: [] }] as never;
    expect(said(verdictOf({ a: side(null, 1), b: side(null, 2), isEqual: false, stages }))).toBe(
      "A and B differ in 1 stage. It costs $2.00 instead of $1.00.",
    );
  });
});
