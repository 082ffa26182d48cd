/**
 * Errors about datasets, their files and the items of maps.
 */
import { formatCount, plural } from "../plural.js";
import { define } from "./define.js";

/** DATASET_CHANGED: a resume would read a file that differs from the ingested one. */
export class DatasetChangedError extends define(
  "DATASET_CHANGED",
  (d: {
    dataset: string;
    path: string;
    recordedSha256: string;
    foundSha256: string;
    changed: number;
    added: number;
    missing: number;
  }) =>
    `Dataset ${d.dataset}: ${d.path} is not the file that was ingested (recorded SHA-256 ${d.recordedSha256}, found ` +
    `${d.foundSha256}): ${plural(d.changed, "row")} changed, ${d.added} added, ${d.missing} missing.`,
) {}

/** DATASET_NOT_FOUND: no dataset, or no such version of it, exists here. It was never ingested, or has been deleted. */
export class DatasetNotFoundError extends define(
  "DATASET_NOT_FOUND",
  (d: { dataset: string; content?: string; version?: number }) => {
    if (d.version !== undefined) return `Dataset ${d.dataset} has no version ${d.version}.`;
    if (d.content === undefined) return `No dataset is called "${d.dataset}".`;
    return `Dataset ${d.dataset} has no version with the content ${d.content.slice(0, 12)}: it was deleted since it was read.`;
  },
) {}

/** DATASET_IN_USE: a dataset cannot be deleted, or a key erased, while runs depend on it. */
export class DatasetInUseError extends define(
  "DATASET_IN_USE",
  (d: { dataset: string; asked: "delete" | "erase"; runs: readonly { runId: string; status: string }[] }) => {
    const runs = d.runs.map(({ runId, status }) => `${runId} (${status})`).join(", ");
    return d.asked === "delete"
      ? `Dataset ${d.dataset} is read by unfinished runs: ${runs}.`
      : `Dataset ${d.dataset} is read by active runs, which hold its rows in memory: ${runs}.`;
  },
) {}

/** SOURCE_MISSING: the file from which a dataset was read is gone. Recorded rows remain usable. */
export class SourceMissingError extends define(
  "SOURCE_MISSING",
  (d: { path: string; dataset: string }) => `Dataset ${d.dataset}: its source file ${d.path} is missing.`,
) {}

/** ITEMS_FAILED: a map ended with more failed items than `maxFailed` allows. */
export class ItemsFailedError extends define(
  "ITEMS_FAILED",
  (d: { stage: string; failed: number; total: number; allowed: number }) =>
    `Stage ${d.stage}: ${formatCount(d.failed)} of ${plural(d.total, "item")} failed, ${formatCount(d.allowed)} allowed.`,
) {}

/**
 * MAP_KEY_INVALID: an item has no usable key, or the key of an earlier item, whose position is `first`. Positions count
 * from 0. Once a duplicate is found, neither of the two items is called.
 */
export class MapKeyInvalidError extends define(
  "MAP_KEY_INVALID",
  (d: { stage: string; index: number; problem: string; key?: string; first?: number }) =>
    `Map ${d.stage}: item ${d.index}: ${d.problem}.`,
) {}
