/**
 * A checkpoint that its stage's schema no longer takes: drift like any other, found before the stage begins. "reuse" hands the
 * stage what was saved, as it is; "redo" removes it, and the stage begins without one.
 */
import type { DriftItem, RunId, StageHistory, Store } from "@holdfast/core";
import { validate } from "../base/schema.js";
import type { Execution } from "../run/execution.js";
import { decodeJson } from "../run/outputs.js";
import type { StageOptions } from "../workflow/context.js";
import { judgeDrift } from "./decide-stage.js";

/** More than this is a list of everything in it. */
const ISSUES_TOLD_MAX = 3;

/** Null where there is none, where it fits, and where the stage takes anything. */
export async function checkpointDrift(
  store: Pick<Store, "getCheckpoint">,
  runId: RunId,
  stage: string,
  schema: StageOptions<never>["checkpoint"],
): Promise<DriftItem | null> {
  const found = schema === undefined ? null : await store.getCheckpoint(runId, stage);
  if (schema === undefined || found === null) return null;
  const fit = await validate(schema, decodeJson(found.json));
  if (fit.ok) return null;
  const issues = fit.issues
    .slice(0, ISSUES_TOLD_MAX)
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  if (fit.issues.length > issues.length) issues.push(`${fit.issues.length - issues.length} more`);
  return {
    what: "checkpoint",
    stage,
    was: `saved by attempt ${found.attempt}`,
    now: `refused by the stage's schema (${issues.join("; ")})`,
  };
}

/** False where the stage takes anything, or nobody has tried it: then nothing can be saved that does not fit. */
export function mayHaveCheckpoint(
  { checkpoint }: StageOptions<never>,
  history: Pick<StageHistory, "lastAttempt"> | undefined,
): boolean {
  return checkpoint !== undefined && history !== undefined && history.lastAttempt > 0;
}

/** False: the stage does not begin; the execution stops once all that are ready were looked at. */
export async function settleCheckpoint(
  execution: Execution,
  stage: string,
  { checkpoint }: StageOptions<never>,
): Promise<boolean> {
  const {
    deps,
    drift: found,
    subject: { fence },
  } = execution;
  const drift = await checkpointDrift(deps.store, fence.runId, stage, checkpoint);
  if (drift === null) return true;
  const judged = judgeDrift(drift, found.terms);
  found.carryOut(judged);
  if (judged.verdict !== "redo") return judged.verdict === "reuse";
  const attempt = execution.subject.history.get(stage)?.lastAttempt ?? 0;
  return execution.writer.accepts(await deps.store.saveCheckpoint(fence, { stage, attempt, json: null }));
}
