/**
 * Datasets: rows read once from a file, each with a unique key. A dataset version is identified by name and content
 * hash. A run stays on the version it started with, so its rows never change.
 */

/** One version of a dataset: where its rows came from and what identifies them. */
export interface DatasetRecord {
  /** Name under which it was ingested. */
  readonly name: string;
  /** Counts the contents that this name has had. A new run gets the newest. Below 0: read with a different schema. */
  readonly version: number;
  /** Where the rows came from, as an absolute path. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
  /** SHA-256 of the file's bytes, for provenance. Saving a workbook again changes it. */
  readonly fileSha256: string;
  /** SHA-256 over keys and canonical rows (after schema validation) in file order. It identifies the content. */
  readonly contentSha256: string;
  /**
   * SHA-256 of everything besides the file that determines the rows: key columns, the rule for bad rows, and the schema
   * if it can be described.
   */
  readonly shapeSha256: string;
  /** Columns whose values, joined by ":", are the key of a row. */
  readonly keyColumns: readonly string[];
  /** Sheet that was requested; null if none was and the first visible one was read. */
  readonly sheet: string | null;
  /** Number of rows read, including the positions of erased rows. */
  readonly rowCount: number;
  /** Number of rows whose key was erased. They are gone, and their positions stay empty. */
  readonly erasedCount: number;
  /** Rows left out under `onBadRow: "skip"`. */
  readonly skipped: readonly { readonly rowNumber: number; readonly reason: string }[];
  /** When it was ingested, in milliseconds UTC. */
  readonly ingestedAt: number;
  /** Why a changed file replaced the previous one; null for a first ingest. */
  readonly changeReason: string | null;
}

/** A stage's dependency on a version of a dataset. */
export interface DatasetUse {
  readonly stage: string;
  /** Attempt of the stage; 0 for a map, whose results depend on the dataset over all its attempts. */
  readonly attempt: number;
  readonly name: string;
  readonly contentSha256: string;
  /** Whether the map's items are the rows of this dataset. */
  readonly isSource: boolean;
}

/** One row, as stored and as read by a map. */
export interface DatasetRow {
  /** Position in the dataset, from 0, without gaps. */
  readonly index: number;
  readonly key: string;
  /** SHA-256 of the row's cells as they were in the file, so that a later check of the file needs no schema. */
  readonly rowSha256: string;
  /** Row after schema validation, serialized as JSON. */
  readonly json: string;
}
