/**
 * Child processes of a worker: 64 runs whose stages compute 5 ms each, by one child process and by two, interleaved, as a
 * ratio; and how long a run waits from its start to its first stage, in this process and in a warm child.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { openHoldfast } from "holdfast";
import { median, printTable, ratio, scratch, whole } from "./measure.mjs";
import { computing } from "./processes-workflows.mjs";

const RUNS = 64;
const INPUT = { stages: 10, computeMs: 5 };
const ROUNDS = 5;
const STARTS = 100;
const MODULE = new URL("./processes-workflows.mjs", import.meta.url);

async function open(folder) {
  return openHoldfast({ workflows: [computing], dataDir: join(folder, "data"), stageFiles: false });
}

/** Milliseconds from the first claim to the last completion: starting the processes is not part of it. */
async function computeMs(processes) {
  const place = scratch("processes");
  const holdfast = await open(place.folder);
  for (let i = 0; i < RUNS; i++) await holdfast.start(computing, INPUT, { runId: `r-${i}` });
  await holdfast.work({ concurrency: 4, untilIdle: true, isolate: { module: MODULE, processes } });
  const { rows } = await holdfast.runs.list({ limit: 500 });
  if (rows.some(({ status }) => status !== "completed")) throw new Error("a run did not complete");
  const tookMs = Math.max(...rows.map((run) => run.finishedAt)) - Math.min(...rows.map((run) => run.startedAt));
  await holdfast.close();
  place.remove();
  return tookMs;
}

/** Milliseconds from `start()` to the claim of the run, by an idle worker. */
async function startLatencies(isolate) {
  const place = scratch("start-latency");
  const holdfast = await open(place.folder);
  const stop = new AbortController();
  const takers = new Map();
  const worker = holdfast.work({
    concurrency: 4,
    signal: stop.signal,
    isolate,
    onRun: (event) => event.kind === "taken" && takers.get(event.runId)?.(performance.now()),
  });
  const latencies = [];
  // The first ones wait for the child to start.
  for (let i = -5; i < STARTS; i++) {
    const runId = `s-${i + 5}`;
    const taken = new Promise((resolve) => takers.set(runId, resolve));
    const startedMs = performance.now();
    const handle = await holdfast.start(computing, { stages: 1, computeMs: 0 }, { runId });
    const takenMs = await taken;
    await handle.result();
    if (i >= 0) latencies.push(takenMs - startedMs);
  }
  stop.abort();
  await worker;
  await holdfast.close();
  place.remove();
  return latencies.sort((a, b) => a - b);
}

export async function processes() {
  const [one, two, ratios] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await computeMs(1));
    two.push(await computeMs(2));
    ratios.push(one.at(-1) / two.at(-1));
  }
  printTable(
    `Child processes: ${RUNS} runs of ${INPUT.stages} stages that compute ${INPUT.computeMs} ms, ${cpus().length} cores`,
    [
      ["processes", "ms (median)", "speed"],
      ["1", whole(median(one)), "1.00x"],
      ["2", whole(median(two)), ratio(median(ratios), 1)],
    ],
  );
  const here = await startLatencies(undefined);
  const child = await startLatencies({ module: MODULE, processes: 1 });
  const at = (sorted, share) => `${sorted[Math.floor(share * (sorted.length - 1))].toFixed(1)} ms`;
  printTable(`From start() to the claim, idle worker, ${STARTS} starts`, [
    ["executed in", "p50", "p95", "max"],
    ["this process", at(here, 0.5), at(here, 0.95), at(here, 1)],
    ["a child process", at(child, 0.5), at(child, 0.95), at(child, 1)],
  ]);
  return { speed: median(ratios), here: here[Math.floor(here.length / 2)], child: child[Math.floor(child.length / 2)] };
}
