/**
 * Datasets in the Store contract (`store.ts`): rows in versions by content.
 */
import type { AuditStamp } from "../audit.js";
import type { DatasetRecord, DatasetRow, DatasetUse } from "../dataset.js";
import type { DatasetUser, KeyTraces } from "../dataset-end.js";
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { WriteOutcome } from "./writes.js";

/** What the end of an ingest adds to its rows. */
export type DatasetFinish = Omit<DatasetRecord, "version" | "ingestedAt" | "erasedCount"> & {
  /** SHA-256 of the cells of each row that was left out. */
  readonly leftOut?: readonly string[] | undefined;
  /**
   * The rows of another version as another schema gives them: it gets a number below 0, is found by its content only, and is
   * in no list.
   */
  readonly isReading?: boolean | undefined;
};

/** Datasets that a stage asked for. */
export interface DatasetUses {
  readonly stage: string;
  /** The stage's attempt; 0 for the source and the items of a map, over all its attempts. */
  readonly attempt: number;
  /** What was noted for the stage before and no longer holds: nothing, the source of its map, or everything. */
  readonly forget: "none" | "source" | "all";
  readonly datasets: readonly Omit<DatasetUse, "stage" | "attempt">[];
}

/** Versions of a dataset to remove. */
export interface DatasetRemovalRequest {
  readonly name: string;
  /** Only this version; null for all of the name. */
  readonly version: number | null;
  /** Only while no run at all has read it: what retention removes. Default: while no run that is not over has. */
  readonly isUnusedOnly?: boolean | undefined;
  readonly audit: AuditStamp | null;
}

/** The answer to a removal. */
export type DatasetRemoval =
  | { readonly kind: "removed"; readonly versions: readonly DatasetRecord[] }
  /** Runs that read it, oldest first, at most 20. */
  | { readonly kind: "inUse"; readonly runs: readonly DatasetUser[] }
  | { readonly kind: "notFound" };

/** Keys of a dataset to erase. */
export interface KeyErasureRequest {
  readonly name: string;
  readonly keys: readonly string[];
  /** Its reason must not name a key: the caller checks. */
  readonly audit: AuditStamp | null;
}

/** The answer to an erasure. */
export type KeyErasure =
  | { readonly kind: "erased"; readonly traces: KeyTraces }
  /** Runs at work that read the dataset, at most 20: what they hold in memory would be written again. */
  | { readonly kind: "held"; readonly runs: readonly RunId[] }
  /** Nothing here was ever called so. */
  | { readonly kind: "notFound" };

/** Datasets by name and content. */
export interface DatasetStore {
  /** Strict. A new version of a dataset that readers do not see before `finishDataset`; an unfinished older one is removed. */
  beginDataset(name: string): Promise<{ readonly datasetId: number }>;
  /** Soft. */
  appendDataset(datasetId: number, rows: readonly DatasetRow[]): Promise<void>;
  /** Strict. From here on it is the newest version of its name. */
  finishDataset(datasetId: number, record: DatasetFinish): Promise<DatasetRecord>;
  /** Remove what an ingest that failed has left. */
  dropDataset(datasetId: number): Promise<void>;
  /** The newest version; with a content hash, the newest version that has it. */
  getDataset(name: string, contentSha256?: string | undefined): Promise<DatasetRecord | null>;
  listDatasets(): Promise<readonly DatasetRecord[]>;
  /** Rows by position, from `from`. */
  listRows(
    name: string,
    contentSha256: string,
    query: { readonly from: number; readonly limit: number },
  ): Promise<readonly DatasetRow[]>;
  /** SHA-256 of the cells of the rows that this version left out; null where that was not recorded. */
  listLeftOut(name: string, contentSha256: string): Promise<readonly string[] | null>;
  /** Soft, fenced. The stage depends on these versions, in the run's generation. */
  noteDatasets(fence: Fence, uses: DatasetUses): Promise<WriteOutcome>;
  /** In the current generation, in the order in which they were first noted; a fork has those of the stages it keeps. */
  listDatasetUses(runId: RunId): Promise<readonly DatasetUse[]>;
  /**
   * Strict. Removes versions, and what was read of them under other schemas; their rows are removed by `deleteRemovedRows`.
   * From here on they are gone for every reader. All or none.
   */
  removeDataset(request: DatasetRemovalRequest): Promise<DatasetRemoval>;
  /** Runs whose current generation read the dataset, or this content of it, oldest first. */
  listDatasetUsers(
    name: string,
    query: { readonly contentSha256?: string | undefined; readonly limit: number },
  ): Promise<readonly DatasetUser[]>;
  /**
   * Strict, one transaction: removes the keys' rows from every version, their results, attempts and checkpoints from every
   * run that read the dataset, and leaves a tombstone: `appendDataset`, `savePaid` and `findErased` know the keys from then on. What
   * was removed is overwritten; `compact` takes care of copies that earlier changes of the file left behind. The same again
   * finds nothing, and answers so.
   */
  eraseKeys(request: KeyErasureRequest): Promise<KeyErasure>;
  /** What `eraseKeys` would remove; null for a name that nothing here has. */
  findKeyTraces(name: string, keys: readonly string[]): Promise<KeyTraces | null>;
  /** Those of the keys that were erased from one of these datasets, each with the word that stands in its place. */
  findErased(names: readonly string[], keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** How many keys were erased from a dataset of this name. */
  countErased(name: string): Promise<number>;
  /** Row hashes of these keys. */
  findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
