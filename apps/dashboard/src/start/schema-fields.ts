/**
 * A JSON Schema as fields of a form: pure. Objects become their members, under names with dots; what no field can hold becomes one
 * for JSON, so that every input can be given.
 */

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export type FieldKind = "text" | "long" | "secret" | "number" | "integer" | "switch" | "choice" | "list" | "json";

export interface Field {
  /** "model.baseUrl" */
  readonly path: string;
  readonly kind: FieldKind;
  readonly label: string;
  readonly hint: string;
  readonly isRequired: boolean;
  readonly choices: readonly string[];
  /** As it stands in the form. */
  readonly initial: string | boolean;
  readonly schema: JsonSchema;
  /** The heading it stands under; empty at the top. */
  readonly group: string;
}

/** A text of more than so many characters is given in several lines. */
const LONG_MIN = 200;
const DEPTH_MAX = 3;

export function fieldsOf(schema: JsonSchema, given?: unknown): readonly Field[] {
  return membersOf(schema, [], true, given, 0);
}

function membersOf(
  schema: JsonSchema,
  path: readonly string[],
  isNeeded: boolean,
  given: unknown,
  depth: number,
): readonly Field[] {
  const { properties } = plain(schema);
  if (properties === undefined) return [fieldOf(schema, path, isNeeded, given)];
  return Object.entries(properties).flatMap(([name, member]) => {
    const isRequired = isNeeded && (schema.required ?? []).includes(name) && member.default === undefined;
    const value = typeof given === "object" && given !== null ? (given as Record<string, unknown>)[name] : undefined;
    const inner = plain(member);
    if (inner.properties !== undefined && depth < DEPTH_MAX)
      return membersOf(inner, [...path, name], isRequired, value, depth + 1);
    return [fieldOf(member, [...path, name], isRequired, value)];
  });
}

/** Of "this or null" this. */
function plain(schema: JsonSchema): JsonSchema {
  const parts = (schema.anyOf ?? schema.oneOf)?.filter(({ type }) => type !== "null");
  const [only] = parts ?? [];
  return parts?.length === 1 && only !== undefined ? { ...only, default: schema.default, ...describe(schema) } : schema;
}

const describe = ({ title, description }: JsonSchema) => ({
  ...(title === undefined ? {} : { title }),
  ...(description === undefined ? {} : { description }),
});

function fieldOf(given: JsonSchema, path: readonly string[], isRequired: boolean, value: unknown): Field {
  const schema = plain(given);
  const name = path.at(-1) ?? "input";
  const choices = choicesOf(schema);
  const kind = kindOf(schema, choices);
  const initial = value ?? schema.default;
  return {
    path: path.join("."),
    kind,
    label: schema.title ?? labelOf(name),
    hint: schema.description ?? hintOf(schema),
    isRequired,
    choices,
    initial: kind === "switch" ? initial === true : textOf(kind, initial),
    schema,
    group: path.length > 1 ? labelOf(path.slice(0, -1).join(" ")) : "",
  };
}

function kindOf(schema: JsonSchema, choices: readonly string[]): FieldKind {
  if (choices.length > 0) return "choice";
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  switch (type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return type;
    case "string":
      if (schema.format === "secret" || schema.format === "password") return "secret";
      return (schema.maxLength ?? 0) > LONG_MIN || /context|text|prompt|notes|description/i.test(schema.title ?? "")
        ? "long"
        : "text";
    case "array":
      return schema.items?.type === "string" && schema.items.enum === undefined ? "list" : "json";
    default:
      return "json";
  }
}

function choicesOf(schema: JsonSchema): readonly string[] {
  if (schema.enum?.every((one) => typeof one === "string")) return schema.enum as string[];
  const parts = schema.anyOf ?? schema.oneOf;
  const consts = parts?.map((part) => part.const);
  return consts?.every((one) => typeof one === "string") ? (consts as string[]) : [];
}

function textOf(kind: FieldKind, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (kind === "list" && Array.isArray(value)) return value.map(String).join("\n");
  // A list of numbers is a line, not a page.
  const isFlat = Array.isArray(value) && value.every((one) => typeof one !== "object");
  if (kind === "json") return isFlat ? JSON.stringify(value) : JSON.stringify(value, null, 2);
  return String(value);
}

/** clientContext: "Client context". */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function hintOf({ minimum, maximum, format, type }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined && Math.abs(maximum) < Number.MAX_SAFE_INTEGER)
    return `${minimum} to ${maximum}`;
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) return `${minimum} or more`;
  if (type === "array") return "One a line";
  return format === "path" ? "A file of the server" : "";
}

export type Values = Readonly<Record<string, string | boolean>>;

/** What a field's text means; undefined leaves it out. The problem in words where it means nothing. */
export function readValue(
  field: Field,
  given: string | boolean,
): { readonly value?: unknown; readonly problem?: string } {
  if (typeof given === "boolean") return { value: given };
  const text = field.kind === "long" || field.kind === "secret" ? given : given.trim();
  if (text === "") return field.isRequired ? { problem: "This is needed" } : {};
  const { schema } = field;
  switch (field.kind) {
    case "number":
    case "integer":
      return numberOf(text, field);
    case "list":
      return {
        value: text
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line !== ""),
      };
    case "json":
      try {
        return { value: JSON.parse(text) };
      } catch (error) {
        return { problem: `This is no JSON: ${(error as Error).message}` };
      }
    default:
      if (schema.minLength !== undefined && text.length < schema.minLength)
        return { problem: `At least ${schema.minLength} characters are needed` };
      if (schema.maxLength !== undefined && text.length > schema.maxLength)
        return { problem: `At most ${schema.maxLength} characters are taken` };
      return { value: text };
  }
}

function numberOf(text: string, { kind, schema }: Field): { readonly value?: unknown; readonly problem?: string } {
  const value = Number(text.replaceAll(",", ""));
  if (!Number.isFinite(value)) return { problem: "A number is expected" };
  if (kind === "integer" && !Number.isInteger(value)) return { problem: "A whole number is expected" };
  if (schema.minimum !== undefined && value < schema.minimum)
    return { problem: `At least ${schema.minimum} is expected` };
  if (schema.maximum !== undefined && value > schema.maximum)
    return { problem: `At most ${schema.maximum} is expected` };
  return { value };
}

/** The input that the fields make. */
export function inputOf(fields: readonly Field[], values: Values): unknown {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const { value } = readValue(field, values[idOf(field.path)] ?? field.initial);
    if (value === undefined) continue;
    if (field.path === "") return value;
    const parts = field.path.split(".");
    const last = parts.pop() ?? "";
    let holder = input;
    for (const part of parts) {
      holder[part] ??= {};
      holder = holder[part] as Record<string, unknown>;
    }
    holder[last] = value;
  }
  return input;
}

/** The form's own name of a field: dots would make objects of it. */
export const idOf = (path: string): string => `f_${path.replaceAll(".", "__")}`;

/** clientContext: --client-context, as the command has it. */
export const flagOf = (path: string): string => `--${path.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase()}`;

/** The same by command, an option a line; what is as it would be anyway is left out. */
export function commandOf(
  workflow: string,
  fields: readonly Field[],
  values: Values,
): readonly { readonly path: string; readonly text: string }[] {
  const lines = [{ path: "", text: `holdfast start ${workflow}` }];
  for (const field of fields) {
    const given = values[idOf(field.path)] ?? field.initial;
    const { value } = readValue(field, given);
    const isDefault = JSON.stringify(value) === JSON.stringify(field.schema.default);
    if (
      value === undefined ||
      isDefault ||
      (field.kind === "switch" && value === false && field.schema.default !== true)
    )
      continue;
    const text = field.kind === "secret" ? "…" : typeof value === "string" ? value : JSON.stringify(value);
    const shown = field.kind === "switch" && value === true ? "" : `=${quote(text)}`;
    lines.push({ path: field.path, text: `${flagOf(field.path)}${shown}` });
  }
  return lines;
}

const quote = (text: string) => (/^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
