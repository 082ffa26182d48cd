// A dataset file as a stream of rows: the types that all four formats share. No store, no schema, no keys.
// Invariants: rows come in file order; a row that cannot be used is an entry of its own, never left out;
// what cannot be read ends the stream with an error, so that an end without error means the whole file was read.

import type { RowInvalidError } from "./source-error.js";

export const SOURCE_FORMATS = ["xlsx", "csv", "jsonl", "parquet"] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

/**
 * One value of a row. Dates are ISO strings (`2024-05-01`, `2024-05-01T13:45:00`, with `Z` only where the file says
 * UTC). Lists and objects (jsonl, parquet) arrive as their JSON text. An empty cell of csv and xlsx is null.
 */
export type Cell = string | number | boolean | null;

export interface SourceWarning {
  readonly column: string;
  readonly message: string;
}

export interface SourceRow {
  /** As the user sees it in the file: the header is row 1 in csv and xlsx, the line in jsonl, from 1 in parquet. */
  readonly rowNumber: number;
  readonly cells: Readonly<Record<string, Cell>>;
  /** Usable, but worth a look: a text that was probably cut off. */
  readonly warnings?: readonly SourceWarning[] | undefined;
}

/** A row that cannot be used, in its place among the others. */
export interface BadRow {
  readonly rowNumber: number;
  readonly problem: RowInvalidError;
}

export type SourceEntry = SourceRow | BadRow;

export function isBadRow(entry: SourceEntry): entry is BadRow {
  return "problem" in entry;
}

export interface OpenSourceOptions {
  /** The sheet of a workbook, by name; the first visible one when left out. */
  readonly sheet?: string | undefined;
  /** Of csv, tsv and jsonl, as the Encoding standard names it; "detect" looks into the file. UTF-8 when left out. */
  readonly encoding?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Heap of the thread that reads xlsx and parquet, in MiB. */
  readonly memoryMbMax?: number | undefined;
  /** How long that thread may work in silence before it is given up as hung, in ms. */
  readonly silenceMsMax?: number | undefined;
}

export interface OpenedSource {
  readonly path: string;
  readonly format: SourceFormat;
  /** In file order. For jsonl, where each row has its own: those of the first row. */
  readonly columns: readonly string[];
  readonly fileSha256: string;
  readonly sizeBytes: number;
  /** About the file as a whole: several sheets, for instance, of which one is read. */
  readonly warnings: readonly string[];
  /** Batches in file order. Once only: a second reading takes a second `openSource`. */
  rows(): AsyncIterable<readonly SourceEntry[]>;
  close(): Promise<void>;
}

/** What one format's reader gives; `openSource` adds the file's identity to it. */
export interface FormatReader {
  readonly columns: readonly string[];
  readonly warnings: readonly string[];
  batches(): AsyncIterable<readonly SourceEntry[]>;
  close(): Promise<void>;
}

/** Rows per batch: enough to make a batch's overhead small, few enough that wide rows stay within some megabytes. */
export const BATCH_ROWS_MAX = 500;
/** Characters per batch, whichever limit comes first. */
export const BATCH_CHARS_MAX = 1_000_000;
/** What a cell costs a batch besides its characters. */
export const CELL_CHARS = 8;
/** Columns of a table: what a sheet of a workbook may have. A longer header is no header, and each row would pay for it. */
export const COLUMNS_MAX = 16_384;
/** One line of jsonl, one record of csv. A narrative is kilobytes; beyond this a quote was left open. */
export const RECORD_BYTES_MAX = 16 * 1024 * 1024;
/** A spreadsheet cell holds no more characters than this, so a text of exactly this length was probably cut off. */
export const SPREADSHEET_CELL_CHARS_MAX = 32_767;

export function truncationWarning(column: string): SourceWarning {
  return {
    column,
    message: `holds exactly ${SPREADSHEET_CELL_CHARS_MAX} characters, the most a spreadsheet cell can: probably cut off`,
  };
}
