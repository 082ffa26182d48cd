// Whether a start is really a resume: `run.resume` and friends in the file, or the three variables that scripts
// of the same purpose traditionally set. The variables win. They arrive as values: this module reads no environment.
import type { RunSection } from "./schema.js";

export interface ResumeVariables {
  readonly RESUME?: string | undefined;
  readonly EXPERIMENT_ID?: string | undefined;
  readonly RETRY_ERRORS_ONLY?: string | undefined;
}

export type ResumeRequest =
  | { readonly kind: "start"; readonly warnings: readonly string[] }
  | { readonly kind: "resume"; readonly runId: string; readonly isErrorsOnly: boolean }
  | { readonly kind: "refused"; readonly reason: string };

/** Decide between a new run and a resume. A resume without an id is refused, never guessed. */
export function resumeRequest(
  run: Pick<RunSection, "resume" | "experiment_id" | "retry_errors_only">,
  variables: ResumeVariables = {},
): ResumeRequest {
  const isResume = flag(variables.RESUME) ?? run.resume;
  const isErrorsOnly = flag(variables.RETRY_ERRORS_ONLY) ?? run.retry_errors_only;
  const runId = nonEmpty(variables.EXPERIMENT_ID) ?? run.experiment_id;
  if (!isResume) {
    const warnings: string[] = [];
    if (isErrorsOnly) warnings.push("retry_errors_only has no effect on a new run; it needs resume as well.");
    if (runId !== undefined)
      warnings.push(`experiment_id ${runId} has no effect on a new run; it needs resume as well.`);
    return { kind: "start", warnings };
  }
  if (runId === undefined) {
    const reason =
      "Resume was asked for without saying which run: set EXPERIMENT_ID, or run.experiment_id in the experiment file.";
    return { kind: "refused", reason };
  }
  return { kind: "resume", runId, isErrorsOnly };
}

/** `1`, `true`, `yes`, `on` are true and their opposites false; unset or empty leaves the file's word. */
function flag(value: string | undefined): boolean | undefined {
  const word = nonEmpty(value)?.toLowerCase();
  if (word === undefined) return undefined;
  return !["0", "false", "no", "off"].includes(word);
}

function nonEmpty(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === undefined || trimmed === "" ? undefined : trimmed;
}
