// The one error that carries everything wrong with an experiment file.

import { describeProblem, type WrittenProblem } from "@holdfast/workload-kit";
import { plural } from "holdfast/extend";

export { describeProblem };
/** One mistake in an experiment file. */
export type ConfigProblem = WrittenProblem;

/** CONFIG_INVALID: an experiment file was refused. Nothing was started. Correct every listed line and start again. */
export class ConfigError extends Error {
  readonly code = "CONFIG_INVALID";
  constructor(readonly details: { readonly file: string; readonly problems: readonly ConfigProblem[] }) {
    const { file, problems } = details;
    const lines = problems.map((problem) => `  ${describeProblem(file, problem)}`);
    const count = plural(problems.length, "problem");
    super(`Experiment file ${file}: ${count} found, none expected.\n${lines.join("\n")}`);
    this.name = "ConfigError";
  }
}
