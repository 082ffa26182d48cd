/** Which stage a run failed of, and the reason that is recorded with it. Pure. */
import { isThrown, peek, StageFailedError } from "@holdfast/core";

/** The stage failure that an error is, or was caused by. */
export function stageFailureIn(error: unknown): StageFailedError | null {
  for (let at = error, depth = 0; at != null && depth < 8; at = peek(at, "cause"), depth++) {
    if (isThrown(at, StageFailedError)) return at;
  }
  return null;
}

/** The reason of a run that failed of this error; null where no stage is to blame. */
export function wordFailure(error: unknown): string | null {
  const inner = stageFailureIn(error);
  if (inner === null) return null;
  return inner.error.code === "ITEMS_FAILED" ? "items_failed" : `stage ${inner.stage}`;
}
