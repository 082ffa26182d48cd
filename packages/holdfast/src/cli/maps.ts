/** The maps of a run: its own, and those that a fork kept, whose results stay with the run that made them. */
import type { MapState } from "@holdfast/core";
import type { Holdfast, MapRef, RunView } from "@holdfast/engine";

export interface RunMap {
  readonly stage: string;
  /** The run that holds the results: this one, or the one it was forked from. */
  readonly runId: string;
  readonly state: MapState;
}

/** In the order in which the maps were made; what a fork kept comes first. */
export async function findMaps(holdfast: Holdfast, run: RunView): Promise<readonly RunMap[]> {
  const own = (await holdfast.store.listMaps(run.id as never)).map((state) => ({
    stage: state.stage,
    runId: run.id,
    state,
  }));
  if (run.forkedFrom === null) return own;
  const kept: RunMap[] = [];
  for (const { name, status } of run.stages) {
    if (status !== "completed" || own.some((map) => map.stage === name)) continue;
    const ref = (await holdfast.runs.output(run.id, name)) as MapRef | null;
    if (typeof ref !== "object" || ref?.kind !== "map" || ref.runId === run.id) continue;
    const state = await holdfast.store.getMap(ref.runId as never, ref.stage);
    if (state !== null) kept.push({ stage: name, runId: ref.runId, state });
  }
  return [...kept, ...own];
}
