// The list of the jobs, for programs that offer all of them. A configuration that loads workflows by name takes each
// separately.
import type { ApiKey } from "@holdfast/models";
import type { Workflow } from "holdfast";
import { analysisJob } from "./analysis/workflow.js";
import { researchJob } from "./research/workflow.js";
import { trade } from "./trade/workflow.js";

export interface JobsOptions {
  /**
   * Returns the key in the environment variable that an input names (`model.apiKeyEnv`). Called before the first model
   * call.
   */
  readonly apiKey?: ApiKey | undefined;
}

/** Returns every job of this package. */
export function jobs({ apiKey }: JobsOptions = {}): readonly Workflow[] {
  return [researchJob({ apiKey }), analysisJob, trade as Workflow];
}
