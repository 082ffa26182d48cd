// Rows of a csv or tsv file. The first record is the header. Blank lines, and rows whose cells are all empty, are
// no rows, but they count in the numbering, as they do in a spreadsheet.
// A quote that is never closed ends the reading with an error even under `onBadRow: "skip"`: which text after it
// belongs to which row can no longer be told.

import { extname } from "node:path";
import {
  type Cell,
  RowInvalidError,
  type SourceEntry,
  SourceUnreadableError,
  type SourceWarning,
} from "@holdfast/core";
import { checkColumns } from "./columns.js";
import { declaredDelimiter, detectDelimiter } from "./csv-delimiter.js";
import { readCsvRecord } from "./csv-record.js";
import {
  BATCH_CHARS_MAX,
  BATCH_ROWS_MAX,
  CELL_CHARS,
  type FormatReader,
  RECORD_BYTES_MAX,
  SPREADSHEET_CELL_CHARS_MAX,
  truncationWarning,
} from "./format-reader.js";
import { readTextBlocks } from "./text-blocks.js";
import type { TextFile } from "./text-file.js";

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  ",": "commas",
  ";": "semicolons",
  "\t": "tabs",
  "|": "vertical bars",
};

interface CsvRecord {
  readonly rowNumber: number;
  readonly line: number;
  readonly cells: readonly string[] | null;
  /** Set when `cells` is null. */
  readonly problem?: { readonly what: string; readonly cellIndex: number; readonly line: number } | undefined;
}

export async function openCsv(file: TextFile): Promise<FormatReader> {
  const blocks = readTextBlocks(file);
  const delimiterByName = /^\.(tsv|tab)$/i.test(extname(file.path)) ? "\t" : null;
  const reader = new CsvRecords(file.path, blocks, delimiterByName);
  const header = await reader.readHeader();
  return {
    columns: header.columns,
    warnings: [],
    batches: () => readBatches(file.path, reader, header.columns),
    close: async () => void (await blocks.return(undefined)),
  };
}

async function* readBatches(
  path: string,
  reader: CsvRecords,
  columns: readonly string[],
): AsyncGenerator<readonly SourceEntry[]> {
  for (;;) {
    const batch: SourceEntry[] = [];
    let chars = 0;
    while (batch.length < BATCH_ROWS_MAX && chars < BATCH_CHARS_MAX) {
      const record = reader.next() ?? ((await reader.fill()) ? reader.next() : null);
      if (record === null) {
        if (reader.isAtEnd) break;
        continue;
      }
      if (record.cells?.every((cell) => cell === "") === true) continue;
      batch.push(toEntry(path, record, columns, reader.delimiter));
      for (const cell of record.cells ?? []) chars += cell.length + CELL_CHARS;
    }
    if (batch.length > 0) yield batch;
    else if (reader.isAtEnd) return;
  }
}

function toEntry(path: string, record: CsvRecord, columns: readonly string[], delimiter: string): SourceEntry {
  const { rowNumber, line, cells, problem } = record;
  if (cells === null) {
    const place = { path, rowNumber, line: problem?.line ?? line, column: columns[problem?.cellIndex ?? -1] };
    const cure = 'Put the whole cell in quotes and double each quote in it: "5"" pipe"';
    return { rowNumber, problem: new RowInvalidError(problem?.what ?? "unreadable", cure, place) };
  }
  if (cells.length !== columns.length) {
    const what = `${cells.length} cells, where the header has ${columns.length}`;
    const separators = DELIMITER_NAMES[delimiter] ?? JSON.stringify(delimiter);
    const cure = `Cells are separated by ${separators}: put a cell that holds one in quotes, or repair the row`;
    return { rowNumber, problem: new RowInvalidError(what, cure, { path, rowNumber, line }) };
  }
  const row: Record<string, Cell> = {};
  let warnings: SourceWarning[] | undefined;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] as string;
    const text = cells[index] as string;
    row[column] = text === "" ? null : text;
    if (text.length === SPREADSHEET_CELL_CHARS_MAX) {
      warnings ??= [];
      warnings.push(truncationWarning(column));
    }
  }
  return warnings === undefined ? { rowNumber, cells: row } : { rowNumber, cells: row, warnings };
}

/** Cuts the blocks into records and keeps count of rows and lines. */
class CsvRecords {
  delimiter = ",";
  isAtEnd = false;
  #text = "";
  #position = 0;
  #line = 1;
  #rowNumber = 0;
  /** Characters at hand when a record was found unfinished; 0 where none was. */
  #lookedAt = 0;
  #mustLook = false;
  #quoteLine = 0; // of the quote that the text at hand leaves open, in lines below #line

  constructor(
    readonly path: string,
    readonly blocks: AsyncIterator<Awaited<ReturnType<ReturnType<typeof readTextBlocks>["next"]>>["value"]>,
    readonly delimiterByName: string | null,
  ) {}

  async readHeader(): Promise<{ readonly columns: readonly string[] }> {
    await this.fill();
    const declared = declaredDelimiter(this.#text);
    if (declared !== null) {
      this.#position = declared.length;
      this.#line++;
    }
    const sample = this.#text.slice(this.#position);
    if (/^\s*<(!doctype|html|\?xml|table)/i.test(sample)) {
      const what = "the file is a web page or XML, not comma-separated text";
      throw new SourceUnreadableError(what, "Export the table as csv", { path: this.path, line: 1 });
    }
    this.delimiter = this.delimiterByName ?? declared?.delimiter ?? detectDelimiter(sample.replace(/^[\r\n]+/, ""));
    for (;;) {
      const record = this.next() ?? ((await this.fill()) ? this.next() : null);
      if (record === null && !this.isAtEnd) continue;
      if (record === null) {
        throw new SourceUnreadableError("the file holds blank lines only", "The first row must name the columns", {
          path: this.path,
        });
      }
      const { rowNumber, line } = record;
      if (record.cells === null) {
        throw new SourceUnreadableError(`in the header, ${record.problem?.what}`, "Repair the header", {
          path: this.path,
          rowNumber,
          line,
        });
      }
      if (record.cells.length === 1 && record.cells[0] === "") continue; // blank lines before the header
      return { columns: checkColumns(record.cells, this.path, { rowNumber, line }) };
    }
  }

  /** The next record of the text at hand, or null when more text is needed. */
  next(): CsvRecord | null {
    if (this.#position >= this.#text.length) return null;
    // A quoted cell over many blocks is read from its beginning each time: only when it is twice as long, so that all looks
    // together take twice the time of one.
    const chars = this.#text.length - this.#position;
    if (chars < 2 * this.#lookedAt && !this.#mustLook) return null;
    this.#mustLook = false;
    const outcome = readCsvRecord(this.#text, this.#position, this.delimiter);
    if (outcome.kind === "unfinished") {
      this.#quoteLine = outcome.quoteLine;
      this.#lookedAt = chars;
      return null;
    }
    this.#lookedAt = 0;
    const line = this.#line;
    this.#line += outcome.lineBreaks;
    this.#position = outcome.end;
    this.#rowNumber++;
    if (outcome.kind === "record") return { rowNumber: this.#rowNumber, line, cells: outcome.cells };
    const { what, cellIndex, problemLine } = outcome;
    return { rowNumber: this.#rowNumber, line, cells: null, problem: { what, cellIndex, line: line + problemLine } };
  }

  /** Add the next block to what is left. False, and `isAtEnd`, when the file is read to its end. */
  async fill(): Promise<boolean> {
    if (this.isAtEnd) return false;
    const rest = this.#text.slice(this.#position);
    const isUnseen = this.#lookedAt > 0 && rest.length > this.#lookedAt;
    if (rest.length > RECORD_BYTES_MAX) {
      if (isUnseen) return this.#lookOnce(rest);
      throw this.#openQuote(`is not closed within ${RECORD_BYTES_MAX} characters`);
    }
    const { done, value: block } = await this.blocks.next();
    if (done === true || block === undefined) {
      if (isUnseen) return this.#lookOnce(rest);
      this.isAtEnd = true;
      if (rest !== "") throw this.#openQuote("is never closed");
      return false;
    }
    if (block.kind === "lineTooLong") {
      const what = `a line of more than ${RECORD_BYTES_MAX} bytes`;
      const cure = "Is this comma-separated text? Split the line, or move long texts into files of their own";
      throw new RowInvalidError(what, cure, { path: this.path, rowNumber: this.#rowNumber + 1, line: block.line });
    }
    this.#text = rest + block.text;
    this.#position = 0;
    return true;
  }

  #lookOnce(rest: string): true {
    this.#text = rest;
    this.#position = 0;
    this.#mustLook = true;
    return true;
  }

  #openQuote(what: string): RowInvalidError {
    const line = this.#line + this.#quoteLine;
    const place = { path: this.path, rowNumber: this.#rowNumber + 1, line };
    const cure = "Close the quote; the rows after it cannot be told apart without it, so they cannot be skipped to";
    return new RowInvalidError(`the quote opened on line ${line} ${what}`, cure, place);
  }
}
