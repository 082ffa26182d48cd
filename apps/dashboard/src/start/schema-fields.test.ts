/** Forms from schemas, and back to inputs. */
import { describe, expect, test } from "vitest";
import { commandOf, fieldsOf, idOf, inputOf, type JsonSchema, readValue } from "./schema-fields.js";

const schema: JsonSchema = {
  type: "object",
  required: ["country", "limit"],
  properties: {
    country: { type: "string", minLength: 2 },
    clientContext: { type: "string", maxLength: 2_000 },
    limit: { type: "integer", minimum: 1, maximum: 100, default: 10 },
    deep: { type: "boolean" },
    mode: { enum: ["fast", "slow"] },
    tags: { type: "array", items: { type: "string" } },
    model: {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string" }, temperature: { anyOf: [{ type: "number" }, { type: "null" }] } },
    },
    rest: { type: "array", items: { type: "object" } },
  },
};
const fields = fieldsOf(schema);
const kinds = Object.fromEntries(fields.map(({ path, kind }) => [path, kind]));
const of = (path: string) => fields.find((field) => field.path === path) ?? (fields[0] as never);

describe("a form from a schema", () => {
  test("has a field for everything that can be given, each of its kind", () => {
    expect(kinds).toEqual({
      country: "text",
      clientContext: "long",
      limit: "integer",
      deep: "switch",
      mode: "choice",
      tags: "list",
      "model.name": "text",
      "model.temperature": "number",
      rest: "json",
    });
    expect(of("clientContext")).toMatchObject({ label: "Client context", isRequired: false });
    // One that has a default is not needed; one in an object that may be left out is not either.
    expect(fields.filter(({ isRequired }) => isRequired).map(({ path }) => path)).toEqual(["country"]);
    expect(of("limit").initial).toBe("10");
  });

  test("refuses by field what cannot be meant", () => {
    expect(readValue(of("country"), "")).toEqual({ problem: "This is needed" });
    expect(readValue(of("country"), "N").problem).toMatch(/At least 2/);
    expect(readValue(of("limit"), "1.5").problem).toMatch(/whole/);
    expect(readValue(of("limit"), "101").problem).toMatch(/At most 100/);
    expect(readValue(of("rest"), "[").problem).toMatch(/no JSON/);
  });

  test("becomes the input, without what was left empty", () => {
    const values = {
      [idOf("country")]: "Norway",
      [idOf("tags")]: "a\n\n b ",
      [idOf("model.name")]: "small",
      [idOf("deep")]: true,
      [idOf("rest")]: '[{"a":1}]',
    };
    expect(inputOf(fields, values)).toEqual({
      country: "Norway",
      limit: 10,
      deep: true,
      tags: ["a", "b"],
      model: { name: "small" },
      rest: [{ a: 1 }],
    });
  });

  test("is the command that does the same", () => {
    const values = { [idOf("country")]: "Côte d'Ivoire", [idOf("model.name")]: "small", [idOf("deep")]: true };
    expect(commandOf("research", fields, values).map(({ text }) => text)).toEqual([
      "holdfast start research",
      "--country='Côte d'\\''Ivoire'",
      "--deep",
      "--model.name=small",
    ]);
  });

  test("begins with the input of another run", () => {
    const again = fieldsOf(schema, { country: "Chile", model: { name: "big" }, deep: true });
    const initials = Object.fromEntries(again.map(({ path, initial }) => [path, initial]));
    expect(initials).toMatchObject({ country: "Chile", "model.name": "big", deep: true, mode: "" });
  });

  test("a schema that is no object, or none, is one field of JSON", () => {
    expect(fieldsOf({}).map(({ kind, path }) => [kind, path])).toEqual([["json", ""]]);
  });
});
