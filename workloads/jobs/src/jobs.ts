// The list of the jobs, for programs that offer them all. A configuration that loads workflows by name takes each alone.
import type { ApiKey } from "@holdfast/models";
import type { Workflow } from "holdfast";
import { analysisJob } from "./analysis/workflow.js";
import { researchJob } from "./research/workflow.js";
import { trade } from "./trade/workflow.js";

export interface JobsOptions {
  /** The key in the environment variable that an input names (`model.apiKeyEnv`); asked when a first call is made. */
  readonly apiKey?: ApiKey | undefined;
}

/** Every job of this package. */
export function jobs({ apiKey }: JobsOptions = {}): readonly Workflow[] {
  return [researchJob({ apiKey }), analysisJob, trade as Workflow];
}
