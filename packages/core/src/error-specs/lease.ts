/** Error table rows for leases, resources and workers, by code. */
import { type ErrorSpec, EXIT, passing, spec } from "./row.js";

/** See `table.ts`. */
export const LEASE_SPECS = {
  LEASE_LOST: spec(
    409,
    EXIT.runFailed,
    "Another worker holds the run",
    "Nothing to do: the other worker continues the run; see holdfast show <runId>.",
  ),
  MANAGEMENT_BUSY: passing(
    spec(
      409,
      EXIT.refused,
      "Another management action is in progress",
      "Wait for it to end, then check again: it may have done all that was needed.",
    ),
  ),
  RESOURCE_HELD: passing(
    spec(
      409,
      EXIT.refused,
      "Another run or process holds a resource that this run needs",
      "Wait until it is free, then continue: holdfast resume <runId>; or start with --wait if the workflow has it.",
      "Or stop the run or process that holds it.",
    ),
  ),
  RUN_LOCKED: spec(
    409,
    EXIT.refused,
    "Another worker holds the run",
    "Watch it: holdfast watch <runId>; or pause it first: holdfast pause <runId>.",
  ),
  WORKERS_STOPPED: passing(
    spec(
      503,
      EXIT.paused,
      "The workers that would have continued the run have stopped",
      "Nothing is lost: start a worker, here or elsewhere, and wait for the run again.",
      "Or continue only this run: holdfast resume <runId>.",
    ),
  ),
  WORKER_OPTIONS_INVALID: spec(
    400,
    EXIT.wrongUse,
    "The worker's options are contradictory",
    "Correct the option named in the message.",
  ),
} as const satisfies Record<string, ErrorSpec>;
