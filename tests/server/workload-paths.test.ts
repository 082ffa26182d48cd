/**
 * A mark on an input field prevents requests from naming files and keys of the server: every field that names one has
 * the mark.
 */
import { expect, test } from "vitest";
import { toJSONSchema } from "zod";
import config from "../../holdfast.config.ts";

const MARKED = {
  analysis: ["documents", "documents[]", "journal"],
  "lead-qualification": ["icp", "out", "prospects"],
  "market-research": ["journal", "sources", "sources[]"],
  "narrative-benchmark": ["data.file", "run.journal"],
  research: ["journal", "sources", "sources[]"],
  "workforce-simulation": ["census", "db", "models"],
};

test.each(Object.entries(MARKED))("the paths and addresses in the input of %s are marked", async (name, expected) => {
  const load = (config.workflows as Record<string, () => Promise<{ definition: { input: unknown } }>>)[name];
  const workflow = await load?.();
  const schema = toJSONSchema(workflow?.definition.input as never, { io: "input", unrepresentable: "any" });
  expect([...marked(schema, "", "path")].sort()).toEqual(expected);
  expect([...marked(schema, "", "endpoint")]).toEqual(
    ["analysis", "workforce-simulation"].includes(name) ? [] : ["model.baseUrl"],
  );
});

interface Node {
  readonly format?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
}

function* marked(schema: unknown, at: string, wanted: string): Generator<string> {
  const { format, properties = {}, items, anyOf = [] } = (schema ?? {}) as Node;
  if (format === wanted) yield at;
  for (const [name, inner] of Object.entries(properties))
    yield* marked(inner, at === "" ? name : `${at}.${name}`, wanted);
  for (const inner of anyOf) yield* marked(inner, at, wanted);
  if (items !== undefined) yield* marked(items, `${at}[]`, wanted);
}
