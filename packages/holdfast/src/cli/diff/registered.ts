/** The comparison that the project's configuration registers for a workflow, made of two of its runs. */
import type { Holdfast, RunView } from "@holdfast/engine";
import type { ComparedRun, ComparisonReport } from "../../extensions.js";
import type { Cli } from "../cli.js";
import { findMaps } from "../maps.js";

/** Null where the runs are of different workflows, or theirs has no comparison. */
export async function compareByWorkflow(
  cli: Cli,
  holdfast: Holdfast,
  a: RunView,
  b: RunView,
): Promise<ComparisonReport | null> {
  const { comparisons = {} } = (await cli.config()).config;
  const load = Object.hasOwn(comparisons, a.workflow) ? comparisons[a.workflow] : undefined;
  if (load === undefined || a.workflow !== b.workflow) return null;
  const compare = await load();
  return compare(await sideOf(holdfast, a), await sideOf(holdfast, b));
}

async function sideOf(holdfast: Holdfast, run: RunView): Promise<ComparedRun> {
  const handles = new Map<string, (stage: string) => AsyncIterable<never>>();
  for (const { stage, runId, state } of await findMaps(holdfast, run)) {
    const handle = await holdfast.handle(runId);
    handles.set(stage, () => handle.items(state.stage) as AsyncIterable<never>);
  }
  return {
    run,
    // A stage that is no map, or has not begun, has no items.
    items: (stage) => handles.get(stage)?.(stage) ?? nothing(),
    output: (stage) => holdfast.runs.output(run.id, stage),
  };
}

async function* nothing(): AsyncIterable<never> {}
