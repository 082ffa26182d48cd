/** Whether saved checkpoints fit the schemas of their stages, which are known only where the workflow's function names them. */
import type { DriftItem, RunRecord } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import { openInput } from "../workflow/secret.js";
import { rehearse } from "./rehearse.js";

/** By stage; of stages that are not in it nobody can tell. Nothing is written, no stage's function is called. */
export async function checkpointFits(
  { deps, workflows }: Engine,
  run: RunRecord,
): Promise<ReadonlyMap<string, DriftItem | null>> {
  const workflow = workflows.get(run.workflow);
  if (workflow === undefined) return new Map();
  const { store } = deps;
  const [history, maps, { input }] = await Promise.all([
    store.loadHistory(run.id),
    store.listMaps(run.id),
    openInput(store, run),
  ]);
  const { checkpoints } = await rehearse(deps, {
    workflow,
    run: { ...run, input, through: null },
    history,
    maps,
    terms: { accept: null, isRedoingItems: false, isReopening: run.status === "failed" },
    isCounting: false,
  });
  return checkpoints;
}
