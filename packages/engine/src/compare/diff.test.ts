import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutPlace } from "./compare-runs.js";
import { diffJson } from "./json-diff.js";
import { diffLines, hunksOf, splitLines } from "./line-diff.js";

describe("JSON by structure", () => {
  test("names the path, the kind and both values of each change", () => {
    expect(diffJson({ a: 1, b: { c: [1, 2] }, gone: null }, { a: 2, b: { c: [1, 3, 4] }, "new key": true })).toEqual([
      { path: "$.a", kind: "changed", before: 1, after: 2 },
      { path: "$.b.c[1]", kind: "changed", before: 2, after: 3 },
      { path: "$.b.c[2]", kind: "added", after: 4 },
      { path: "$.gone", kind: "removed", before: null },
      { path: '$["new key"]', kind: "added", after: true },
    ]);
  });

  test("a list is not an object, and null is neither", () => {
    expect(diffJson([], {})).toHaveLength(1);
    expect(diffJson(null, {})).toHaveLength(1);
  });

  test("finds nothing between a value and its copy, and something between different values", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => diffJson(value, JSON.parse(JSON.stringify(value))).length === 0));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const isEqual = JSON.stringify(diffJson(a, b)) === "[]";
        if (isEqual) expect(JSON.parse(JSON.stringify(b))).toEqual(JSON.parse(JSON.stringify(a)));
      }),
    );
  });

  test("compares references by content, not by the run that made them", () => {
    const ref = { kind: "artifact", digest: "d", name: "x.json", stage: "s", sizeBytes: 3 };
    const a = { deck: { ...ref, runId: "a", attempt: 1 } };
    const b = { deck: { ...ref, runId: "b", attempt: 2 } };
    expect(diffJson(withoutPlace(a), withoutPlace(b))).toEqual([]);
  });
});

describe("text by line", () => {
  const line = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });

  test("the edits rebuild both texts", () => {
    fc.assert(
      fc.property(line, line, (before, after) => {
        const edits = diffLines(before, after);
        expect(edits.filter((edit) => edit.kind !== "added").map((edit) => edit.text)).toEqual(before);
        expect(edits.filter((edit) => edit.kind !== "removed").map((edit) => edit.text)).toEqual(after);
      }),
    );
  });

  test("finds the fewest edits", () => {
    const edits = diffLines([..."abcabba"], [..."cbabac"]);
    expect(edits.filter((edit) => edit.kind !== "same")).toHaveLength(5);
  });

  test("texts beyond the limit of edits are replaced as a whole, with their equal ends kept", () => {
    const before = ["same", ...Array.from({ length: 3_000 }, (_, i) => `a${i}`), "end"];
    const after = ["same", ...Array.from({ length: 3_000 }, (_, i) => `b${i}`), "end"];
    const edits = diffLines(before, after);
    expect(edits.filter((edit) => edit.kind === "same").map((edit) => edit.text)).toEqual(["same", "end"]);
    expect(edits).toHaveLength(6_002);
  });

  test("hunks keep three lines of context, and count lines from one", () => {
    const before = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);
    const after = before.map((text, i) => (i === 4 || i === 24 ? `${text}!` : text));
    const hunks = hunksOf(diffLines(before, after));
    expect(hunks.map((hunk) => [hunk.beforeLine, hunk.afterLine, hunk.edits.length])).toEqual([
      [2, 2, 8],
      [22, 22, 8],
    ]);
    expect(hunksOf(diffLines(before, before))).toEqual([]);
  });

  test("line endings of both systems are one", () => {
    expect(splitLines("a\r\nb\n")).toEqual(["a", "b"]);
  });
});
