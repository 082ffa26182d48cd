/**
 * What can be wrong with a dataset file, as two errors: the whole file (SOURCE_UNREADABLE) or one row of it
 * (ROW_INVALID). Every message names the place as the user sees it in the file, and the cure.
 * Both survive a trip between threads as plain data (`toPlain`, `fromPlain`).
 */
import { HoldfastError } from "./holdfast-error.js";

/** Where in a dataset file something is wrong. */
export interface DatasetFileDetails {
  readonly path: string;
  /** As the user counts: the header is 1 in csv and xlsx, the line in jsonl, the first row is 1 in parquet. */
  readonly rowNumber?: number | undefined;
  readonly column?: string | undefined;
  /** Of a row that stands in the database: its key. */
  readonly key?: string | undefined;
  /** The line of a text file, from 1. It differs from `rowNumber` where cells hold line breaks. */
  readonly line?: number | undefined;
  /** Rows of the file that cannot be used; the place is that of the first. Left out where one row alone was looked at. */
  readonly count?: number | undefined;
  /** The first 20 of them. */
  readonly rows?: readonly BadRowDetails[] | undefined;
}

/** One of several rows that cannot be used. */
export interface BadRowDetails {
  readonly rowNumber?: number | undefined;
  readonly key?: string | undefined;
  readonly column?: string | undefined;
  readonly what: string;
}

/** An error as data: what crosses from the reading thread to the caller's. */
export interface PlainProblem {
  readonly code: "SOURCE_UNREADABLE" | "ROW_INVALID";
  readonly what: string;
  readonly cure: string;
  readonly place: Omit<DatasetFileDetails, "path">;
}

/** A dataset file could not be read, wholly or at one row. Catch this one to catch both. */
export abstract class DatasetFileError extends HoldfastError {
  abstract override readonly code: "SOURCE_UNREADABLE" | "ROW_INVALID";
  readonly details: DatasetFileDetails;

  constructor(
    /** What happened, without the place and the cure: short enough for a list of skipped rows. */
    readonly what: string,
    readonly cure: string,
    details: DatasetFileDetails,
    options?: { readonly cause?: unknown },
  ) {
    const isOfMany = (details.rows?.length ?? 0) > 1;
    super(`${describePlace(isOfMany ? { path: details.path } : details)}: ${what}. ${cure}.`, options);
    this.details = details;
  }

  toPlain(): PlainProblem {
    const { path: _, ...place } = this.details;
    return { code: this.code, what: this.what, cure: this.cure, place };
  }
}

/** The file as a whole cannot be read, or not beyond the named place. No setting makes a run go on without it. */
export class SourceUnreadableError extends DatasetFileError {
  readonly code = "SOURCE_UNREADABLE" as const;
}

/** One row cannot be used. Whether to fail or to skip it is the caller's choice (`onBadRow`). */
export class RowInvalidError extends DatasetFileError {
  readonly code = "ROW_INVALID" as const;
}

/** Rebuild an error that another thread sent. */
export function fromPlain(path: string, problem: PlainProblem): DatasetFileError {
  const details = { path, ...problem.place };
  return problem.code === "ROW_INVALID"
    ? new RowInvalidError(problem.what, problem.cure, details)
    : new SourceUnreadableError(problem.what, problem.cure, details);
}

function describePlace({ path, ...place }: DatasetFileDetails): string {
  return [path, ...describeRow(place)].join(", ");
}

/** Where in its file or dataset: what a list of rows says of each. */
export function describeRow({ rowNumber, key, column, line }: Omit<DatasetFileDetails, "path">): readonly string[] {
  const parts: string[] = [];
  if (rowNumber !== undefined) parts.push(`row ${rowNumber}`);
  if (key !== undefined) parts.push(`row ${JSON.stringify(key)}`);
  if (line !== undefined && line !== rowNumber) parts.push(`line ${line}`);
  if (column !== undefined) parts.push(`column ${JSON.stringify(column)}`);
  return parts;
}
