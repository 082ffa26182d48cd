/**
 * Before a resume: the files that the run's datasets were read from are there and are what they were. What the run reads
 * is in the database, so a file that is gone or changed harms nothing; but it must not pass unnoticed.
 */
import { existsSync } from "node:fs";
import {
  DatasetChangedError,
  type DriftItem,
  type RunId,
  type RunRecord,
  SourceMissingError,
  type StageRecord,
  type Store,
} from "@holdfast/core";
import type { DatasetRef } from "../refs.js";
import { checkFile } from "./verify.js";

/**
 * @returns the datasets whose file has changed, as `name:content`, where "redo" was accepted: they are read again.
 * @throws {SourceMissingError} SOURCE_MISSING — unless "missing-source" was accepted.
 * @throws {DatasetChangedError} DATASET_CHANGED — with both checksums and the counts of changed, added and missing rows;
 * unless "reuse" (go on from the rows as they were read) or "redo" was accepted.
 */
export async function checkSources(
  store: Store,
  runId: RunId,
  accepted: string | undefined,
): Promise<readonly string[]> {
  const outdated: string[] = [];
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
    if (accepted === "redo") {
      outdated.push(wordDataset(ref));
      continue;
    }
    const { name: dataset, path, fileSha256: recordedSha256 } = record;
    throw new DatasetChangedError({ dataset, path, recordedSha256, foundSha256, ...changes });
  }
  return outdated;
}

/** For a plan: the datasets of a run whose file is there and has other rows now. */
export async function changedSources(store: Store, runId: RunId): Promise<readonly DriftItem[]> {
  const drift: DriftItem[] = [];
  for (const ref of await datasetsOf(store, runId)) {
    const record = await store.getDataset(ref.name, ref.digest);
    if (record === null || !existsSync(record.path)) continue;
    const { state, changes } = await checkFile(store, record);
    const { changed, added, missing } = changes;
    const now = `another file: rows ${changed} changed, ${added} added, ${missing} missing`;
    if (state === "changed") drift.push({ what: "dataset", stage: ref.stage, was: ref.digest, now });
  }
  return drift;
}

/** Whether a recorded stage gave a dataset whose changed file a resume accepted: then its record no longer answers. */
export function outdatedBy(run: RunRecord, record: StageRecord): DriftItem | null {
  const outdated = run.directive?.outdated ?? [];
  if (outdated.length === 0) return null;
  const ref = datasetsIn(record).find((one) => one.stage === record.stage && outdated.includes(wordDataset(one)));
  return ref === undefined
    ? null
    : { what: "dataset", stage: record.stage, was: ref.digest, now: "the file has changed since" };
}

const wordDataset = ({ name, digest }: DatasetRef) => `${name}:${digest}`;

/** The datasets that the run's recorded stages gave, found in their outputs. */
async function datasetsOf(store: Store, runId: RunId): Promise<readonly DatasetRef[]> {
  const refs = new Map<string, DatasetRef>();
  for (const { record } of await store.loadHistory(runId)) {
    for (const ref of record === null ? [] : datasetsIn(record)) refs.set(wordDataset(ref), ref);
  }
  return [...refs.values()];
}

function datasetsIn({ output }: StageRecord): readonly DatasetRef[] {
  if (output?.kind !== "inline" || output.json === null || !output.json.includes('"dataset"')) return [];
  const value: unknown = JSON.parse(output.json);
  const candidates = [value, ...(typeof value === "object" && value !== null ? Object.values(value) : [])];
  return candidates.filter((one): one is DatasetRef => (one as DatasetRef | null)?.kind === "dataset");
}
