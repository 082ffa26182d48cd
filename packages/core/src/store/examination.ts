/** Examination of a whole store: its sizes, and whether it is sound. Part of the Store contract (`store.ts`). */
import type { RunId } from "../ids.js";

/** The most runs that an examination lists by the size of their artifacts. */
export const LARGEST_RUNS_MAX = 20;

/** The result of `examine`. All sizes are in bytes. */
export interface StoreExamination {
  /** Size of the store without its write-ahead log. */
  readonly sizeBytes: number;
  /** Unused space in the store, which `compact` would release. */
  readonly unusedBytes: number;
  /** Size of the write-ahead log. */
  readonly logBytes: number;
  /** Tables with the size of their indexes included, largest first. Their sum and `unusedBytes` equal `sizeBytes`. */
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
  /** Number and total size of the artifacts of all runs, as recorded; files on disk are not read. */
  readonly artifacts: { readonly count: number; readonly bytes: number };
  /** Runs with the largest total of artifacts, largest first, at most `LARGEST_RUNS_MAX`. */
  readonly largestRuns: readonly { readonly runId: RunId; readonly count: number; readonly bytes: number }[];
  /** Problems that the store's own check found, empty if it is sound; null without `check`. */
  readonly problems: readonly string[] | null;
}
