/**
 * Datasets: rows read once from a file, each with a unique key. A dataset version is named by (name, content hash); a run
 * pins the version it was started on, so what it reads never changes under it.
 */

/** One version of a dataset: where its rows came from and what identifies them. */
export interface DatasetRecord {
  /** Name it was ingested under. */
  readonly name: string;
  /** Counts the contents this name has had; the newest is what a new run gets. Below 0: read under another schema. */
  readonly version: number;
  /** Where the rows came from, as an absolute path. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
  /** SHA-256 of the file's bytes: provenance. Saving a workbook again changes it. */
  readonly fileSha256: string;
  /** SHA-256 over keys and canonical rows, as the schema gave them, in the order of the file: identity. */
  readonly contentSha256: string;
  /** SHA-256 of what besides the file decided the rows: key columns, the rule for bad rows, the schema where it can be told. */
  readonly shapeSha256: string;
  /** Columns whose values, joined by ":", are the key of a row. */
  readonly keyColumns: readonly string[];
  /** The sheet that was asked for; null where none was, and the first visible one was read. */
  readonly sheet: string | null;
  /** Rows that were read: positions, those of erased rows among them. */
  readonly rowCount: number;
  /** Rows whose key was erased: they are gone, and their positions are empty. */
  readonly erasedCount: number;
  /** Rows left out under `onBadRow: "skip"`. */
  readonly skipped: readonly { readonly rowNumber: number; readonly reason: string }[];
  /** Milliseconds UTC. */
  readonly ingestedAt: number;
  /** Why a changed file was taken in place of the one before; null for a first ingest. */
  readonly changeReason: string | null;
}

/** A stage of a run asked for a version of a dataset: what it recorded depends on it. */
export interface DatasetUse {
  readonly stage: string;
  /** Of the stage; 0 for a map, whose results depend on it over all its attempts. */
  readonly attempt: number;
  readonly name: string;
  readonly contentSha256: string;
  /** The items of the map are its rows. */
  readonly isSource: boolean;
}

/** One row, as stored and as read by a map. */
export interface DatasetRow {
  /** Position in the dataset, from 0 without gaps. */
  readonly index: number;
  readonly key: string;
  /** SHA-256 of the row's cells as they stood in the file, so that a later look at the file needs no schema. */
  readonly rowSha256: string;
  /** The row as the schema gave it, as JSON text. */
  readonly json: string;
}
