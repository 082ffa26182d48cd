/** What one format's reader gives, and the limits that all of them share. */
import type { SourceEntry, SourceWarning } from "@holdfast/core";

/** Rows of one format; `openSource` adds the file's identity. */
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
