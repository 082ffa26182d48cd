/** The JSON Schema of a workflow's input, whatever library made its schema: what it accepts, and what it makes of that. */
import type { Workflow } from "./define-workflow.js";

interface WithJsonSchema {
  readonly "~standard": {
    readonly vendor?: string;
    readonly jsonSchema?: Partial<Record<Side, (options: object) => unknown>>;
  };
}

/** "input" is what a caller gives, "output" what the schema makes of it and the workflow sees. */
type Side = "input" | "output";

/** A schema is described once. */
const described = new WeakMap<object, Promise<DescribedInput>>();

/** Both descriptions: the fields that the workflow sees may be marked where those that are given are not. */
export interface DescribedInput extends Readonly<Record<Side, unknown>> {
  /** Whether either marks anything as a secret: most inputs have none, and are not searched. */
  readonly hasSecrets: boolean;
}

/**
 * The JSON Schema (draft 2020-12) of what the workflow's input schema accepts; null where its library cannot say. Parts
 * that have no JSON Schema (a date, a transform) stand as `{}`.
 */
export async function inputJsonSchema(workflow: Workflow): Promise<unknown> {
  return (await describeInput(workflow)).input;
}

export function describeInput(workflow: Workflow): Promise<DescribedInput> {
  const schema = workflow.definition.input as unknown as WithJsonSchema;
  let both = described.get(schema);
  if (both === undefined) {
    both = describeBoth(schema);
    described.set(schema, both);
  }
  return both;
}

async function describeBoth(schema: WithJsonSchema): Promise<DescribedInput> {
  const [input, output] = await Promise.all([describe(schema, "input"), describe(schema, "output")]);
  const hasSecrets = JSON.stringify([input, output]).includes('"writeOnly":true');
  return { input, output, hasSecrets };
}

/** One description at once; null where its library can say it only later, or not at all. */
export function describeNow(schema: unknown, side: Side): unknown {
  const { jsonSchema } = (schema as WithJsonSchema)["~standard"];
  try {
    return jsonSchema?.[side]?.(OPTIONS) ?? null;
  } catch {
    return null;
  }
}

const OPTIONS = { target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } };

async function describe(schema: WithJsonSchema, side: Side): Promise<unknown> {
  const { jsonSchema, vendor } = schema["~standard"];
  try {
    const own = jsonSchema?.[side]?.(OPTIONS);
    if (own !== undefined) return own;
    // The first versions of zod 4 describe a schema only through a function of their own.
    if (vendor !== "zod") return null;
    const { toJSONSchema } = await import("zod");
    return toJSONSchema(schema as never, { io: side, unrepresentable: "any" });
  } catch {
    return null;
  }
}
