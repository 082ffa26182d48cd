/** The query shape of the shared package in the words of SQLite: as columns, or as one text for many runs at once. */
import * as shared from "@holdfast/store-sql";

const COLUMNS = shared.runColumns({
  // A text also within a JSON text, where what json_group_array returns would become a list.
  search_fields: "(SELECT json_group_array(f.field) || '' FROM search_field f WHERE f.workflow_k = r.workflow_k)",
  has_secrets: "r.secrets IS NOT NULL",
  boot_id: "b.boot_id",
});

export const RUN_COLUMNS = shared.selectColumns(COLUMNS);
export const FROM_RUN = `${shared.FROM_RUN} LEFT JOIN boot b USING (boot_k)`;

const COLUMN_NAMES = Object.keys(COLUMNS);

/**
 * A row as one JSON text. Handing 56 columns to JavaScript one by one costs the writer's thread more than the rest of a
 * claim; a text is handed over at once, and read on the caller's thread.
 */
export const RUN_JSON = `json_array(${Object.values(COLUMNS).join(", ")})`;

/** A row whose columns are read from its text's values where they are asked for: an object of 56 names costs ten times as much. */
class RowOfText {
  constructor(readonly values: readonly unknown[]) {}
}
for (const [place, name] of COLUMN_NAMES.entries()) {
  Object.defineProperty(RowOfText.prototype, name, {
    get(this: RowOfText) {
      return this.values[place];
    },
  });
}

/** The row of a text made by `RUN_JSON`. */
export function parseRunRow(json: string): shared.RunRow {
  return new RowOfText(JSON.parse(json) as unknown[]) as unknown as shared.RunRow;
}

/** The rows of a JSON list of them, by their numbers. */
export function parseRunRows(json: string): ReadonlyMap<number, shared.RunRow> {
  const rows = new Map<number, shared.RunRow>();
  for (const values of JSON.parse(json) as unknown[][]) {
    const row = new RowOfText(values) as unknown as shared.RunRow;
    rows.set(row.run_k, row);
  }
  return rows;
}
