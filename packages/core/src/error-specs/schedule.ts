/** Error table rows for schedules, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const SCHEDULE_SPECS = {
  SCHEDULE_INVALID: spec(
    422,
    EXIT.wrongUse,
    "The schedule is invalid",
    "Correct the option named in the message, and check the next instants: holdfast schedules show <name>.",
  ),
  SCHEDULE_NAME_INVALID: spec(
    400,
    EXIT.wrongUse,
    "Invalid name of a schedule",
    "Use 1 to 64 letters, digits, '.', '_' or '-', starting with a letter or digit, without '..'.",
  ),
  SCHEDULE_NOT_FOUND: spec(404, EXIT.notFound, "No such schedule", "List the schedules: holdfast schedules."),
  SCHEDULE_REFUSED: spec(
    409,
    EXIT.refused,
    "The schedule's state does not allow this",
    "See its state: holdfast schedules show <name>.",
  ),
} as const satisfies Record<string, ErrorSpec>;
