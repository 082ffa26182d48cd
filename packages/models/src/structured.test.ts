import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fitsStrictMode, jsonSchemaOf, readStructured } from "./structured.js";

const SCHEMA = z.object({ label: z.enum(["a", "b"]), score: z.number() });

describe("reading an answer", () => {
  test.each([
    ["plain", '{"label":"a","score":1}', []],
    ["within a fence", '```json\n{"label":"a","score":1}\n```', ["stripped"]],
    ["within a fence without a language, and prose", 'Sure:\n```\n{"label":"a","score":1}\n```\nDone.', ["stripped"]],
    ["within prose", 'The answer is {"label":"a","score":1}. I am sure.', ["stripped"]],
    ["with white space around", '\n {"label":"a","score":1}\n', []],
  ])("%s gives the value", async (_, text, repairs) => {
    expect(await readStructured(text, SCHEMA)).toEqual({ kind: "ok", value: { label: "a", score: 1 }, repairs });
  });

  test("that is truncated is not completed by guessing", async () => {
    expect(await readStructured('{"label":"a","sc', SCHEMA)).toMatchObject({ kind: "invalid", detail: "not_json" });
  });

  test("with the wrong shape names each place and its problem", async () => {
    const reading = await readStructured('{"label":"c","score":"high"}', SCHEMA);
    expect(reading).toMatchObject({ kind: "invalid", detail: "schema" });
    expect(reading.kind === "invalid" && reading.problems.map((problem) => problem.split(":")[0])).toEqual([
      "label",
      "score",
    ]);
    expect(await readStructured("3", SCHEMA)).toMatchObject({
      problems: [expect.stringMatching(/^\(the whole answer\):/)],
    });
  });
});

describe("the schema for the provider", () => {
  test("is the input side, closed, and strict if everything is required", () => {
    const schema = jsonSchemaOf(SCHEMA);
    expect(schema).toMatchObject({ type: "object", additionalProperties: false, required: ["label", "score"] });
    expect(fitsStrictMode(schema)).toBe(true);
  });

  test("is not strict if something is optional or open", () => {
    expect(fitsStrictMode(jsonSchemaOf(z.object({ a: z.string().default("x") })))).toBe(false);
    expect(fitsStrictMode(jsonSchemaOf(z.object({ deep: z.array(z.record(z.string(), z.number())) })))).toBe(false);
  });

  test("is unknown for a schema library without JSON Schema, which is no error", () => {
    const bare = { "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } } as const;
    expect(jsonSchemaOf(bare)).toBeUndefined();
  });
});
