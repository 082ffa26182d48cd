/** The comparison that the project's configuration registers for a workflow, made of two of its runs. */
import type { DatasetEntry, DatasetRef, Holdfast, RunView } from "@holdfast/engine";
import type { ComparedRun, ComparisonReport } from "../../extensions.js";
import type { Cli } from "../cli.js";
import { findMaps } from "../maps.js";

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
  for (const { stage, runId, state } of await findMaps(holdfast, run)) {
    const handle = await holdfast.handle(runId);
    handles.set(stage, () => handle.items(state.stage) as AsyncIterable<never>);
  }
  return {
    run,
    // A stage that is no map, or has not begun, has no items.
    items: (stage) => handles.get(stage)?.(stage) ?? nothing(),
    output: async (stage) =>
      run.stages.some((one) => one.name === stage && one.status === "completed")
        ? holdfast.runs.output(run.id, stage)
        : null,
    rows: (ref) => rowsOf(holdfast, ref),
  };
}

/** A page of rows: some hundred kilobytes of texts at a time. */
const PAGE_COUNT = 500;

async function* rowsOf<Row>(holdfast: Holdfast, ref: DatasetRef<Row>): AsyncIterable<DatasetEntry<Row>> {
  for (let from = 0; from < ref.rows; from += PAGE_COUNT) {
    for (const { index, key, json } of await holdfast.store.listRows(ref.name, ref.digest, { from, limit: PAGE_COUNT }))
      yield { index, key, row: JSON.parse(json) as Row };
  }
}

async function* nothing(): AsyncIterable<never> {}
