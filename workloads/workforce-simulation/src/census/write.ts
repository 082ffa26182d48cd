// Writes a generated census to a file: .csv, .parquet or .xlsx by the ending of its name, whole or not at all. The same
// number and seed give the same rows and, for .csv and .parquet, the same bytes.
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { DuckDBInstance, dateValue, decimalValue } from "@duckdb/node-api";
import { LEVELS } from "../config/defaults.js";
import { quote } from "../database/database.js";
import { EMPLOYEES_MAX, SEED_MAX } from "../input.js";
import { generateCensus } from "./generate.js";
import { CENSUS_COLUMNS, type CensusRow, isoDate } from "./row.js";

/** Rows between two turns of the event loop, in which an abort is noticed and the workbook's zip drains. */
const ROWS_PER_TURN = 2_000;

export interface WriteCensusOptions {
  readonly employees: number;
  readonly seed: number;
  /** The people are employed on 1 January of this year. */
  readonly year: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Writes a census. @throws {RangeError} if the name does not end in .csv, .parquet or .xlsx, or a number is out of range. */
export async function writeCensus(path: string, options: WriteCensusOptions): Promise<{ path: string; rows: number }> {
  const write = writerOf(path);
  checkNumber("employees", options.employees, 1, EMPLOYEES_MAX);
  checkNumber("seed", options.seed, 0, SEED_MAX);
  checkNumber("year", options.year, 1950, 2150);
  const temporary = `${path}.${randomBytes(4).toString("hex")}.part`;
  try {
    await write(temporary, rowsOf(options));
    options.signal?.throwIfAborted();
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  return { path, rows: options.employees };
}

function writerOf(path: string): (file: string, rows: AsyncIterable<CensusRow>) => Promise<void> {
  const ending = extname(path).toLowerCase();
  if (ending === ".csv") return writeCsv;
  if (ending === ".parquet") return writeParquet;
  if (ending === ".xlsx") return writeWorkbook;
  throw new RangeError(`Census file ${path}: its ending is "${ending}", expected .csv, .parquet or .xlsx; rename it.`);
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`Census: ${name} is ${value}, expected a whole number from ${min} to ${max}.`);
}

async function* rowsOf({ employees, seed, year, signal, onProgress }: WriteCensusOptions): AsyncGenerator<CensusRow> {
  let done = 0;
  for (const row of generateCensus({ employees, seed, firstYear: year, levels: LEVELS })) {
    yield row;
    if (++done % ROWS_PER_TURN !== 0) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    onProgress?.(done, employees);
  }
  onProgress?.(done, employees);
}

function cellsOf(row: CensusRow): (string | number | boolean)[] {
  const { employee_id, birth_day, hire_day, level_id, comp_cents, deferral_units, is_active } = row;
  const dates = [isoDate(birth_day), isoDate(hire_day)];
  // Spreadsheets store numbers. A number's shortest text is the value meant, and the one read back.
  return [employee_id, ...dates, level_id, comp_cents / 100, deferral_units / 1_000_000, is_active];
}

async function writeCsv(file: string, rows: AsyncIterable<CensusRow>): Promise<void> {
  await writeFile(file, pieces(rows), { flag: "wx" });
}

async function* pieces(rows: AsyncIterable<CensusRow>): AsyncGenerator<string> {
  let text = `${CENSUS_COLUMNS.join(",")}\n`;
  for await (const row of rows) {
    text += `${cellsOf(row).join(",")}\n`;
    if (text.length < 65_536) continue;
    yield text;
    text = "";
  }
  yield text;
}

async function writeParquet(file: string, rows: AsyncIterable<CensusRow>): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  try {
    await connection.run(
      "CREATE TABLE census (employee_id VARCHAR, birth_date DATE, hire_date DATE, level_id INTEGER, annual_comp DECIMAL(12,2), " +
        "deferral_rate DECIMAL(7,6), active BOOLEAN)",
    );
    const appender = await connection.createAppender("census");
    for await (const row of rows) {
      appender.appendVarchar(row.employee_id);
      appender.appendDate(dateValue(row.birth_day));
      appender.appendDate(dateValue(row.hire_day));
      appender.appendInteger(row.level_id);
      appender.appendDecimal(decimalValue(BigInt(row.comp_cents), 12, 2));
      appender.appendDecimal(decimalValue(BigInt(row.deferral_units), 7, 6));
      appender.appendBoolean(row.is_active);
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(`COPY census TO ${quote(file)} (FORMAT parquet)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeWorkbook(file: string, rows: AsyncIterable<CensusRow>): Promise<void> {
  const stream = createWriteStream(file, { flags: "wx" });
  try {
    // Loaded only to write a workbook, since it is half of what other runs would load.
    const { default: ExcelJs } = await import("exceljs");
    const workbook = new ExcelJs.stream.xlsx.WorkbookWriter({ stream, useSharedStrings: false, useStyles: false });
    const sheet = workbook.addWorksheet("census", { views: [{ state: "frozen", ySplit: 1 }] });
    sheet.addRow([...CENSUS_COLUMNS]).commit();
    for await (const row of rows) sheet.addRow(cellsOf(row)).commit();
    sheet.commit();
    await workbook.commit();
  } finally {
    stream.destroy();
  }
}
