// Rows of a parquet file, read row group by row group; large groups in windows, so that memory follows the window.
// The footer is checked against the file before it is believed: its numbers decide how much memory is asked for.

import { type FileHandle, open } from "node:fs/promises";
import * as zlib from "node:zlib";
import {
  type Cell,
  DatasetFileError,
  isBadRow,
  RowInvalidError,
  type SourceEntry,
  SourceUnreadableError,
} from "@holdfast/core";
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaElement,
  snappyUncompress,
} from "hyparquet";
import { checkColumns } from "./columns.js";
import { BATCH_CHARS_MAX, BATCH_ROWS_MAX, CELL_CHARS, type FormatReader } from "./format-reader.js";
import { toJsonCell } from "./json-cell.js";

/** Unpacked bytes of the rows read at once: objects in memory take several times as much. */
const WINDOW_BYTES = 32 * 1024 ** 2;
const FOOTER_BYTES_MAX = 64 * 1024 ** 2; // a footer describes columns and groups; more is damage
/** A page is a megabyte as writers make them, a row group at most where they are told to make one page of it. */
const PAGE_BYTES_MAX = 256 * 1024 ** 2;
/** A page may be long runs of one value, but not this long: beyond it the footer's row count is damage. */
const ROWS_PER_BYTE_MAX = 10_000;

/** The codecs Node has; hyparquet brings snappy itself. zstd came with Node 22.15. */
const unzstd = (zlib as { zstdDecompressSync?: (data: Uint8Array, options: object) => Uint8Array }).zstdDecompressSync;
const COMPRESSORS: Compressors = bounded({
  SNAPPY: (input, bytes) => {
    const output = new Uint8Array(bytes);
    snappyUncompress(input, output);
    return output;
  },
  GZIP: (input, bytes) => zlib.gunzipSync(input, { maxOutputLength: bytes + 1 }),
  BROTLI: (input, bytes) => zlib.brotliDecompressSync(input, { maxOutputLength: bytes + 1 }),
  ...(unzstd === undefined ? {} : { ZSTD: (input, bytes) => unzstd(input, { maxOutputLength: bytes + 1 }) }),
});
const CODECS = new Set(["UNCOMPRESSED", ...Object.keys(COMPRESSORS)]);

/** A page says itself how much it unpacks to, and buffers are in no limit of a thread. */
function bounded(all: Compressors): Compressors {
  return Object.fromEntries(
    Object.entries(all).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, bytes: number) => {
        if (bytes > PAGE_BYTES_MAX) throw new PageTooLargeError(bytes);
        return unpack(input, bytes);
      },
    ]),
  );
}

class PageTooLargeError extends Error {
  constructor(readonly bytes: number) {
    super(`a page would unpack to ${bytes} bytes, at most ${PAGE_BYTES_MAX} are read`);
  }
}

export async function openParquet(path: string, onProgress: () => void): Promise<FormatReader> {
  const handle = await open(path);
  try {
    const file = await fileBuffer(path, handle, onProgress);
    const metadata = await readFooter(path, file);
    const columns = checkColumns(
      parquetSchema(metadata).children.map(({ element }) => element.name),
      path,
    );
    const elements = new Map(parquetSchema(metadata).children.map(({ element }) => [element.name, element]));
    return {
      columns,
      warnings: [],
      batches: () => readBatches(path, file, metadata, elements),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error instanceof DatasetFileError ? error : damaged(path, error);
  }
}

function damaged(path: string, error: unknown, rowNumber?: number): SourceUnreadableError {
  const what = `the parquet file is damaged or cut off (${describeDamage(error)})`;
  return new SourceUnreadableError(what, "Copy it again, or write it again", { path, rowNumber }, { cause: error });
}

/** The decoder trusts the bytes: where they lie it fails with errors of the language, whose words help nobody. */
function describeDamage(error: unknown): string {
  const isOfLanguage = error instanceof TypeError || error instanceof RangeError || !(error instanceof Error);
  return isOfLanguage ? "its contents contradict each other" : error.message.replace(/^parquet /, "");
}

async function fileBuffer(path: string, handle: FileHandle, onProgress: () => void): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      onProgress();
      if (!(start >= 0 && start <= end && end <= size)) {
        throw damaged(path, new Error(`it names bytes ${start} to ${end} of a file of ${size}`));
      }
      const buffer = new ArrayBuffer(end - start);
      const { bytesRead } = await handle.read(new Uint8Array(buffer), 0, end - start, start);
      if (bytesRead !== end - start) throw damaged(path, new Error("it ends too early"));
      return buffer;
    },
  };
}

async function readFooter(path: string, file: AsyncBuffer): Promise<FileMetaData> {
  if (file.byteLength < 12) throw damaged(path, new Error("it is shorter than an empty one"));
  const tail = new DataView(await file.slice(file.byteLength - 8, file.byteLength));
  const mark = tail.getUint32(4, true);
  if (mark === 0x45524150) {
    throw new SourceUnreadableError("the parquet file is encrypted", "Write it without encryption", { path });
  }
  if (mark !== 0x31524150) throw damaged(path, new Error("its end mark PAR1 is missing"));
  if (tail.getUint32(0, true) > Math.min(FOOTER_BYTES_MAX, file.byteLength - 12)) {
    throw damaged(path, new Error("its footer is longer than the file allows"));
  }
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  let rows = 0n;
  for (const group of metadata.row_groups) {
    if (group.num_rows < 0n) throw damaged(path, new Error("a row group has a negative length"));
    rows += group.num_rows;
    for (const { meta_data: column } of group.columns) {
      if (column?.codec === undefined) throw damaged(path, new Error("a column has no description"));
      if (!CODECS.has(column.codec)) {
        const what = `it is compressed with ${column.codec}, which is not supported here`;
        throw new SourceUnreadableError(what, "Write it with snappy or gzip compression", {
          path,
          column: column.path_in_schema.join("."),
        });
      }
    }
  }
  if (rows !== metadata.num_rows) throw damaged(path, new Error("its row counts contradict each other"));
  if (rows > BigInt(file.byteLength) * BigInt(ROWS_PER_BYTE_MAX)) {
    throw damaged(path, new Error(`it claims ${rows} rows`));
  }
  return metadata;
}

async function* readBatches(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  elements: ReadonlyMap<string, SchemaElement>,
): AsyncGenerator<readonly SourceEntry[]> {
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupRows = Number(group.num_rows);
    const bytes = Math.max(Number(group.total_byte_size), 1);
    const windowRows = Math.max(1, Math.ceil(groupRows / Math.ceil(bytes / WINDOW_BYTES)));
    for (let rowStart = groupStart; rowStart < groupStart + groupRows; rowStart += windowRows) {
      const rowEnd = Math.min(rowStart + windowRows, groupStart + groupRows);
      const rows = await readWindow(path, file, metadata, rowStart, rowEnd);
      let batch: SourceEntry[] = [];
      let chars = 0;
      for (const [index, row] of rows.entries()) {
        const entry = toEntry(path, rowStart + index + 1, row, elements);
        batch.push(entry);
        // A text that a million rows share is one in the file, and one a row on its way to the caller.
        chars += charsOf(entry);
        if (batch.length < BATCH_ROWS_MAX && chars < BATCH_CHARS_MAX) continue;
        yield batch;
        batch = [];
        chars = 0;
      }
      if (batch.length > 0) yield batch;
    }
    groupStart += groupRows;
  }
}

function charsOf(entry: SourceEntry): number {
  if (isBadRow(entry)) return 0;
  let chars = 0;
  for (const value of Object.values(entry.cells)) chars += CELL_CHARS + (typeof value === "string" ? value.length : 0);
  return chars;
}

async function readWindow(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<Record<string, unknown>[]> {
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors: COMPRESSORS,
      useOffsetIndex: true,
      geoparquet: false,
      parsers: {
        timestampFromMilliseconds: (value) => isoOf(value, 1_000n),
        timestampFromMicroseconds: (value) => isoOf(value, 1_000_000n),
        timestampFromNanoseconds: (value) => isoOf(value, 1_000_000_000n),
        dateFromDays: (days) => new Date(days * 86_400_000).toISOString().slice(0, 10),
      },
    });
  } catch (error) {
    if (error instanceof PageTooLargeError) {
      throw new SourceUnreadableError(error.message, "Write it with smaller row groups", { path }, { cause: error });
    }
    throw error instanceof DatasetFileError ? error : damaged(path, error, rowStart + 1);
  }
  if (rows.length !== rowEnd - rowStart) {
    throw damaged(path, new Error(`${rows.length} rows, where its footer says ${rowEnd - rowStart}`), rowStart + 1);
  }
  return rows;
}

/** Ticks since 1970 as ISO text, to the last digit: a `Date` would drop micro- and nanoseconds. */
function isoOf(value: bigint | number, ticksPerSecond: bigint): string {
  const ticks = BigInt(value);
  const seconds = ticks / ticksPerSecond - (ticks % ticksPerSecond < 0n ? 1n : 0n);
  const rest = ticks - seconds * ticksPerSecond;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  const digits = String(rest)
    .padStart(String(ticksPerSecond).length - 1, "0")
    .replace(/0+$/, "");
  return digits === "" ? `${whole}Z` : `${whole}.${digits}Z`;
}

function toEntry(
  path: string,
  rowNumber: number,
  row: Readonly<Record<string, unknown>>,
  elements: ReadonlyMap<string, SchemaElement>,
): SourceEntry {
  const cells: Record<string, Cell> = {};
  for (const [column, element] of elements) {
    try {
      cells[column] = toCell(row[column], element);
    } catch (error) {
      const what = `the value cannot be used (${(error as Error).message})`;
      const cure = "Write the column as text or as plain numbers";
      return { rowNumber, problem: new RowInvalidError(what, cure, { path, rowNumber, column }) };
    }
  }
  return { rowNumber, cells };
}

function toCell(value: unknown, element: SchemaElement): Cell {
  if (value === undefined || value === null || Number.isNaN(value)) return null; // NaN: how data frames write "none"
  if (typeof value === "bigint") return toInteger(value);
  if (typeof value === "string" && element.logical_type?.type === "TIMESTAMP") {
    return element.logical_type.isAdjustedToUTC ? value : value.replace(/Z$/, "");
  }
  if (typeof value === "number" && element.converted_type === "DECIMAL") {
    const scale = element.scale ?? 0;
    if (Math.abs(value) * 10 ** scale > Number.MAX_SAFE_INTEGER) throw new Error("a decimal of more than 15 digits");
    return Number(value.toFixed(scale)); // scaling by a power of ten left noise in the last binary digit
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return toJsonCell(toPlain(value));
}

/** As a number where that is exact, else as its digits: an id must never be rounded into another. */
function toInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") return toInteger(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(toPlain);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, toPlain);
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toPlain(member)]));
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    if (Number.isNaN(value)) return null;
    throw new Error(String(value));
  }
  return value;
}
