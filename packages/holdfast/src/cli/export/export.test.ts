import { describe, expect, test } from "vitest";
import { type ExportFormat, exportText } from "./formats.js";
import type { ExportRow } from "./rows.js";

const row = (key: string, output: unknown, more: Partial<ExportRow> = {}): ExportRow => ({
  key,
  outcome: "ok",
  output,
  error: null,
  category: null,
  attempts: 1,
  startedAt: 1,
  finishedAt: 2,
  usage: null,
  costUsd: 0,
  unpriced: null,
  ...more,
});

async function* stream<T>(values: Iterable<T>): AsyncGenerator<T> {
  for (const value of values) yield value;
}

async function textOf(rows: Iterable<ExportRow>, format: ExportFormat): Promise<string> {
  let text = "";
  for await (const piece of exportText(stream(rows), format)) text += piece;
  return text;
}

describe("formats", () => {
  test("an output's fields are columns; what has none stays in `output`, so that nothing is lost", async () => {
    const late = Array.from({ length: 200 }, (_, i) => row(`k${i}`, { a: i, b: { c: [1] } }));
    const text = await textOf([...late, row("new", { a: 1, late: "x" }), row("text", "=x"), row("list", [1])], "csv");
    const lines = text.split("\r\n");
    expect(lines[0]).toBe(
      "key,outcome,output.a,output.b,output,error,category,attempts,startedAt,finishedAt,usage,costUsd,unpricedCalls,unpricedTokens",
    );
    expect(lines[1]).toBe('k0,ok,0,"{""c"":[1]}",,,,1,1,2,,0,0,0');
    expect(lines[201]).toBe('new,ok,1,,"{""late"":""x""}",,,1,1,2,,0,0,0');
    expect(lines[202]).toBe("text,ok,,,'=x,,,1,1,2,,0,0,0");
    expect(lines[203]).toBe("list,ok,,,[1],,,1,1,2,,0,0,0");
  });

  test("a cost that nobody knows is null and an empty cell, never 0, with the calls and tokens beside it", async () => {
    const unpriced = { calls: 2, tokens: 12_345 };
    const rows = [row("a", 1, { costUsd: null, unpriced }), row("b", 1, { costUsd: 0.5, unpriced })];
    expect((await textOf(rows, "csv")).split("\r\n").slice(1, 3)).toEqual([
      "a,ok,1,,,1,1,2,,,2,12345",
      "b,ok,1,,,1,1,2,,0.5,2,12345",
    ]);
    expect(JSON.parse(await textOf(rows, "json"))).toMatchObject([
      { costUsd: null, unpriced },
      { costUsd: 0.5, unpriced },
    ]);
  });

  test("no rows are an empty document of each format", async () => {
    expect(await textOf([], "jsonl")).toBe("");
    expect(await textOf([], "json")).toBe("[]\n");
    expect(await textOf([], "csv")).toBe(
      "key,outcome,output,error,category,attempts,startedAt,finishedAt,usage,costUsd,unpricedCalls,unpricedTokens\r\n",
    );
  });

  test("JSON is one array, a row a line, without raw controls that a terminal obeys", async () => {
    const text = await textOf([row("a", "\u009b"), row("b", null)], "json");
    expect(JSON.parse(text)).toEqual([row("a", "\u009b"), row("b", null)]);
    expect(text).toContain("\\u009b");
    expect(text.split("\n")).toHaveLength(5);
  });

  test("memory stays flat: a piece is given as soon as it is large, before the rows are at their end", async () => {
    let read = 0;
    async function* endless() {
      for (;;) yield row(`k${read++}`, "x".repeat(1_000));
    }
    for await (const piece of exportText(endless(), "jsonl")) {
      expect(piece.length).toBeLessThan(70_000);
      break;
    }
    expect(read).toBeLessThan(100);
  });
});
