// Words schema issues: the value found, and the remedy for the setting. Each unknown key becomes a separate problem,
// with the nearest known key if there is one.
import { nearestKey, showValue, valueAt } from "@holdfast/workload-kit";
import { z } from "zod";
import { cureFor, KNOWN_MISTAKES } from "./cures.js";
import { SECTIONS } from "./schema.js";

export interface WordedIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly cure: string;
}

/** Words one issue. `given` is the whole file as plain data, to show the value found. */
export function wordIssue(issue: z.core.$ZodIssue, given: unknown): WordedIssue[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], ...unknownKey(issue.path, key) }));
  }
  const path = issue.path.map(String).join(".");
  const found = valueAt(given, issue.path);
  if (found === undefined) return [{ path: issue.path, message: "it is missing.", cure: cureFor(path) }];
  if (issue.code === "invalid_key") {
    // The path ends in the offending key; the remedy is that of the enclosing mapping.
    const parent = issue.path.slice(0, -1).map(String).join(".");
    return [
      {
        path: issue.path,
        message: `"${String(issue.path.at(-1))}" is no name of a narrative type.`,
        cure: cureFor(parent),
      },
    ];
  }
  return [{ path: issue.path, message: `${showValue(found)} is not allowed here.`, cure: cureFor(path) }];
}

function unknownKey(path: readonly PropertyKey[], key: string): { message: string; cure: string } {
  const whole = [...path, key].map(String).join(".");
  const known = knownKeys(path);
  const near = nearestKey(key, known);
  const cure =
    KNOWN_MISTAKES[whole] ??
    (near === undefined ? `remove it; known here: ${known.join(", ")}.` : `write \`${near}\`, or remove it.`);
  return { message: "unknown setting.", cure };
}

/** Returns the keys that the schema knows at a path; empty if it accepts any. */
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
