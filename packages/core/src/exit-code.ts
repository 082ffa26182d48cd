/** Exit codes for programs that executed a run or met an error. `EXIT` lists the numbers with their meanings. */
import { EXIT } from "./error-specs/row.js";
import type { RecordedError } from "./errors/recorded.js";
import { specOf } from "./problem.js";
import { hasReachedThrough, type RunRecord } from "./run.js";

/**
 * Returns the exit code for a run's present state. A run that failed because of its input (an unreadable row, a file
 * held by another process) gets the code of that problem.
 */
export function exitCodeOfRun(
  run: Pick<RunRecord, "status" | "reason" | "through"> & { readonly error?: RecordedError | null },
): number {
  switch (run.status) {
    case "completed":
      return EXIT.done;
    case "failed":
      return run.reason === "items_failed" ? EXIT.itemsFailed : exitCodeOfCause(run.error ?? null);
    case "cancelled":
      return EXIT.runFailed;
    case "paused":
      return hasReachedThrough(run) ? EXIT.done : EXIT.paused;
    case "waiting":
    case "queued":
      return EXIT.paused;
    case "running":
      // Another worker holds the run, so this program did not finish it.
      return EXIT.runFailed;
  }
}

/** Exit code of the innermost cause that is in the error table. The outer errors only say where it happened. */
function exitCodeOfCause(error: RecordedError | null): number {
  let code: number = EXIT.runFailed;
  for (let at = error; at !== null; at = causeOf(at)) code = specOf(at)?.exitCode ?? code;
  return code === EXIT.wrongUse || code === EXIT.refused || code === EXIT.unreachable ? code : EXIT.runFailed;
}

function causeOf(error: RecordedError): RecordedError | null {
  return (error.details as { readonly error?: RecordedError } | undefined)?.error ?? error.cause ?? null;
}

/** Returns the exit code for an error that ended a program: that of its row, or 1 if the error table does not have it. */
export function exitCodeOfError(thrown: unknown): number {
  return specOf(thrown)?.exitCode ?? EXIT.runFailed;
}
