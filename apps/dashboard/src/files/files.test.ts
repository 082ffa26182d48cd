/** Which files are looked at how, and delimited texts as rows. */
import { describe, expect, test } from "vitest";
import { readDelimited } from "./csv.js";
import { previewOf, READ_BYTES_MAX } from "./kinds.js";

test.each([
  ["notes.md", 10, "text", false],
  ["drawing.SVG", 10, "text", false],
  ["a/b/data.json", READ_BYTES_MAX.json, "json", false],
  ["data.json", READ_BYTES_MAX.json + 1, "text", true],
  ["rows.csv", READ_BYTES_MAX.table + 1, "table", true],
  ["lines.ndjson", 10, "jsonLines", false],
  ["page.htm", 10, "page", false],
  ["page.html", READ_BYTES_MAX.page + 1, "none", true],
  ["paper.pdf", 10, "pdf", false],
  ["scan.jpeg", READ_BYTES_MAX.picture + 1, "none", true],
  ["data.parquet", 10, "none", false],
  ["json", 10, "none", false],
] as const)("%s of %i bytes is looked at as %s", (name, bytes, kind, isCut) => {
  expect(previewOf(name, bytes)).toEqual({ kind, isCut });
});

describe("a delimited text", () => {
  test("has quoted fields with delimiters, quotes and lines in them", () => {
    expect(readDelimited('a,b,c\r\n1,"x, ""y""\nz",\n"open, to the end\n')).toEqual({
      header: ["a", "b", "c"],
      rows: [["1", 'x, "y"\nz', ""], ["open, to the end\n"]],
    });
  });

  test.each([
    ["a;b\n1,5;2\n", ["1,5", "2"]],
    ["a\tb\n1\t2", ["1", "2"]],
    ['"a,b,c"|d\n1|2', ["1", "2"]],
    ["single\nvalue\n", ["value"]],
    ["a,b\n1,", ["1", ""]],
    ['a,b\n"1"st,2', ["1st", "2"]],
  ])("%j", (text, row) => {
    expect(readDelimited(text).rows).toEqual([row]);
  });

  test("that was cut loses its last row, which may be half a row", () => {
    expect(readDelimited("a,b\n1,2\n3,", { isCut: true }).rows).toEqual([["1", "2"]]);
  });

  test("may be empty", () => {
    expect(readDelimited("")).toEqual({ header: [], rows: [] });
  });
});
