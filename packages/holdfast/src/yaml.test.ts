/** YAML within limits: what would stop the process that reads it is refused, and mistakes are told in words for their author. */
import { describe, expect, test } from "vitest";
import { findChangedNumbers, readYaml, type YamlProblem } from "./yaml.js";

function problemsOf(text: string, limits = {}): readonly YamlProblem[] {
  const reading = readYaml(text, limits);
  if (reading.ok) throw new Error(`read as ${JSON.stringify(reading.value).slice(0, 80)}`);
  return reading.problems;
}

/** A parser with such a text takes seconds to minutes, or overflows the stack. Loaded machines are ten times as slow. */
const READ_MS_MAX = 3_000;

describe("a text that costs its reader much", () => {
  const long = 1_000_000;
  test.each([
    ["nested lists in brackets", "[".repeat(250_000), "it is nested deeper than 100 levels"],
    ["nested sections in braces", "{a: ".repeat(60_000), "it is nested deeper than 100 levels"],
    ["nested lists of dashes", "- ".repeat(125_000), "it is nested deeper than 100 levels"],
    ["nested keys of question marks", "? ".repeat(125_000), "it is nested deeper than 100 levels"],
    [
      "sections ever deeper",
      Array.from({ length: 700 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"),
      "it is nested deeper",
    ],
    ["more than anybody writes", "a".repeat(long), "it has 1000000 characters, at most 262144 are read"],
    ["keys that are each compared with each", keys(20_000), "it has more than 30000 words and symbols"],
    ["aliases that are each looked for", `a: &a x\nb: [${"*a,".repeat(9_000)}]`, "it has more than 1000 aliases"],
    ["mistake after mistake", `[${",".repeat(200_000)}]`, "it has more than 30000 words and symbols"],
  ])("%s: is refused at once", (_title, text, words) => {
    const from = performance.now();
    const [problem] = problemsOf(text);
    expect(performance.now() - from).toBeLessThan(READ_MS_MAX);
    expect(problem?.message).toContain(words);
    expect(problem?.cure).not.toBe("");
  });

  test("aliases of aliases are not unfolded without end", () => {
    const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let i = 0; i < 8; i++) {
      const [name, before] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)];
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(",")}]`);
    }
    expect(problemsOf(lines.join("\n"))[0]?.message).toBe("its aliases expand to more than 100 times the text");
  });

  test("within the limits, many keys and many numbers take no time that grows with their square", () => {
    const from = performance.now();
    const text = `${keys(50_000)}\nlist: [${"1.0,".repeat(50_000)}]`;
    const reading = readYaml(text, { charsMax: 2_000_000, tokensMax: 2_000_000 });
    expect(reading.ok && findChangedNumbers(reading.document).length).toBe(50_000);
    expect(performance.now() - from).toBeLessThan(30_000);
  });

  function keys(count: number): string {
    return Array.from({ length: count }, (_, at) => `k${at}: 1`).join("\n");
  }
});

describe("a mistake is told in words for its author, with its place", () => {
  test.each([
    ["a: 1\n---\nb: 2\n", 2, "several documents", "Keep one document"],
    ["a: 1\nb: 2\na: 3\n", 3, '"a" appears twice in one section', "Keep one of the two"],
    ["a:\n\t- 1\n", 2, "indented with a tab", "Indent with spaces"],
    ['a: "x\nb: 1\n', 3, "missing", "Close the quote"],
    ["a: !secret x\n", 1, "unknown tag", "Remove the tag"],
    ["a: *b\n", 1, "the alias *b refers to nothing above it", "Write &b"],
    ["a: b: c\n", 1, "a setting is on the same line as another one", "on its own line"],
    ["a: [1, 2\nb: 3\n", 2, "indented differently", "close brackets and quotes"],
    ["a: @x\n", 1, "a text begins with a special character", "in quotes"],
    ['a: "\\q"\n', 1, "a backslash", "single quotes"],
  ])("%j", (text, line, message, cure) => {
    const [problem] = problemsOf(text);
    expect(problem).toMatchObject({
      line,
      message: expect.stringContaining(message),
      cure: expect.stringContaining(cure),
    });
    // The words of the parser are for programmers.
    expect(problem?.message).not.toMatch(/YAML\.|implicit|flow|scalar|token/i);
  });
});

test("what is written as people write it is read: aliases, brackets in text, long texts, depth of some levels", () => {
  const text = [
    "base: &base { x: 1, y: [a, b] }",
    "again: *base",
    "brackets: 'a [[[[ b'",
    `said: "${"[".repeat(300)}"`,
    "text: |",
    `  ${"- ".repeat(20)}`,
    "  [[[",
    "deep:",
    ...Array.from({ length: 40 }, (_, at) => `${"  ".repeat(at + 1)}k${at}:`),
    `${"  ".repeat(42)}end: 1`,
  ].join("\n");
  const reading = readYaml(text);
  expect(reading.ok && (reading.value as { again: unknown }).again).toEqual({ x: 1, y: ["a", "b"] });
});
