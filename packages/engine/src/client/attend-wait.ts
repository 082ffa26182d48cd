/**
 * A run that waits, attended by the process that executed it in the foreground: its instants are looked after here, since no
 * worker may be there to do it, its children are executed here, and it is taken again when it is queued. Another worker may be quicker; then the run is followed
 * until it waits again, is queued again, or rests.
 */
import type { RunId } from "@holdfast/core";
import { wakeDue } from "../manage/wake-waits.js";
import type { Engine } from "../opened/engine.js";
import type { AttendedFamily } from "./attend-family.js";
import type { Take } from "./take.js";

/** Null once the run is not to be executed here any more: it ended, was paused, or the signal aborted. */
export async function attendWait(
  engine: Engine,
  runId: RunId,
  { take, family }: { readonly take: Take; readonly family: AttendedFamily },
  signal: AbortSignal,
): ReturnType<Take> {
  const { hints, store } = engine.deps;
  const watch = hints.watch(runId);
  try {
    while (!signal.aborted) {
      const run = await store.getRun(runId);
      if (run === null || (run.status !== "waiting" && run.status !== "queued" && run.status !== "running"))
        return null;
      if (run.status === "queued") {
        const taken = await take(run);
        if (taken !== null) return taken;
      }
      if (run.status === "waiting") await family.look();
      const lookMs = run.status === "waiting" ? await wakeDue(engine.deps) : watch.lookMs;
      await watch.wait(signal, Math.min(lookMs, watch.lookMs));
    }
    return null;
  } finally {
    watch.end();
  }
}
