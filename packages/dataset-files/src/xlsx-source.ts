// Rows of one sheet of a workbook. The first row that is not blank is the header; blank rows are no rows but count in
// the numbering. Only the shared texts are held in memory; the sheet itself is streamed.
// One bad cell spoils its row, never the sheet.

import {
  type Cell,
  RowInvalidError,
  type SourceEntry,
  SourceUnreadableError,
  type SourceWarning,
} from "@holdfast/core";
import { checkColumns } from "./columns.js";
import {
  BATCH_CHARS_MAX,
  BATCH_ROWS_MAX,
  CELL_CHARS,
  COLUMNS_MAX,
  type FormatReader,
  SPREADSHEET_CELL_CHARS_MAX,
  truncationWarning,
} from "./format-reader.js";
import { columnIndexOf, columnLetters, decodeEscapes, readXlsxCell } from "./xlsx-cell.js";
import { readWorkbook, type Workbook } from "./xlsx-workbook.js";
import { parseXml } from "./xml-stream.js";
import { openZip } from "./zip-archive.js";

/** What the file format allows. A number beyond it is damage, and would have us walk through rows that are not there. */
const ROWS_MAX = 1_048_576;

interface SheetCell {
  readonly index: number;
  readonly value: Cell;
  readonly problem: { readonly what: string; readonly cure: string } | null;
}

interface SheetRow {
  readonly rowNumber: number;
  readonly cells: readonly SheetCell[];
}

export async function openXlsx(
  path: string,
  options: { readonly sheet?: string | undefined; readonly heapBytesMax: number; readonly onProgress: () => void },
): Promise<FormatReader> {
  const zip = await openZip(path);
  try {
    const workbook = await readWorkbook(path, zip, options.sheet, options.heapBytesMax, options.onProgress);
    const chunks = readSheet(path, workbook, zip.read(workbook.sheetPart), options.onProgress);
    let pending: readonly SheetRow[] = [];
    let header: SheetRow | undefined;
    while (header === undefined) {
      const { done, value } = await chunks.next();
      if (done === true) {
        const what = `the sheet ${JSON.stringify(workbook.sheetName)} is empty`;
        throw new SourceUnreadableError(what, "The first row must name the columns", { path });
      }
      header = value[0];
      pending = value.slice(1);
    }
    const columns = readHeader(path, header);
    const first = pending;
    return {
      columns,
      warnings: workbook.warnings,
      batches: () => readBatches(path, columns, first, chunks),
      close: async () => {
        await chunks.return(undefined);
        await zip.close();
      },
    };
  } catch (error) {
    await zip.close();
    throw error;
  }
}

function readHeader(path: string, { rowNumber, cells }: SheetRow): readonly string[] {
  const names: string[] = [];
  for (const { index, value, problem } of cells) {
    if (problem !== null) {
      const column = columnLetters(index);
      throw new SourceUnreadableError(`in the header, ${problem.what}`, problem.cure, { path, rowNumber, column });
    }
    if (value !== null) names[index] = String(value);
  }
  return checkColumns(
    Array.from(names, (name) => name ?? ""),
    path,
    { rowNumber },
    columnLetters,
  );
}

async function* readBatches(
  path: string,
  columns: readonly string[],
  first: readonly SheetRow[],
  chunks: AsyncIterable<readonly SheetRow[]>,
): AsyncGenerator<readonly SourceEntry[]> {
  let batch: SourceEntry[] = [];
  let chars = 0;
  async function* all() {
    yield first;
    yield* chunks;
  }
  for await (const rows of all()) {
    for (const row of rows) {
      batch.push(toEntry(path, row, columns));
      for (const { value } of row.cells) chars += typeof value === "string" ? value.length : 0;
      chars += columns.length * CELL_CHARS;
      if (batch.length >= BATCH_ROWS_MAX || chars >= BATCH_CHARS_MAX) {
        yield batch;
        batch = [];
        chars = 0;
      }
    }
  }
  if (batch.length > 0) yield batch;
}

function toEntry(path: string, { rowNumber, cells }: SheetRow, columns: readonly string[]): SourceEntry {
  const row: Record<string, Cell> = {};
  for (const column of columns) row[column] = null;
  let warnings: SourceWarning[] | undefined;
  for (const { index, value, problem } of cells) {
    const letters = columnLetters(index);
    const column = columns[index];
    const place = { path, rowNumber, column: column ?? letters };
    if (problem !== null) {
      const what = `cell ${letters}${rowNumber}: ${problem.what}`;
      return { rowNumber, problem: new RowInvalidError(what, problem.cure, place) };
    }
    if (value === null) continue;
    if (column === undefined) {
      const what = `cell ${letters}${rowNumber} lies beyond the last column of the header`;
      return {
        rowNumber,
        problem: new RowInvalidError(what, "Name the column in the header, or clear the cell", place),
      };
    }
    row[column] = value;
    if (typeof value === "string" && value.length === SPREADSHEET_CELL_CHARS_MAX) {
      warnings ??= [];
      warnings.push(truncationWarning(column));
    }
  }
  return warnings === undefined ? { rowNumber, cells: row } : { rowNumber, cells: row, warnings };
}

/** The rows of a sheet that have any content, as its XML arrives. */
async function* readSheet(
  path: string,
  workbook: Workbook,
  xml: AsyncIterable<Buffer>,
  onProgress: () => void,
): AsyncGenerator<readonly SheetRow[]> {
  const { sharedStrings, styles } = workbook;
  let rows: SheetRow[] = [];
  let rowNumber = 0;
  let cells: SheetCell[] = [];
  let nextIndex = 0;
  let cell: { index: number; type?: string | undefined; style?: string | undefined } | null = null;
  let value: string | null = null;
  let inline: string | null = null;
  let hasFormula = false;
  let target: "value" | "inline" | null = null;
  let isInPhonetic = false;
  const handlers = {
    open(name: string, attributes: Readonly<Record<string, string>>) {
      if (name === "row") {
        rowNumber = nextRowNumber(path, rowNumber, attributes.r);
        cells = [];
        nextIndex = 0;
      } else if (name === "c") {
        const index = attributes.r === undefined ? nextIndex : columnIndexOf(attributes.r);
        if (index === null || index < nextIndex || index >= COLUMNS_MAX) {
          throw outOfPlace(path, rowNumber, `the cell reference ${JSON.stringify(attributes.r ?? "")} is out of place`);
        }
        cell = { index, type: attributes.t, style: attributes.s };
        nextIndex = index + 1;
        value = null;
        inline = null;
        hasFormula = false;
      } else if (cell === null) return;
      else if (name === "f") hasFormula = true;
      else if (name === "v") {
        target = "value";
        value ??= "";
      } else if (name === "t") {
        target = "inline";
        inline ??= "";
      } else if (name === "rPh") isInPhonetic = true;
    },
    text(text: string) {
      if (target === "value") value += text;
      else if (target === "inline" && !isInPhonetic) inline += text;
    },
    close(name: string) {
      if (name === "v" || name === "t") target = null;
      else if (name === "rPh") isInPhonetic = false;
      else if (name === "c" && cell !== null) {
        const { index, type, style } = cell;
        const decoded = type === "str" && value !== null ? decodeEscapes(value) : value;
        const inlineText = inline === null ? null : decodeEscapes(inline);
        const outcome = readXlsxCell(
          { type, style, value: decoded, inline: inlineText, hasFormula },
          sharedStrings,
          styles,
        );
        if (!outcome.ok) cells.push({ index, value: null, problem: outcome });
        else if (outcome.value !== null) cells.push({ index, value: outcome.value, problem: null });
        cell = null;
      } else if (name === "row" && cells.length > 0) rows.push({ rowNumber, cells });
    },
  };
  for await (const _ of parseXml(path, workbook.sheetPart, xml, handlers)) {
    onProgress();
    if (rows.length === 0) continue;
    yield rows;
    rows = [];
  }
}

/** Rows without a number follow the one before. Numbers never go back and stay within the format. */
function nextRowNumber(path: string, previous: number, reference: string | undefined): number {
  const next = reference === undefined ? previous + 1 : Number(reference);
  if (Number.isInteger(next) && next > previous && next <= ROWS_MAX) return next;
  throw outOfPlace(path, previous + 1, `the row number ${JSON.stringify(reference ?? "")} is out of place`);
}

function outOfPlace(path: string, rowNumber: number, what: string): SourceUnreadableError {
  return new SourceUnreadableError(what, "The workbook is damaged: save it again as .xlsx", { path, rowNumber });
}
