/** For a plan: what a stage that begins would find of its checkpoint. */
import type { DriftItem, Store } from "@holdfast/core";
import type { JudgedDrift } from "../run/drift-terms.js";
import { checkpointDrift, mayHaveCheckpoint } from "../stage/changed-checkpoint.js";
import { judgeDrift } from "../stage/decide-stage.js";
import type { StageOptions } from "../workflow/context.js";
import type { RehearsalRequest } from "./rehearsal.js";

/** Null, at once, where nothing can be saved that does not fit. `found` takes what is wrong with it, by stage. */
export function foreseeCheckpoint(
  store: Store,
  { run, history, terms }: Pick<RehearsalRequest, "run" | "history" | "terms">,
  stage: string,
  options: StageOptions<never>,
  found: Map<string, DriftItem | null>,
): Promise<JudgedDrift | null> | null {
  const before = history.find((one) => one.stage === stage);
  if (before !== undefined && options.checkpoint === undefined) found.set(stage, null);
  if (!mayHaveCheckpoint(options, before)) return null;
  return checkpointDrift(store, run.id, stage, options.checkpoint).then((drift) => {
    found.set(stage, drift);
    return drift === null ? null : judgeDrift(drift, terms);
  });
}
