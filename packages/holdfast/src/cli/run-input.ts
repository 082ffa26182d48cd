/**
 * Putting together the input of a run: configuration file, then input file, then flags, each over the one before.
 * All problems are named at once. Whether the whole fits is the schema's word, given by the engine at the start.
 */
import { BadInputError, type InputIssue, WrongUseError } from "@holdfast/core";
import { inputJsonSchema, type Workflow } from "@holdfast/engine";
import { didYouMean } from "../suggest.js";
import type { OptionSpec, OptionValue } from "./args.js";
import { type Field, fieldsOf, type JsonSchema, takesText } from "./fields.js";
import { applyFlags, convert, flagName, missingFields, optionsOf, setAt } from "./flags.js";
import { type DocumentPlace, type ReadDocument, readDocument } from "./read-document.js";

/** A workflow's input as the command line sees it. `fields` is null where its schema cannot be described. */
export interface InputForm {
  readonly kind: "workflow";
  readonly workflow: Workflow;
  readonly fields: readonly Field[] | null;
  readonly options: readonly OptionSpec[];
  /** Whether the field at this place may be a text, whatever else it may be. */
  readonly takesText: (path: readonly string[]) => boolean;
}

export async function inputFormOf(workflow: Workflow, reserved: readonly string[]): Promise<InputForm> {
  const schema = (await inputJsonSchema(workflow)) as JsonSchema | null;
  const fields = schema?.properties === undefined ? null : fieldsOf(schema);
  return {
    kind: "workflow",
    workflow,
    fields,
    options: fields === null ? [] : optionsOf(fields, reserved),
    takesText: (path) => schema !== null && takesText(schema, schema, path),
  };
}

/** A whole input as read from a file; `name` is for messages. */
export type NamedDocument = ReadDocument;

export interface InputSources {
  /** Each over the one before. */
  readonly documents: readonly NamedDocument[];
  /** Flags of fields by their names as declared. */
  readonly flags: Iterable<readonly [string, OptionValue]>;
  /** `field=value` texts. */
  readonly sets: readonly string[];
}

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — naming file and line. */
export async function readDocuments(
  files: readonly (string | undefined)[],
  place: DocumentPlace,
): Promise<readonly NamedDocument[]> {
  const documents: NamedDocument[] = [];
  for (const file of files) {
    if (file === undefined) continue;
    documents.push(await readDocument(file, place));
  }
  return documents;
}

/** The sources laid over one another, with what is wrong with them; what is missing is not asked for here. */
export function layInput(form: InputForm, from: InputSources): { value: unknown; issues: InputIssue[] } {
  const base: Record<string, unknown> = {};
  for (const { name, value } of from.documents) {
    if (isPlainObject(value)) mergeInto(base, value);
    else if (form.fields === null) return { value, issues: [] };
    else return { value, issues: [{ path: "", message: `${name} holds ${kindOf(value)}, an object is expected` }] };
  }
  const issues = [...applySets(base, form, from.sets), ...applyFlags(base, form.fields ?? [], from.flags)];
  return { value: base, issues: [...issues, ...misreadTexts(base, form, from.documents)] };
}

/**
 * Numbers that do not read as they were written, where a text would do: `version: 007` is 7 before any schema sees it, and
 * a schema that takes a whole number for a text would take it in silence.
 */
function misreadTexts(base: unknown, form: InputForm, documents: readonly NamedDocument[]): InputIssue[] {
  return documents.flatMap(({ name, value, changed, readAs, lineOf }) =>
    (changed?.() ?? []).flatMap((path): InputIssue[] => {
      // Another document or a flag may have said it anew.
      const isInForce = valueAt(base, path) === valueAt(value, path);
      const reading = isInForce && form.takesText(path) ? (readAs?.(path) ?? null) : null;
      if (reading === null) return [];
      const message = `${reading.words}, where a text may be meant: put it in quotes (${name}, line ${lineOf?.(path)})`;
      return [{ path: path.join("."), message }];
    }),
  );
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === "object" && at !== null && Object.hasOwn(at, step) ? at[step as never] : undefined),
    value,
  );
}

/** @throws {BadInputError} BAD_INPUT — naming every field that is missing or cannot be what was given. */
export function buildInput(form: InputForm, from: InputSources): unknown {
  const { value, issues } = layInput(form, from);
  const wrong = new Set(issues.map((issue) => issue.path));
  if (!wrong.has("")) {
    issues.push(...missingFields(value, form.fields ?? []).filter((issue) => !wrong.has(issue.path)));
  }
  if (issues.length > 0) throw new BadInputError({ subject: `Input of ${form.workflow.name}`, issues });
  const isEmpty = isPlainObject(value) && Object.keys(value).length === 0;
  return form.fields === null && isEmpty && from.documents.length === 0 ? undefined : value;
}

/** The same error, each field with the file and line it stands in, where a document has it. */
export function withPlaces(thrown: unknown, documents: readonly NamedDocument[]): unknown {
  if (!(thrown instanceof BadInputError)) return thrown;
  const issues = thrown.details.issues.map((issue) => {
    for (const { name, lineOf, readAs } of [...documents].reverse()) {
      const path = issue.path.split(".");
      const line = issue.path === "" ? null : (lineOf?.(path) ?? null);
      if (line === null) continue;
      const reading = readAs?.(path) ?? null;
      // Told by `misreadTexts`, with its place.
      if (reading !== null && issue.message.startsWith(reading.words)) return issue;
      // A text without quotes that became something else: the schema's words alone would leave a person puzzled.
      const wantsText = /string|text/i.test(issue.message);
      const isTold = reading !== null && (wantsText || (reading.isChanged && !/number/i.test(issue.message)));
      const hint = isTold ? `; ${reading.words}: put a text in quotes` : "";
      return { ...issue, message: `${issue.message}${hint} (${name}, line ${line})` };
    }
    return issue;
  });
  return new BadInputError({ ...thrown.details, issues }, { cause: thrown });
}

/** `--set a.b=value`: converted by the field's type; without a schema as JSON where it is JSON. */
export function applySets(base: Record<string, unknown>, form: InputForm, sets: readonly string[]): InputIssue[] {
  const issues: InputIssue[] = [];
  for (const set of sets) {
    const cut = set.indexOf("=");
    if (cut <= 0) throw new WrongUseError({ problem: `--set ${set}: field=value is expected.` });
    const name = set.slice(0, cut);
    const text = set.slice(cut + 1);
    const path = name.split(".");
    const field = findField(form.fields, name);
    if (form.fields !== null && field === null) {
      const names = form.fields.map((one) => one.path.join("."));
      issues.push({ path: name, message: `the input has no such field.${didYouMean(name, names)}` });
      continue;
    }
    const free: Field = {
      path,
      kind: "json",
      mayBeText: false,
      recordOf: "json",
      isArray: false,
      isPath: false,
      isSecret: false,
      isRequired: false,
      isNullable: true,
      about: null,
      hasDefault: false,
      defaultValue: undefined,
      choices: [],
    };
    const target = field === null ? free : field.isArray ? { ...field, kind: "json" as const } : field;
    const converted = convert(target, text);
    if ("problem" in converted) issues.push({ path: name, message: converted.problem });
    else setAt(base, field?.path ?? path, converted.value);
  }
  return issues;
}

function findField(fields: readonly Field[] | null, name: string): Field | null {
  const wanted = name.toLowerCase();
  for (const field of fields ?? []) {
    if (field.path.join(".") === name || flagName(field) === wanted) return field;
    const isInside = field.kind === "record" && name.startsWith(`${field.path.join(".")}.`);
    if (isInside) return { ...field, kind: field.recordOf, isArray: false, path: name.split(".") };
  }
  return null;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
}

function mergeInto(base: Record<string, unknown>, over: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    if (isPlainObject(before) && isPlainObject(value)) mergeInto(before, value);
    // setAt, not assignment: a file may hold a key like "__proto__".
    else setAt(base, [key], isPlainObject(value) ? structuredClone(value) : value);
  }
}
