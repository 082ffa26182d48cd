/** Error table rows for datasets, their files and the items of maps, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const DATASET_SPECS = {
  DATASET_CHANGED: spec(
    409,
    EXIT.refused,
    "The source file has changed since it was ingested",
    'Restore the file, or resume with --accept redo (redoes changed rows) or --accept reuse (keeps the rows as they were read). If the workflow refuses every change (onChange: "refuse"), ingest the file yourself: holdfast datasets ingest FILE --name=NAME --key=COLUMN --reason=TEXT.',
  ),
  DATASET_IN_USE: spec(
    409,
    EXIT.refused,
    "The dataset is in use by runs",
    "Wait for the listed runs, or cancel them: holdfast cancel <runId>. To erase a key, pausing them is enough: holdfast pause <runId>.",
  ),
  DATASET_NOT_FOUND: spec(404, EXIT.notFound, "No such dataset", "List the datasets: holdfast datasets."),
  ITEMS_FAILED: spec(
    500,
    EXIT.itemsFailed,
    "More items failed than allowed",
    "See why: holdfast export <runId>; retry them: holdfast resume <runId> --only errors.",
  ),
  MAP_KEY_INVALID: spec(
    422,
    EXIT.runFailed,
    "An item of a map has no usable key",
    "Give each item a non-empty key that is unique in its map.",
  ),
  ROW_INVALID: spec(
    422,
    EXIT.wrongUse,
    "A row of the source cannot be read",
    "Correct the listed rows, or skip such rows: --on-bad-row=skip.",
  ),
  SOURCE_MISSING: spec(
    409,
    EXIT.refused,
    "The source file is missing",
    "Restore the file, or continue with the ingested rows: --accept missing-source.",
  ),
  SOURCE_UNREADABLE: spec(
    422,
    EXIT.wrongUse,
    "The source cannot be read",
    "Check the path, permissions and format of the file.",
  ),
} as const satisfies Record<string, ErrorSpec>;
