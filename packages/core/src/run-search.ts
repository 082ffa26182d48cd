/**
 * The search text of runs, as people type it: `status:failed workflow:brief -owner:ana country:NO started:>2d cost:>5 run-2026`.
 * The page's search box and `holdfast runs` share this one parser. Pure: it turns the text into terms, and the terms into a query.
 */
import { CAUSE_PATTERN } from "./cause.js";
import { isUsd } from "./money.js";
import { RUN_STATUSES, type RunStatus } from "./run-status.js";
import type { RunQuery } from "./store/runs.js";

/** The keys that every store knows, each with the values it takes. The search fields of workflows are keys too. */
export const SEARCH_KEYS: Readonly<Record<string, string>> = {
  status: RUN_STATUSES.join(", "),
  workflow: "a workflow's name",
  owner: "whose runs",
  resumable: "true",
  started: ">2d, <2d, >2026-11-01, <2026-11-01",
  cost: ">5, <0.5, in dollars",
  cause: "a fingerprint of 16 hexadecimal digits",
};

/** Other names of the same keys. */
const ALIASES: Readonly<Record<string, string>> = { state: "status", created: "started" };

/** One word of a search text. */
export interface SearchTerm {
  /** A key of `SEARCH_KEYS`, a search field, or `id` for the beginning of a run id. */
  readonly key: string;
  readonly value: string;
  readonly isExcluded: boolean;
}

/** Splits a text into terms. A value with spaces stands in quotes: `owner:"ana b"`. `!` excludes as `-` does. */
export function parseRunSearch(text: string): readonly SearchTerm[] {
  const words = text.match(/[^\s":]+:"[^"]*"?|\S+/g) ?? [];
  return words.map((word) => {
    const isExcluded = /^[-!][^:]+:/.test(word);
    const rest = isExcluded ? word.slice(1) : word;
    const at = rest.indexOf(":");
    if (at <= 0) return { key: "id", value: rest, isExcluded: false };
    const given = rest.slice(0, at);
    const key = Object.hasOwn(ALIASES, given) ? (ALIASES[given] ?? given) : given;
    return { key, value: rest.slice(at + 1).replace(/^"([^"]*)"?$/, "$1"), isExcluded };
  });
}

/** A term as it is typed. */
export function wordOfTerm({ key, value, isExcluded }: SearchTerm): string {
  if (key === "id") return value;
  return `${isExcluded ? "-" : ""}${key}:${/\s/.test(value) ? `"${value}"` : value}`;
}

/** Terms as one text, which parses to the same terms. */
export const textOfTerms = (terms: readonly SearchTerm[]): string => terms.map(wordOfTerm).join(" ");

/** The runs that a text asks for: a `RunQuery` without its page. */
export type RunSearch = Pick<
  RunQuery,
  | "statuses"
  | "workflow"
  | "owner"
  | "idPrefix"
  | "fields"
  | "not"
  | "createdSince"
  | "createdBefore"
  | "costAboveUsd"
  | "costBelowUsd"
  | "cause"
> & { readonly resumable?: true | undefined };

/** A search text that was understood, or the first thing in it that was not. */
export interface SearchAnswer {
  readonly search: RunSearch;
  /** The first thing that cannot be asked for, in words; null where all of it can. */
  readonly problem: string | null;
}

/** What the caller knows when it asks. */
export interface SearchKnown {
  /** Search fields that workflows declare; null while that is not known: then the store refuses what is none. */
  readonly fields: readonly string[] | null;
  /** Ages count back from here: milliseconds UTC. */
  readonly nowMs: number;
}

type Draft = { -readonly [K in keyof RunSearch]: RunSearch[K] };

/** Turns terms into a query. Answers with a problem instead of asking for something else. */
export function searchOfTerms(terms: readonly SearchTerm[], { fields, nowMs }: SearchKnown): SearchAnswer {
  const draft: Draft = {};
  const statuses = { included: [] as RunStatus[], excluded: [] as RunStatus[] };
  const values: Record<string, string> = {};
  const not = {
    ...{ workflows: [] as string[], owners: [] as string[], causes: [] as string[] },
    fields: [] as (readonly [string, string])[],
  };
  for (const term of terms) {
    const { key, value, isExcluded } = term;
    if (key === "id") {
      if (!/^[A-Za-z0-9][A-Za-z0-9._~-]*$/.test(value)) return refuse(`${value} begins no run id`);
      draft.idPrefix = value;
      continue;
    }
    const isKey = Object.hasOwn(SEARCH_KEYS, key);
    if (!isKey && fields !== null && !fields.includes(key)) {
      return refuse(`${key} cannot be asked for: ${[...Object.keys(SEARCH_KEYS), ...fields].join(", ")}`);
    }
    if (value === "") return refuse(`${key}: needs ${SEARCH_KEYS[key] ?? "a value"}`);
    if (!isKey) {
      if (isExcluded) not.fields.push([key, value]);
      else if (Object.hasOwn(values, key) && values[key] !== value) return refuseTwice(key, values[key] ?? "", value);
      else values[key] = value;
      continue;
    }
    const problem = readKey(term, { draft, statuses, not, nowMs });
    if (problem !== null) return refuse(problem);
  }
  const { included, excluded } = statuses;
  if (included.length + excluded.length > 0) {
    const from = included.length === 0 ? RUN_STATUSES : RUN_STATUSES.filter((status) => included.includes(status));
    draft.statuses = from.filter((status) => !excluded.includes(status));
    if (draft.statuses.length === 0) return refuse("no status is left");
  }
  if (Object.keys(values).length > 0) draft.fields = values;
  const { causes, ...others } = not;
  if (Object.values(not).some((left) => left.length > 0)) draft.not = causes.length === 0 ? others : not;
  return { search: draft, problem: null };
}

interface Reading {
  readonly draft: Draft;
  readonly statuses: { readonly included: RunStatus[]; readonly excluded: RunStatus[] };
  readonly not: { readonly workflows: string[]; readonly owners: string[]; readonly causes: string[] };
  readonly nowMs: number;
}

/** One of `SEARCH_KEYS`. Null where it is understood. */
function readKey({ key, value, isExcluded }: SearchTerm, { draft, statuses, not, nowMs }: Reading): string | null {
  switch (key) {
    case "status": {
      const asked = value.split(",");
      const known = asked.filter((one): one is RunStatus => RUN_STATUSES.some((status) => status === one));
      if (known.length < asked.length) return `${value} is no status: ${RUN_STATUSES.join(", ")}`;
      (isExcluded ? statuses.excluded : statuses.included).push(...known);
      return null;
    }
    case "started": {
      const time = timeOf(value, nowMs);
      if (time === null) return `started:${value} is no time: ${SEARCH_KEYS.started}`;
      if (time.isLater !== isExcluded) draft.createdSince = time.at;
      else draft.createdBefore = time.at;
      return null;
    }
    case "cost": {
      const [, sign = "", text = ""] = /^([<>])(\d+(?:\.\d+)?)$/.exec(value) ?? [];
      if (sign === "" || !isUsd(Number(text))) return `cost:${value} is no amount: ${SEARCH_KEYS.cost}`;
      if ((sign === ">") !== isExcluded) draft.costAboveUsd = Number(text);
      else draft.costBelowUsd = Number(text);
      return null;
    }
    case "resumable":
      if (value !== "true" || isExcluded) return "resumable: takes true alone";
      draft.resumable = true;
      return null;
    default: {
      const name = key === "workflow" ? "workflow" : key === "cause" ? "cause" : "owner";
      if (name === "cause" && !CAUSE_PATTERN.test(value)) return `cause:${value} is not ${SEARCH_KEYS.cause}`;
      const before = draft[name];
      if (isExcluded) not[`${name}s`].push(value);
      else if (before !== undefined && before !== value) return twice(name, before, value);
      else draft[name] = value;
      return null;
    }
  }
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
  if (age !== null) return { isLater, at: Math.max(0, nowMs - Number(age[1]) * (UNIT_MS[age[2] ?? ""] ?? 0)) };
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(rest)) return null;
  const at = new Date(rest.length === 10 ? `${rest}T00:00:00` : rest).getTime();
  return Number.isNaN(at) || at < 0 ? null : { isLater, at };
}

const twice = (key: string, one: string, other: string) => `${key} is asked for twice: ${one} and ${other}`;
const refuse = (problem: string): SearchAnswer => ({ search: {}, problem });
const refuseTwice = (key: string, one: string, other: string) => refuse(twice(key, one, other));
