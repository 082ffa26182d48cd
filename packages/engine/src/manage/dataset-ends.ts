/**
 * Datasets that end: versions deleted, and keys erased for privacy, each first shown and then done. The files of runs are
 * looked through for erased keys, and listed: what user code wrote there is not Holdfast's to change.
 */
import { basename } from "node:path";
import {
  DatasetInUseError,
  DatasetNotFoundError,
  type DatasetRecord,
  isFinished,
  type KeyTraces,
  StoreFullError,
  StoreInUseError,
  WrongUseError,
} from "@holdfast/core";
import type {
  CompactReport,
  DatasetDeletion,
  DeleteDatasetOptions,
  EraseOptions,
  KeyErasureReport,
} from "../dataset/storage-facade.js";
import type { Engine } from "../opened/engine.js";
import { deleteRemovedRows } from "./removed-rows.js";
import { stampOf } from "./stamp.js";

const USERS_MAX = 1_000;
/** A list that is longer is a file of its own, not a command. */
const KEYS_MAX = 1_000;

/**
 * @throws {DatasetNotFoundError} DATASET_NOT_FOUND
 * @throws {DatasetInUseError} DATASET_IN_USE — for the check too: runs that are not over read it.
 */
export async function deleteDataset(
  opened: Engine,
  name: string,
  { version, checkOnly = false, reason }: DeleteDatasetOptions,
): Promise<DatasetDeletion> {
  const { store } = opened.deps;
  const listed = (await store.listDatasets()).filter((record) => record.name === name);
  const versions = version === undefined ? listed : listed.filter((record) => record.version === version);
  if (versions.length === 0) {
    const isVersion = listed.length > 0 && version !== undefined;
    throw new DatasetNotFoundError(isVersion ? { dataset: name, version } : { dataset: name });
  }
  const contents = new Set(versions.map(({ contentSha256 }) => contentSha256));
  const users = (await store.listDatasetUsers(name, { limit: USERS_MAX })).filter(
    ({ contentSha256 }) => version === undefined || contents.has(contentSha256),
  );
  const inUse = users.filter(({ status }) => !isFinished(status));
  if (inUse.length > 0) throw new DatasetInUseError({ dataset: name, asked: "delete", runs: inUse.slice(0, 20) });
  const report = { versions, rows: rowsOf(versions), finishedRuns: users };
  if (checkOnly) return { ...report, isCheckOnly: true };
  const audit = stampOf(opened, "datasetDelete", reason);
  const outcome = await store.removeDataset({ name, version: version ?? null, audit });
  // Another may have been quicker, in either direction.
  if (outcome.kind === "notFound") throw new DatasetNotFoundError({ dataset: name });
  if (outcome.kind === "inUse") throw new DatasetInUseError({ dataset: name, asked: "delete", runs: outcome.runs });
  await deleteRemovedRows(store);
  return { ...report, versions: outcome.versions, rows: rowsOf(outcome.versions), isCheckOnly: false };
}

const rowsOf = (versions: readonly DatasetRecord[]) =>
  versions.reduce((sum, { rowCount, erasedCount }) => sum + rowCount - erasedCount, 0);

/**
 * @throws {DatasetNotFoundError} DATASET_NOT_FOUND @throws {WrongUseError} WRONG_USE — no key, or a reason that names one.
 * @throws {DatasetInUseError} DATASET_IN_USE — a run that reads the dataset is at work; pause it first.
 */
export async function eraseKeys(
  opened: Engine,
  name: string,
  given: string | readonly string[],
  { checkOnly = false, reason }: EraseOptions,
): Promise<KeyErasureReport> {
  const { store } = opened.deps;
  const keys = [...new Set(typeof given === "string" ? [given] : given)];
  checkKeys(keys, reason);
  if (checkOnly) {
    const traces = await store.findKeyTraces(name, keys);
    if (traces === null) throw new DatasetNotFoundError({ dataset: name });
    return { ...traces, files: await filesThatName(opened, traces, keys), isCheckOnly: true, compaction: null };
  }
  // Rows of removed runs and versions are nobody's any more; what is gone need not be erased.
  await deleteRemovedRows(store);
  const outcome = await store.eraseKeys({ name, keys, audit: stampOf(opened, "datasetErase", reason) });
  if (outcome.kind === "notFound") throw new DatasetNotFoundError({ dataset: name });
  if (outcome.kind === "held") {
    const runs = outcome.runs.map((runId) => ({ runId, status: "running" }));
    throw new DatasetInUseError({ dataset: name, asked: "erase", runs });
  }
  const { traces } = outcome;
  const compaction = await store.compact();
  return { ...traces, files: await filesThatName(opened, traces, keys), isCheckOnly: false, compaction };
}

function checkKeys(keys: readonly string[], reason: string | undefined): void {
  const isTexts = keys.every((key) => typeof key === "string" && key !== "");
  if (keys.length === 0 || keys.length > KEYS_MAX || !isTexts) {
    throw new WrongUseError({ problem: `keys: 1 to ${KEYS_MAX} texts that are not empty are expected.` });
  }
  // It would stand in the audit for ever. Not named here either: messages are logged.
  if (keys.some((key) => reason?.includes(key))) {
    throw new WrongUseError({
      problem: "reason: it names a key that is to be erased, and would keep it in the audit.",
    });
  }
}

async function filesThatName(opened: Engine, { runs }: KeyTraces, keys: readonly string[]) {
  const files: KeyErasureReport["files"][number][] = [];
  for (const runId of runs) {
    for await (const path of opened.deps.artifacts.findTexts(runId, keys)) files.push({ runId, path });
  }
  return files;
}

/**
 * @throws {StoreInUseError} STORE_IN_USE — living workers hold runs. @throws {StoreFullError} STORE_FULL — there is no room.
 */
export async function compactStore(opened: Engine): Promise<CompactReport> {
  const { store } = opened.deps;
  await deleteRemovedRows(store);
  const outcome = await store.compact();
  switch (outcome.kind) {
    case "held":
      throw new StoreInUseError({ location: store.location, runs: outcome.runs });
    case "noRoom": {
      const { folder, neededBytes, freeBytes } = outcome;
      const problem = `compacting needs ${neededBytes} bytes of room in ${folder}, and ${freeBytes} are free`;
      throw new StoreFullError({ location: store.location, problem });
    }
    case "compacted": {
      await store.appendAudit({ stamp: stampOf(opened, "compact", null), runId: null });
      const { beforeBytes, afterBytes, isLogEmpty } = outcome;
      return { beforeBytes, afterBytes, isLogEmpty };
    }
  }
}

/** The entry names the file without its folder: the audit is read by people who need not know where the disk has it. */
export async function backupStore(opened: Engine, file: string): Promise<void> {
  const { store } = opened.deps;
  await store.backup(file);
  // A store that takes no writes now (it is locked, or its disk is full) is worth a copy all the more.
  await store.appendAudit({ stamp: stampOf(opened, "backup", basename(file)), runId: null }).catch(() => {});
}
