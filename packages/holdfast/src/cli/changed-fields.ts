/** Applies `--set field=value` to an earlier input, and returns the changed top-level fields. */
import { BadInputError, WrongUseError } from "@holdfast/core";
import type { Holdfast, RunView, Workflow } from "@holdfast/engine";
import { applySets, inputFormOf, isPlainObject, type NamedDocument } from "./run-input.js";

/** The input as given, before the schema; `--set` changes this. */
export async function recordedInput(holdfast: Holdfast, run: RunView): Promise<NamedDocument> {
  const value = await holdfast.runs.givenInput(run.id);
  if (isPlainObject(value)) return { name: "the recorded input", value };
  throw new WrongUseError({ problem: "--set changes fields, and the recorded input has none." });
}

/**
 * Returns the changed top-level fields, each completely: a nested change keeps the recorded rest of its field.
 * @throws {BadInputError} BAD_INPUT — for unknown fields and invalid values.
 */
export async function changedFields(
  holdfast: Holdfast,
  run: RunView,
  workflow: Workflow,
  sets: readonly string[],
): Promise<Record<string, unknown> | undefined> {
  if (sets.length === 0) return undefined;
  const before = (await recordedInput(holdfast, run)).value as Record<string, unknown>;
  const whole = structuredClone(before);
  const issues = applySets(whole, await inputFormOf(workflow, []), sets);
  if (issues.length > 0) throw new BadInputError({ subject: `Input of ${workflow.name}`, issues });
  const isChanged = (key: string) => JSON.stringify(before[key]) !== JSON.stringify(whole[key]);
  return Object.fromEntries(Object.entries(whole).filter(([key]) => isChanged(key)));
}
