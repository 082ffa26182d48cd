// Problems in files that people wrote, as data.

/** One mistake in a file of settings. */
export interface WrittenProblem {
  /** Line in the file, from 1. */
  readonly line: number;
  /** Dotted path of the setting, e.g. `run.concurrency`; empty for the whole file. */
  readonly path: string;
  /** The problem. */
  readonly message: string;
  /** What to write instead. */
  readonly cure: string;
}

/** Formats a problem as one line in the `file:line:` form that editors make clickable. */
export function describeProblem(file: string, { line, path, message, cure }: WrittenProblem): string {
  return `${file}:${line}: ${path === "" ? "" : `${path}: `}${message} Cure: ${cure}`;
}
