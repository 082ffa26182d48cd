/**
 * Before a resume: the files that the run's datasets were read from are there and are what they were. What the run reads
 * is in the database, so a file that is gone or changed harms nothing; but it must not pass unnoticed.
 */
import { existsSync } from "node:fs";
import { DatasetChangedError, type DatasetRecord, type RunId, SourceMissingError, type Store } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import { openSource } from "../dataset/index.js";
import type { DatasetRef } from "../refs.js";
import { compareWithDataset, hashSource } from "./ingest.js";

/** Lets every row through: the comparison is by the cells of the file. */
const ANY_ROW: Schema<unknown, unknown> = {
  "~standard": { version: 1, vendor: "holdfast", validate: (value) => ({ value }) },
};

/**
 * @throws {SourceMissingError} SOURCE_MISSING — unless "missing-source" was accepted.
 * @throws {DatasetChangedError} DATASET_CHANGED — with both checksums and the counts of changed, added and missing rows.
 */
export async function checkSources(store: Store, runId: RunId, accepted: string | undefined): Promise<void> {
  for (const ref of await datasetsOf(store, runId)) {
    const record = await store.getDataset(ref.name, ref.digest);
    if (record === null || accepted === "reuse") continue;
    if (!existsSync(record.path)) {
      if (accepted === "missing-source") continue;
      throw new SourceMissingError({ path: record.path, dataset: record.name });
    }
    if ((await hashSource(record.path)) !== record.fileSha256) await refuse(store, record);
  }
}

/** The datasets that the run's recorded stages gave, found in their outputs. */
async function datasetsOf(store: Store, runId: RunId): Promise<readonly DatasetRef[]> {
  const refs = new Map<string, DatasetRef>();
  for (const { record } of await store.loadHistory(runId)) {
    const output = record?.output;
    if (output?.kind !== "inline" || output.json === null || !output.json.includes('"dataset"')) continue;
    const value: unknown = JSON.parse(output.json);
    const candidates = [value, ...(typeof value === "object" && value !== null ? Object.values(value) : [])];
    for (const candidate of candidates) {
      const ref = candidate as DatasetRef | null;
      if (typeof ref === "object" && ref?.kind === "dataset") refs.set(`${ref.name}:${ref.digest}`, ref);
    }
  }
  return [...refs.values()];
}

async function refuse(store: Store, record: DatasetRecord): Promise<void> {
  const source = await openSource(record.path);
  try {
    const how = { key: record.keyColumns, schema: ANY_ROW, onBadRow: "skip" as const };
    const changes = await compareWithDataset(store, source, how, record);
    // Saved again without a change of its rows: the bytes differ, the content does not.
    if (changes.changed + changes.added + changes.missing === 0) return;
    const { name: dataset, path, fileSha256: recordedSha256 } = record;
    throw new DatasetChangedError({ dataset, path, recordedSha256, foundSha256: source.fileSha256, ...changes });
  } finally {
    await source.close();
  }
}
