/**
 * The flags of a workflow's input: made from the JSON Schema of its input schema, read back into an input.
 *
 * Nested objects become dotted flags, arrays repeat, records stay open (`--labels.colour=red`). A value is converted by
 * the field's type only; whether it fits is the schema's word, given when the run starts. Reading files lives in
 * `input-file.ts`.
 */
import type { InputIssue } from "@holdfast/core";
import type { Workflow } from "@holdfast/engine";
import { type OptionSpec, type OptionValue, parseBoolean } from "./args.js";
import { nearest } from "./suggest.js";

export type FieldKind = "string" | "number" | "integer" | "boolean" | "enum" | "json" | "record";

export interface Field {
  /** Where the value goes in the input. */
  readonly path: readonly string[];
  readonly kind: FieldKind;
  /** What the values of a record are. */
  readonly recordOf: FieldKind;
  readonly isArray: boolean;
  /** Required with every object above it. */
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly about: string | null;
  readonly hasDefault: boolean;
  readonly defaultValue: unknown;
  /** The allowed values of an enum, as JSON values. */
  readonly choices: readonly unknown[];
}

/** The part of JSON Schema that is read here. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | boolean;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly description?: string;
  readonly default?: unknown;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

interface WithJsonSchema {
  readonly "~standard": {
    readonly vendor?: string;
    readonly jsonSchema?: { readonly input?: (options: { target: string }) => unknown };
  };
}

/**
 * The JSON Schema of what a workflow's input schema accepts; null where the schema library cannot say (then the input
 * comes from `--input` only).
 */
export async function inputJsonSchema(workflow: Workflow): Promise<JsonSchema | null> {
  const schema = workflow.definition.input as unknown as WithJsonSchema;
  try {
    const own = schema["~standard"].jsonSchema?.input?.({ target: "draft-2020-12" });
    if (own !== undefined) return own as JsonSchema;
    if (schema["~standard"].vendor !== "zod") return null;
    const { toJSONSchema } = await import("zod");
    return toJSONSchema(schema as never, { io: "input", unrepresentable: "any" }) as JsonSchema;
  } catch {
    // Some types (a transform, a date) have no JSON Schema: no flags then, not no workflow.
    return null;
  }
}

/** Eight levels: deeper inputs are given as a file. It also ends recursive schemas. */
const DEPTH_MAX = 8;

export function fieldsOf(schema: JsonSchema): readonly Field[] {
  const fields: Field[] = [];
  collect(schema, schema, [], true, fields);
  return fields;
}

function collect(
  node: JsonSchema,
  root: JsonSchema,
  path: readonly string[],
  isRequired: boolean,
  into: Field[],
): void {
  const { schema, isNullable } = resolve(node, root);
  if (schema.properties !== undefined && path.length < DEPTH_MAX) {
    for (const [name, inner] of Object.entries(schema.properties)) {
      const isInnerRequired = isRequired && (schema.required?.includes(name) ?? false);
      collect(inner, root, [...path, name], isInnerRequired, into);
    }
    return;
  }
  if (path.length === 0) return;
  const isArray = typeOf(schema) === "array";
  const inner = isArray && typeof schema.items === "object" ? resolve(schema.items, root).schema : schema;
  const choices = inner.enum ?? (inner.const === undefined ? [] : [inner.const]);
  into.push({
    path,
    kind: kindOf(inner, choices),
    recordOf: typeof schema.additionalProperties === "object" ? kindOf(schema.additionalProperties, []) : "json",
    isArray,
    isRequired,
    isNullable,
    about: node.description ?? schema.description ?? null,
    hasDefault: node.default !== undefined || schema.default !== undefined,
    defaultValue: node.default ?? schema.default,
    choices,
  });
}

/** Follow references, and look through "X or null" and one-element unions. */
function resolve(node: JsonSchema, root: JsonSchema): { schema: JsonSchema; isNullable: boolean } {
  let schema = node;
  let isNullable = Array.isArray(schema.type) && schema.type.includes("null");
  // Ten steps: a chain of references longer than that is a cycle.
  for (let i = 0; i < 10; i++) {
    const name = schema.$ref?.match(/^#\/\$defs\/(.+)$/)?.[1];
    const target = name === undefined ? undefined : root.$defs?.[name];
    if (target) {
      schema = target;
      continue;
    }
    const union = schema.anyOf ?? schema.oneOf ?? (schema.allOf?.length === 1 ? schema.allOf : undefined);
    if (!union) break;
    const others = union.filter((member) => typeOf(member) !== "null");
    isNullable ||= others.length < union.length;
    if (others.length !== 1 || !others[0]) break;
    schema = { description: schema.description, ...others[0] } as JsonSchema;
  }
  return { schema, isNullable };
}

function typeOf(schema: JsonSchema): string | null {
  if (typeof schema.type === "string") return schema.type;
  const others = (schema.type ?? []).filter((type) => type !== "null");
  return others.length === 1 ? (others[0] ?? null) : null;
}

function kindOf(schema: JsonSchema, choices: readonly unknown[]): FieldKind {
  if (choices.length > 0) return "enum";
  const type = typeOf(schema);
  if (type === "string" || type === "number" || type === "integer" || type === "boolean") return type;
  return type === "object" ? "record" : "json";
}

/** `incidentId` → `incident-id`; the dots of nesting stay. */
export function flagName(field: Field): string {
  return field.path
    .map((part) =>
      part
        .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
        .replaceAll("_", "-")
        .toLowerCase(),
    )
    .join(".");
}

/** A field as an option. A field whose flag the command itself has is reached by `--set field=value` alone. */
export function optionsOf(fields: readonly Field[], reserved: readonly string[]): readonly OptionSpec[] {
  return fields.flatMap((field) => {
    const name = flagName(field);
    if (reserved.includes(name)) return [];
    const kind = field.isArray ? "list" : field.kind === "boolean" ? "flag" : "text";
    const spec: OptionSpec = {
      name,
      kind,
      value: valueWord(field),
      about: aboutField(field),
      choices: field.kind === "enum" ? field.choices.map(String) : undefined,
    };
    return field.kind === "record" ? [spec, { ...spec, name: `${name}.*` }] : [spec];
  });
}

function valueWord(field: Field): string | undefined {
  if (field.kind === "boolean" && !field.isArray) return undefined;
  if (field.kind === "enum" && field.choices.length <= 6) return field.choices.map(String).join("|");
  const words: Record<FieldKind, string> = {
    string: "TEXT",
    number: "NUMBER",
    integer: "N",
    boolean: "true|false",
    enum: "ONE-OF",
    json: "JSON",
    record: "JSON",
  };
  return words[field.kind];
}

export function aboutField(field: Field): string {
  const notes: string[] = [];
  if (field.isRequired && !field.hasDefault) notes.push("required");
  if (field.hasDefault) notes.push(`default ${JSON.stringify(field.defaultValue)}`);
  if (field.isArray) notes.push("may be repeated");
  if (field.kind === "enum" && field.choices.length > 6) notes.push(`one of ${field.choices.length} values`);
  return [field.about ?? "", notes.length > 0 ? `(${notes.join(", ")})` : ""].filter(Boolean).join(" ");
}

export type Converted = { readonly value: unknown } | { readonly problem: string };

/** One text as the field's type. */
export function convert(field: Field, text: string): Converted {
  if (text === "null" && field.isNullable) return { value: null };
  switch (field.kind) {
    case "string":
      return { value: text };
    case "number":
    case "integer": {
      const value = Number(text);
      if (text.trim() === "" || !Number.isFinite(value))
        return { problem: `a number is expected, "${text}" was given` };
      if (field.kind === "integer" && !Number.isInteger(value)) {
        return { problem: `a whole number is expected, "${text}" was given` };
      }
      return { value };
    }
    case "boolean": {
      const value = parseBoolean(text);
      return value === null ? { problem: `true or false is expected, "${text}" was given` } : { value };
    }
    case "enum": {
      const choice = field.choices.find((allowed) => String(allowed) === text);
      return choice === undefined ? { problem: enumProblem(field, text) } : { value: choice };
    }
    case "json":
    case "record":
      return jsonOrText(field, text);
  }
}

function enumProblem(field: Field, text: string): string {
  const names = field.choices.map(String);
  const near = nearest(text, names);
  const shown = names.length > 12 ? `${names.slice(0, 12).join(", ")}, … (${names.length} values)` : names.join(", ");
  return `"${text}" is not one of ${shown}${near === null ? "" : `; did you mean ${near}?`}`;
}

function jsonOrText(field: Field, text: string): Converted {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // A union of text and something else: what is no JSON is the text. A record must be an object.
    return field.kind === "json" ? { value: text } : { problem: `a JSON object is expected, "${text}" was given` };
  }
}

/**
 * Lay the flags over `base`, in place. Answers the problems found; the flags that had none are in.
 * `given` maps flag names (as declared by `optionsOf`) to their values.
 */
export function applyFlags(
  base: Record<string, unknown>,
  fields: readonly Field[],
  given: Iterable<readonly [string, OptionValue]>,
): readonly InputIssue[] {
  const issues: InputIssue[] = [];
  const byFlag = new Map(fields.map((field) => [flagName(field), field]));
  for (const [name, value] of given) {
    const field = byFlag.get(name);
    if (field) issues.push(...applyOne(base, field, value));
    else issues.push(...applyOpen(base, fields, name, value));
  }
  return issues;
}

function applyOne(base: Record<string, unknown>, field: Field, value: OptionValue): readonly InputIssue[] {
  const path = field.path.join(".");
  if (typeof value === "boolean") {
    setAt(base, field.path, value);
    return [];
  }
  const texts = typeof value === "string" ? [value] : value;
  const converted = texts.map((text) => convert(field, text));
  const issues = converted.flatMap((one) => ("problem" in one ? [{ path, message: one.problem }] : []));
  if (issues.length > 0) return issues;
  const values = converted.map((one) => ("value" in one ? one.value : undefined));
  setAt(base, field.path, field.isArray ? values : values[0]);
  return [];
}

/** `--labels.colour=red`: a field of a record. */
function applyOpen(
  base: Record<string, unknown>,
  fields: readonly Field[],
  name: string,
  value: OptionValue,
): readonly InputIssue[] {
  const record = fields.find((field) => field.kind === "record" && name.startsWith(`${flagName(field)}.`));
  if (!record) return [];
  const key = name.slice(flagName(record).length + 1);
  const free: Field = { ...record, kind: record.recordOf, isArray: false, path: [...record.path, key] };
  return applyOne(base, free, value);
}

/** The one key whose assignment changes an object's prototype instead of the object. */
const UNSAFE_KEY = "__proto__";

export function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  if (path.includes(UNSAFE_KEY)) return;
  let node = target;
  for (const part of path.slice(0, -1)) {
    const inner = Object.hasOwn(node, part) ? node[part] : undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) node[part] = {};
    node = node[part] as Record<string, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) node[last] = value;
}

export function getAt(source: unknown, path: readonly string[]): unknown {
  let node: unknown = source;
  for (const part of path) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, part)) return undefined;
    node = (node as Record<string, unknown>)[part];
  }
  return node;
}

/** Every required field that the input lacks, with what it is and the flag that gives it. */
export function missingFields(input: unknown, fields: readonly Field[]): readonly InputIssue[] {
  return fields
    .filter((field) => field.isRequired && !field.hasDefault && getAt(input, field.path) === undefined)
    .map((field) => ({
      path: field.path.join("."),
      message: `is missing${field.about === null ? "" : ` (${field.about})`}: --${flagName(field)}=${valueWord(field) ?? "true|false"}`,
    }));
}
