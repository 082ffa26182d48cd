// Writes synthetic prospects to a file: .csv, .xlsx or .jsonl by the ending of its name, whole or not at all. The same
// seed gives the same bytes.
import { extname } from "node:path";
import { writeWorkbook } from "@holdfast/workload-kit";
import { csvLine, writeWholeText } from "holdfast/extend";
import { type GenerateOptions, generateProspects, PROSPECT_COLUMNS, type SyntheticProspect } from "./prospects.js";

/** Excel's own limit is 1,048,576 rows per sheet, including the header. Beyond a million, a workbook is the wrong format. */
const COUNT_MAX = 1_000_000;
/** Seeds are 32 bits. */
const SEED_MAX = 4_294_967_295;
/** Rows between two turns of the event loop, in which the zip drains, timers fire and an abort is noticed. */
const ROWS_PER_TURN = 500;
const SYNTHETIC_NOTE = "Synthetic data. Every company in this file was invented by a program; domains end in .example.";

export interface WriteProspectsOptions extends GenerateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called every few hundred rows, and once at the end. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Writes `count` synthetic prospects.
 *
 * *Writes*: the file appears only when complete. Memory does not grow with the number of rows.
 *
 * @throws {RangeError} if the name has another ending, or a number is out of range.
 */
export async function writeProspects(
  path: string,
  options: WriteProspectsOptions,
): Promise<{ path: string; rows: number }> {
  const { count, seed, signal } = options;
  const kind = extname(path).toLowerCase();
  checkNumbers(options);
  if (kind === ".csv") await writeWholeText(path, csvPieces(options), { signal, makesFolders: true });
  else if (kind === ".jsonl") await writeWholeText(path, jsonlPieces(options), { signal, makesFolders: true });
  else if (kind === ".xlsx") {
    await writeWorkbook(path, cellRows(options), {
      sheet: "prospects",
      columns: PROSPECT_COLUMNS,
      title: "Synthetic prospects",
      subject: "synthetic",
      keywords: `synthetic; count ${count}; seed ${seed}`,
      description: SYNTHETIC_NOTE,
    });
  } else
    throw new RangeError(`Prospects file ${path}: its ending is "${kind}", expected .csv, .xlsx or .jsonl; rename it.`);
  return { path, rows: count };
}

function checkNumbers({ count, seed }: GenerateOptions): void {
  if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) {
    throw new RangeError(`Prospects: count is ${count}, expected a whole number from 1 to ${COUNT_MAX}.`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > SEED_MAX) {
    throw new RangeError(`Prospects: seed is ${seed}, expected a whole number from 0 to ${SEED_MAX}.`);
  }
}

const cellsOf = (row: SyntheticProspect) => PROSPECT_COLUMNS.map((column) => row[column]);

async function* csvPieces(options: WriteProspectsOptions): AsyncGenerator<string> {
  yield csvLine(PROSPECT_COLUMNS);
  for await (const row of pacedRows(options)) yield csvLine(cellsOf(row));
}

/** An empty cell becomes no field at all, as in data from an API. */
async function* jsonlPieces(options: WriteProspectsOptions): AsyncGenerator<string> {
  for await (const row of pacedRows(options)) {
    yield `${JSON.stringify(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== "")))}\n`;
  }
}

async function* cellRows(options: WriteProspectsOptions): AsyncGenerator<(string | number | null)[]> {
  for await (const row of pacedRows(options)) yield cellsOf(row).map((value) => (value === "" ? null : value));
}

async function* pacedRows({
  count,
  seed,
  signal,
  onProgress,
}: WriteProspectsOptions): AsyncGenerator<SyntheticProspect> {
  let done = 0;
  for (const row of generateProspects({ count, seed })) {
    yield row;
    done++;
    if (done % ROWS_PER_TURN !== 0) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    onProgress?.(done, count);
  }
  onProgress?.(done, count);
}
