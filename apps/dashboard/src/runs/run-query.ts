/**
 * What is asked of the list, as one text: words of `key:value`, `-key:value` to exclude, and a word alone for the beginning of an
 * id. Pure; the address of the page has the text, the server gets the filter.
 */
import type { RunsQuery } from "@holdfast/client";
import type { RunStatus } from "../api/types.js";

export const STATUSES: readonly RunStatus[] = ["queued", "running", "paused", "completed", "failed", "cancelled"];

/** The keys that can be asked for, with what they take. */
export const QUERY_KEYS: Readonly<Record<string, string>> = {
  status: "queued, running, paused, completed, failed, cancelled",
  workflow: "a workflow's name",
  owner: "whose runs",
  resumable: "true or false",
};

export interface Term {
  readonly key: string;
  readonly value: string;
  readonly isExcluded: boolean;
}

/** "status:failed -status:queued run-2026" */
export function parseQuery(text: string): readonly Term[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => {
      const isExcluded = word.startsWith("-") && word.includes(":");
      const rest = isExcluded ? word.slice(1) : word;
      const at = rest.indexOf(":");
      return at <= 0
        ? { key: "id", value: rest, isExcluded: false }
        : { key: rest.slice(0, at) === "state" ? "status" : rest.slice(0, at), value: rest.slice(at + 1), isExcluded };
    });
}

export const wordOf = ({ key, value, isExcluded }: Term): string =>
  key === "id" ? value : `${isExcluded ? "-" : ""}${key}:${value}`;

export const textOf = (terms: readonly Term[]): string => terms.map(wordOf).join(" ");

export interface Asked {
  readonly filter: RunsQuery;
  /** What cannot be asked, in words. */
  readonly problem: string | null;
}

export function filterOf(terms: readonly Term[]): Asked {
  const filter: Record<string, string | boolean> = {};
  const included: RunStatus[] = [];
  const excluded: RunStatus[] = [];
  for (const { key, value, isExcluded } of terms) {
    if (key === "id") {
      filter.idPrefix = value;
    } else if (key === "status") {
      const asked = value.split(",");
      const known = asked.filter((one): one is RunStatus => STATUSES.some((status) => status === one));
      if (known.length < asked.length) return refuse(`${value} is no status: ${STATUSES.join(", ")}`);
      (isExcluded ? excluded : included).push(...known);
    } else if (QUERY_KEYS[key] === undefined) {
      return refuse(`${key} cannot be asked for: ${Object.keys(QUERY_KEYS).join(", ")}`);
    } else if (isExcluded) {
      return refuse(`only -status: can be left out, ${key}: cannot`);
    } else if (value === "") {
      return refuse(`${key}: needs ${QUERY_KEYS[key]}`);
    } else {
      filter[key] = value;
    }
  }
  const from = included.length === 0 ? STATUSES : included;
  const statuses = from.filter((status) => !excluded.includes(status));
  if (included.length + excluded.length > 0) {
    if (statuses.length === 0) return refuse("no status is left");
    filter.status = statuses.join(",");
  }
  return { filter, problem: null };
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
