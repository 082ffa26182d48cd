/**
 * Before a resume: whether the files that the run's datasets were read from are there and are what they were. What the run
 * reads is in the database, so a file that is gone or changed harms nothing; but it must not pass unnoticed.
 */
import {
  DatasetChangedError,
  type DatasetRecord,
  type DriftItem,
  HoldfastError,
  type RunId,
  type RunRecord,
  type StageRecord,
  type Store,
} from "@holdfast/core";
import type { DatasetPorts } from "./ingest.js";
import type { DatasetCheck } from "./storage-facade.js";
import { usesOf } from "./uses.js";
import { checkFile } from "./verify.js";

/** What became of the file of one dataset that a run has read. */
export interface SourceFinding {
  /** The stages that depend on it, the one that asked for it first in front. */
  readonly stages: readonly string[];
  readonly record: DatasetRecord;
  /** Or why it cannot be compared. Saved again without a change of its rows, a file counts as unchanged. */
  readonly check: DatasetCheck | HoldfastError;
}

export async function lookAtSources(ports: DatasetPorts, runId: RunId): Promise<readonly SourceFinding[]> {
  const { store } = ports;
  const findings: SourceFinding[] = [];
  for (const { name, contentSha256, stages } of await dependenciesOf(store, runId)) {
    const record = await store.getDataset(name, contentSha256);
    if (record === null) continue;
    const check = await checkFile(ports, record).catch((error: unknown) => {
      if (error instanceof HoldfastError) return error;
      throw error;
    });
    findings.push({ stages, record, check });
  }
  return findings;
}

/**
 * What a resume does about them. `outdated`: the uses of datasets whose file has changed, as `stage:name:content`, where
 * "redo" was accepted: those stages run again. `refusal`: SOURCE_MISSING unless "missing-source" was accepted, SOURCE_UNREADABLE,
 * DATASET_CHANGED (with both checksums and the counts of changed, added and missing rows) unless "redo" was; "reuse" goes
 * on from the rows as they were read, whatever became of the file.
 */
export function judgeSources(
  findings: readonly SourceFinding[],
  accepted: string | undefined,
): { readonly outdated: readonly string[]; readonly refusal: HoldfastError | null } {
  const outdated: string[] = [];
  for (const { stages, record, check } of accepted === "reuse" ? [] : findings) {
    const { name: dataset, path, fileSha256: recordedSha256 } = record;
    if (check instanceof HoldfastError) {
      if (check.code === "SOURCE_MISSING" && accepted === "missing-source") continue;
      return { outdated, refusal: check };
    }
    const { state, foundSha256, changes } = check;
    if (state !== "changed") continue;
    if (accepted !== "redo") {
      return { outdated, refusal: new DatasetChangedError({ dataset, path, recordedSha256, foundSha256, ...changes }) };
    }
    const { name, contentSha256 } = record;
    outdated.push(...stages.map((stage) => wordUse({ stage, name, contentSha256 })));
  }
  return { outdated, refusal: null };
}

/** The datasets whose file is there and has other rows now. */
export function driftOfSources(findings: readonly SourceFinding[]): readonly DriftItem[] {
  return findings.flatMap(({ stages, record, check }) => {
    if (check instanceof HoldfastError || check.state !== "changed") return [];
    const { changed, added, missing } = check.changes;
    const now = `another file: rows ${changed} changed, ${added} added, ${missing} missing`;
    return [{ what: "dataset" as const, stage: stages[0], was: record.contentSha256, now }];
  });
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
