/**
 * Wake-ups: how long a run waits for an idle place in its own process, and a caller for the end of its run. Callers start
 * one run after the other, as many at a time as the worker has places, so that starts fall beside ends and claims.
 */
import { join } from "node:path";
import { openHoldfast } from "holdfast";
import { printTable, scratch } from "./measure.mjs";
import { brief } from "./processes-workflows.mjs";

const STARTS = 1_000;
const CONCURRENCIES = [1, 4, 16];
const MODULE = new URL("./processes-workflows.mjs", import.meta.url);

/** Milliseconds from `start()` to the claim, and from the end of the run's function to its `result()`. */
async function measure(callers, isolate) {
  const place = scratch("wakeups");
  const holdfast = await openHoldfast({ workflows: [brief], dataDir: join(place.folder, "data"), stageFiles: false });
  const stop = new AbortController();
  const takers = new Map();
  const worker = holdfast.work({
    concurrency: callers,
    workflows: [brief.name],
    signal: stop.signal,
    isolate,
    onRun: ({ kind, runId }) => kind === "taken" && takers.get(runId)?.(performance.now()),
  });
  const [toClaim, toResult] = [[], []];
  let begun = 0;
  const call = async () => {
    while (begun < STARTS) {
      const runId = `w-${begun++}`;
      const taken = new Promise((resolve) => takers.set(runId, resolve));
      const startedMs = performance.now();
      const handle = await holdfast.start(brief, {}, { runId });
      const returnedAtMs = await handle.result();
      const resultMs = performance.now();
      toClaim.push((await taken) - startedMs);
      toResult.push(performance.timeOrigin + resultMs - returnedAtMs);
    }
  };
  // A child takes its time to start: that is not what is measured.
  await (await holdfast.start(brief, {})).result();
  await Promise.all(Array.from({ length: callers }, call));
  stop.abort();
  await worker;
  await holdfast.close();
  place.remove();
  return { toClaim: toClaim.sort((a, b) => a - b), toResult: toResult.sort((a, b) => a - b) };
}

const at = (sorted, share) => `${sorted[Math.floor(share * (sorted.length - 1))].toFixed(1)} ms`;
/** As long as a poll takes, nearly: where the machine is quiet, a wake-up that was lost. */
const polledCount = (sorted) => sorted.filter((ms) => ms >= 200).length;

export async function wakeups() {
  const columns = ["p50", "p99", "max", ">= 200 ms"];
  const rows = [
    ["executed in", "at a time", ...columns.map((it) => `claim ${it}`), ...columns.map((it) => `result ${it}`)],
  ];
  for (const isolate of [undefined, { module: MODULE, processes: 1 }]) {
    for (const callers of CONCURRENCIES) {
      const { toClaim, toResult } = await measure(callers, isolate);
      const cells = [toClaim, toResult].flatMap((ms) => [at(ms, 0.5), at(ms, 0.99), at(ms, 1), polledCount(ms)]);
      rows.push([isolate === undefined ? "this process" : "a child process", callers, ...cells]);
    }
  }
  printTable(`Wake-ups: from start() to the claim, and from the end to result(), ${STARTS} starts`, rows);
}
