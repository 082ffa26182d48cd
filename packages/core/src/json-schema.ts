/**
 * A value checked against a JSON Schema, as far as forms and answers need it: types, constants, bounds, objects, lists and
 * alternatives of draft 2020-12. A keyword that is not known here passes: the schema's own library judges the value again where
 * the workflow is executed.
 */
import type { InputIssue } from "./errors/input.js";

type Schema = Readonly<Record<string, unknown>>;

/** What does not fit, with dotted paths; empty where all does. `schema` null checks nothing. */
export function findMisfits(schema: unknown, value: unknown): readonly InputIssue[] {
  const issues: InputIssue[] = [];
  check({ root: schema, issues, depth: 0 }, schema, value, "");
  return issues;
}

interface Check {
  readonly root: unknown;
  readonly issues: InputIssue[];
  readonly depth: number;
}

/** References may form a circle; a value that is nested deeper than this is judged by the workflow alone. */
const DEPTH_MAX = 64;

function check(of: Check, given: unknown, value: unknown, path: string): void {
  if (given === false) of.issues.push({ path, message: "nothing is allowed here" });
  if (typeof given !== "object" || given === null || of.depth > DEPTH_MAX) return;
  const inner: Check = { ...of, depth: of.depth + 1 };
  const schema = given as Schema;
  const fail = (message: string) => of.issues.push({ path, message });
  if (typeof schema.$ref === "string") check(inner, resolve(of.root, schema.$ref), value, path);
  for (const part of listOf(schema.allOf)) check(inner, part, value, path);
  for (const alternatives of [listOf(schema.anyOf), listOf(schema.oneOf)]) {
    if (alternatives.length > 0 && !alternatives.some((part) => fits(inner, part, value))) {
      fail(`expected ${alternatives.map(wordSchema).join(" or ")}`);
    }
  }
  if (schema.const !== undefined && !isSame(schema.const, value)) fail(`expected ${JSON.stringify(schema.const)}`);
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => isSame(one, value))) {
    return void fail(`expected one of ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}`);
  }
  const types = typeof schema.type === "string" ? [schema.type] : listOf(schema.type).map(String);
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
    return void fail(`expected ${types.join(" or ")}, got ${typeOf(value)}`);
  }
  if (typeof value === "number") checkNumber(schema, value, fail);
  else if (typeof value === "string") checkText(schema, value, fail);
  else if (Array.isArray(value)) checkList(inner, schema, value, path);
  else if (typeof value === "object" && value !== null) checkObject(inner, schema, value as Schema, path);
}

function fits(of: Check, schema: unknown, value: unknown): boolean {
  const issues: InputIssue[] = [];
  check({ ...of, issues }, schema, value, "");
  return issues.length === 0;
}

/** A reference within the schema: "#/$defs/name". */
function resolve(root: unknown, ref: string): unknown {
  if (!ref.startsWith("#")) return null;
  let found = root;
  for (const part of ref.slice(1).split("/").filter(Boolean)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    found = typeof found === "object" && found !== null ? (found as Schema)[name] : null;
  }
  return found;
}

function checkNumber(schema: Schema, value: number, fail: (message: string) => void): void {
  const bound = (name: string, isBroken: (limit: number) => boolean, word: string) => {
    const limit = schema[name];
    if (typeof limit === "number" && isBroken(limit)) fail(`expected ${word} ${limit}`);
  };
  bound("minimum", (limit) => value < limit, "at least");
  bound("maximum", (limit) => value > limit, "at most");
  bound("exclusiveMinimum", (limit) => value <= limit, "more than");
  bound("exclusiveMaximum", (limit) => value >= limit, "less than");
  // As far as doubles go: 0.3 is a multiple of 0.1.
  bound("multipleOf", (step) => Math.abs(value / step - Math.round(value / step)) > 1e-9, "a multiple of");
}

function checkText(schema: Schema, value: string, fail: (message: string) => void): void {
  const { minLength, maxLength, pattern } = schema;
  if (typeof minLength === "number" && value.length < minLength) fail(`expected at least ${minLength} characters`);
  if (typeof maxLength === "number" && value.length > maxLength) fail(`expected at most ${maxLength} characters`);
  if (typeof pattern === "string" && !matches(pattern, value)) fail(`expected text that matches ${pattern}`);
}

/** A pattern that cannot be read here passes. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function checkList(of: Check, schema: Schema, value: readonly unknown[], path: string): void {
  const { minItems, maxItems, items } = schema;
  const fail = (message: string) => of.issues.push({ path, message });
  if (typeof minItems === "number" && value.length < minItems) fail(`expected at least ${minItems} entries`);
  if (typeof maxItems === "number" && value.length > maxItems) fail(`expected at most ${maxItems} entries`);
  const first = listOf(schema.prefixItems);
  for (const [place, one] of value.entries()) check(of, first[place] ?? items, one, below(path, String(place)));
}

function checkObject(of: Check, schema: Schema, value: Schema, path: string): void {
  const properties = (schema.properties ?? {}) as Schema;
  for (const name of listOf(schema.required).map(String)) {
    if (!Object.hasOwn(value, name)) of.issues.push({ path: below(path, name), message: "is missing" });
  }
  const patterns = Object.entries((schema.patternProperties ?? {}) as Schema);
  for (const [name, one] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? [properties[name]] : [];
    const all = [...own, ...patterns.filter(([pattern]) => matches(pattern, name)).map(([, part]) => part)];
    for (const part of all) check(of, part, one, below(path, name));
    if (all.length > 0) continue;
    if (schema.additionalProperties === false) of.issues.push({ path: below(path, name), message: "is not expected" });
    else check(of, schema.additionalProperties, one, below(path, name));
  }
}

const below = (path: string, name: string) => (path === "" ? name : `${path}.${name}`);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function isOfType(type: string, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  return type === typeOf(value);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function wordSchema(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "something else";
  const { type, const: constant, title } = schema as Schema;
  if (constant !== undefined) return JSON.stringify(constant);
  return typeof type === "string" ? type : typeof title === "string" ? title : "another shape";
}
