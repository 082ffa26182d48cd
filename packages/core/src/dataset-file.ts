/**
 * A dataset file as a stream of rows, and the port through which the engine reads one. No store, no schema, no keys.
 *
 * Invariants: rows come in file order. A row that cannot be used is an entry of its own and is never left out. What cannot be
 * read ends the stream with an error, so an end without an error means that the whole file was read.
 */
import type { StopSignal } from "./clock.js";
import type { RowInvalidError } from "./errors/dataset-file-error.js";

/** Format of a dataset file. */
export type SourceFormat = "xlsx" | "csv" | "jsonl" | "parquet";

/** Encoding that stands for "look into the file". */
export const DETECT = "detect";

/**
 * One value of a row. Dates are ISO strings (`2024-05-01`, `2024-05-01T13:45:00`, with `Z` only where the file says
 * UTC). Lists and objects (jsonl, parquet) arrive as their JSON text. An empty cell of csv and xlsx is null.
 */
export type Cell = string | number | boolean | null;

/** Something to look at in a cell that can be used. */
export interface SourceWarning {
  readonly column: string;
  readonly message: string;
}

/** A row of a file. */
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

/** A row, or why it cannot be used. */
export type SourceEntry = SourceRow | BadRow;

/** Whether the entry is a row that cannot be used. */
export function isBadRow(entry: SourceEntry): entry is BadRow {
  return "problem" in entry;
}

/** The part of AbortSignal that reading a file needs, declared here to keep this package free of platform types. */
export interface ReadSignal extends StopSignal {
  readonly reason: unknown;
  throwIfAborted(): void;
}

/** How a dataset file is read. */
export interface OpenSourceOptions {
  /** The sheet of a workbook, by name; the first visible one when left out. */
  readonly sheet?: string | undefined;
  /** Of csv, tsv and jsonl, as the Encoding standard names it; "detect" looks into the file. UTF-8 when left out. */
  readonly encoding?: string | undefined;
  /** Stops reading. */
  readonly signal?: ReadSignal | undefined;
  /** Heap of the thread that reads xlsx and parquet, in MiB. */
  readonly memoryMbMax?: number | undefined;
  /** How long that thread may work in silence before it is given up as hung, in ms. */
  readonly silenceMsMax?: number | undefined;
}

/** A dataset file that is open. */
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

/** Reads dataset files. The engine gets it from whoever puts it together: which formats there are is not its business. */
export interface DatasetFiles {
  /**
   * Opens a file as a stream of rows.
   * @throws {SourceUnreadableError} SOURCE_UNREADABLE
   */
  open(path: string, options?: OpenSourceOptions | undefined): Promise<OpenedSource>;
  /**
   * Returns the SHA-256 of the file's bytes, in hexadecimal, without reading it as rows.
   * @throws {SourceUnreadableError} SOURCE_UNREADABLE
   */
  hash(path: string): Promise<string>;
  /** URL of a module that exports this as `datasetFiles`, for the child processes of a worker; null: they have none. */
  readonly moduleUrl: string | null;
}
