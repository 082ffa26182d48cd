/** `--through`: the stage after which a run pauses, and which stages may begin until then. Pure. */
import { type RunRecord, rankOf, UnknownStageError } from "@holdfast/core";
import type { Workflow } from "./define-workflow.js";

/**
 * Whether `--through` lets a stage begin. Members of one pattern rank in the order asked: those asked before the named one
 * came may start.
 */
export function isWithinThrough(
  { through, stages }: Pick<RunRecord, "through" | "stages">,
  stage: string,
  hasPassedThrough: boolean,
): boolean {
  if (through === null || stages === null) return true;
  const throughRank = rankOf(through, stages);
  const rank = rankOf(stage, stages);
  if (rank !== throughRank) return rank < throughRank;
  return stage === through || !hasPassedThrough;
}

/** @throws {UnknownStageError} UNKNOWN_STAGE — when the workflow does not declare it, or declares no stages. */
export function checkThrough(workflow: Workflow, through: string): void {
  const declared = workflow.stages ?? [];
  if (rankOf(through, declared) >= 0) return;
  throw new UnknownStageError({
    stage: through,
    workflow: workflow.name,
    declared: declared.map((declaration) => declaration.name),
  });
}
