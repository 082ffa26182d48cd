import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { dropReasoning, findJsonValues } from "./answer-text.js";
import { readStructured } from "./structured.js";

const SCHEMA = z.object({ label: z.enum(["a", "b"]), score: z.number() });
const DRAFT = '{"label":"a","score":1}';
const FINAL = '{"label":"b","score":2}';

describe("reasoning is not part of the answer", () => {
  test.each([
    ["a block before the answer", `<think>first idea: ${DRAFT} No.</think> ${FINAL}`],
    ["a block over several lines", `<think>\nfirst idea:\n${DRAFT}\n</think>\n\n${FINAL}`],
    ["other names", `<thinking>${DRAFT}</thinking><reasoning>${DRAFT}</reasoning>${FINAL}`],
    ["capitals and attributes", `<Think effort="high">${DRAFT}</Think>${FINAL}`],
    ["a block whose beginning stood in the prompt", `maybe ${DRAFT}, no.\n</think>\n${FINAL}`],
    ["several blocks", `<think>${DRAFT}</think>Wait.<think>${DRAFT}</think>${FINAL}`],
    ["a block after the answer", `${FINAL}\n<think>was ${DRAFT} better?</think>`],
    ["the marks of other models", `[THINK]${DRAFT}[/THINK]${FINAL}`],
    ["symbols", `◁think▷${DRAFT}◁/think▷${FINAL}`],
    [
      "channels",
      `<|channel|>analysis<|message|>${DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>${FINAL}<|return|>`,
    ],
    ["a block before a fenced answer", `<think>${DRAFT}</think>\n\`\`\`json\n${FINAL}\n\`\`\``],
  ])("%s", async (_, text) => {
    expect(await readStructured(text, SCHEMA)).toEqual({
      kind: "ok",
      value: { label: "b", score: 2 },
      repairs: ["stripped"],
    });
  });

  test("an unclosed block leaves no answer: a draft is not recorded as one", async () => {
    expect(await readStructured(`<think>first idea: ${DRAFT} but`, SCHEMA)).toMatchObject({ detail: "not_json" });
    expect(await readStructured(`<think>${DRAFT}</think>`, SCHEMA)).toMatchObject({ detail: "not_json" });
  });

  test("reasoning tags inside a JSON answer are part of its text", async () => {
    const value = { label: "a", score: 1, note: "he wrote <think>x</think> and </think>" };
    expect(await readStructured(JSON.stringify(value), z.looseObject({ note: z.string() }))).toEqual({
      kind: "ok",
      value,
      repairs: [],
    });
  });

  test("a text without tags stays unchanged, including its spaces", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "\n", "{", "}", '"', ":") }), (text) => {
        expect(dropReasoning(text)).toBe(text);
      }),
    );
    expect(dropReasoning("<think>hm</think>\nYes.")).toBe("Yes.");
    expect(dropReasoning("a < b and <b>bold</b>")).toBe("a < b and <b>bold</b>");
  });
});

describe("reading an answer with several values", () => {
  test.each([
    ["the last one", `First ${DRAFT}, better: ${FINAL}`],
    ["the last one that fits", `${FINAL} For example {"label":"z"} would be wrong, and so would [1, 2].`],
    ["the one after brackets of prose", `As [the report says {see there}: ${FINAL}`],
    ["the one after a footnote", `[1] says so. ${FINAL} [2]`],
    ["the fenced one after a draft in prose", `Draft ${DRAFT}\n\`\`\`\n${FINAL}\n\`\`\``],
    ["the one in prose after a fenced draft", `\`\`\`json\n${DRAFT}\n\`\`\`\nCorrected: ${FINAL}`],
  ])("%s counts", async (_, text) => {
    expect(await readStructured(text, SCHEMA)).toMatchObject({ kind: "ok", value: { label: "b", score: 2 } });
  });

  test("if none matches the schema, the problems of the last one are reported", async () => {
    const reading = await readStructured('{"label":"y","score":"x"} then {"label":"a"}', SCHEMA);
    expect(reading.kind === "invalid" && reading.problems).toEqual([expect.stringMatching(/^score: /)]);
  });
});

describe("a cut-off answer", () => {
  test("is not completed, and a value inside it is not an answer", () => {
    expect(findJsonValues('prose {"label": {"deep": 1')).toEqual([]);
    expect(findJsonValues(`{"items": [${DRAFT}, ${FINAL}, {"lab`)).toEqual([]);
    expect(findJsonValues(`${DRAFT} and {"items": [${FINAL}`)).toEqual([JSON.parse(DRAFT)]);
    expect(findJsonValues("no json here")).toEqual([]);
  });

  test("braces within strings do not end an object", () => {
    expect(findJsonValues('x {"a":"}{\\"}","b":[1]} y }')).toEqual([{ a: '}{"}', b: [1] }]);
  });

  test("balanced brackets that are not JSON hide the values inside them", () => {
    expect(findJsonValues(`{"label": "a", score: 1, "inner": ${FINAL}}`)).toEqual([]);
  });
});

test("all values in prose are found whole and in order", () => {
  const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.integer(), { minLength: 1 }));
  const prose = fc.constantFrom(" ", " and then ", "\n```json\n", "\n```\n", " it's so: ");
  fc.assert(
    fc.property(fc.array(fc.tuple(prose, value)), (parts) => {
      const text = parts.map(([words, one]) => words + JSON.stringify(one)).join("");
      expect(findJsonValues(text)).toEqual(parts.map(([, one]) => JSON.parse(JSON.stringify(one))));
    }),
  );
});
