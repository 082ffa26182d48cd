/** `restart`: from the first stage again, under the same id, with the recorded input or some fields changed. */
import { BadInputError, EXIT, UnknownWorkflowError } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { applySets, inputFormOf, isPlainObject } from "../run-input.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("workflows");
  const runId = await findRun(holdfast, args.word(0));
  const sets = args.list("set");
  const set = sets.length === 0 ? undefined : await changedFields(cli, runId, sets);
  const handle = await holdfast.runs.restart(runId, { set });
  const view = await handle.status();
  if (cli.console.isJson) cli.console.document(view);
  else
    cli.console.lines([
      `Run ${runId} queued again, generation ${view.generation}`,
      "  next  holdfast worker --until-idle",
    ]);
  return EXIT.done;
}

/** The top-level fields that change, each whole: a nested change keeps the recorded rest of its field. */
async function changedFields(cli: Cli, runId: string, sets: readonly string[]): Promise<Record<string, unknown>> {
  const holdfast = await cli.open("workflows");
  const { workflow: name, input } = await holdfast.runs.get(runId);
  const workflow = holdfast.workflows.find((one) => one.name === name);
  if (!workflow) throw new UnknownWorkflowError({ workflow: name, known: holdfast.workflows.map((one) => one.name) });
  const form = await inputFormOf(workflow, []);
  const whole: Record<string, unknown> = isPlainObject(input) ? structuredClone(input) : {};
  const issues = applySets(whole, form, sets);
  if (issues.length > 0) throw new BadInputError({ subject: `Input of ${name}`, issues });
  const changed = new Set(sets.map((one) => one.slice(0, one.indexOf("=")).split(".")[0]?.toLowerCase()));
  return Object.fromEntries(
    Object.entries(whole).filter(([key]) => changed.has(key.toLowerCase()) || isNew(input, key, whole)),
  );
}

/** A field given by its flag's spelling ("max-items" for "maxItems") shows by its changed value. */
function isNew(input: unknown, key: string, whole: Record<string, unknown>): boolean {
  const before = isPlainObject(input) ? input[key] : undefined;
  return JSON.stringify(before) !== JSON.stringify(whole[key]);
}
