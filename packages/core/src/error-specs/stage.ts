/** Error table rows for stages and their records, by code. */
import { type ErrorSpec, EXIT, passing, spec } from "./row.js";

/** See `table.ts`. */
export const STAGE_SPECS = {
  ARTIFACT_CHANGED: spec(
    409,
    EXIT.runFailed,
    "An artifact has changed since it was recorded",
    "Restore the file from a backup, or fork the run from that stage: holdfast fork <runId> --from <stage>.",
  ),
  ARTIFACT_MISSING: spec(
    404,
    EXIT.notFound,
    "An artifact is missing",
    "Restore the file from a backup, or fork the run from that stage: holdfast fork <runId> --from <stage>.",
  ),
  ARTIFACT_NAME_INVALID: spec(
    400,
    EXIT.wrongUse,
    "Invalid artifact name",
    "Use letters, digits, '.', '_' and '-', with '/' between folders.",
  ),
  CHECKPOINT_INVALID: spec(
    422,
    EXIT.runFailed,
    "A checkpoint does not match its schema",
    "Save a value that the stage's checkpoint schema accepts.",
  ),
  DECISION_INVALID: spec(
    500,
    EXIT.runFailed,
    "Invalid decision about a failure",
    "Correct classify, or the place where the error is thrown, as the message says, then resume.",
  ),
  GIVE_UP: spec(
    422,
    EXIT.runFailed,
    "User code gave up",
    "Correct the problem in the message, then retry: holdfast resume <runId>.",
  ),
  NOT_JSON: spec(
    422,
    EXIT.runFailed,
    "JSON cannot hold this value",
    "Return strings, numbers, booleans, null, arrays and plain objects, or write an artifact.",
  ),
  OUTPUT_TOO_LARGE: spec(
    413,
    EXIT.runFailed,
    "The value is too large to record",
    "Write it as an artifact and return the reference.",
  ),
  PAUSE_RUN: spec(
    409,
    EXIT.paused,
    "User code paused the run",
    "Do what the message says, then continue: holdfast resume <runId>.",
  ),
  RETRY_LATER: passing(
    spec(
      503,
      EXIT.runFailed,
      "An external failure that may be temporary",
      "Wait until the service works again, then continue: holdfast resume <runId>.",
    ),
  ),
  STAGE_FAILED: spec(
    500,
    EXIT.runFailed,
    "A stage failed",
    "See why: holdfast logs <runId>; then resume: holdfast resume <runId>.",
  ),
  STAGE_NAME_INVALID: spec(
    400,
    EXIT.wrongUse,
    "Invalid stage name",
    "Use 1 to 64 letters, digits, '.', '_' or '-', starting with a letter or digit.",
  ),
  STAGE_NESTED: spec(
    500,
    EXIT.runFailed,
    "A stage was called inside a stage",
    "Call stages only from the workflow function; inside a stage, call plain functions.",
  ),
  STAGE_REPEATED: spec(500, EXIT.runFailed, "A stage name was used twice", "Give each stage of a run a unique name."),
  STAGE_UNDECLARED: spec(
    500,
    EXIT.runFailed,
    "The stage is not declared",
    "Add it to the workflow's stages, or correct the name.",
  ),
  UNKNOWN_STAGE: spec(400, EXIT.wrongUse, "No such stage", "Use one of the workflow's declared stages."),
} as const satisfies Record<string, ErrorSpec>;
