/** Error table rows for runs and their workflows, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const RUN_SPECS = {
  AMBIGUOUS_RUN_ID: spec(400, EXIT.wrongUse, "Several runs match", "Give more characters of the run id."),
  BAD_RUN_ID: spec(
    400,
    EXIT.wrongUse,
    "Not a run id",
    "Use 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit, without '..'.",
  ),
  DRIFT: spec(
    409,
    EXIT.refused,
    "Something a recorded result depends on has changed",
    "Accept it for this resume: --accept reuse (keep what is recorded) or --accept redo (do it again); --accept code accepts changed code of the workflow and nothing else.",
  ),
  ILLEGAL_MOVE: spec(
    409,
    EXIT.refused,
    "The run is not in a state for that",
    "Look at what can be done about it: holdfast show <runId> --verbose.",
  ),
  PLAN_STALE: spec(
    409,
    EXIT.refused,
    "The run has moved since the plan was made",
    "Make the plan again, look at it, then apply it.",
  ),
  RUN_CANCELLED: spec(409, EXIT.runFailed, "The run was cancelled", "Start it again: holdfast restart <runId>."),
  RUN_CHANGED: spec(
    412,
    EXIT.refused,
    "The run has changed since it was looked at",
    "Look at it again, then decide: holdfast show <runId>.",
  ),
  RUN_FAILED: spec(
    500,
    EXIT.runFailed,
    "The run failed",
    "See why: holdfast logs <runId>; then: holdfast resume <runId>.",
  ),
  RUN_FORKED: spec(
    409,
    EXIT.refused,
    "Other runs were forked from the run",
    "Delete those runs first; or delete it with --even-if-forked: they lose the items and files that they kept.",
  ),
  RUN_ID_TAKEN: spec(
    409,
    EXIT.refused,
    "The run id is taken",
    "Choose another id, or go on with that run: holdfast resume <runId>.",
  ),
  RUN_NOT_FOUND: spec(404, EXIT.notFound, "No such run", "List what there is: holdfast runs."),
  RUN_PAUSED: spec(409, EXIT.paused, "The run is paused", "Go on: holdfast resume <runId>."),
  RUN_RECORD_INVALID: spec(
    422,
    EXIT.wrongUse,
    "Not a run record",
    "Give a record that this version or an older one wrote.",
  ),
  UNKNOWN_WORKFLOW: spec(
    404,
    EXIT.wrongUse,
    "No such workflow",
    "Use one of the workflows registered in holdfast.config.ts.",
  ),
} as const satisfies Record<string, ErrorSpec>;
