/** Error table rows for user input, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const INPUT_SPECS = {
  BAD_INPUT: spec(422, EXIT.wrongUse, "The input does not fit", "Correct the fields named and start again."),
  CONFIG_INVALID: spec(400, EXIT.wrongUse, "The configuration cannot be used", "Correct the place named."),
  WRONG_USE: spec(400, EXIT.wrongUse, "The command was not understood", "See holdfast --help."),
} as const satisfies Record<string, ErrorSpec>;
