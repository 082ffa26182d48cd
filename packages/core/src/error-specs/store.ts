/** Error table rows for the store and its disk, by code. */
import { type ErrorSpec, EXIT, passing, spec } from "./row.js";

/** See `table.ts`. */
export const STORE_SPECS = {
  DISK_LOW: spec(
    507,
    EXIT.unreachable,
    "Too little free space to go on safely",
    "Make room on that disk, then try again; nothing was changed.",
    "Or set minFreeBytes lower in the configuration (or HOLDFAST_MIN_FREE_BYTES); 0 does not look.",
  ),
  STORE_BUSY: passing(
    spec(
      503,
      EXIT.unreachable,
      "The store is busy",
      "Try again; if it stays so, look for a process that keeps a long write open: holdfast doctor.",
    ),
  ),
  STORE_CLOSED: spec(500, EXIT.unreachable, "The store is closed", "Open it again before using it."),
  STORE_CORRUPT: spec(
    500,
    EXIT.unreachable,
    "The store's file is damaged or not a Holdfast store",
    "Check the path; if it is right, stop all workers and restore the newest backup of the file.",
  ),
  STORE_FULL: passing(
    spec(507, EXIT.unreachable, "The disk is full", "Make room, then resume: nothing recorded was lost."),
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
    "Put the file back where it was, or make sure that the right one is there; then start this process again.",
  ),
  STORE_READONLY: spec(
    500,
    EXIT.unreachable,
    "The store cannot be written",
    "Give this user the right to write the file and its folder.",
  ),
  STORE_TOO_NEW: spec(
    500,
    EXIT.unreachable,
    "The store was written by a newer version",
    "Use that version of Holdfast or a newer one.",
  ),
  STORE_UNREACHABLE: passing(
    spec(503, EXIT.unreachable, "The store cannot be opened", "Check the url or the path, and its rights."),
  ),
} as const satisfies Record<string, ErrorSpec>;
