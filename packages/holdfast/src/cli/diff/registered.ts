/** The comparison that the project's configuration registers for a workflow, made of two of its runs. */
import type { Holdfast, RunView } from "@holdfast/engine";
import type { ComparedRun, ComparisonReport } from "../../extensions.js";
import type { Cli } from "../cli.js";

/** Null where the runs are of different workflows, or theirs has no comparison, or none of the one stage asked for. */
export async function compareByWorkflow(
  cli: Cli,
  holdfast: Holdfast,
  a: RunView,
  b: RunView,
  stage: string | undefined,
): Promise<ComparisonReport | null> {
  const { comparisons = {} } = (await cli.config()).config;
  const load = Object.hasOwn(comparisons, a.workflow) ? comparisons[a.workflow] : undefined;
  if (load === undefined || a.workflow !== b.workflow) return null;
  const compare = await load();
  return compare(await sideOf(holdfast, a), await sideOf(holdfast, b), { stage });
}

async function sideOf(holdfast: Holdfast, run: RunView): Promise<ComparedRun> {
  const handles = new Map<string, (stage: string) => AsyncIterable<never>>();
  for (const { stage, runId } of await holdfast.runs.maps(run.id)) {
    const handle = await holdfast.handle(runId);
    handles.set(stage, () => handle.items(stage) as AsyncIterable<never>);
  }
  return {
    run,
    // A stage that is no map, or has not begun, has no items.
    items: (stage) => handles.get(stage)?.(stage) ?? nothing(),
    output: async (stage) =>
      run.stages.some((one) => one.name === stage && one.status === "completed")
        ? holdfast.runs.output(run.id, stage)
        : null,
    rows: (ref) => holdfast.datasets.rows(ref),
  };
}

async function* nothing(): AsyncIterable<never> {}
