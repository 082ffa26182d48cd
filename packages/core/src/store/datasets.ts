/**
 * Datasets in the Store contract (`store.ts`): rows in versions by content.
 */
import type { DatasetRecord, DatasetRow, DatasetUse } from "../dataset.js";
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { WriteOutcome } from "./writes.js";

/** What the end of an ingest adds to its rows. */
export type DatasetFinish = Omit<DatasetRecord, "version" | "ingestedAt"> & {
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
  /** Row hashes of these keys. */
  findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
