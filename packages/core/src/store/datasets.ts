/** Datasets in the Store contract (`store.ts`): rows, in versions identified by content. */
import type { AuditStamp } from "../audit.js";
import type { DatasetRecord, DatasetRow, DatasetUse } from "../dataset.js";
import type { DatasetUser, KeyTraces } from "../dataset-end.js";
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { WriteOutcome } from "./writes.js";

/** Record that ends an ingest and completes its rows. */
export type DatasetFinish = Omit<DatasetRecord, "version" | "ingestedAt" | "erasedCount"> & {
  /** SHA-256 hashes of the cells of each row that was left out. */
  readonly leftOut?: readonly string[] | undefined;
  /**
   * `true` for the rows of another version, read with a different schema. Such a reading gets a version number below 0,
   * appears in no list, and is found by its content only.
   */
  readonly isReading?: boolean | undefined;
};

/** Datasets that a stage reads. */
export interface DatasetUses {
  readonly stage: string;
  /** Attempt of the stage; 0 for a map's source and items, which all its attempts share. */
  readonly attempt: number;
  /** Notes of this stage to drop first because they no longer apply: none, its map's source, or all. */
  readonly forget: "none" | "source" | "all";
  readonly datasets: readonly Omit<DatasetUse, "stage" | "attempt">[];
}

/** Request to remove versions of a dataset. */
export interface DatasetRemovalRequest {
  readonly name: string;
  /** The version to remove; null for all versions of the name. */
  readonly version: number | null;
  /** `true` removes only what no run has ever read, as retention does. Default: what no unfinished run has read. */
  readonly isUnusedOnly?: boolean | undefined;
  readonly audit: AuditStamp | null;
}

/** Answer to a removal. */
export type DatasetRemoval =
  | { readonly kind: "removed"; readonly versions: readonly DatasetRecord[] }
  /** Runs that read it, oldest first, at most 20. */
  | { readonly kind: "inUse"; readonly runs: readonly DatasetUser[] }
  | { readonly kind: "notFound" };

/** Request to erase keys from a dataset. */
export interface KeyErasureRequest {
  readonly name: string;
  readonly keys: readonly string[];
  /** The caller must make sure that its reason contains no key. */
  readonly audit: AuditStamp | null;
}

/** Answer to an erasure. */
export type KeyErasure =
  | { readonly kind: "erased"; readonly traces: KeyTraces }
  /** Runs being executed that read the dataset, at most 20. They would write the erased data again from memory. */
  | { readonly kind: "held"; readonly runs: readonly RunId[] }
  /** No dataset of this name has ever existed here. */
  | { readonly kind: "notFound" };

/** Datasets by name and content. */
export interface DatasetStore {
  /** Strict. Begins a new version, hidden from readers until `finishDataset`, and removes an older unfinished one. */
  beginDataset(name: string): Promise<{ readonly datasetId: number }>;
  /** Soft. */
  appendDataset(datasetId: number, rows: readonly DatasetRow[]): Promise<void>;
  /** Strict. Completes the version, which becomes the newest of its name. */
  finishDataset(datasetId: number, record: DatasetFinish): Promise<DatasetRecord>;
  /** Removes what a failed ingest left behind. */
  dropDataset(datasetId: number): Promise<void>;
  /** Returns the newest version or, given a content hash, the newest version with that content. */
  getDataset(name: string, contentSha256?: string | undefined): Promise<DatasetRecord | null>;
  listDatasets(): Promise<readonly DatasetRecord[]>;
  /** Rows by position, starting at `from`. */
  listRows(
    name: string,
    contentSha256: string,
    query: { readonly from: number; readonly limit: number },
  ): Promise<readonly DatasetRow[]>;
  /** SHA-256 hashes of the cells of the rows that this version left out; null if they were not recorded. */
  listLeftOut(name: string, contentSha256: string): Promise<readonly string[] | null>;
  /** Soft, fenced. Notes that the stage depends on these versions, in the run's generation. */
  noteDatasets(fence: Fence, uses: DatasetUses): Promise<WriteOutcome>;
  /**
   * Uses of the current generation, in the order in which they were first noted. A fork has those of the stages it
   * keeps.
   */
  listDatasetUses(runId: RunId): Promise<readonly DatasetUse[]>;
  /**
   * Strict. Removes versions and their readings under other schemas: all or none. They disappear for every reader at
   * once; `deleteRemovedRows` deletes their rows later.
   */
  removeDataset(request: DatasetRemovalRequest): Promise<DatasetRemoval>;
  /** Runs whose current generation read the dataset (or this content of it), oldest first. */
  listDatasetUsers(
    name: string,
    query: { readonly contentSha256?: string | undefined; readonly limit: number },
  ): Promise<readonly DatasetUser[]>;
  /**
   * Strict, one transaction. Removes the keys' rows from every version, and their results, attempts and checkpoints
   * from every run that read the dataset. A tombstone remains for each key; `appendDataset`, `savePaid` and
   * `findErased` recognize the keys from then on.
   *
   * Removed data is overwritten. Copies that earlier changes of the file left behind remain until `compact`. Repeating
   * the call removes nothing and says so.
   */
  eraseKeys(request: KeyErasureRequest): Promise<KeyErasure>;
  /** Returns what `eraseKeys` would remove; null if no dataset here has the name. */
  findKeyTraces(name: string, keys: readonly string[]): Promise<KeyTraces | null>;
  /** Returns those of the keys that were erased from one of these datasets, each with the word that replaces it. */
  findErased(names: readonly string[], keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Number of keys erased from datasets of this name. */
  countErased(name: string): Promise<number>;
  /** Row hashes of these keys. */
  findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
