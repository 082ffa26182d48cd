// Differences between the configuration stored with a run and the file given on resume, as data for a warning. The
// stored one applies; this only tells the operator what differs and whether it would matter.
import { isDeepStrictEqual } from "node:util";
import type { ExperimentConfig } from "./schema.js";

export type DifferenceKind = "affects results" | "operational";

export interface ConfigDifference {
  /** Dotted path of the setting. */
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Value with which the run was started; undefined if it was not set. */
  readonly stored: unknown;
  /** Value in the file; undefined if it is not set. */
  readonly file: unknown;
}

/** Settings in sections that affect results which do not change an answer. */
const OPERATIONAL_PATHS = [
  "experiment.name",
  "experiment.notes",
  "model.apiKeyEnv",
  "model.timeoutMs",
  "model.rate",
  "model.price",
  "run",
];

/**
 * Lists the differences between the stored configuration and the file's, in the order of the file's sections.
 *
 * *Shapes*: both configurations are checked, so defaults are filled in and never count as differences.
 */
export function diffConfig(stored: ExperimentConfig, file: ExperimentConfig): ConfigDifference[] {
  const before = flatten(stored);
  const after = flatten(file);
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths
    .filter((path) => !isDeepStrictEqual(before.get(path), after.get(path)))
    .map((path) => ({ path, kind: kindOf(path, stored, file), stored: before.get(path), file: after.get(path) }));
}

/** Words a difference in one line: `prompt.version: stored "1", file "2" (affects results)`. */
export function describeDifference({ path, kind, stored, file }: ConfigDifference): string {
  return `${path}: stored ${show(stored)}, file ${show(file)} (${kind})`;
}

function kindOf(path: string, stored: ExperimentConfig, file: ExperimentConfig): DifferenceKind {
  const isOperational = OPERATIONAL_PATHS.some((prefix) => path === prefix || path.startsWith(`${prefix}.`));
  // Local methods read no prompt: if both sides are local, its wording does not matter.
  const isUnreadPrompt =
    path.startsWith("prompt") && stored.model.provider === "local" && file.model.provider === "local";
  return isOperational || isUnreadPrompt ? "operational" : "affects results";
}

function flatten(config: ExperimentConfig): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  const walk = (value: unknown, path: string) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      if (value !== undefined && value !== null) flat.set(path, value);
      return;
    }
    for (const [key, inner] of Object.entries(value)) walk(inner, path === "" ? key : `${path}.${key}`);
  };
  walk(config, "");
  return flat;
}

/** A prompt may be pages long, and a warning needs only its beginning. */
const SHOWN_CHARS_MAX = 80;

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
