/**
 * Errors about datasets, their files and the items of maps.
 */
import { plural } from "../plural.js";
import { define } from "./define.js";

/** The file of a dataset is not the one that was ingested: what a resume would read has changed. */
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

/** No dataset of this name is here, or not this version of it: it was never ingested, or was deleted since. */
export class DatasetNotFoundError extends define(
  "DATASET_NOT_FOUND",
  (d: { dataset: string; content?: string; version?: number }) => {
    if (d.version !== undefined) return `Dataset ${d.dataset} has no version ${d.version}.`;
    if (d.content === undefined) return `No dataset is called "${d.dataset}".`;
    return `Dataset ${d.dataset} has no version with the content ${d.content.slice(0, 12)}: it was deleted since it was read.`;
  },
) {}

/** A dataset is not deleted or a key not erased while runs depend on it. */
export class DatasetInUseError extends define(
  "DATASET_IN_USE",
  (d: { dataset: string; asked: "delete" | "erase"; runs: readonly { runId: string; status: string }[] }) => {
    const runs = d.runs.map(({ runId, status }) => `${runId} (${status})`).join(", ");
    return d.asked === "delete"
      ? `Dataset ${d.dataset} is read by unfinished runs: ${runs}.`
      : `Dataset ${d.dataset} is read by active runs, which hold its rows in memory: ${runs}.`;
  },
) {}

/** The file that a dataset was read from is gone; recorded rows still serve. */
export class SourceMissingError extends define(
  "SOURCE_MISSING",
  (d: { path: string; dataset: string }) => `Dataset ${d.dataset}: its source file ${d.path} is missing.`,
) {}

/** A map ended with more failed items than `maxFailed` allows. */
export class ItemsFailedError extends define(
  "ITEMS_FAILED",
  (d: { stage: string; failed: number; total: number; allowed: number }) =>
    `Stage ${d.stage}: ${d.failed} of ${plural(d.total, "item")} failed, ${d.allowed} allowed.`,
) {}

/**
 * An item has no usable key, or the key of another item: `first` is the place of that one. Places count from 0. Neither
 * of the two is called once the second was met.
 */
export class MapKeyInvalidError extends define(
  "MAP_KEY_INVALID",
  (d: { stage: string; index: number; problem: string; key?: string; first?: number }) =>
    `Map ${d.stage}: item ${d.index}: ${d.problem}.`,
) {}
