/** A document as rows: what is in sight, its names, what is found, and that size costs little. */
import { describe, expect, test } from "vitest";
import { ExactNumber, parseExact } from "../api/exact-json.js";
import { moveOf, pressedAfter } from "./tree-keys.js";
import { findIn, HITS_MAX, openAbove, pathOf, rowsOf } from "./tree-rows.js";

const NONE: ReadonlySet<string> = new Set();
const DOCUMENT = parseExact(
  '{"run":{"id":12345678901234567890,"rate":0.1234567890123456789},"odd name":[1,{"a/b":"Needle","~":null}],"none":{}}',
);
const namesOf = (pressed: ReadonlySet<string>) => rowsOf(DOCUMENT, pressed).map(pathOf);

describe("the rows of a document", () => {
  test("are its members and theirs, in order, with level and place; deeper ones on demand", () => {
    expect(namesOf(NONE)).toEqual([
      "$",
      "$.run",
      "$.run.id",
      "$.run.rate",
      '$["odd name"]',
      '$["odd name"][0]',
      '$["odd name"][1]',
      "$.none",
    ]);
    const rows = rowsOf(DOCUMENT, new Set(["/odd name/1", "/run"]));
    expect(rows.map(pathOf)).toEqual([
      "$",
      "$.run",
      '$["odd name"]',
      '$["odd name"][0]',
      '$["odd name"][1]',
      '$["odd name"][1]["a/b"]',
      '$["odd name"][1]["~"]',
      "$.none",
    ]);
    expect(rows.map(({ level }) => level)).toEqual([1, 2, 2, 3, 3, 4, 4, 2]);
    expect(rows.map(({ position, siblingCount }) => `${position}/${siblingCount}`)).toEqual([
      "1/1",
      "1/3",
      "2/3",
      "1/2",
      "2/2",
      "1/2",
      "2/2",
      "3/3",
    ]);
    expect(rows.map(({ id }) => id).slice(5, 7)).toEqual(["/odd name/1/a~1b", "/odd name/1/~0"]);
  });

  test("keep every digit", () => {
    expect(rowsOf(DOCUMENT, NONE)[2]?.value).toEqual(new ExactNumber("12345678901234567890"));
    expect(rowsOf(DOCUMENT, NONE)[3]?.value).toEqual(new ExactNumber("0.1234567890123456789"));
  });

  test("are one for a document that is a bare value", () => {
    expect(rowsOf("text", NONE)).toHaveLength(1);
    expect(rowsOf(null, NONE)[0]).toMatchObject({ size: null, isOpen: false, siblingCount: 1 });
  });

  test("are 100,000 where a person opens so many, and of a document of 2,000 levels those that are open", () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({ index }));
    expect(rowsOf(many, NONE)).toHaveLength(1);
    expect(rowsOf(many, new Set([""]))).toHaveLength(100_001);
    expect(findIn(many, "49999").map(({ id }) => id)).toEqual(["/49999/index"]);
    let deep: unknown = "Needle";
    for (let level = 0; level < 2_000; level++) deep = [deep];
    expect(rowsOf(deep, NONE)).toHaveLength(3);
    const [hit] = findIn(deep, "needle");
    if (hit === undefined) throw new Error("nothing was found");
    expect(rowsOf(deep, openAbove(NONE, hit))).toHaveLength(2_001);
  });
});

describe("finding in a document", () => {
  test("looks at names and values, and opens what is above a hit", () => {
    expect(findIn(DOCUMENT, "NEEDLE").map(({ id }) => id)).toEqual(["/odd name/1/a~1b"]);
    expect(findIn(DOCUMENT, "odd").map(({ id }) => id)).toEqual(["/odd name"]);
    expect(findIn(DOCUMENT, "5678901234567890").map(({ id }) => id)).toEqual(["/run/id"]);
    expect(findIn(DOCUMENT, "nothing")).toEqual([]);
    expect(findIn(DOCUMENT, "")).toEqual([]);
    const [hit] = findIn(DOCUMENT, "needle");
    if (hit === undefined) throw new Error("nothing was found");
    const closed = new Set(["", "/odd name"]);
    expect(rowsOf(DOCUMENT, closed)).toHaveLength(1);
    expect(rowsOf(DOCUMENT, openAbove(closed, hit)).map(({ id }) => id)).toContain("/odd name/1/a~1b");
  });

  test("ends at a bound", () => {
    expect(
      findIn(
        Array.from({ length: HITS_MAX * 2 }, () => "same"),
        "same",
      ),
    ).toHaveLength(HITS_MAX);
  });
});

describe("keys", () => {
  const rows = rowsOf(DOCUMENT, NONE);
  const at = (path: string) => rows.findIndex((row) => pathOf(row) === path);
  test.each([
    ["ArrowDown", "$", { kind: "go", to: 1 }],
    ["ArrowUp", "$", { kind: "go", to: 0 }],
    ["End", "$", { kind: "go", to: 7 }],
    ["Home", "$.none", { kind: "go", to: 0 }],
    ["PageDown", "$.run", { kind: "go", to: 7 }],
    ["ArrowRight", "$.run", { kind: "go", to: 2 }],
    ["ArrowRight", '$["odd name"][1]', { kind: "press", ids: ["/odd name/1"] }],
    ["ArrowRight", "$.none", { kind: "go", to: 7 }],
    ["ArrowLeft", "$.run", { kind: "press", ids: ["/run"] }],
    ["ArrowLeft", "$.run.rate", { kind: "go", to: 1 }],
    ["ArrowLeft", '$["odd name"][1]', { kind: "go", to: 4 }],
    ["Enter", "$.run", { kind: "press", ids: ["/run"] }],
    ["Enter", "$.run.id", { kind: "whole" }],
    ["*", '$["odd name"][0]', { kind: "press", ids: ["/odd name/1"] }],
    ["r", "$", { kind: "go", to: 1 }],
    ["R", "$.run", { kind: "go", to: 3 }],
    ["1", "$", { kind: "go", to: 6 }],
    ["z", "$.run", { kind: "go", to: 1 }],
    ["Tab", "$", null],
    ["?", "$", null],
  ] as const)("%s at %s", (key, path, move) => {
    expect(moveOf(key, rows, at(path))).toEqual(move);
  });

  test("a press of what was pressed takes it back", () => {
    expect([...pressedAfter(new Set(["/a"]), ["/a", "/b"])]).toEqual(["/b"]);
  });
});
