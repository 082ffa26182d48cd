/** Removal of dataset versions, and erasure of keys for privacy. A preview and the removal itself count the same things. */
import type { RunId } from "./ids.js";
import type { RunStatus } from "./run-status.js";

/** A run whose stages read a version of a dataset. */
export interface DatasetUser {
  /** ID of the run. */
  readonly runId: RunId;
  /** Name of its workflow. */
  readonly workflow: string;
  /** State of the run. */
  readonly status: RunStatus;
  /** Content of the version that it read. */
  readonly contentSha256: string;
}

/** What an erasure of some keys removes, or has removed. */
export interface KeyTraces {
  /** Rows, over all versions of the dataset. */
  readonly rows: number;
  /** Results of maps, over all runs that read the dataset. */
  readonly results: number;
  /** Failed attempts at items. */
  readonly failures: number;
  /** Recorded intents of attempts at items. */
  readonly attempts: number;
  /** Paid answers that arrived after their lease was lost. */
  readonly paid: number;
  /** Checkpoints that contain one of the keys. They are removed whole. */
  readonly checkpoints: number;
  /** Events, errors, labels and key lists from which a key is cut out. */
  readonly words: number;
  /** Number of the keys that were erased before. */
  readonly erasedBefore: number;
  /**
   * Runs that read the dataset, and their forks, oldest first. Files and systems that they wrote to may hold a key. At
   * most 1,000.
   */
  readonly runs: readonly RunId[];
  /** Data of these runs in the store that holds a key and stays, since other work depends on it. */
  readonly stays: readonly {
    readonly runId: RunId;
    readonly what: "input" | "output";
    readonly stage: string | null;
  }[];
  /** Files that the versions were read from. */
  readonly sources: readonly string[];
}
