// Structured output: the JSON schema sent to a model, and the steps that turn its text into a checked value. First
// parse strictly; then drop reasoning, fences and prose, and take the last value that matches. The client makes the
// repair, which costs money. Nothing is guessed: a truncated object is not completed, and a wrong value is not coerced.
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { dropReasoning, findJsonValues } from "./answer-text.js";

export type JsonSchema = { readonly [key: string]: unknown };
export type OutputSchema<T> = StandardSchemaV1<unknown, T>;

/** Repairs that an answer needed before it matched. Recorded with the result. */
export type Repair = "stripped" | "reasked";

export type Reading<T> = { readonly kind: "ok"; readonly value: T; readonly repairs: readonly Repair[] } | Invalid;

export interface Invalid {
  readonly kind: "invalid";
  readonly detail: "not_json" | "schema";
  readonly problems: readonly string[];
}

/**
 * Reads an answer by the steps that cost nothing. If a text has several values, the last one that matches counts: a
 * model that thinks aloud writes drafts first and its answer last.
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
    // Report the problems of the last value, which the model meant as its answer.
    invalid ??= reading;
  }
  return invalid ?? { kind: "invalid", detail: "not_json", problems: [whole.problem] };
}

async function check<T>(value: unknown, schema: OutputSchema<T>, repairs: readonly Repair[]): Promise<Reading<T>> {
  const checked = await schema["~standard"].validate(value);
  if (checked.issues === undefined) return { kind: "ok", value: checked.value, repairs };
  return { kind: "invalid", detail: "schema", problems: checked.issues.slice(0, PROBLEMS_MAX).map(wordIssue) };
}

// Enough to fix an answer; the problems of a thousand wrong rows repeat themselves.
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
 * Returns the JSON schema of a Standard Schema if its library provides it (zod ≥ 4.2 and others that implement Standard
 * JSON Schema). It is the input side: what the model must write, before defaults and transforms.
 */
export function jsonSchemaOf(schema: OutputSchema<unknown>): JsonSchema | undefined {
  const standard = schema["~standard"] as { jsonSchema?: { input?: (options: { target: string }) => JsonSchema } };
  const found = standard.jsonSchema?.input?.({ target: "draft-07" });
  return found === undefined ? undefined : (closeObjects(found) as JsonSchema);
}

/** Closes every object, as providers' strict modes require. An explicitly open object (a record) stays open. */
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

/** Returns whether a provider's strict mode accepts the schema: every object must be closed and every property required. */
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

/** Prompt text with the schema, for endpoints that cannot enforce one. */
export function schemaInstruction(schema: JsonSchema): string {
  return `Answer with one JSON value only, no other text and no code fence. It must match this JSON Schema:\n${JSON.stringify(schema)}`;
}

/**
 * Maximum length of a repair instruction, in bytes. More problems would not help a model, and money is reserved for the
 * text.
 */
export const REPAIR_BYTES_MAX = 1_500;
const REPAIR_END = "\nSend the corrected JSON value only, with no other text.";

/** Prompt text for the repair: the problems in the validator's own words. */
export function repairInstruction(problems: readonly string[]): string {
  const text = `That answer was not valid:\n${problems.map((problem) => `- ${problem}`).join("\n")}`;
  const room = REPAIR_BYTES_MAX - REPAIR_END.length;
  const bytes = Buffer.from(text);
  return (bytes.length <= room ? text : `${bytes.subarray(0, room - 10).toString()}…`) + REPAIR_END;
}
