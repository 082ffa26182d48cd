/** Which exit code a command ends with. The numbers and their meaning stand in `EXIT`. */
import { EXIT, hasReachedThrough, specOf } from "@holdfast/core";
import type { RunView } from "@holdfast/engine";

/**
 * The code of a run as it stands when the command lets go of it. A run that failed because of what it was given (a row
 * that cannot be read, a file that another process holds) ends with the code of that problem.
 */
export function exitCodeOfRun(
  run: Pick<RunView, "status" | "reason" | "through"> & { readonly error?: RunView["error"] },
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
      // Another worker has it: this command did not bring it to its end.
      return EXIT.runFailed;
  }
}

/** Of the innermost problem that is in the table: those around it only say where it happened. */
function exitCodeOfCause(error: RunView["error"]): number {
  let code: number = EXIT.runFailed;
  for (let at = error; at !== null; at = causeOf(at)) code = specOf(at)?.exitCode ?? code;
  return code === EXIT.wrongUse || code === EXIT.refused || code === EXIT.unreachable ? code : EXIT.runFailed;
}

function causeOf(error: NonNullable<RunView["error"]>): RunView["error"] {
  return (error.details as { readonly error?: RunView["error"] } | undefined)?.error ?? error.cause ?? null;
}

export function exitCodeOfError(thrown: unknown): number {
  return specOf(thrown)?.exitCode ?? EXIT.runFailed;
}
