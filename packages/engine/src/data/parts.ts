/** The durable map and the datasets, put together for the executor and the operations. */
import { type Clock, type Store, WrongUseError } from "@holdfast/core";
import type { ArtifactStore } from "../artifact/artifact-store.js";
import type { DataParts } from "../execution/deps.js";

export function makeDataParts(_ports: { store: Store; clock: Clock; artifacts: ArtifactStore }): DataParts {
  const missing = (what: string): never => {
    throw new WrongUseError({ problem: `${what} is not part of this version yet.` });
  };
  return {
    datasets: () => ({ ingest: () => missing("dataset.ingest"), open: () => missing("dataset.open") }),
    results: () => () => missing("results"),
    map: () => () => missing("map"),
    items: () => missing("items"),
    plan: () => missing("plan"),
    applyPlan: async () => {},
  };
}
