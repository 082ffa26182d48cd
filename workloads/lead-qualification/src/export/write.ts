// Writes the ranking as CSV and as JSON, streamed, each file whole or not at all. The column order is a contract with
// readers of the CSV. Each criterion has two columns, its points and its reason, in the order of the profile.
import { writeWorkbook } from "@holdfast/workload-kit";
import { csvLine, writeWholeText } from "holdfast/extend";
import type { Profile } from "../profile/schema.js";
import type { OfData } from "../prospect/synthetic.js";
import type { RankedRow, RankedWithOwn } from "./rows.js";

/** A skipped row, with its row number in the file. */
export interface SkippedRow {
  readonly rowNumber: number;
  readonly reason: string;
}

interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

const FIRST_COLUMNS = ["rank", "key", "company", "tier", "score", "known_percent"] as const;
const LAST_COLUMNS = ["disqualified_by", "to_check", "method", "error"] as const;

/** Data of the tables: the ranking, the columns of the file, and its skipped rows. */
export interface RankedTable extends OfData {
  readonly profile: Profile;
  readonly columns?: readonly string[];
  readonly skipped?: readonly SkippedRow[];
}

/**
 * Our columns, then those of the file. `data` exists only if the prospects are synthetic. A column of the file with the
 * name of one of ours is prefixed with `file: `.
 */
export function rankedColumns(table: RankedTable): string[] {
  const ours = ourColumns(table);
  return [...ours, ...(table.columns ?? []).map((name) => (ours.includes(name) ? `file: ${name}` : name))];
}

function ourColumns({ profile, data }: RankedTable): string[] {
  const reasons = profile.criteria.flatMap(({ id }) => [`${id}_points`, `${id}_why`]);
  return [...FIRST_COLUMNS, ...reasons, ...LAST_COLUMNS, ...(data === undefined ? [] : ["data"])];
}

type CellValue = string | number | boolean | null;

/** Lists are joined by `; `. */
function cellsOf(row: RankedWithOwn, { profile, data, columns = [] }: RankedTable): CellValue[] {
  const reasons = profile.criteria.flatMap(({ id }) => {
    const judged = row.criteria[id];
    return [judged?.points ?? null, judged?.why ?? null];
  });
  const { disqualified_by, to_check, method, error } = row;
  return [
    ...FIRST_COLUMNS.map((column) => row[column]),
    ...reasons,
    disqualified_by.join("; "),
    to_check.join("; "),
    method,
    error,
    ...(data === undefined ? [] : [data]),
    ...columns.map((column) => row.own?.[column] ?? null),
  ];
}

/** Skipped rows come last, by their number in the file, so that nobody misses them. */
function* skippedCells(table: RankedTable): Generator<CellValue[]> {
  const columns = ourColumns(table);
  for (const { rowNumber, reason } of table.skipped ?? []) {
    const said: Readonly<Record<string, string>> = { key: `row ${rowNumber}`, tier: "skipped", error: reason };
    yield columns.map((column) => said[column] ?? null);
  }
}

/**
 * Text cells can never be formulas. The file begins with a byte order mark; without it, spreadsheet programs assume a
 * different encoding. Resolves to the number of rows written, without the skipped ones.
 */
export async function writeRankedCsv(
  path: string,
  rows: AsyncIterable<RankedWithOwn>,
  table: RankedTable,
  { signal }: WriteOptions = {},
): Promise<number> {
  let count = 0;
  const width = rankedColumns(table).length;
  async function* pieces() {
    yield `\uFEFF${csvLine(rankedColumns(table))}`;
    for await (const row of rows) {
      count++;
      yield csvLine(cellsOf(row, table));
    }
    for (const cells of skippedCells(table)) yield csvLine([...cells, ...Array(width - cells.length).fill(null)]);
  }
  await writeWholeText(path, pieces(), { signal });
  return count;
}

/** Rows between two turns of the event loop. */
const ROWS_PER_TURN = 500;

/** The same table as a workbook. */
export async function writeRankedXlsx(
  path: string,
  rows: AsyncIterable<RankedWithOwn>,
  table: RankedTable,
): Promise<void> {
  async function* cells() {
    let count = 0;
    for await (const row of rows) {
      if (++count % ROWS_PER_TURN === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      yield cellsOf(row, table);
    }
    yield* skippedCells(table);
  }
  await writeWorkbook(path, cells(), {
    sheet: "ranking",
    columns: rankedColumns(table),
    title: table.profile.name,
    subject: "Ranked prospects",
    keywords: table.data ?? "",
    description: "Prospects ranked against an ideal customer profile, with a reason for each criterion.",
  });
}

/** Writes one JSON array, one row per line. */
export async function writeRankedJson(
  path: string,
  rows: AsyncIterable<RankedRow>,
  { signal }: WriteOptions = {},
): Promise<void> {
  async function* pieces() {
    let separator = "[\n";
    for await (const row of rows) {
      yield separator + JSON.stringify(row);
      separator = ",\n";
    }
    yield separator === "[\n" ? "[]\n" : "\n]\n";
  }
  await writeWholeText(path, pieces(), { signal });
}
