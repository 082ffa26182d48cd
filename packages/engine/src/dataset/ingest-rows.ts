// From rows of a file to keyed, checked, hashed rows: what a dataset is made of. Knows no store; whoever calls it
// writes the batches and the summary.
// Invariants: every row of the file is either yielded or named in the summary; keys are unique; `index` has no gaps.

import { createHash, hash } from "node:crypto";
import {
  canonicalJson,
  isBadRow,
  NotJsonError,
  type OpenedSource,
  RowInvalidError,
  type SourceEntry,
  type SourceRow,
  SourceUnreadableError,
} from "@holdfast/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { BadRows } from "./bad-rows.js";
import { flawOfKey } from "./key-text.js";
import { wordIssues } from "./row-words.js";
import { SeenKeys } from "./seen-keys.js";

export interface IngestOptions<Row> {
  /** The column that names a row, or several whose values are joined by ":". Looked up in the schema's output. */
  readonly key: string | readonly string[];
  /** Checks a row and may change it: what it returns is what is hashed, keyed and yielded. */
  readonly schema: StandardSchemaV1<unknown, Row>;
  /**
   * `fail` (the default) reads the file to its end and then throws, naming the first 20 such rows and how many there are;
   * `skip` leaves the row out and lists it in the summary.
   */
  readonly onBadRow?: "fail" | "skip" | undefined;
  /** Rows that are passed over before anything is asked of them. */
  readonly isPassedOver?: ((row: SourceRow, cellsSha256: string) => boolean) | undefined;
}

export interface KeyedRow<Row> {
  /** Position among the accepted rows, from 0, without gaps. */
  readonly index: number;
  readonly rowNumber: number;
  readonly key: string;
  /** SHA-256, in hex, of `rowJson`. */
  readonly rowSha256: string;
  /** SHA-256, in hex, of the cells as they stand in the file: a later look at the file needs no schema. */
  readonly cellsSha256: string;
  readonly row: Row;
  /** The row as canonical JSON (keys sorted): what to store, so that what is stored is what was hashed. */
  readonly rowJson: string;
}

export interface IngestSummary {
  readonly fileSha256: string;
  /**
   * The identity of the content, whatever file it came in: SHA-256 over each accepted row in file order, as
   * the length of its key in bytes (32 bits, big-endian), the key in UTF-8, the 32 bytes of its `rowSha256`.
   */
  readonly contentSha256: string;
  readonly rowCount: number;
  readonly skippedCount: number;
  /**
   * The `cellsSha256` of rows that were left out for what they hold, all of them. Those with the key of an earlier row are
   * not among them, nor those that could not be read: whoever reads the file again leaves them out again.
   */
  readonly leftOut: readonly string[];
  /** The first 10,000 of them. */
  readonly skipped: readonly { readonly rowNumber: number; readonly reason: string }[];
  readonly warningCount: number;
  /** The first 1,000 of them; those about the file as a whole have no row. */
  readonly warnings: readonly { readonly rowNumber?: number; readonly column?: string; readonly message: string }[];
}

export interface Ingest<Row> {
  /** Once only. Each batch follows one of the source, less its skipped rows; empty ones are left out. */
  batches(): AsyncIterable<readonly KeyedRow<Row>[]>;
  /** To be asked for when `batches()` has ended. */
  summary(): IngestSummary;
}

const SKIPPED_LIST_MAX = 10_000; // a list for people and for the record; the count is always exact
const WARNING_LIST_MAX = 1_000;
const KEY_BYTES_MAX = 1_024; // a key is an id that stands in tables, logs and paths

/**
 * Check, key and hash the rows of a source.
 * @throws {RowInvalidError} ROW_INVALID — from `batches()`, unless `onBadRow` is `skip`: a cell or row that cannot be
 * read, a row that the schema refuses, a missing key, a key that an earlier row has.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — whatever `onBadRow` says: the file cannot be read on, or has no
 * such key column.
 */
export function ingestRows<Row>(source: OpenedSource, options: IngestOptions<Row>): Ingest<Row> {
  const keyColumns = typeof options.key === "string" ? [options.key] : options.key;
  if (keyColumns.length === 0) throw new TypeError("ingestRows: `key` names no column.");
  const seen = new SeenKeys();
  const content = createHash("sha256");
  const bad = new BadRows();
  let isFailing = false;
  const leftOut: string[] = [];
  const skipped: { rowNumber: number; reason: string }[] = [];
  const warnings: { rowNumber?: number; column?: string; message: string }[] = source.warnings.map((message) => ({
    message,
  }));
  let rowCount = 0;
  let skippedCount = 0;
  let warningCount = warnings.length;
  let summary: IngestSummary | null = null;

  async function accept(entry: SourceEntry): Promise<KeyedRow<Row> | RowInvalidError | null> {
    if (isBadRow(entry)) return entry.problem;
    const { isPassedOver } = options;
    const cellsSha256 = hash("sha256", canonicalJson(entry.cells), "hex");
    if (isPassedOver?.(entry, cellsSha256) === true) return null;
    const checked = await checkRow(entry, options.schema, source.path);
    const key =
      checked instanceof RowInvalidError ? checked : readKey(checked.row, keyColumns, source, entry.rowNumber);
    if (checked instanceof RowInvalidError || key instanceof RowInvalidError) {
      leftOut.push(cellsSha256);
      return key as RowInvalidError;
    }
    const place = { path: source.path, rowNumber: entry.rowNumber };
    const earlier = seen.add(key, entry.rowNumber);
    if (earlier !== null) {
      const what = `the key ${JSON.stringify(key)} stands in row ${earlier} already`;
      return new RowInvalidError(what, "Keys must be unique: remove or rename one of the two rows", {
        ...place,
        column: keyColumns.join(":"),
      });
    }
    for (const { column, message } of entry.warnings ?? []) {
      warningCount++;
      if (warnings.length < WARNING_LIST_MAX) warnings.push({ rowNumber: entry.rowNumber, column, message });
    }
    const rowSha256 = hash("sha256", checked.rowJson, "hex");
    return { index: rowCount++, rowNumber: entry.rowNumber, key, rowSha256, cellsSha256, ...checked };
  }

  return {
    async *batches() {
      for await (const entries of source.rows()) {
        const rows: KeyedRow<Row>[] = [];
        for (const entry of entries) {
          const outcome = await accept(entry);
          if (outcome === null) continue;
          if (!(outcome instanceof RowInvalidError)) rows.push(outcome);
          else if (options.onBadRow !== "skip") {
            isFailing = true;
            bad.add(outcome);
          } else {
            skippedCount++;
            if (skipped.length < SKIPPED_LIST_MAX)
              skipped.push({ rowNumber: entry.rowNumber, reason: reasonOf(outcome) });
          }
        }
        // Nothing of a file with such a row is used: the rest is read to find the others.
        if (rows.length === 0 || isFailing) continue;
        content.update(Buffer.concat(rows.map(({ key, rowSha256 }) => rowDigest(key, rowSha256))));
        yield rows;
      }
      bad.throwIfAny();
      const contentSha256 = content.digest("hex");
      const { fileSha256 } = source;
      summary = { fileSha256, contentSha256, rowCount, skippedCount, leftOut, skipped, warningCount, warnings };
    },
    summary() {
      if (summary === null) throw new Error("The rows were not read to their end, so there is no summary of them yet.");
      return summary;
    },
  };
}

function reasonOf({ what, details }: RowInvalidError): string {
  return details.column === undefined ? what : `column ${JSON.stringify(details.column)}: ${what}`;
}

async function checkRow<Row>(
  { cells, rowNumber }: SourceRow,
  schema: StandardSchemaV1<unknown, Row>,
  path: string,
): Promise<{ readonly row: Row; readonly rowJson: string } | RowInvalidError> {
  const validated = schema["~standard"].validate(cells);
  const result = validated instanceof Promise ? await validated : validated; // a row costs no turn of the loop
  if (result.issues !== undefined) {
    const { what, column } = wordIssues(result.issues, cells);
    return new RowInvalidError(what, "Correct the cell", { path, rowNumber, column });
  }
  try {
    return { row: result.value, rowJson: canonicalJson(result.value) };
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    const what = `the schema gives a value that is ${error.details.found}`;
    const place = { path, rowNumber, column: error.details.path.replace(/^\$\.?/, "") || undefined };
    return new RowInvalidError(what, "Rows are stored as JSON: transform it to text or a number", place);
  }
}

function readKey(
  row: unknown,
  keyColumns: readonly string[],
  source: OpenedSource,
  rowNumber: number,
): string | RowInvalidError {
  const record = (typeof row === "object" && row !== null ? row : {}) as Record<string, unknown>;
  const parts: string[] = [];
  for (const column of keyColumns) {
    const place = { path: source.path, rowNumber, column };
    const value = record[column];
    // In jsonl each row has its own columns; elsewhere a column that is nowhere is a mistake in the call, not in the row.
    if (!Object.hasOwn(record, column) && !source.columns.includes(column) && source.format !== "jsonl") {
      const columns = source.columns.map((name) => JSON.stringify(name)).join(", ");
      throw new SourceUnreadableError(`there is no key column ${JSON.stringify(column)}`, `The file has ${columns}`, {
        path: source.path,
        column,
      });
    }
    if (value === undefined || value === null || (typeof value === "string" && value.trim() === "")) {
      return new RowInvalidError("the key is missing", "Every row needs a key of its own: fill it in", place);
    }
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      const what = `the key is ${Array.isArray(value) ? "a list" : `of type ${typeof value}`}`;
      return new RowInvalidError(what, "Expected text or a number", place);
    }
    parts.push(String(value));
  }
  const key = parts.length === 1 ? (parts[0] as string) : parts.map(escapePart).join(":");
  const flaw = flawOfKey(key);
  if (flaw !== null) {
    return new RowInvalidError(`the key ${JSON.stringify(key)} ${flaw}`, "Remove it", {
      path: source.path,
      rowNumber,
      column: keyColumns.join(":"),
    });
  }
  if (Buffer.byteLength(key) <= KEY_BYTES_MAX) return key;
  const what = `the key is longer than ${KEY_BYTES_MAX} bytes`;
  const cure = "Choose a shorter column as the key";
  return new RowInvalidError(what, cure, { path: source.path, rowNumber, column: keyColumns.join(":") });
}

/** So that ("a:b", "c") and ("a", "b:c") stay two keys. */
const escapePart = (part: string) => part.replace(/[:\\]/g, "\\$&");

/** What a row adds to the identity of its dataset's content. */
export function rowDigest(key: string, rowSha256: string): Buffer {
  const keyBytes = Buffer.from(key, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(keyBytes.length);
  return Buffer.concat([length, keyBytes, Buffer.from(rowSha256, "hex")]);
}
