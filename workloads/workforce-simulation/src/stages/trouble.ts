// Problems outside the simulation: its database process was killed, the disk or a quota is full, a file reached its
// size limit, memory ran out. The stage is tried once more, since many of these pass. Then the run waits for a person,
// with all written years. It does not fail, since nothing is wrong with the run.
import { ResourceHeldError, StoreFullError, StoreUnreachableError, type Verdict } from "holdfast";
import { MemoryLimitError } from "../database/failure.js";

/** Milliseconds until the retry: by then another program's freed memory, or a killed process, is gone. */
const AGAIN_MS = 500;

export interface Patience {
  readonly attempts: number;
  readonly classify: (thrown: unknown) => Verdict | undefined;
  /** Awaited by each attempt: from the second one on, it waits for the end of the previous stage. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
}

/**
 * Retry policy of one stage in one execution. Each execution has its own single retry, so a resumed run has another.
 * `before` is the previous stage, if stages overlap: a year cannot be repeated while the previous year is.
 */
export function patienceOf(before: Promise<unknown> | null = null): Patience {
  let attemptCount = 0;
  let isPatient = true;
  return {
    // The verdict below ends the retries; the number of failures over all resumes must not.
    attempts: Number.POSITIVE_INFINITY,
    classify(thrown) {
      if (thrown instanceof ResourceHeldError) return { then: "pause", category: "resource held" };
      const trouble = passingTrouble(thrown);
      if (trouble === null) return thrownByStore(thrown) ? undefined : "fail";
      if (!isPatient) return { then: "pause", category: trouble };
      isPatient = false;
      return { then: "retry", afterMs: AGAIN_MS };
    },
    async turn(signal) {
      attemptCount++;
      if (attemptCount > 1 && before !== null) await unlessAborted(before, signal);
    },
  };
}

/** Returns two words for the reason of a paused run; null if the problem would only recur. */
function passingTrouble(thrown: unknown): string | null {
  if (thrown instanceof StoreFullError) return "store full";
  if (thrown instanceof StoreUnreachableError) return "database process lost";
  if (thrown instanceof MemoryLimitError) return "memory limit";
  return null;
}

/** The engine judges these itself: a damaged or read-only file pauses the run at once. */
const thrownByStore = (thrown: unknown) =>
  thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("STORE_");

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(
      () => resolve(),
      (thrown: unknown) => reject(thrown),
    );
  });
}
