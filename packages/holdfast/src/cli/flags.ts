/**
 * Fields as flags: their names and help, the conversion of what was typed, and laying it over an input.
 *
 * Nested objects become dotted flags, arrays repeat, records stay open (`--labels.colour=red`). A value is converted by
 * the field's type only; whether it fits is the schema's word, given when the run starts. Reading files lives in
 * `read-document.ts`.
 */
import { type InputIssue, nearest } from "@holdfast/core";
import { normalName, type OptionSpec, type OptionValue, parseBoolean } from "./args.js";
import type { Field, FieldKind } from "./fields.js";

/** `incidentId` → `incident-id`; the dots of nesting stay. */
export function flagName(field: Field): string {
  return field.path.map(normalName).join(".");
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
  if (field.isSecret && field.kind !== "json" && field.kind !== "record") return "SECRET";
  if (field.isPath) return field.kind === "json" ? "PATH|JSON" : "PATH";
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

function aboutField(field: Field): string {
  const notes: string[] = [];
  if (field.isRequired && !field.hasDefault) notes.push("required");
  if (field.hasDefault) notes.push(field.isSecret ? "has a default" : `default ${JSON.stringify(field.defaultValue)}`);
  if (field.isSecret) notes.push("a secret");
  if (field.isArray) notes.push("may be repeated");
  if (field.kind === "enum" && field.choices.length > 6) notes.push(`one of ${field.choices.length} values`);
  return [field.about ?? "", notes.length > 0 ? `(${notes.join(", ")})` : ""].filter(Boolean).join(" ");
}

export type Converted = { readonly value: unknown } | { readonly problem: string };

/** One text as the field's type. The problem quotes the text, unless it is a secret. */
export function convert(field: Field, text: string): Converted {
  const converted = convertText(field, text);
  if (!field.isSecret || "value" in converted) return converted;
  return { problem: `the value is not of type ${field.kind}` };
}

function convertText(field: Field, text: string): Converted {
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
    const value: unknown = JSON.parse(text);
    // 1.10 is a name sooner than the number 1.1, where a name is taken.
    if (field.mayBeText && typeof value === "number" && String(value) !== text) return { value: text };
    return { value };
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
  const converted = texts.flatMap((text) => (field.isArray ? convertListed(field, text) : [convert(field, text)]));
  const issues = converted.flatMap((one) => ("problem" in one ? [{ path, message: one.problem }] : []));
  if (issues.length > 0) return issues;
  const values = converted.map((one) => ("value" in one ? one.value : undefined));
  setAt(base, field.path, field.isArray ? values : values[0]);
  return [];
}

/**
 * A value of a repeatable flag: one item, or several as a JSON list, as help prints defaults and a file has them. Where an
 * item may be a list itself, a list is one item.
 */
function convertListed(field: Field, text: string): readonly Converted[] {
  if (field.isListOfLists || !text.trimStart().startsWith("[")) return [convert(field, text)];
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch {
    // A text such as "[draft] report" is one.
    return [
      field.mayBeText
        ? convert(field, text)
        : { problem: `a JSON list is expected, ${shownOf(field, text)} was given` },
    ];
  }
  // Of a list of texts, "[1]" is one of them.
  const isMeant = Array.isArray(items) && (field.kind !== "string" || items.every((item) => typeof item === "string"));
  if (!isMeant) return [convert(field, text)];
  // Typed values as they are, texts by the field's type: the list of a number may have been written with quotes.
  return (items as unknown[]).map((item) => (typeof item === "string" ? convert(field, item) : { value: item }));
}

const shownOf = (field: Field, text: string) => (field.isSecret ? "something else" : `"${text}"`);

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

function getAt(source: unknown, path: readonly string[]): unknown {
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
