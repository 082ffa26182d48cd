/** Error table rows for signals and questions, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const WAIT_SPECS = {
  PAYLOAD_TOO_LARGE: spec(
    413,
    EXIT.wrongUse,
    "The payload is too large",
    "Send a reference instead: the name of a file, or the key of a row.",
  ),
  QUESTION_CLOSED: spec(
    409,
    EXIT.refused,
    "The question is closed",
    "Nothing to do: see the answer with holdfast logs <runId>.",
  ),
  QUESTION_NOT_FOUND: spec(404, EXIT.notFound, "No such question", "List the open questions: holdfast asks."),
  RUN_ENDED: spec(409, EXIT.refused, "The run has ended", "See how it ended: holdfast show <runId>."),
  SIGNALS_FULL: spec(
    409,
    EXIT.refused,
    "The run keeps too many signals",
    "Let the workflow wait for the signals that it gets, or send fewer of them.",
  ),
  UNKNOWN_SIGNAL: spec(
    404,
    EXIT.notFound,
    "The workflow has no signal of this name",
    "Use one of the listed names, or declare it: defineWorkflow({ signals: { … } }).",
  ),
} as const satisfies Record<string, ErrorSpec>;
