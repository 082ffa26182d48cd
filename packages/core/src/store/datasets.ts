/**
 * Datasets in the Store contract (`store.ts`): rows in versions by content.
 */
import type { DatasetRecord, DatasetRow } from "../dataset.js";

/** Datasets by name and content. */
export interface DatasetStore {
  /** Strict. A new version of a dataset that readers do not see before `finishDataset`; an unfinished older one is removed. */
  beginDataset(name: string): Promise<{ readonly datasetId: number }>;
  /** Soft. */
  appendDataset(datasetId: number, rows: readonly DatasetRow[]): Promise<void>;
  /** Strict. From here on it is the newest version of its name. */
  finishDataset(datasetId: number, record: Omit<DatasetRecord, "version" | "ingestedAt">): Promise<DatasetRecord>;
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
  /** Row hashes of these keys. */
  findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
