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
import type { DatasetRef } from "../refs.js";
import { checkFile, type DatasetCheck } from "./verify.js";

/** What became of the file of one dataset that a run has read. */
export interface SourceFinding {
  readonly ref: DatasetRef;
  readonly record: DatasetRecord;
  /** Or why it cannot be compared. Saved again without a change of its rows, a file counts as unchanged. */
  readonly check: DatasetCheck | HoldfastError;
}

export async function lookAtSources(store: Store, runId: RunId): Promise<readonly SourceFinding[]> {
  const findings: SourceFinding[] = [];
  for (const ref of await datasetsOf(store, runId)) {
    const record = await store.getDataset(ref.name, ref.digest);
    if (record === null) continue;
    const check = await checkFile(store, record).catch((error: unknown) => {
      if (error instanceof HoldfastError) return error;
      throw error;
    });
    findings.push({ ref, record, check });
  }
  return findings;
}

/**
 * What a resume does about them. `outdated`: the datasets whose file has changed, as `name:content`, where "redo" was
 * accepted: they are read again. `refusal`: SOURCE_MISSING unless "missing-source" was accepted, SOURCE_UNREADABLE,
 * DATASET_CHANGED (with both checksums and the counts of changed, added and missing rows) unless "redo" was; "reuse" goes
 * on from the rows as they were read, whatever became of the file.
 */
export function judgeSources(
  findings: readonly SourceFinding[],
  accepted: string | undefined,
): { readonly outdated: readonly string[]; readonly refusal: HoldfastError | null } {
  const outdated: string[] = [];
  for (const { ref, record, check } of accepted === "reuse" ? [] : findings) {
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
    outdated.push(wordDataset(ref));
  }
  return { outdated, refusal: null };
}

/** The datasets whose file is there and has other rows now. */
export function driftOfSources(findings: readonly SourceFinding[]): readonly DriftItem[] {
  return findings.flatMap(({ ref, check }) => {
    if (check instanceof HoldfastError || check.state !== "changed") return [];
    const { changed, added, missing } = check.changes;
    const now = `another file: rows ${changed} changed, ${added} added, ${missing} missing`;
    return [{ what: "dataset" as const, stage: ref.stage, was: ref.digest, now }];
  });
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
