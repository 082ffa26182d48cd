// Writes synthetic narratives to a file: .xlsx (streamed) or .csv by the ending of its name, whole or not at all. The
// same seed gives the same bytes, so a lost file can be regenerated and a resume accepts it.
import { extname } from "node:path";
import { writeWorkbook } from "@holdfast/workload-kit";
import { csvLine, writeWholeText } from "holdfast/extend";
import { type GenerateOptions, generateNarratives, NARRATIVE_COLUMNS, type NarrativeRow } from "./cases.js";

/** Excel's own limit is 1,048,576 rows per sheet, including the header. Beyond a million, a workbook is the wrong format. */
const CASES_MAX = 1_000_000;
/** Seeds are 32 bits. */
const SEED_MAX = 4_294_967_295;
/** Rows between two turns of the event loop, in which the zip drains, timers fire and an abort is noticed. */
const ROWS_PER_TURN = 500;
const SYNTHETIC_NOTE =
  "Synthetic data. Every incident, person and label in this file was invented by a program. It describes no real event and supports no findings.";

export interface WriteNarrativesOptions extends GenerateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called every few hundred rows, and once at the end. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Writes `cases` synthetic cases to a workbook or a CSV file.
 *
 * *Writes*: the file appears only when complete. Memory does not grow with the number of cases (.csv), or only with
 * what the zip has not yet drained (.xlsx).
 *
 * @throws {RangeError} if the name does not end in .xlsx or .csv, or a number is out of range.
 */
export async function writeNarratives(
  path: string,
  options: WriteNarrativesOptions,
): Promise<{ path: string; rows: number }> {
  const kind = checkOptions(path, options);
  if (kind === ".csv") await writeCsv(path, options);
  else {
    const { cases, seed } = options;
    await writeWorkbook(path, cellRows(options), {
      sheet: "narratives",
      columns: NARRATIVE_COLUMNS,
      title: "Synthetic incident narratives",
      subject: "synthetic",
      keywords: `synthetic; cases ${cases}; seed ${seed}`,
      description: SYNTHETIC_NOTE,
    });
  }
  return { path, rows: options.cases };
}

function checkOptions(path: string, { cases, seed }: GenerateOptions): ".xlsx" | ".csv" {
  const kind = extname(path).toLowerCase();
  if (kind !== ".xlsx" && kind !== ".csv") {
    throw new RangeError(`Narratives file ${path}: its ending is "${kind}", expected .xlsx or .csv; rename it.`);
  }
  if (!Number.isInteger(cases) || cases < 1 || cases > CASES_MAX) {
    throw new RangeError(`Narratives: cases is ${cases}, expected a whole number from 1 to ${CASES_MAX}.`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > SEED_MAX) {
    throw new RangeError(`Narratives: seed is ${seed}, expected a whole number from 0 to ${SEED_MAX}.`);
  }
  return kind;
}

async function writeCsv(path: string, options: WriteNarrativesOptions): Promise<void> {
  await writeWholeText(path, csvPieces(options), { signal: options.signal, makesFolders: true });
}

async function* csvPieces(options: WriteNarrativesOptions): AsyncGenerator<string> {
  yield csvLine(NARRATIVE_COLUMNS);
  for await (const row of pacedRows(options)) yield csvLine(cellsOf(row));
}

async function* pacedRows({ cases, seed, signal, onProgress }: WriteNarrativesOptions): AsyncGenerator<NarrativeRow> {
  let done = 0;
  for (const row of generateNarratives({ cases, seed })) {
    yield row;
    done++;
    if (done % ROWS_PER_TURN !== 0) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    onProgress?.(done, cases);
  }
  onProgress?.(done, cases);
}

async function* cellRows(options: WriteNarrativesOptions): AsyncGenerator<(string | number)[]> {
  for await (const row of pacedRows(options)) yield cellsOf(row);
}

function cellsOf(row: NarrativeRow): (string | number)[] {
  return NARRATIVE_COLUMNS.map((column) => row[column]);
}
