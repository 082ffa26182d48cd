/**
 * Before a resume: the files that the run's datasets were read from are there and are what they were. What the run reads
 * is in the database, so a file that is gone or changed harms nothing; but it must not pass unnoticed.
 */
import { existsSync } from "node:fs";
import { DatasetChangedError, type RunId, SourceMissingError, type Store } from "@holdfast/core";
import type { DatasetRef } from "../refs.js";
import { checkFile } from "./verify.js";

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
    // Saved again without a change of its rows: the bytes differ, the content does not.
    const { state, foundSha256, changes } = await checkFile(store, record);
    if (state !== "changed") continue;
    const { name: dataset, path, fileSha256: recordedSha256 } = record;
    throw new DatasetChangedError({ dataset, path, recordedSha256, foundSha256, ...changes });
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
