/** Parts of results, as workflows declare them, as people get them wrong, and as they are found where nothing is declared. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExactNumber, parseExact } from "../api/exact-json.js";
import { fallRange, lineRange, lineTicks, xTicks } from "./chart-options.js";
import { axisText, cellText, fixed, placeText } from "./figures.js";
import { type PartOf, partsOf, restOf, VALUES_MAX } from "./parts.js";

const file = {
  kind: "artifact",
  runId: "r",
  stage: "report",
  attempt: 1,
  name: "equity.csv",
  sizeBytes: 12,
  digest: "d",
};
const series = {
  shape: "series",
  says: "Growth.",
  x: ["2020-01-01", "2020-01-02", "2020-01-03"],
  scale: "log",
  unit: "times",
  lines: [{ name: "pair", values: [1, 1.1, 0.9] }],
  drawdown: { name: "fall", values: [0, 0, -0.2] },
  unseen: { from: "2020-01-02", label: "not seen" },
  file,
};
const one = (part: object) => partsOf({ view: [part] })[0];

describe("a declared view", () => {
  test("is taken part by part, and what stays is the rest", () => {
    const output = { view: [{ shape: "headline", text: "A beats B.", caution: "B" }, series], sharpe: 0.3 };
    expect(partsOf(output).map(({ shape }) => shape)).toEqual(["headline", "series"]);
    expect(restOf(output)).toEqual({ sharpe: 0.3 });
    const { digest: _digest, ...known } = file;
    expect(one(series)).toMatchObject({ scale: "log", unseen: { from: "2020-01-02" }, file: known });
  });

  test.each([
    ["no shape of ours", { shape: "pie", values: [1] }],
    ["a headline without words", { shape: "headline", text: 4 }],
    ["a line shorter than its axis", { ...series, lines: [{ name: "a", values: [1] }] }],
    ["an axis that goes back", { ...series, x: ["2020-01-02", "2020-01-01", "2020-01-03"] }],
    ["an axis of words", { ...series, x: ["a", "b", "c"] }],
    ["a table without columns", { shape: "table", columns: [], rows: [[1]] }],
    [
      "a citation of a source that is not there",
      { shape: "answer", paragraphs: [{ pieces: [{ cite: 2 }] }], sources: [] },
    ],
    ["a term without its count", { shape: "terms", terms: [{ term: "a" }] }],
    ["a grid with a row too few", { shape: "grid", rows: { values: [1, 2] }, columns: { values: [1] }, cells: [[1]] }],
  ])("leaves %s out, and shows the others", (_, part) => {
    expect(partsOf({ view: [part, { shape: "headline", text: "Still here." }] }).map(({ shape }) => shape)).toEqual([
      "headline",
    ]);
  });

  test("draws no more than a page can, and says of how many", () => {
    const rows = Array.from({ length: VALUES_MAX + 5 }, (_, at) => [at]);
    expect(one({ shape: "table", columns: [{ title: "n" }], rows })).toMatchObject({ total: VALUES_MAX + 5 });
    const values = rows.map(([at]) => at as number);
    expect(
      one({ ...series, x: values, lines: [{ name: "n", values }], scale: "linear", drawdown: null }),
    ).toMatchObject({ shape: "series" });
  });

  test("a logarithm of what is not above zero is drawn linear", () => {
    expect(one({ ...series, lines: [{ name: "a", values: [1, 0, 2] }] })).toMatchObject({ scale: "linear" });
  });

  test("numbers that no double holds are shown as they were written", () => {
    const output = parseExact('{"view":[{"shape":"table","columns":[{"title":"n"}],"rows":[[12345678901234567890]]}]}');
    expect(partsOf(output)[0]).toMatchObject({ rows: [["12345678901234567890"]] });
  });

  test("nothing that anybody returns throws", () => {
    const shapes = ["headline", "notes", "table", "series", "grid", "answer", "terms", "quotes"];
    const keys = [
      "text",
      "notes",
      "columns",
      "rows",
      "x",
      "says",
      "lines",
      "cells",
      "paragraphs",
      "sources",
      "terms",
      "quotes",
      "best",
      "file",
    ];
    const part = fc
      .dictionary(fc.constantFrom(...keys), fc.jsonValue())
      .chain((given) => fc.constantFrom(...shapes).map((shape) => ({ shape, ...given })));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ view: fc.array(part) })), (output) => void partsOf(output)),
    );
  });
});

describe("without a view", () => {
  test("lists of alike objects and records of numbers are tables, references files, figures stand with them", () => {
    const found = partsOf({
      profile: "sales",
      prospects: 3,
      tiers: { A: 1, B: 2 },
      top: [
        { rank: 1, key: "a.example", meanFit: 0.5 },
        { rank: 2, key: "b.example", meanFit: null },
      ],
      nested: [{ a: { b: 1 } }],
      ranked: file,
    });
    expect(found.map((part) => ("title" in part ? part.title : ""))).toEqual(["Figures", "Tiers", "Top", "Files"]);
    const top = found[2] as PartOf<"table">;
    expect(top.columns).toEqual([
      { title: "Rank", kind: "number" },
      { title: "Key" },
      { title: "Mean fit", kind: "number" },
    ]);
    expect(top.rows[1]).toEqual([2, "b.example", null]);
  });

  test("a record of alike records has a row for each", () => {
    const [table] = partsOf({ metrics: { 2025: { leavers: 12, joiners: 9 }, 2026: { leavers: 10, joiners: 11 } } });
    expect(table).toMatchObject({
      title: "Metrics",
      columns: [{ title: "" }, { title: "Leavers", kind: "number" }, { title: "Joiners", kind: "number" }],
      rows: [
        ["2025", 12, 9],
        ["2026", 10, 11],
      ],
    });
  });

  test("what is no table and no file stays JSON", () => {
    for (const output of [
      null,
      3,
      "text",
      [1, 2],
      { verdict: "yes", confidence: 0.8 },
      { a: { b: { c: 1 } } },
      new ExactNumber("1"),
    ])
      expect(partsOf(output)).toEqual([]);
  });
});

describe("figures", () => {
  test("read as they do elsewhere on the page", () => {
    expect(cellText(-0.63, { title: "", kind: "percent" })).toBe("−63.0\u00a0%");
    expect(cellText(0.3088, { title: "", kind: "number", digits: 2 })).toBe("0.31");
    expect(cellText(1_234.5, { title: "", kind: "number" })).toBe("1,234.5");
    expect(cellText(0.00123456, { title: "" })).toBe("0.00123");
    expect(cellText(null, { title: "" })).toBe("–");
    expect([fixed(-0.001, 2), axisText(10, "times"), axisText(-0.35, "percent")]).toEqual([
      "0.00",
      "×10",
      "−35\u00a0%",
    ]);
    expect([placeText("2002-02-25"), placeText(1_950), placeText("soon")]).toEqual(["25 Feb 2002", "1950", "soon"]);
  });
});

describe("the chart", () => {
  const part = partsOf({
    view: [{ ...series, lines: [{ name: "a", values: [1, 6.9, 0.55] }] }],
  })[0] as PartOf<"series">;

  test("keeps its lines above its fall, and its ticks among the lines", () => {
    const [low, high] = lineRange(part);
    const shareOf = (value: number) => Math.log(high / value) / Math.log(high / low);
    expect(shareOf(0.55)).toBeLessThan(0.75);
    expect(shareOf(6.9)).toBeGreaterThan(0);
    const [deepest, top] = fallRange(part);
    expect(top / (top - deepest)).toBeCloseTo(0.77, 2);
    expect(lineTicks(part)).toEqual([1, 2, 5]);
  });

  test("has ticks on whole years over many of them, and few in any span", () => {
    const at = (day: string) => Date.parse(day) / 1_000;
    const years = xTicks(at("1987-01-05"), at("2026-08-18"), true).map((tick) =>
      new Date(tick * 1_000).toISOString().slice(0, 10),
    );
    expect(years).toEqual(
      ["1990", "1995", "2000", "2005", "2010", "2015", "2020", "2025"].map((year) => `${year}-01-01`),
    );
    for (const [from, to] of [
      ["2020-01-01", "2020-01-20"],
      ["2020-01-01", "2022-06-01"],
      ["1700-01-01", "2026-01-01"],
    ] as const)
      expect(xTicks(at(from), at(to), true).length).toBeLessThanOrEqual(10);
    expect(xTicks(0, 233, false)).toEqual([0, 50, 100, 150, 200]);
  });
});
