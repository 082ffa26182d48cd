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
import { usesOf } from "./uses.js";
import { checkFile } from "./verify.js";

/**
 * @returns the uses of datasets whose file has changed, as `stage:name:content`, where "redo" was accepted: those stages
 * run again.
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
  if (accepted === "reuse") return outdated;
  for (const { name, contentSha256, stages } of await dependenciesOf(store, runId)) {
    const record = await store.getDataset(name, contentSha256);
    if (record === null) continue;
    if (!existsSync(record.path)) {
      if (accepted === "missing-source") continue;
      throw new SourceMissingError({ path: record.path, dataset: record.name });
    }
    // Saved again without a change of its rows: the bytes differ, the content does not.
    const { state, foundSha256, changes } = await checkFile(store, record);
    if (state !== "changed") continue;
    if (accepted === "redo") {
      outdated.push(...stages.map((stage) => wordUse({ stage, name, contentSha256 })));
      continue;
    }
    const { name: dataset, path, fileSha256: recordedSha256 } = record;
    throw new DatasetChangedError({ dataset, path, recordedSha256, foundSha256, ...changes });
  }
  return outdated;
}

export interface ChangedSources {
  /** One for each dataset, with the stage that asked for it first. */
  readonly drift: readonly DriftItem[];
  /** All stages that depend on one of them. */
  readonly stages: readonly string[];
}

/** For a plan: the datasets of a run whose file is there and has other rows now. */
export async function changedSources(store: Store, runId: RunId): Promise<ChangedSources> {
  const drift: DriftItem[] = [];
  const outdated = new Set<string>();
  for (const { name, contentSha256, stages } of await dependenciesOf(store, runId)) {
    const record = await store.getDataset(name, contentSha256);
    if (record === null || !existsSync(record.path)) continue;
    const { state, changes } = await checkFile(store, record);
    if (state !== "changed") continue;
    const { changed, added, missing } = changes;
    const now = `another file: rows ${changed} changed, ${added} added, ${missing} missing`;
    drift.push({ what: "dataset", stage: stages[0], was: contentSha256, now });
    for (const stage of stages) outdated.add(stage);
  }
  return { drift, stages: [...outdated] };
}

/** Whether a recorded stage depends on a dataset whose changed file a resume accepted: then its record no longer answers. */
export async function outdatedBy(store: Store, run: RunRecord, record: StageRecord): Promise<DriftItem | null> {
  const [use] = await outdatedUses(store, run, record.stage);
  return use === undefined
    ? null
    : { what: "dataset", stage: record.stage, was: use.contentSha256, now: "the file has changed since" };
}

/** The uses of a stage that a resume found outdated and that still count: a stage that ran again has others. */
export async function outdatedUses(store: Store, run: RunRecord, stage: string) {
  const outdated = run.directive?.outdated?.filter((use) => use.startsWith(`${stage}:`)) ?? [];
  if (outdated.length === 0) return [];
  return (await usesOf(store, run.id)).filter((use) => use.stage === stage && outdated.includes(wordUse(use)));
}

const wordUse = (use: { readonly stage: string; readonly name: string; readonly contentSha256: string }) =>
  `${use.stage}:${use.name}:${use.contentSha256}`;

/** The versions that the run's stages depend on, each with those stages, in the order in which they were asked for. */
async function dependenciesOf(store: Store, runId: RunId) {
  const found = new Map<string, { readonly name: string; readonly contentSha256: string; readonly stages: string[] }>();
  for (const { name, contentSha256, stage } of await usesOf(store, runId)) {
    const one = found.get(`${name}:${contentSha256}`);
    if (one === undefined) found.set(`${name}:${contentSha256}`, { name, contentSha256, stages: [stage] });
    else one.stages.push(stage);
  }
  return found.values();
}
