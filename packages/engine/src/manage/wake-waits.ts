/**
 * Ends waits whose instant has come, for runs that nobody executes. Any process may do it, any number of them at once: the
 * store ends each wait once. What is polled is one entry of an index, so ten thousand sleeping runs cost as much as one.
 */
import { Hints } from "../base/hints.js";
import type { ExecutorDeps } from "../run/deps.js";

/** In one transaction. */
const WAKE_COUNT = 500;

/**
 * Ends what is due now; the time until the next look: until the next instant, at most `scanMs`. A run is parked only while its
 * waits last longer than `SAT_OUT_MS`, so a look each second sees every instant before it comes.
 */
export async function wakeDue({
  store,
  hints,
  scanMs,
}: Pick<ExecutorDeps, "store" | "hints" | "scanMs">): Promise<number> {
  for (;;) {
    const leftMs = await store.getNextDueMs();
    if (leftMs === null || leftMs > 0) return Math.min(scanMs, leftMs ?? scanMs);
    const { settled, woken } = await store.wakeWaits(WAKE_COUNT);
    for (const { runId } of settled) hints.notifyFollowers(runId);
    if (woken.length > 0) hints.notify(Hints.ANY);
    // Another process is about to end them, or has the run.
    if (settled.length === 0) return RACE_MS;
  }
}

/** After another was quicker: long enough for its commit. */
const RACE_MS = 50;
