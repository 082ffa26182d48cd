// What can be wrong with an experiment file, as data, and the one error that carries all of it.

/** One mistake in an experiment file. */
export interface ConfigProblem {
  /** Line in the file, from 1. */
  readonly line: number;
  /** Dotted path of the setting, e.g. `run.concurrency`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What to write instead. */
  readonly cure: string;
}

/** An experiment file was refused. Nothing was started; correct every listed line and start again. */
export class ConfigError extends Error {
  readonly code = "CONFIG_INVALID";
  constructor(readonly details: { readonly file: string; readonly problems: readonly ConfigProblem[] }) {
    const { file, problems } = details;
    const lines = problems.map((problem) => `  ${describeProblem(file, problem)}`);
    const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
    super(`Experiment file ${file}: ${count} found, none expected.\n${lines.join("\n")}`);
    this.name = "ConfigError";
  }
}

/** One problem on one line, in the `file:line:` form that editors make clickable. */
export function describeProblem(file: string, { line, path, message, cure }: ConfigProblem): string {
  return `${file}:${line}: ${path === "" ? "" : `${path}: `}${message} Cure: ${cure}`;
}
