/** Error table rows for the store and its disk, by code. */
import { type ErrorSpec, EXIT, passing, spec } from "./row.js";

/** See `table.ts`. */
export const STORE_SPECS = {
  DISK_LOW: spec(
    507,
    EXIT.unreachable,
    "Too little free disk space",
    "Free some space on that disk, then try again; nothing was changed.",
    "Or lower minFreeBytes in the configuration (or HOLDFAST_MIN_FREE_BYTES); 0 turns the check off.",
  ),
  STORE_BUSY: passing(
    spec(
      503,
      EXIT.unreachable,
      "The store is busy",
      "Try again; if it keeps happening, find the process with a long write: holdfast doctor.",
    ),
  ),
  STORE_CLOSED: spec(500, EXIT.unreachable, "The store is closed", "Open it again before using it."),
  STORE_CORRUPT: spec(
    500,
    EXIT.unreachable,
    "The store's file is damaged or is not a Holdfast store",
    "Check the path; if it is correct, stop all workers and restore the newest backup of the file.",
  ),
  STORE_FULL: passing(
    spec(507, EXIT.unreachable, "The disk is full", "Free some space, then resume: no recorded work was lost."),
  ),
  STORE_IN_USE: spec(
    409,
    EXIT.refused,
    "Workers hold runs in the store",
    "Stop the workers (they drain on SIGTERM), or wait until their runs have ended, then try again.",
  ),
  STORE_LOST: spec(
    503,
    EXIT.unreachable,
    "The store was lost while it was open",
    "Put the file back, or make sure that the right one is in its place; then restart this process.",
  ),
  STORE_READONLY: spec(
    500,
    EXIT.unreachable,
    "The store is not writable",
    "Give this user write permission for the file and its folder.",
  ),
  STORE_TOO_NEW: spec(
    500,
    EXIT.unreachable,
    "The store was written by a newer version",
    "Use that version of Holdfast or a newer one.",
  ),
  STORE_UNREACHABLE: passing(
    spec(503, EXIT.unreachable, "The store cannot be opened", "Check the URL or path, and its permissions."),
  ),
} as const satisfies Record<string, ErrorSpec>;
