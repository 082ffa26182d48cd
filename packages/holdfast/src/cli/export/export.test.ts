import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { csvCell } from "./csv.js";
import { type ExportFormat, exportText } from "./formats.js";
import type { ExportRow } from "./rows.js";
import { writeWholeFile } from "./whole-file.js";

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

describe("cells", () => {
  test.each([
    ["=1+1", "'=1+1"],
    ["+cmd", "'+cmd"],
    ["-2", "'-2"],
    ["@x", "'@x"],
    ["＝1", "'＝1"],

    ['a "b", c', '"a ""b"", c"'],
    ["a\r\nb", '"a\nb"'],
    ["\u001b[31mred\u0000", "␛[31mred␀"],
    ["\u202eabc", "\ufffdabc"],
    ["\ud800", "\ufffd"],
  ])("text %j is defused, quoted and visible", (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  test("numbers, booleans and nothing stay what they are", () => {
    expect([-2.5, true, null, undefined, Number.NaN].map(csvCell)).toEqual(["-2.5", "true", "", "", ""]);
  });
});

describe("formats", () => {
  test("an output's fields are columns; what has none stays in `output`, so that nothing is lost", async () => {
    const late = Array.from({ length: 200 }, (_, i) => row(`k${i}`, { a: i, b: { c: [1] } }));
    const text = await textOf([...late, row("new", { a: 1, late: "x" }), row("text", "=x"), row("list", [1])], "csv");
    const lines = text.split("\r\n");
    expect(lines[0]).toBe(
      "key,outcome,output.a,output.b,output,error,category,attempts,startedAt,finishedAt,usage,costUsd",
    );
    expect(lines[1]).toBe('k0,ok,0,"{""c"":[1]}",,,,1,1,2,,0');
    expect(lines[201]).toBe('new,ok,1,,"{""late"":""x""}",,,1,1,2,,0');
    expect(lines[202]).toBe("text,ok,,,'=x,,,1,1,2,,0");
    expect(lines[203]).toBe("list,ok,,,[1],,,1,1,2,,0");
  });

  test("no rows are an empty document of each format", async () => {
    expect(await textOf([], "jsonl")).toBe("");
    expect(await textOf([], "json")).toBe("[]\n");
    expect(await textOf([], "csv")).toBe(
      "key,outcome,output,error,category,attempts,startedAt,finishedAt,usage,costUsd\r\n",
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

describe("a file", () => {
  test("is there whole or not at all: an abort or an error leaves the one before, and nothing beside it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-export-"));
    const path = join(folder, "out.jsonl");
    await writeFile(path, "before");
    const stopping = new AbortController();
    async function* aborted() {
      yield "half";
      stopping.abort(new Error("stopped"));
      yield "rest";
    }
    await expect(writeWholeFile(path, aborted(), stopping.signal)).rejects.toThrow("stopped");
    async function* broken() {
      yield "half";
      throw new Error("store gone");
    }
    await expect(writeWholeFile(path, broken(), new AbortController().signal)).rejects.toThrow("store gone");
    expect([await readdir(folder), await readFile(path, "utf8")]).toEqual([["out.jsonl"], "before"]);
    expect(await writeWholeFile(path, stream(["a", "é"]), new AbortController().signal)).toBe(3);
    expect([await readdir(folder), await readFile(path, "utf8")]).toEqual([["out.jsonl"], "aé"]);
  });
});
