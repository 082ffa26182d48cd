/** The schema that lets every row through, as its cells: for ingesting without a workflow, and for looking at a file. */
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";

/**
 * Accepts any row and leaves it as it is: `ingestDataset(store, { …, schema: anyRow })` records the cells of the file.
 *
 * A dataset ingested so and one ingested under a workflow's own schema are different versions of the name: the schema
 * decides the rows as much as the file does.
 */
export const anyRow: Schema<unknown, unknown> = {
  "~standard": { version: 1, vendor: "holdfast", validate: (value) => ({ value }) },
};
