import { defineWorkflow, inputJsonSchema } from "@holdfast/engine";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseArgs } from "./args.js";
import { fieldsOf, type JsonSchema } from "./fields.js";
import { applyFlags, flagName, missingFields } from "./flags.js";
import { buildInput, inputFormOf } from "./run-input.js";

const workflow = defineWorkflow({
  name: "market",
  input: z.object({
    country: z.enum(["Norway", "Japan", "United States"]).describe("the country to look at"),
    industry: z.string().describe("the industry"),
    strictTemplate: z.boolean().default(true),
    maxItems: z.number().int().optional(),
    rate: z.number().nullable().optional(),
    tags: z.array(z.string()).optional(),
    years: z.array(z.number()).optional(),
    model: z.object({ name: z.string(), temperature: z.number().default(0) }).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    either: z.union([z.number(), z.object({ a: z.string() })]).optional(),
    json: z.string().optional(),
  }),
  run: () => null,
});
const RESERVED = ["json", "input", "config", "set"];

async function inputFrom(...tokens: string[]) {
  const form = await inputFormOf(workflow, RESERVED);
  const { values } = parseArgs(tokens, [...form.options, { name: "set", kind: "list", about: "" }]);
  const sets = (values.get("set") ?? []) as readonly string[];
  const flags = [...values].filter(([name]) => name !== "set");
  return buildInput(form, { documents: [], flags, sets });
}
const GIVEN = ["--country=Norway", "--industry", "energy services"];

describe("a repeatable flag", () => {
  const tiers = defineWorkflow({
    name: "tiers",
    input: z.object({
      match: z.array(z.object({ upTo: z.number(), rate: z.number() })).default([{ upTo: 0.03, rate: 1 }]),
      tags: z.array(z.string()).default([]),
      numbers: z.array(z.number()).default([]),
      grid: z.array(z.array(z.number())).default([]),
    }),
    run: () => null,
  });
  const given = async (...tokens: string[]) => {
    const form = await inputFormOf(tiers, []);
    return buildInput(form, { documents: [], flags: parseArgs(tokens, form.options).values, sets: [] });
  };
  const TIERS = [
    { upTo: 0.03, rate: 1 },
    { upTo: 0.05, rate: 0.5 },
  ];

  test("takes a whole list, as help prints its default, and the same item by item", async () => {
    expect(await given(`--match=${JSON.stringify(TIERS)}`)).toEqual({ match: TIERS });
    expect(await given(...TIERS.map((tier) => `--match=${JSON.stringify(tier)}`))).toEqual({ match: TIERS });
    expect(await given(`--match=${JSON.stringify([TIERS[0]])}`, `--match=${JSON.stringify(TIERS[1])}`)).toEqual({
      match: TIERS,
    });
    expect(await given('--tags=["a","b"]', "--tags=c", "--numbers=[1,2]", "--numbers=3")).toEqual({
      tags: ["a", "b", "c"],
      numbers: [1, 2, 3],
    });
    expect(await given("--match=[]")).toEqual({ match: [] });
  });

  test("takes a text in brackets as a text, and a list as an item where items are lists", async () => {
    expect(await given("--tags=[draft] report", "--tags=[1]")).toEqual({ tags: ["[draft] report", "[1]"] });
    expect(await given("--grid=[1,2]", "--grid=[3]")).toEqual({ grid: [[1, 2], [3]] });
  });

  test("says what is no list", async () => {
    await expect(given("--match=[{upTo: 0.03}]")).rejects.toThrow(
      'match: a JSON list is expected, "[{upTo: 0.03}]" was given',
    );
  });
});

describe("flags from an input schema", () => {
  test("has a flag for every field, with type, need and default", async () => {
    const fields = fieldsOf((await inputJsonSchema(workflow)) as JsonSchema);
    const byName = new Map(fields.map((field) => [flagName(field), field]));
    expect([...byName.keys()]).toEqual([
      "country",
      "industry",
      "strict-template",
      "max-items",
      "rate",
      "tags",
      "years",
      "model.name",
      "model.temperature",
      "labels",
      "either",
      "json",
    ]);
    expect(byName.get("country")).toMatchObject({ kind: "enum", isRequired: true, about: "the country to look at" });
    expect(byName.get("strict-template")).toMatchObject({ kind: "boolean", hasDefault: true, defaultValue: true });
    expect(byName.get("rate")).toMatchObject({ kind: "number", isNullable: true, isRequired: false });
    expect(byName.get("model.name")).toMatchObject({ isRequired: false });
    expect(byName.get("labels")).toMatchObject({ kind: "record", recordOf: "string" });
  });

  test("converts every kind of value", async () => {
    const input = await inputFrom(
      ...GIVEN,
      "--no-strict-template",
      "--maxItems=3",
      "--rate=null",
      "--tags=a",
      "--tags=b",
      "--years=2025",
      "--model.name=m",
      "--model.temperature=0.5",
      "--labels.colour=3",
      "--either=4",
    );
    expect(input).toEqual({
      country: "Norway",
      industry: "energy services",
      strictTemplate: false,
      maxItems: 3,
      rate: null,
      tags: ["a", "b"],
      years: [2025],
      model: { name: "m", temperature: 0.5 },
      labels: { colour: "3" },
      either: 4,
    });
  });

  test("a field whose flag the command has itself is reached by --set", async () => {
    expect(await inputFrom(...GIVEN, "--set", "json=x", "--set=model.name=m")).toMatchObject({
      json: "x",
      model: { name: "m" },
    });
  });

  test("says PATH where a file or folder is expected, in a union too", async () => {
    const path = z.string().meta({ format: "path" });
    const input = z.object({ file: path, db: path.nullable().default(null), either: z.union([path, z.array(path)]) });
    const { options } = await inputFormOf(defineWorkflow({ name: "paths", input, run: () => null }), []);
    expect(options.map(({ name, value }) => [name, value])).toEqual([
      ["file", "PATH"],
      ["db", "PATH"],
      ["either", "PATH|JSON"],
    ]);
  });

  test("names every missing field with what it is and how to give it", async () => {
    await expect(inputFrom()).rejects.toMatchObject({
      code: "BAD_INPUT",
      details: {
        issues: [
          { path: "country", message: expect.stringContaining("is missing (the country to look at): --country=") },
          { path: "industry", message: "is missing (the industry): --industry=TEXT" },
        ],
      },
    });
  });

  test("names every value that cannot be, all at once, and suggests the near one", async () => {
    const failing = inputFrom("--country=Norwy", "--industry=x", "--max-items=1.5", "--rate=fast", "--years=soon");
    await expect(failing).rejects.toThrow(
      'country: "Norwy" is not one of Norway, Japan, United States; did you mean Norway?',
    );
    await expect(failing).rejects.toThrow(
      'max-items: a whole number is expected, "1.5" was given'.replace("max-items", "maxItems"),
    );
    await expect(failing).rejects.toThrow('rate: a number is expected, "fast" was given');
    await expect(failing).rejects.toThrow('years: a number is expected, "soon" was given');
  });

  test("an unknown field of --set is refused with the nearest name", async () => {
    await expect(inputFrom(...GIVEN, "--set=contry=Japan")).rejects.toThrow("Did you mean country?");
    await expect(inputFrom(...GIVEN, "--set=country")).rejects.toThrow("field=value is expected");
  });

  test("never writes to a prototype", () => {
    const base = JSON.parse("{}");
    const field = { ...fieldsOf({ properties: { x: { type: "object" } } })[0], path: ["__proto__", "polluted"] };
    applyFlags(base, [field as never], [[flagName(field as never), "{}"]]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("a schema without description gives no flags", async () => {
    const plain = defineWorkflow({
      name: "plain",
      input: { "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } } as never,
      run: () => null,
    });
    const form = await inputFormOf(plain as never, []);
    expect(form.fields).toBeNull();
    const nothing = { documents: [], flags: [], sets: [] };
    expect(buildInput(form, nothing)).toBeUndefined();
  });

  test("whole inputs are laid over one another, flags over them; a whole input that is no object is told", async () => {
    const form = await inputFormOf(workflow, RESERVED);
    const documents = [
      { name: "a.yaml", value: { country: "Norway", model: { name: "m" }, tags: ["x"] } },
      { name: "b.yaml", value: { industry: "fish", model: { temperature: 1 }, tags: ["y"] } },
    ];
    expect(buildInput(form, { documents, flags: [["country", "Japan"]], sets: [] })).toEqual({
      country: "Japan",
      industry: "fish",
      model: { name: "m", temperature: 1 },
      tags: ["y"],
    });
    const list = { documents: [{ name: "c.json", value: [1] }], flags: [], sets: [] };
    expect(() => buildInput(form, list)).toThrow("c.json holds a list, an object is expected");
  });

  test("a number that does not read as it was written is told where a text may be meant, and taken where a number is", async () => {
    const versioned = defineWorkflow({
      name: "versioned",
      input: z.object({
        prompt: z
          .strictObject({ version: z.union([z.string(), z.int()]).transform(String), temperature: z.number() })
          .nullable(),
        words: z.array(z.union([z.string(), z.number()])).optional(),
        labels: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
        size: z.union([z.number(), z.literal("auto")]).optional(),
      }),
      run: () => null,
    });
    const form = await inputFormOf(versioned as never, RESERVED);
    const changed = [
      ["prompt", "version"],
      ["prompt", "temperature"],
      ["words", "1"],
      ["labels", "a"],
      ["size"],
      ["none", "such"],
    ];
    const value = { prompt: { version: 7, temperature: 0.1 }, words: ["x", 1.1], labels: { a: 1 }, size: 0.5 };
    const readAs = (path: readonly string[]) => ({ words: `YAML reads ${path.join("/")}`, isChanged: true });
    const document = { name: "a.yaml", value, changed: () => changed, readAs, lineOf: () => 3 };
    const told = (sets: readonly string[]) => {
      try {
        return buildInput(form, { documents: [document], flags: [], sets });
      } catch (error) {
        return (error as { details: { issues: unknown } }).details.issues;
      }
    };
    const issue = (path: string) => ({
      path,
      message: `YAML reads ${path.replace(".", "/")}, where a text may be meant: put it in quotes (a.yaml, line 3)`,
    });
    expect(told([])).toEqual(["prompt.version", "words.1", "labels.a"].map(issue));
    // Said anew, it is no more in force; and a flag is a text as it stands.
    expect(told(["prompt.version=007", 'words=["y"]', "labels.a=1.10"])).toEqual({
      prompt: { version: "007", temperature: 0.1 },
      words: ["y"],
      labels: { a: "1.10" },
      size: 0.5,
    });
    expect(told(["prompt.version=1.10", 'words=["y"]', 'labels={"a":"b"}'])).toMatchObject({
      prompt: { version: "1.10" },
    });
  });

  test("follows references and looks through unions with null", () => {
    const fields = fieldsOf({
      $defs: { Name: { type: "string", description: "a name" } },
      properties: { a: { $ref: "#/$defs/Name" }, b: { anyOf: [{ type: "integer" }, { type: "null" }] } },
      required: ["a"],
    });
    expect(fields).toMatchObject([
      { path: ["a"], kind: "string", about: "a name", isRequired: true },
      { path: ["b"], kind: "integer", isNullable: true },
    ]);
    expect(missingFields({}, fields).map((issue) => issue.path)).toEqual(["a"]);
  });
});
