// The wording of schema issues: what was found, and the cure of that setting. Unknown keys become one problem
// each, with the nearest known key when there is one.
import { z } from "zod";
import { cureFor, KNOWN_MISTAKES } from "./cures.js";
import { SECTIONS } from "./schema.js";

export interface WordedIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly cure: string;
}

/** Word one issue; `given` is the whole file as plain data, to show what stands there. */
export function wordIssue(issue: z.core.$ZodIssue, given: unknown): WordedIssue[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], ...unknownKey(issue.path, key) }));
  }
  const path = issue.path.map(String).join(".");
  const found = valueAt(given, issue.path);
  if (found === undefined) return [{ path: issue.path, message: "it is missing.", cure: cureFor(path) }];
  if (issue.code === "invalid_key") {
    // The path ends in the offending key; the cure is that of the mapping around it.
    const parent = issue.path.slice(0, -1).map(String).join(".");
    return [
      {
        path: issue.path,
        message: `"${String(issue.path.at(-1))}" is no name of a narrative type.`,
        cure: cureFor(parent),
      },
    ];
  }
  return [{ path: issue.path, message: `${show(found)} is not allowed here.`, cure: cureFor(path) }];
}

function unknownKey(path: readonly PropertyKey[], key: string): { message: string; cure: string } {
  const whole = [...path, key].map(String).join(".");
  const known = knownKeys(path);
  const near = nearest(key, known);
  const cure =
    KNOWN_MISTAKES[whole] ??
    (near === undefined ? `remove it; known here: ${known.join(", ")}.` : `write \`${near}\`, or remove it.`);
  return { message: "unknown setting.", cure };
}

/** The keys that the schema knows at a path; empty where it takes any. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let shape: Readonly<Record<string, unknown>> = SECTIONS;
  for (const step of path) {
    const inner = unwrap(shape[String(step)]);
    if (!(inner instanceof z.ZodObject)) return [];
    shape = inner.shape;
  }
  return Object.keys(shape);
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  return inner;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

/** 60 characters are enough to recognise a value, and too few to print a pasted secret or a whole prompt. */
const SHOWN_CHARS_MAX = 60;

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  if (typeof value === "number") return String(value); // NaN and infinities have no JSON
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}

/** The known key within two edits, letter case and underscores aside. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[_-]/g, "");
  const ranked = known
    .map((name) => ({ name, edits: editDistance(plain(key), plain(name)) }))
    .filter(({ edits, name }) => edits <= Math.min(2, name.length / 2))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.name;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3; // more than anyone asks for
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
