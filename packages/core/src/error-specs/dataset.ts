/** Error table rows for datasets, their files and the items of maps, by code. */
import { type ErrorSpec, EXIT, spec } from "./row.js";

/** See `table.ts`. */
export const DATASET_SPECS = {
  DATASET_CHANGED: spec(
    409,
    EXIT.refused,
    "The source file is not the one that was ingested",
    'Restore the file, resume with --accept redo (changed rows again) or --accept reuse (the rows as they were read). Where a workflow refuses every change (onChange: "refuse"), ingest the file by hand: holdfast datasets ingest FILE --name=NAME --key=COLUMN --reason=TEXT.',
  ),
  DATASET_IN_USE: spec(
    409,
    EXIT.refused,
    "Runs still need the dataset",
    "Wait for the runs named, or end them: holdfast cancel <runId>. To erase a key it is enough to pause them: holdfast pause <runId>.",
  ),
  DATASET_NOT_FOUND: spec(404, EXIT.notFound, "No such dataset", "List what there is: holdfast datasets."),
  ITEMS_FAILED: spec(
    500,
    EXIT.itemsFailed,
    "More items failed than allowed",
    "See why: holdfast export <runId>; try them again: holdfast resume <runId> --only errors.",
  ),
  MAP_KEY_INVALID: spec(
    422,
    EXIT.runFailed,
    "An item of a map has no usable key",
    "Give each item a non-empty key that no other item of the map has.",
  ),
  ROW_INVALID: spec(
    422,
    EXIT.wrongUse,
    "A row of the source cannot be read",
    "Correct the row named, or skip such rows: --on-bad-row=skip.",
  ),
  SOURCE_MISSING: spec(
    409,
    EXIT.refused,
    "The source file is gone",
    "Put it back, or go on from what was ingested: --accept missing-source.",
  ),
  SOURCE_UNREADABLE: spec(
    422,
    EXIT.wrongUse,
    "The source cannot be read",
    "Check the path, the rights and the format of the file named.",
  ),
} as const satisfies Record<string, ErrorSpec>;
