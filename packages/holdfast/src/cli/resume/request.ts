/**
 * Whether a `start` is really a resume: the variables `RESUME`, `EXPERIMENT_ID` and `RETRY_ERRORS_ONLY`, or `run.resume`,
 * `run.experiment_id` and `run.retry_errors_only` of the input. The variables win, each on its own. Pure.
 */

import type { ResumeVariables } from "../environment.js";

export type ResumeRequest =
  | { readonly kind: "start"; readonly warnings: readonly string[] }
  | { readonly kind: "resume"; readonly runId: string; readonly isErrorsOnly: boolean }
  /** A resume without an id is refused, never guessed. */
  | { readonly kind: "refused"; readonly problem: string };

export function resumeRequest(input: unknown, variables: ResumeVariables): ResumeRequest {
  const run = fieldOf(input, "run");
  const isResume = variables.isResume ?? fieldOf(run, "resume") === true;
  const isErrorsOnly = variables.isErrorsOnly ?? fieldOf(run, "retry_errors_only") === true;
  const named = fieldOf(run, "experiment_id");
  const runId = variables.runId ?? (typeof named === "string" && named !== "" ? named : undefined);
  if (!isResume) {
    const idle = [
      ...(isErrorsOnly ? ["retry_errors_only (RETRY_ERRORS_ONLY)"] : []),
      ...(runId !== undefined ? ["experiment_id (EXPERIMENT_ID)"] : []),
    ];
    return {
      kind: "start",
      warnings: idle.map((name) => `${name} has no effect on a new run; it needs resume (RESUME=1) as well`),
    };
  }
  if (runId !== undefined) return { kind: "resume", runId, isErrorsOnly };
  return {
    kind: "refused",
    problem: "A resume was requested without a run: set EXPERIMENT_ID=<runId>, or run.experiment_id.",
  };
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
