/** `--set field=value` laid over an input that was given before, as the top-level fields that change with it. */
import { BadInputError, WrongUseError } from "@holdfast/core";
import type { Holdfast, RunView, Workflow } from "@holdfast/engine";
import { applySets, inputFormOf, isPlainObject, type NamedDocument } from "./run-input.js";

/** As it was given, before the schema: what `--set` alone changes. */
export async function recordedInput(holdfast: Holdfast, run: RunView): Promise<NamedDocument> {
  const value = await holdfast.runs.givenInput(run.id);
  if (isPlainObject(value)) return { name: "the recorded input", value };
  throw new WrongUseError({ problem: "--set changes fields, and the recorded input has none." });
}

/**
 * The top-level fields that change, each whole: a nested change keeps the recorded rest of its field.
 * @throws {BadInputError} BAD_INPUT — for fields that the input has not, and values that they cannot have.
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
