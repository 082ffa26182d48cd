// Structured output: the JSON schema sent to a model, and the ladder that turns its text into a checked value.
// The rungs: parse strictly; drop reasoning, fences and prose, and take the last value that fits. The re-ask is the client's
// (it costs money). Nothing is guessed: a truncated object is not closed, a wrong value is not coerced.
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { dropReasoning, findJsonValues } from "./answer-text.js";

export type JsonSchema = { readonly [key: string]: unknown };
export type OutputSchema<T> = StandardSchemaV1<unknown, T>;

/** What had to be done to an answer before it fitted. Recorded with the result. */
export type Repair = "stripped" | "reasked";

export type Reading<T> = { readonly kind: "ok"; readonly value: T; readonly repairs: readonly Repair[] } | Invalid;

export interface Invalid {
  readonly kind: "invalid";
  readonly detail: "not_json" | "schema";
  readonly problems: readonly string[];
}

/**
 * One pass over the ladder's free rungs. Of several values in a text the last one that fits counts: a model that thinks aloud
 * writes drafts first, and its answer last.
 */
export async function readStructured<T>(text: string, schema: OutputSchema<T>): Promise<Reading<T>> {
  const whole = parseJson(text);
  if (whole.ok) return check(whole.value, schema, []);
  const answer = dropReasoning(text);
  const rest = parseJson(answer);
  const values = rest.ok ? [rest.value] : findJsonValues(answer);
  let invalid: Reading<T> | null = null;
  for (const value of values.reverse()) {
    const reading = await check(value, schema, ["stripped"]);
    if (reading.kind === "ok") return reading;
    // What is wrong is told of the last one: that is the answer the model meant.
    invalid ??= reading;
  }
  return invalid ?? { kind: "invalid", detail: "not_json", problems: [whole.problem] };
}

async function check<T>(value: unknown, schema: OutputSchema<T>, repairs: readonly Repair[]): Promise<Reading<T>> {
  const checked = await schema["~standard"].validate(value);
  if (checked.issues === undefined) return { kind: "ok", value: checked.value, repairs };
  return { kind: "invalid", detail: "schema", problems: checked.issues.slice(0, PROBLEMS_MAX).map(wordIssue) };
}

// Enough to mend an answer by; an array of a thousand wrong rows repeats itself.
const PROBLEMS_MAX = 10;

function wordIssue(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((step) => String(typeof step === "object" ? step.key : step)).join(".");
  return `${path === "" ? "(the whole answer)" : path}: ${issue.message}`;
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false; problem: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The JSON schema of a Standard Schema, when its library can tell (zod ≥ 4.2 and others that implement Standard JSON Schema).
 * The input side: what the model has to write, before defaults and transforms.
 */
export function jsonSchemaOf(schema: OutputSchema<unknown>): JsonSchema | undefined {
  const standard = schema["~standard"] as { jsonSchema?: { input?: (options: { target: string }) => JsonSchema } };
  const found = standard.jsonSchema?.input?.({ target: "draft-07" });
  return found === undefined ? undefined : (closeObjects(found) as JsonSchema);
}

/** Providers' strict modes want every object closed; an open one (a record) has said so itself and stays open. */
function closeObjects(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closeObjects);
  if (typeof node !== "object" || node === null) return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) copy[key] = closeObjects(value);
  if (copy.type === "object" && "properties" in copy && !("additionalProperties" in copy)) {
    copy.additionalProperties = false;
  }
  return copy;
}

/** Whether a provider's strict mode takes the schema: it wants every object closed and every property required. */
export function fitsStrictMode(node: unknown): boolean {
  if (Array.isArray(node)) return node.every(fitsStrictMode);
  if (typeof node !== "object" || node === null) return true;
  const schema = node as Record<string, unknown>;
  if (schema.type === "object") {
    if (schema.additionalProperties !== false) return false;
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    if (Object.keys((schema.properties as object | undefined) ?? {}).some((key) => !required.has(key))) return false;
  }
  return Object.values(schema).every(fitsStrictMode);
}

/** Said in the prompt where the endpoint cannot enforce a schema by itself. */
export function schemaInstruction(schema: JsonSchema): string {
  return `Answer with one JSON value only, no other text and no code fence. It must match this JSON Schema:\n${JSON.stringify(schema)}`;
}

/** More of what is wrong helps no model, and money is reserved for it. */
export const REPAIR_BYTES_MAX = 1_500;
const REPAIR_END = "\nSend the corrected JSON value only, with no other text.";

/** The one re-ask: what was wrong, in the validator's own words. */
export function repairInstruction(problems: readonly string[]): string {
  const text = `That answer was not valid:\n${problems.map((problem) => `- ${problem}`).join("\n")}`;
  const room = REPAIR_BYTES_MAX - REPAIR_END.length;
  const bytes = Buffer.from(text);
  return (bytes.length <= room ? text : `${bytes.subarray(0, room - 10).toString()}…`) + REPAIR_END;
}
