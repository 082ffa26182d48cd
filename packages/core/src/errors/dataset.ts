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

/** No dataset of this name was ingested here. */
export class DatasetNotFoundError extends define(
  "DATASET_NOT_FOUND",
  (d: { dataset: string }) => `No dataset is called "${d.dataset}".`,
) {}

/** The file that a dataset was read from is gone; recorded rows still serve. */
export class SourceMissingError extends define(
  "SOURCE_MISSING",
  (d: { path: string; dataset: string }) => `Dataset ${d.dataset}: its source file ${d.path} is not there.`,
) {}

/** A map ended with more failed items than `maxFailed` allows. */
export class ItemsFailedError extends define(
  "ITEMS_FAILED",
  (d: { stage: string; failed: number; total: number; allowed: number }) =>
    `Stage ${d.stage}: ${d.failed} of ${plural(d.total, "item")} failed, ${d.allowed} allowed.`,
) {}

/** An item's key is missing, no string, or used twice in its map. */
export class MapKeyInvalidError extends define(
  "MAP_KEY_INVALID",
  (d: { stage: string; index: number; problem: string }) => `Map ${d.stage}: item ${d.index}: ${d.problem}.`,
) {}
