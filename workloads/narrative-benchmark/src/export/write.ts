// Writes predictions as CSV and as JSON, streamed, each file whole or not at all.
import { csvLine, writeWholeText } from "holdfast/extend";
import { EXPORT_COLUMNS, type ExportRow } from "./rows.js";

type Rows = Iterable<ExportRow> | AsyncIterable<ExportRow>;
export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}
export interface Written {
  readonly rows: number;
  readonly bytes: number;
}

/** Writes rows as CSV with a header line. Text cells can never be formulas; indicators are joined by `; `. */
export function writeCsvExport(path: string, rows: Rows, options: WriteOptions = {}): Promise<Written> {
  return write(path, rows, options, async function* (counted) {
    yield csvLine(EXPORT_COLUMNS);
    for await (const row of counted) {
      yield csvLine(
        EXPORT_COLUMNS.map((column) => {
          const value = row[column];
          return typeof value === "object" && value !== null ? value.join("; ") : value;
        }),
      );
    }
  });
}

/** Writes rows as one JSON array, one row per line. JSON escapes control characters; the text is otherwise unchanged. */
export function writeJsonExport(path: string, rows: Rows, options: WriteOptions = {}): Promise<Written> {
  return write(path, rows, options, async function* (counted) {
    let separator = "[\n";
    for await (const row of counted) {
      yield separator + JSON.stringify(row);
      separator = ",\n";
    }
    yield separator === "[\n" ? "[]\n" : "\n]\n";
  });
}

async function write(
  path: string,
  rows: Rows,
  { signal }: WriteOptions,
  toPieces: (rows: AsyncIterable<ExportRow>) => AsyncIterable<string>,
): Promise<Written> {
  let count = 0;
  async function* counted() {
    for await (const row of rows) {
      count++;
      yield row;
    }
  }
  const { bytes } = await writeWholeText(path, toPieces(counted()), { signal });
  return { rows: count, bytes };
}
