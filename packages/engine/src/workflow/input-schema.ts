/** The JSON Schema of a workflow's input, whatever library made its schema: what it accepts, and what it makes of that. */
import type { Workflow } from "./define-workflow.js";
import { describe, type Side, type WithJsonSchema } from "./schema-json.js";

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
