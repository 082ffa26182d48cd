/**
 * Whether the code that is about to execute a run is the code that recorded what the run has. Told in the history and taken
 * from then on, or refused as drift, as the workflow says. Where nothing was recorded yet, the claim has taken the code already.
 */

import { isCodeChanged, shortCode } from "../workflow/code-digest.js";
import { codeOf } from "../workflow/code-of.js";
import type { Execution } from "./execution.js";

/** False: the execution stops, and no user code may begin. */
export function settleCode(execution: Execution): boolean {
  const {
    deps,
    subject: { run, workflow, fence },
  } = execution;
  const now = codeOf(workflow);
  if (now === null || run.code === null || !isCodeChanged(run.code, now)) return true;
  const drift = { what: "code" as const, was: shortCode(run.code), now: shortCode(now) };
  const { accept } = execution.drift.terms;
  if (accept === null && workflow.definition.onCodeChange === "refuse") {
    execution.stopping.stop({ why: "drift", drift: [drift] });
    return false;
  }
  execution.drift.report(drift, accept ?? "told");
  execution.writer.follow(deps.store.noteCode(fence, now));
  return true;
}
