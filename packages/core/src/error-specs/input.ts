/** Error table rows for user input, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const INPUT_SPECS = {
  BAD_INPUT: spec(422, EXIT.wrongUse, "The input is invalid", "Correct the listed fields and start again."),
  CONFIG_INVALID: spec(400, EXIT.wrongUse, "The configuration is invalid", "Correct the setting named in the message."),
  WRONG_USE: spec(400, EXIT.wrongUse, "The command was not understood", "See holdfast --help."),
} as const satisfies Record<string, ErrorSpec>;
