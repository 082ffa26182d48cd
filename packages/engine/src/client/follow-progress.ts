/** Frames of how far a run is, for who follows it: read from the store, so that any process can. */
import { isFinished, type RunId, type RunProgress, refuseUnknownOptions } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import { runProgress } from "../run/run-progress.js";
import { PROGRESS } from "./option-names.js";
import { readRun, toRunView } from "./view.js";

/** A frame is for people: ten a second are all that anybody sees. */
const FRAME_MS = 100;

/** Frames until the run has ended, or is paused until a person acts. The fraction never falls within a generation. */
export async function* followProgress(
  opened: Engine,
  runId: RunId,
  options: { readonly signal?: AbortSignal | undefined },
): AsyncIterable<RunProgress> {
  refuseUnknownOptions("handle.progress", options, PROGRESS);
  const { signal } = options;
  const { hints, clock } = opened.deps;
  const watch = hints.follow(runId);
  const look = opened.staff.watch(opened);
  let shown = "";
  try {
    for (;;) {
      const { run, attempts, maps } = await readRun(opened, runId);
      const frame = runProgress(run, toRunView(run, attempts).stages, maps);
      const text = JSON.stringify(frame);
      if (text !== shown) yield frame;
      shown = text;
      if (isFinished(run.status) || (run.status === "paused" && run.wakeAt === null) || signal?.aborted) return;
      await look(run);
      await clock.sleep(FRAME_MS, signal);
      await watch.wait(signal);
      if (signal?.aborted) return;
    }
  } finally {
    watch.end();
  }
}
