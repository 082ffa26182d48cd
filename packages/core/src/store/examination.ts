/** A store examined as a whole: what takes how much room, and whether it is sound. Part of the Store contract (`store.ts`). */
import type { RunId } from "../ids.js";

/** Runs with the largest files that an examination names. */
export const LARGEST_RUNS_MAX = 20;

/** Answer to `examine`. */
export interface StoreExamination {
  /** Bytes of the store without its log. */
  readonly sizeBytes: number;
  /** Bytes inside it that hold nothing: what `compact` gives back. */
  readonly unusedBytes: number;
  /** Bytes of the write-ahead log. */
  readonly logBytes: number;
  /** Tables by size with their indexes, largest first. Their sum and the unused bytes are the whole size. */
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
  /** Artifacts of all runs, as recorded. */
  readonly artifacts: { readonly count: number; readonly bytes: number };
  /** Runs with the largest artifacts, at most `LARGEST_RUNS_MAX`, largest first. */
  readonly largestRuns: readonly { readonly runId: RunId; readonly count: number; readonly bytes: number }[];
  /** Problems that the store found in itself; null if it was not asked to look. */
  readonly problems: readonly string[] | null;
}
