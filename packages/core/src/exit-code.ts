/** Exit code of a program that executed a run, or of one that met an error. The numbers and their meaning stand in `EXIT`. */
import { EXIT } from "./error-specs/row.js";
import type { RecordedError } from "./errors/recorded.js";
import { specOf } from "./problem.js";
import { hasReachedThrough, type RunRecord } from "./run.js";

/**
 * Exit code for a run as it stands when its program lets go of it. A run that failed because of what it was given (a row
 * that cannot be read, a file that another process holds) ends with the code of that problem.
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
    case "queued":
      return EXIT.paused;
    case "running":
      // Another worker has it: this program did not bring it to its end.
      return EXIT.runFailed;
  }
}

/** Of the innermost problem that is in the table: those around it only say where it happened. */
function exitCodeOfCause(error: RecordedError | null): number {
  let code: number = EXIT.runFailed;
  for (let at = error; at !== null; at = causeOf(at)) code = specOf(at)?.exitCode ?? code;
  return code === EXIT.wrongUse || code === EXIT.refused || code === EXIT.unreachable ? code : EXIT.runFailed;
}

function causeOf(error: RecordedError): RecordedError | null {
  return (error.details as { readonly error?: RecordedError } | undefined)?.error ?? error.cause ?? null;
}

/** Exit code for an error that ended a program: its row's, 1 for an error that the table does not know. */
export function exitCodeOfError(thrown: unknown): number {
  return specOf(thrown)?.exitCode ?? EXIT.runFailed;
}
