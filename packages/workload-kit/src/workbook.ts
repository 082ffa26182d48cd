// Writes a workbook (.xlsx) with one sheet, streamed: whole or not at all, and the same bytes for the same rows. The
// writer would otherwise put the present date into its properties and into the zip's directory.
import { createWriteStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { visibleControls, writeWholeFile } from "holdfast/extend";
import { fixZipTimes } from "./zip-times.js";

/** Workbook properties contain a date. A fixed one keeps the bytes the same. */
const WORKBOOK_DATE = new Date("2000-01-01T00:00:00Z");

export type WorkbookCell = string | number | boolean | null;

/** Properties of a workbook, and its one sheet. */
export interface WorkbookOptions {
  readonly sheet: string;
  readonly columns: readonly string[];
  readonly title: string;
  readonly subject: string;
  readonly keywords: string;
  readonly description: string;
}

/**
 * Writes rows below a frozen header. Memory holds only what the zip has not yet drained, so `rows` should yield to the
 * event loop (`setImmediate`) now and then.
 *
 * *Writes*: the file appears only when complete. If `rows` throws, there is no file.
 */
export async function writeWorkbook(
  path: string,
  rows: AsyncIterable<readonly WorkbookCell[]>,
  options: WorkbookOptions,
): Promise<void> {
  const write = async (temporary: { readonly path: string; readonly handle: FileHandle }) => {
    const stream = createWriteStream(temporary.path, { flags: "r+" });
    try {
      await fillWorkbook(stream, rows, options);
      await finished(stream);
    } finally {
      stream.destroy();
    }
    await fixZipTimes(temporary.handle);
  };
  await writeWholeFile(path, write, { makesFolders: true });
}

async function fillWorkbook(
  stream: ReturnType<typeof createWriteStream>,
  rows: AsyncIterable<readonly WorkbookCell[]>,
  { sheet: name, columns, ...properties }: WorkbookOptions,
): Promise<void> {
  // Loaded on first write: it takes 25 MB, and most processes only read.
  const { default: ExcelJs } = await import("exceljs");
  const workbook = new ExcelJs.stream.xlsx.WorkbookWriter({
    stream,
    useSharedStrings: false, // otherwise a table of 42,000 different texts would be in memory until the end
    useStyles: false,
    zip: { zlib: { level: 6 } },
  });
  Object.assign(workbook, {
    created: WORKBOOK_DATE,
    modified: WORKBOOK_DATE,
    creator: "holdfast",
    lastModifiedBy: "holdfast",
    ...properties,
  });
  const sheet = workbook.addWorksheet(name, { views: [{ state: "frozen", ySplit: 1 }] });
  sheet.addRow(columns.map(cleanCell)).commit();
  for await (const row of rows) sheet.addRow(row.map(cleanCell)).commit();
  sheet.commit();
  await workbook.commit();
}

/** A single character that XML forbids makes a workbook unreadable for every program. */
function cleanCell(cell: WorkbookCell): WorkbookCell {
  return typeof cell === "string" ? visibleControls(cell) : cell;
}
