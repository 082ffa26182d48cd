import path from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { marketResearchInput } from "./input.js";
import { EXAMPLE_SOURCES } from "./testing.js";

const given = { country: "Norway", industry: "energy services" };
const complaint = (input: unknown) =>
  marketResearchInput
    .safeParse(input)
    .error?.issues.map((issue) => issue.message)
    .join("\n");

describe("the input", () => {
  test("has its defaults and makes paths absolute", () => {
    const parsed = marketResearchInput.parse({
      ...given,
      sources: path.relative(process.cwd(), EXAMPLE_SOURCES),
      journal: "j.jsonl",
    });
    expect(parsed).toEqual({
      ...given,
      sources: EXAMPLE_SOURCES,
      journal: path.resolve("j.jsonl"),
      strictTemplate: true,
      attemptsPerStage: 1,
      paceMs: 0,
    });
  });

  test("suggests near matches for an unknown country", () => {
    expect(complaint({ ...given, country: "Norwey" })).toMatch(/Unknown country "Norwey".*Did you mean Norway\?/);
    expect(complaint({ ...given, country: "zzzzzz" })).toMatch(/expected an English name or an ISO 3166 code/);
  });

  test("refuses unusable sources, naming the path", () => {
    expect(complaint({ ...given, sources: "/no/such/folder" })).toMatch(
      "Source /no/such/folder: no such file or folder; correct the path.",
    );
    expect(complaint({ ...given, sources: ["/no/a.md", "/no/b.md"] })).toMatch(/a\.md[\s\S]*b\.md/);
  });

  test("converts to JSON Schema with a description for every field", () => {
    const schema = z.toJSONSchema(marketResearchInput) as { properties: Record<string, { description?: string }> };
    for (const [name, field] of Object.entries(schema.properties)) expect(field.description, name).toMatch(/\w/);
  });
});
