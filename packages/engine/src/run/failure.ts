/** Which stage a run failed of, and the reason that is recorded with it. Pure. */
import { ChildFailedError, isThrown, peek, type RecordedError, StageFailedError } from "@holdfast/core";

/** A stage that failed. `error`: as recorded; null where a child was cancelled. */
export interface StageFailure {
  readonly stage: string;
  readonly error: RecordedError | null;
}

/** The stage failure that an error is, or was caused by. */
export function stageFailureIn(error: unknown): StageFailure | null {
  for (let at = error, depth = 0; at != null && depth < 8; at = peek(at, "cause"), depth++) {
    if (isThrown(at, StageFailedError)) return at;
    if (isThrown(at, ChildFailedError)) return { stage: at.details.stage, error: at.details.error };
  }
  return null;
}

/** The reason of a run that failed of this error; null where no stage is to blame. */
export function wordFailure(error: unknown): string | null {
  const inner = stageFailureIn(error);
  if (inner === null) return null;
  return inner.error?.code === "ITEMS_FAILED" ? "items_failed" : `stage ${inner.stage}`;
}
