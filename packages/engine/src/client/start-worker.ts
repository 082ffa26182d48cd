/** A worker as its starter holds it: begun, drained, ended. Where its runs are executed is the options' word. */
import { isDuration, refuseUnknownOptions, WorkerOptionsInvalidError } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import type { Worker, WorkOptions } from "../worker/facade.js";
import { workInProcesses } from "../worker/processes/work-in-processes.js";
import { type WorkInternals, work } from "../worker/work.js";
import { DRAIN, ISOLATE } from "./option-names.js";

/** Answers when the worker has begun: what died before is decided about, and it claims from here on. */
export async function startWorker(opened: Engine, options: WorkOptions): Promise<Worker> {
  refuseUnknownOptions("work, isolate", options.isolate, ISOLATE);
  // Before a run is claimed: without its files every run would only pause here.
  if (opened.deps.artifacts.processModule !== null) await opened.deps.artifacts.check();
  const draining = new AbortController();
  let graceMs: number | null = null;
  let tellBegun!: () => void;
  const begun = new Promise<void>((resolve) => {
    tellBegun = resolve;
  });
  const worked = workWhereAsked(opened, options, {
    draining: draining.signal,
    graceMs: () => graceMs,
    onBegun: tellBegun,
  });
  await Promise.race([begun, worked]);
  // A promise of its own: a defect that ends the worker is an unhandled rejection where nobody looks at `done`.
  const done = worked.then(() => {});
  const drain = async (options: { readonly withinMs?: number | undefined } = {}) => {
    refuseUnknownOptions("worker.drain", options, DRAIN);
    const { withinMs } = options;
    if (withinMs !== undefined && !isDuration(withinMs)) {
      throw new WorkerOptionsInvalidError({ option: "withinMs", expected: "a number of milliseconds up to 10 years" });
    }
    if (!draining.signal.aborted) graceMs = withinMs ?? null;
    draining.abort();
    await done;
  };
  return { done, drain, [Symbol.asyncDispose]: () => drain() };
}

function workWhereAsked(opened: Engine, options: WorkOptions, internals: WorkInternals): Promise<void> {
  const { processModule } = opened.deps.store;
  if (options.isolate === undefined || processModule === null) return work(opened, options, internals);
  return workInProcesses(opened, options, { store: processModule, isolate: options.isolate, internals });
}
