/** The durable map and the datasets, put together for the executor and the operations. */
import type { Store } from "@holdfast/core";
import { outdatedBy } from "../dataset/check-sources.js";
import { makeDatasets } from "../dataset/datasets.js";
import { readRows } from "../dataset/rows.js";
import { noteUse } from "../dataset/uses.js";
import type { DataParts } from "../run/execution.js";
import { makeMap } from "./map-stage.js";
import { readResults } from "./results.js";

export function makeDataParts(store: Store): DataParts {
  return {
    datasets: ({ execution, stage, attempt, events }, signal) =>
      makeDatasets(execution.deps, {
        execution,
        stage,
        attempt,
        signal,
        log: (message, data) => events.log(message, data),
        setLabel: (label) => events.setLabel(label),
      }),
    results: (execution) => (ref, filter) => readResults(execution.deps.store, ref.runId as never, ref.stage, filter),
    rows:
      (execution, { stage, attempt }) =>
      (ref) =>
        readRows(execution.deps.store, ref, () =>
          noteUse(execution, { stage, attempt, name: ref.name, contentSha256: ref.digest }),
        ),
    map: (execution, registry) => makeMap(execution, registry) as never,
    outdatedBy: (run, record) => outdatedBy(store, run, record),
  };
}
