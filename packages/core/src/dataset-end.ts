/**
 * How datasets end: versions that are deleted, and keys that are erased for privacy. What is counted here is the same in the
 * preview and in what was done.
 */
import type { RunId } from "./ids.js";
import type { RunStatus } from "./run-status.js";

/** A run whose stages read a version of a dataset. */
export interface DatasetUser {
  /** Id of the run. */
  readonly runId: RunId;
  /** Name of its workflow. */
  readonly workflow: string;
  /** State that it is in. */
  readonly status: RunStatus;
  /** Content of the version that it read. */
  readonly contentSha256: string;
}

/** What an erasure removes, or has removed, of some keys of a dataset. */
export interface KeyTraces {
  /** Rows, over all versions of the dataset. */
  readonly rows: number;
  /** Results of maps, over all runs that read the dataset. */
  readonly results: number;
  /** Failed attempts at items. */
  readonly failures: number;
  /** Announced attempts at items. */
  readonly attempts: number;
  /** Paid answers that came after their lease was lost. */
  readonly paid: number;
  /** Checkpoints that name one of the keys; removed whole. */
  readonly checkpoints: number;
  /** Lines of the history, errors, labels and lists of keys from which a key is taken out. */
  readonly words: number;
  /** How many of the keys were erased before. */
  readonly erasedBefore: number;
  /** Runs that read the dataset, and their forks, oldest first: what they wrote elsewhere may hold a key. At most 1,000. */
  readonly runs: readonly RunId[];
  /** What of these runs holds a key in the store and stays, since other work depends on it. */
  readonly stays: readonly {
    readonly runId: RunId;
    readonly what: "input" | "output";
    readonly stage: string | null;
  }[];
  /** Files that the versions were read from. */
  readonly sources: readonly string[];
}
