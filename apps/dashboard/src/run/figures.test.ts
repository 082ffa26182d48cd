/** Figures that are made of what the server says: pace, costs, lines of a log. */
import { describe, expect, test } from "vitest";
import { costsOf } from "./cost-sums.js";
import { filterLines, lineOf, textOf } from "./log-lines.js";
import { paceOf, sparkOf } from "./pace-series.js";

describe("the pace", () => {
  const one = { stage: "a", fromMs: 0, stepMs: 1_000, items: [10, 0, 20], failed: [1, 0, 0], costUsd: [1, 0, 2] };

  test("of maps with other steps is summed in the longer one, and nothing is lost", () => {
    const other = { stage: "b", fromMs: 2_000, stepMs: 2_000, items: [8], failed: [0], costUsd: [0] };
    const pace = paceOf([one, other]);
    expect(pace).toEqual({ times: [0, 2_000], itemsPerS: [5, 14], failedPerS: [0.5, 0], usdPerS: [0.5, 1] });
    expect(paceOf([])).toEqual({ times: [], itemsPerS: [], failedPerS: [], usdPerS: [] });
  });

  test("of a gauge has few points, the highest at 1; too few say nothing", () => {
    expect(sparkOf(paceOf([one]))).toEqual([0.5, 0, 1]);
    const long = { ...one, items: Array.from({ length: 200 }, (_, at) => at) };
    expect(sparkOf(paceOf([long])).length).toBeLessThanOrEqual(40);
    expect(sparkOf(paceOf([{ ...one, items: [1, 2] }]))).toEqual([]);
  });
});

describe("costs", () => {
  const map = (fields: object) => ({
    stage: "a",
    done: 100,
    total: 200,
    costUsd: 10,
    reservedUsd: 0.5,
    unpriced: null,
    ...fields,
  });

  test("are foreseen as a range, from what an item cost so far", () => {
    const { rows, sum } = costsOf([map({})]);
    expect(rows[0]).toMatchObject({ perItemUsd: 0.1, left: 100, forecastUsd: [18, 22] });
    expect(sum).toMatchObject({ spentUsd: 10, reservedUsd: 0.5, left: 100, forecastUsd: [18, 22] });
  });

  test("are not foreseen from a handful, nor where nobody knows how many items there are; what is whole costs no more", () => {
    expect(costsOf([map({ done: 5 })]).sum.forecastUsd).toBeNull();
    expect(costsOf([map({ total: null }), map({})]).sum.forecastUsd).toBeNull();
    expect(costsOf([map({ total: 100 })]).sum.forecastUsd).toEqual([10, 10]);
  });

  test("that are unknown are told apart from nothing", () => {
    const { rows, sum } = costsOf([map({ costUsd: null, unpriced: { calls: 3, tokens: 42 } })]);
    expect(rows[0]).toMatchObject({ spentUsd: null, perItemUsd: null, forecastUsd: null });
    expect(sum).toMatchObject({ unpricedCalls: 3, unpricedTokens: 42 });
  });
});

describe("lines of a log", () => {
  const event = (type: string, data: object, seq = 1) => lineOf({ seq, at: 0, type, data } as never);
  const lines = [
    event("log", { stage: "a", attempt: 1, message: "reading\nmore", data: { level: "WARN", file: "x.csv" } }, 1),
    event("log", { stage: "b", attempt: 2, message: "done" }, 2),
    event("stage.failed", { stage: "b", attempt: 2, error: { message: "no room" } }, 3),
  ].filter((line) => line !== null);

  test("have the level that was logged, and failures are errors; other events are none", () => {
    expect(lines.map(({ level }) => level)).toEqual(["warn", "info", "error"]);
    expect(event("map.committed", { stage: "a" })).toBeNull();
  });

  test("are found by words, in their data too, by stage, and by the level and those above it", () => {
    const seqs = (filter: object) =>
      filterLines(lines, { text: "", stage: "", level: "debug", ...filter }).map(({ seq }) => seq);
    expect(seqs({})).toEqual([1, 2, 3]);
    expect([seqs({ text: "X.CSV" }), seqs({ stage: "b" }), seqs({ level: "warn" }), seqs({ level: "error" })]).toEqual([
      [1],
      [2, 3],
      [1, 3],
      [3],
    ]);
  });

  test("are a line each in the file, whatever was logged", () => {
    expect(textOf(lines).split("\n")).toHaveLength(3);
    expect(textOf(lines)).toContain("reading ⏎ more");
  });
});
