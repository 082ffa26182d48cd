/**
 * What is asked of the list, as one text: words of `key:value`, `-key:value` to exclude, and a word alone for the beginning of an
 * id. Pure; the address of the page has the text, the server gets the filter.
 */
import type { RunsQuery } from "@holdfast/client";
import type { RunStatus } from "../api/types.js";

export const STATUSES: readonly RunStatus[] = ["queued", "running", "paused", "completed", "failed", "cancelled"];

/** The keys that can always be asked for, with what they take. Search fields of workflows are keys too. */
export const QUERY_KEYS: Readonly<Record<string, string>> = {
  status: "queued, running, paused, completed, failed, cancelled",
  workflow: "a workflow's name",
  owner: "whose runs",
  resumable: "true",
  started: ">2d, <2d, >2026-11-01, <2026-11-01",
};

export interface Term {
  readonly key: string;
  readonly value: string;
  readonly isExcluded: boolean;
}

/** "status:failed -status:queued run-2026"; a value with spaces stands in quotes: `owner:"ana b"`. `!` excludes as `-` does. */
export function parseQuery(text: string): readonly Term[] {
  const words = text.match(/[^\s":]+:"[^"]*"?|\S+/g) ?? [];
  return words.map((word) => {
    const isExcluded = /^[-!][^:]+:/.test(word);
    const rest = isExcluded ? word.slice(1) : word;
    const at = rest.indexOf(":");
    if (at <= 0) return { key: "id", value: rest, isExcluded: false };
    const key = rest.slice(0, at) === "state" ? "status" : rest.slice(0, at);
    return { key, value: rest.slice(at + 1).replace(/^"([^"]*)"?$/, "$1"), isExcluded };
  });
}

export const wordOf = ({ key, value, isExcluded }: Term): string => {
  if (key === "id") return value;
  return `${isExcluded ? "-" : ""}${key}:${/\s/.test(value) ? `"${value}"` : value}`;
};

export const textOf = (terms: readonly Term[]): string => terms.map(wordOf).join(" ");

export interface Asked {
  readonly filter: RunsQuery;
  /** What cannot be asked, in words. */
  readonly problem: string | null;
}

/** What may be asked for, and when it is asked. */
export interface Known {
  /** Search fields that workflows declare; null while that is not known: then the server says what is none. */
  readonly fields: readonly string[] | null;
  readonly nowMs: number;
}

export function filterOf(terms: readonly Term[], { fields, nowMs }: Known): Asked {
  const filter: { -readonly [K in keyof RunsQuery]: RunsQuery[K] } = {};
  const included: RunStatus[] = [];
  const excluded: RunStatus[] = [];
  const values: Record<string, string> = {};
  const not = { workflows: [] as string[], owners: [] as string[], fields: [] as string[] };
  for (const { key, value, isExcluded } of terms) {
    if (key === "id") {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) return refuse(`${value} begins no run id`);
      filter.idPrefix = value;
      continue;
    }
    const isField = QUERY_KEYS[key] === undefined && (fields === null || fields.includes(key));
    if (QUERY_KEYS[key] === undefined && !isField) {
      return refuse(`${key} cannot be asked for: ${[...Object.keys(QUERY_KEYS), ...(fields ?? [])].join(", ")}`);
    }
    if (value === "") return refuse(`${key}: needs ${QUERY_KEYS[key] ?? "a value"}`);
    if (key === "status") {
      const asked = value.split(",");
      const known = asked.filter((one): one is RunStatus => STATUSES.some((status) => status === one));
      if (known.length < asked.length) return refuse(`${value} is no status: ${STATUSES.join(", ")}`);
      (isExcluded ? excluded : included).push(...known);
    } else if (key === "started") {
      const time = timeOf(value, nowMs);
      if (time === null) return refuse(`started:${value} is no time: ${QUERY_KEYS.started}`);
      if (time.isLater !== isExcluded) filter.createdSince = time.at;
      else filter.createdBefore = time.at;
    } else if (key === "resumable") {
      if (value !== "true" || isExcluded) return refuse("resumable: takes true alone");
      filter.resumable = true;
    } else if (isField) {
      if (isExcluded) not.fields.push(`${key}=${value}`);
      else values[key] = value;
    } else if (key === "workflow") {
      if (isExcluded) not.workflows.push(value);
      else filter.workflow = value;
    } else if (isExcluded) not.owners.push(value);
    else filter.owner = value;
  }
  const from = included.length === 0 ? STATUSES : included;
  const statuses = from.filter((status) => !excluded.includes(status));
  if (included.length + excluded.length > 0) {
    if (statuses.length === 0) return refuse("no status is left");
    filter.status = statuses.join(",");
  }
  if (Object.keys(values).length > 0) filter.fields = values;
  if (Object.values(not).some((left) => left.length > 0)) filter.not = not;
  return { filter, problem: null };
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/**
 * `>2d`: in the last two days, `<2d`: before them; `>2026-11-01`: on that day or later, `<2026-11-01`: before it. Days begin at
 * midnight of this machine's zone.
 */
function timeOf(value: string, nowMs: number): { readonly isLater: boolean; readonly at: number } | null {
  const [, sign = "", rest = ""] = /^([<>])(.+)$/.exec(value) ?? [];
  const age = /^(\d{1,6})([mhdw])$/.exec(rest);
  const isLater = sign === ">";
  if (age !== null) return { isLater, at: nowMs - Number(age[1]) * (UNIT_MS[age[2] ?? ""] ?? 0) };
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(rest)) return null;
  const at = new Date(rest.length === 10 ? `${rest}T00:00:00` : rest).getTime();
  return Number.isNaN(at) || at < 0 ? null : { isLater, at };
}

const refuse = (problem: string): Asked => ({ filter: {}, problem });

/** What a run says about its input, on its row: the values of its first plain fields. */
export function inputWords(input: unknown): string {
  if (typeof input !== "object" || input === null) return input === undefined || input === null ? "" : String(input);
  return Object.values(input)
    .flatMap((value) => (typeof value === "string" || typeof value === "number" ? [shorten(String(value))] : []))
    .filter((text) => text !== "")
    .slice(0, 3)
    .join(" · ");
}

const WORD_MAX = 40;
/** Of a path the file, of a text its beginning. */
function shorten(text: string): string {
  const file = /^[./~]?[^\s]*\/([^/\s]+)$/.exec(text)?.[1];
  const plain = (file ?? text).replace(/\s+/g, " ");
  return plain.length > WORD_MAX ? `${plain.slice(0, WORD_MAX - 1)}…` : plain;
}
