/** What was accepted of a run that is not as it was, and what becomes of one drift under those terms. Types only. */
import type { DriftItem } from "@holdfast/core";

/**
 * What a resume does about drift. `reuse` keeps what is recorded, `redo` does again what depends on the change,
 * `missing-source` goes on without a dataset's file, `code` goes on under changed code of the workflow and accepts nothing else.
 */
export type Accept = "reuse" | "redo" | "missing-source" | "code";

/** What was asked of this execution, as far as it decides about records. */
export interface Terms {
  readonly accept: Accept | null;
  /** A person named items of finished maps to do again: stages that declare such a map as an input follow. */
  readonly isRedoingItems: boolean;
  /** A person resumed a failed run: the failure that ended it is tried again. */
  readonly isReopening: boolean;
}

export interface JudgedDrift {
  readonly drift: DriftItem;
  readonly verdict: "reuse" | "redo" | "refuse";
  /** False where it only follows from items that a person asked for: that is no news. */
  readonly isTold: boolean;
}
