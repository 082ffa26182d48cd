// Turns a model's text into SQL. Six helpers and no control flow:
//   {{ ref('m') }} a model of this year   {{ prev('m') }} the same model's rows of the previous year   {{ src('t') }} census, lists
//   {{ p('a.b') }} a parameter            {{ u('kind', key) }} a draw of this year, {{ u_life(…) }} one for life
//   {{ prorate('amount', 'days') }}, {{ id('kind', 'key') }}, and the words year, jan1, feb1, dec31, days
// A draw depends only on seed, year, kind and person, never on the order of people or models.
import { decimalText } from "../config/decimal.js";
import { ExactNumber, type Parameters } from "../config/year-parameters.js";

export type TableKind = "ref" | "prev" | "src";
export interface TableName {
  readonly kind: TableKind;
  readonly name: string;
}

/** Returns the tables that a model's text names, without parameters: enough for the graph. */
export function tablesIn(text: string): TableName[] {
  const found = new Map<string, TableName>();
  for (const { helper, args } of helpersIn(text)) {
    if (helper !== "ref" && helper !== "prev" && helper !== "src") continue;
    const name = args[0] ?? "";
    found.set(`${helper} ${name}`, { kind: helper, name });
  }
  return [...found.values()];
}

export interface YearOfModels {
  readonly year: number;
  readonly seed: number;
  readonly parameters: Parameters;
}

/**
 * Returns the SQL of a model for one year.
 *
 * @throws {TemplateError} for an unknown helper or parameter, by name.
 */
export function renderModel(
  model: { name: string; text: string },
  of: YearOfModels,
  tableOf: (table: TableName) => string,
) {
  const body = withoutHeader(model.text);
  return body.replace(HELPER, (whole, inside: string) => {
    const call = parseHelper(inside);
    if (call === null) throw new TemplateError(model.name, `${whole} cannot be read`);
    return expand(call, of, tableOf, model.name);
  });
}

export class TemplateError extends Error {
  override readonly name = "TemplateError";
  constructor(
    readonly model: string,
    problem: string,
  ) {
    super(`model ${model}: ${problem}`);
  }
}

interface Call {
  readonly helper: string;
  readonly args: readonly string[];
}

const HELPER = /\{\{\s*([^}]*?)\s*\}\}/g;

function* helpersIn(text: string): Generator<Call> {
  for (const [, inside] of withoutHeader(text).matchAll(HELPER)) {
    const call = parseHelper(inside ?? "");
    if (call !== null) yield call;
  }
}

function parseHelper(inside: string): Call | null {
  const match = inside.match(/^(\w+)\s*(?:\((.*)\))?$/s);
  if (match === null) return null;
  const args = [...(match[2] ?? "").matchAll(/'([^']*)'/g)].map(([, arg]) => arg ?? "");
  return { helper: match[1] ?? "", args };
}

/** Removes the header. It is for people; its statements about columns are checked elsewhere and affect no result. */
function withoutHeader(text: string): string {
  return text.replace(/^(?:--[^\n]*\n)+/, "").trim();
}

function expand(
  { helper, args }: Call,
  { year, seed, parameters }: YearOfModels,
  tableOf: (table: TableName) => string,
  model: string,
): string {
  const [first = "", second = ""] = args;
  const daysInYear = isLeap(year) ? 366 : 365;
  switch (helper) {
    case "ref":
    case "prev":
    case "src":
      return tableOf({ kind: helper, name: first });
    case "p":
      return literal(valueAt(parameters, first, model), first, model);
    case "u":
      return draw(`${seed}|${year}|${first}|`, second);
    case "u_life":
      return draw(`${seed}|${first}|`, second);
    case "id":
      return `md5('${seed}|${year}|' || ${first} || '|' || ${second})`;
    case "prorate":
      return prorate(first, second, daysInYear);
    case "year":
      return String(year);
    case "jan1":
      return `DATE '${year}-01-01'`;
    case "feb1":
      return `DATE '${year}-02-01'`;
    case "dec31":
      return `DATE '${year}-12-31'`;
    case "days":
      return String(daysInYear);
    default:
      throw new TemplateError(model, `there is no helper "${helper}"`);
  }
}

/** Uniform in [0, 1): the upper 53 bits of half a digest, which a DOUBLE holds exactly. */
function draw(prefix: string, key: string): string {
  return `((md5_number_lower('${prefix}' || ${key}) >> 11)::DOUBLE / 9007199254740992.0)`;
}

/** Computes `amount` × `days` / days of the year in whole cents, rounded half up. Dividing decimals would go through DOUBLE. */
function prorate(amount: string, days: string, daysInYear: number): string {
  const cents = `(CAST(${amount} * 100 AS BIGINT) * ${days} * 2 + ${daysInYear}) // ${2 * daysInYear}`;
  return `CAST(CAST(${cents} AS DECIMAL(18,0)) * 0.01 AS DECIMAL(14,2))`;
}

export function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function valueAt(parameters: Parameters, path: string, model: string): unknown {
  let value: unknown = parameters;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) {
      throw new TemplateError(model, `there is no parameter "${path}"`);
    }
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

function literal(value: unknown, path: string, model: string): string {
  if (typeof value === "boolean") return String(value);
  if (value instanceof ExactNumber) return `CAST('${value.text}' AS ${value.type})`;
  // Settings have six decimals; further digits are noise of binary fractions. A plain number is a DECIMAL, which is
  // exact.
  if (typeof value === "number" && Number.isFinite(value)) return decimalText(value, 6);
  throw new TemplateError(model, `parameter "${path}" is no number`);
}
