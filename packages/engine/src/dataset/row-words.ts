// What a schema says of a row, in words of the file: the column, what its cell holds, and what was expected there.

import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";

/** An issue as zod makes it; of other libraries only the message and the path are known. */
interface DetailedIssue extends Schema.Issue {
  readonly code?: unknown;
  readonly expected?: unknown;
  readonly values?: unknown;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly format?: unknown;
  readonly keys?: unknown;
}

/** Of a cell in a message. */
const CELL_CHARS_MAX = 60;
const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  bigint: "a whole number",
  boolean: "true or false",
  date: "a date",
  null: "nothing",
  array: "a list",
  object: "several values",
};
const FORMATS: Readonly<Record<string, string>> = {
  email: "an email address",
  url: "a web address",
  date: "a date such as 2026-01-31",
  datetime: "a time such as 2026-01-31T12:00:00Z",
  uuid: "a UUID",
  regex: "another form of text",
};
/** What libraries say when the author of the schema said nothing: words about types, not about the file. */
const GENERIC = /^(invalid|too (small|big)|unrecognized|expected|required)\b/i;

export interface RowProblem {
  readonly what: string;
  readonly column: string | undefined;
}

/** The first of the issues, and how many columns more have one. */
export function wordIssues(issues: readonly Schema.Issue[], cells: Readonly<Record<string, unknown>>): RowProblem {
  const [issue] = issues as readonly DetailedIssue[];
  if (issue === undefined) return { what: "the row does not fit", column: undefined };
  const steps = (issue.path ?? []).map((step) => String(typeof step === "object" ? step.key : step));
  const [column] = steps;
  const others = issues.length - 1;
  const more = others < 1 ? "" : ` (and ${others} more)`;
  const what = GENERIC.test(issue.message) ? wordGeneric(issue, column, cells) : issue.message.replace(/\.$/, "");
  return { what: `${what}${more}`, column: steps.length === 0 ? undefined : steps.join(".") };
}

function wordGeneric(
  issue: DetailedIssue,
  column: string | undefined,
  cells: Readonly<Record<string, unknown>>,
): string {
  if (issue.code === "unrecognized_keys" && Array.isArray(issue.keys)) {
    return `there is no place for ${issue.keys.map((key) => `column ${JSON.stringify(key)}`).join(", ")}`;
  }
  if (column === undefined) return "the row does not fit";
  const expected = wordExpected(issue);
  const then = expected === null ? "which does not fit" : `where ${expected} is expected`;
  if (!Object.hasOwn(cells, column)) return `the row has no such column, ${then}`;
  const cell = cells[column];
  if (cell === null || cell === undefined || cell === "") return `the cell is empty, ${then}`;
  const text = String(cell);
  const shown = text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX)}…` : text;
  return `the cell holds ${typeof cell === "string" ? JSON.stringify(shown) : shown}, ${then}`;
}

function wordExpected(issue: DetailedIssue): string | null {
  const { code, expected, values, origin, minimum, maximum, format } = issue;
  if (Array.isArray(values)) {
    const words = values.map((value) => JSON.stringify(value));
    return words.length === 1 ? (words[0] as string) : `one of ${words.join(", ")}`;
  }
  if (code === "too_small" || code === "too_big") {
    const bound = code === "too_small" ? `at least ${String(minimum)}` : `at most ${String(maximum)}`;
    if (origin === "string") return minimum === 1 && code === "too_small" ? "some text" : `text of ${bound} characters`;
    return origin === "array" ? `a list of ${bound}` : bound;
  }
  if (typeof format === "string") return FORMATS[format] ?? `text of the form ${format}`;
  if (typeof expected === "string") return EXPECTED[expected] ?? null;
  // Other libraries say it in the message alone.
  const named = /expected (?:a |an )?(\w+)/i.exec(issue.message)?.[1]?.toLowerCase();
  return named === undefined ? null : (EXPECTED[named] ?? null);
}
