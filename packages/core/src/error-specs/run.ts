/** Error table rows for runs and their workflows, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const RUN_SPECS = {
  AMBIGUOUS_RUN_ID: spec(400, EXIT.wrongUse, "Several runs match", "Give more characters of the run ID."),
  BAD_RUN_ID: spec(
    400,
    EXIT.wrongUse,
    "Invalid run ID",
    "Use 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit, without '..'.",
  ),
  CHILD_FAILED: spec(
    500,
    EXIT.runFailed,
    "A child run did not complete",
    "See why: holdfast logs <childId>; then resume the parent: holdfast resume <runId> tries the child again.",
  ),
  CHILD_OF_ITSELF: spec(
    500,
    EXIT.runFailed,
    "A run would start itself again",
    "Give the child another input that comes closer to an end, and stop starting children there.",
  ),
  CHILD_TOO_DEEP: spec(
    500,
    EXIT.runFailed,
    "Child runs are nested too deeply",
    "Start the children from fewer levels; for a loop use continueAs, for many items map.",
  ),
  CONTINUES_TOO_FAST: spec(
    500,
    EXIT.runFailed,
    "The run continues too fast",
    "Do the work of a generation in a stage, or wait with sleep, before continueAs; then resume: holdfast resume <runId>.",
  ),
  DRIFT: spec(
    409,
    EXIT.refused,
    "Something that recorded results depend on has changed",
    "Accept the change for this resume: --accept reuse (keeps the recorded results) or --accept redo (redoes what depends on the change); --accept code accepts only changed workflow code.",
  ),
  DUPLICATE_RUN: spec(
    409,
    EXIT.refused,
    "A run of the dedupe key is active",
    "Wait for that run to end, or cancel it: holdfast show <runId>. To start one after it, use whenActive: after.",
  ),
  ILLEGAL_MOVE: spec(
    409,
    EXIT.refused,
    "The run's state does not allow this",
    "See what is possible: holdfast show <runId> --verbose.",
  ),
  PLAN_STALE: spec(
    409,
    EXIT.refused,
    "The run has changed since the plan was made",
    "Make a new plan, review it, then apply it.",
  ),
  RUN_AWAITED: spec(
    409,
    EXIT.refused,
    "Another run waits for the run",
    "Cancel it if it is unfinished, which ends the wait; or delete the run that waits, once it has ended.",
  ),
  RUN_CANCELLED: spec(409, EXIT.runFailed, "The run was cancelled", "Restart it: holdfast restart <runId>."),
  RUN_CHANGED: spec(
    412,
    EXIT.refused,
    "The run has changed since it was read",
    "Read it again, then decide: holdfast show <runId>.",
  ),
  RUN_FAILED: spec(
    500,
    EXIT.runFailed,
    "The run failed",
    "See why: holdfast logs <runId>; then resume: holdfast resume <runId>.",
  ),
  RUN_FORKED: spec(
    409,
    EXIT.refused,
    "The run has forks",
    "Delete the forks first; or delete the run with --even-if-forked: the forks then lose the items and files that they kept from it.",
  ),
  RUN_HAS_CHILDREN: spec(
    409,
    EXIT.refused,
    "The run has unfinished children",
    "Cancel them first, or wait until they have ended: holdfast runs --parent <runId>.",
  ),
  RUN_ID_TAKEN: spec(
    409,
    EXIT.refused,
    "The run ID is taken",
    "Choose another ID, or continue that run: holdfast resume <runId>.",
  ),
  RUN_NOT_FOUND: spec(404, EXIT.notFound, "No such run", "List the runs: holdfast runs."),
  RUN_PAUSED: spec(409, EXIT.paused, "The run is paused", "Continue it: holdfast resume <runId>."),
  RUN_RECORD_INVALID: spec(
    422,
    EXIT.wrongUse,
    "Invalid run record",
    "Use a record that was written by this version or an older one.",
  ),
  UNKNOWN_WORKFLOW: spec(
    404,
    EXIT.wrongUse,
    "No such workflow",
    "Use one of the workflows registered in holdfast.config.ts.",
  ),
} as const satisfies Record<string, ErrorSpec>;
