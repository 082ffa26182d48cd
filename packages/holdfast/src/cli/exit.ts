/** Which exit code a command ends with. The numbers and their meaning stand in `EXIT`. */
import { EXIT, specOf } from "@holdfast/core";
import type { RunView } from "@holdfast/engine";

/** The code of a run as it stands when the command lets go of it. */
export function exitCodeOfRun(run: Pick<RunView, "status" | "reason">): number {
  switch (run.status) {
    case "completed":
      return EXIT.done;
    case "failed":
      return run.reason === "items_failed" ? EXIT.itemsFailed : EXIT.runFailed;
    case "cancelled":
      return EXIT.runFailed;
    case "paused":
    case "queued":
      return EXIT.paused;
    case "running":
      // Another worker has it: this command did not bring it to its end.
      return EXIT.runFailed;
  }
}

export function exitCodeOfError(thrown: unknown): number {
  return specOf(thrown)?.exitCode ?? EXIT.runFailed;
}
