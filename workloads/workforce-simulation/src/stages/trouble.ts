// Trouble that is not the simulation's own: its database's process was killed, the disk or a quota is full, a file reached
// its size limit, memory ran out. The stage is tried once more, since much of it passes; then the run waits for a person,
// with all years that are written. It does not fail: nothing is wrong with it.
import { ResourceHeldError, StoreFullError, StoreUnreachableError, type Verdict } from "holdfast";
import { MemoryLimitError } from "../database/failure.js";

/** Milliseconds: memory that another program let go of, and a killed process, are gone by then. */
const AGAIN_MS = 500;

export interface Patience {
  readonly attempts: number;
  readonly classify: (thrown: unknown) => Verdict | undefined;
  /** To be awaited by each attempt: from the second one on, the end of the stage before. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
}

/**
 * The patience of one stage in one execution: each execution has its own single retry, so a resumed run has another.
 * `before` is the stage before, where stages overlap: a year cannot be repeated while the year before it is.
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

/** In two words, for the reason of a paused run; null for what would only happen again. */
function passingTrouble(thrown: unknown): string | null {
  if (thrown instanceof StoreFullError) return "store full";
  if (thrown instanceof StoreUnreachableError) return "database process lost";
  if (thrown instanceof MemoryLimitError) return "memory limit";
  return null;
}

/** What the engine itself judges: a damaged or read-only file pauses the run at once. */
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
