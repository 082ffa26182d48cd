/** Differences as they are shown: JSON by path with every digit, texts by line and word. */
import { describe, expect, test } from "vitest";
import { parseExact } from "../api/exact-json.js";
import { differencesOf } from "./json-delta.js";
import { hunksOf, markWords, wordsOf } from "./words.js";

const between = (before: string, after: string) => differencesOf(parseExact(before), parseExact(after));

describe("two JSON values", () => {
  test("differ by path: what came, what went, what became another", () => {
    expect(between('{"a":1,"b":{"c d":"x"},"e":[]}', '{"a":1,"b":{"c d":"y"},"f":null}')).toEqual([
      { path: '$.b["c d"]', kind: "changed", before: "x", after: "y" },
      { path: "$.e", kind: "removed", before: [] },
      { path: "$.f", kind: "added", after: null },
    ]);
  });

  test("are the same in a digit that no double holds only if it is the same", () => {
    expect(between("[12345678901234567890]", "[12345678901234567890]")).toEqual([]);
    expect(between('{"n":12345678901234567890}', '{"n":12345678901234567891}')).toMatchObject([
      {
        path: "$.n",
        kind: "changed",
        before: { text: "12345678901234567890" },
        after: { text: "12345678901234567891" },
      },
    ]);
  });

  test("one more member at the beginning of a list is one change; a member that moved is one", () => {
    expect(between('["a","b","c"]', '["new","a","b","c"]')).toEqual([{ path: "$[0]", kind: "added", after: "new" }]);
    expect(between('[{"id":1,"n":1},{"id":2,"n":2}]', '[{"id":2,"n":2},{"id":1,"n":5}]')).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: "moved" })]),
    );
    expect(between('[{"id":1,"n":1},{"id":2,"n":2}]', '[{"id":1,"n":1},{"id":2,"n":3}]')).toEqual([
      { path: "$[1].n", kind: "changed", before: 2, after: 3 },
    ]);
  });

  test("of another kind differ as a whole", () => {
    expect(between("[1]", '{"a":1}')).toEqual([{ path: "$", kind: "changed", before: [1], after: { a: 1 } }]);
    expect(between("null", "0")).toEqual([{ path: "$", kind: "changed", before: null, after: 0 }]);
  });

  test("too large are said to be", () => {
    const many = `[${Array.from({ length: 2_001 }, (_, index) => index).join(",")}]`;
    expect(between(many, "[]")).toBeNull();
    const wide = `[${Array.from({ length: 1_500 }, () => "[1,2,3,4,5,6,7,8]").join(",")}]`;
    expect(between(wide, wide)).toBeNull();
  });
});

describe("two texts", () => {
  const joined = (words: readonly { text: string; isChanged: boolean }[] | undefined) =>
    words?.map(({ text, isChanged }) => (isChanged ? `[${text}]` : text)).join("");

  test("differ in words", () => {
    const words = wordsOf("spam: true, score 0.93", "spam: false, score 0.93");
    expect(words?.map(joined)).toEqual(["spam: [true], score 0.93", "spam: [false], score 0.93"]);
  });

  test("with nothing in common, or too long, have no marks", () => {
    expect(wordsOf("one two three", "quite other text")).toBeNull();
    expect(wordsOf("a ".repeat(11_000), "a ".repeat(11_000))).toBeNull();
  });

  test("by line: a line that went is held against the one that came in its place", () => {
    const marked = markWords([
      { kind: "same", text: "head" },
      { kind: "removed", text: "the old line" },
      { kind: "removed", text: "gone" },
      { kind: "added", text: "the new line" },
      { kind: "same", text: "tail" },
    ]);
    expect(marked.map(({ words, text }) => (words === null ? text : joined(words)))).toEqual([
      "head",
      "the [old] line",
      "gone",
      "the [new] line",
      "tail",
    ]);
  });

  test("are shown around what changed, with the number of each line", () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
    const changed = lines.with(9, "changed").toSpliced(30, 1);
    const hunks = hunksOf(lines.join("\n"), changed.join("\n"));
    expect(hunks?.map(({ beforeLine, afterLine, edits }) => [beforeLine, afterLine, edits.length])).toEqual([
      [7, 7, 8],
      [28, 28, 7],
    ]);
    expect(hunksOf("same", "same")).toEqual([]);
  });
});
