/** Error table rows for leases, resources and workers, by code. */
import { type ErrorSpec, EXIT, passing, spec } from "./row.js";

/** See `table.ts`. */
export const LEASE_SPECS = {
  LEASE_LOST: spec(
    409,
    EXIT.runFailed,
    "Another worker holds the run",
    "Nothing to do: the other worker carries on; see holdfast show <runId>.",
  ),
  MANAGEMENT_BUSY: passing(
    spec(
      409,
      EXIT.refused,
      "Another management action is under way",
      "Wait for it to end, then look again: what it did may be all that was needed.",
    ),
  ),
  RESOURCE_HELD: passing(
    spec(
      409,
      EXIT.refused,
      "Another run or process holds what this run needs",
      "Wait until it is free, then go on: holdfast resume <runId>; or start with --wait where the workflow has it.",
      "Or stop the run or process that is named.",
    ),
  ),
  RUN_LOCKED: spec(
    409,
    EXIT.refused,
    "Another worker holds the run",
    "Watch it: holdfast watch <runId>; or stop it there first: holdfast pause <runId>.",
  ),
  WORKERS_STOPPED: passing(
    spec(
      503,
      EXIT.paused,
      "The workers that would have gone on with the run have stopped",
      "Nothing is lost: start a worker, here or elsewhere, and wait for the run again.",
      "Or go on with this run alone: holdfast resume <runId>.",
    ),
  ),
  WORKER_OPTIONS_INVALID: spec(400, EXIT.wrongUse, "The worker's options cannot hold", "Correct the option named."),
} as const satisfies Record<string, ErrorSpec>;
