/**
 * W5: from `start()` to the first line of user code, with a worker of the same process that has nothing to do. Starts come 20 to
 * 60 ms apart, so that every thread has gone to sleep. Full durability. Beside it the floor of the machine in the same run: a hop
 * to a thread and back that writes 4 KiB and waits for the disk.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";
import { percentile, printTable, scratch } from "./measure.mjs";

const STARTS = 300;
/** As many as the writer's log has before it begins again. */
const PAGES = 1_000;
const PAGE_BYTES = 4_096;

const rest = () => new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 40));

async function fromStart(starts) {
  const { folder, remove } = scratch("w5");
  let begun = () => {};
  const greet = defineWorkflow({
    name: "greet",
    input: z.object({}),
    stages: [],
    run: async () => begun(performance.now()),
  });
  const holdfast = await openHoldfast({
    url: `sqlite:${join(folder, "w5.db")}`,
    dataDir: folder,
    workflows: [greet],
    stageFiles: false,
  });
  const stop = new AbortController();
  const working = holdfast.work({ concurrency: 4, signal: stop.signal });
  const took = [];
  for (let i = 0; i < starts; i++) {
    await rest();
    const isBegun = new Promise((resolve) => {
      begun = resolve;
    });
    const startedAt = performance.now();
    const handle = await holdfast.start(greet, {});
    took.push((await isBegun) - startedAt);
    await handle.result();
  }
  stop.abort();
  await working;
  await holdfast.close();
  remove();
  return took;
}

/** The floor: an idle thread is woken, writes a page, waits for the disk and answers. */
async function syncedHops(starts) {
  const { folder, remove } = scratch("w5-floor");
  const wakeUp = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(new URL(import.meta.url), { workerData: { file: join(folder, "pages"), wakeUp } });
  await new Promise((resolve) => thread.once("message", resolve));
  const took = [];
  for (let i = 0; i < starts; i++) {
    await rest();
    const answered = new Promise((resolve) => thread.once("message", resolve));
    const startedAt = performance.now();
    Atomics.add(wakeUp, 0, 1);
    Atomics.notify(wakeUp, 0);
    await answered;
    took.push(performance.now() - startedAt);
  }
  await thread.terminate();
  remove();
  return took;
}

async function writeWhenWoken({ file, wakeUp }) {
  const { parentPort } = await import("node:worker_threads");
  const fd = openSync(file, "w");
  writeSync(fd, Buffer.alloc(PAGES * PAGE_BYTES));
  fsyncSync(fd);
  parentPort.postMessage("ready");
  for (let turn = 0; turn < STARTS * 10; turn++) {
    Atomics.wait(wakeUp, 0, turn);
    writeSync(fd, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, (turn % PAGES) * PAGE_BYTES);
    fdatasyncSync(fd);
    parentPort.postMessage("written");
  }
  closeSync(fd);
}

/** As long as a look without a hint takes: where the machine is quiet, a hint that was lost. */
const LOST_MS = 200;

export async function w5({ starts = STARTS } = {}) {
  const floor = await syncedHops(starts);
  const took = await fromStart(starts);
  const row = (name, all) => [
    name,
    percentile(all, 0.5).toFixed(2),
    percentile(all, 0.99).toFixed(2),
    Math.max(...all).toFixed(2),
  ];
  printTable(
    `W5 on SQLite: start() to the first line of user code, an idle worker, full durability, ${starts} starts`,
    [
      ["", "p50 ms", "p99 ms", "max ms"],
      row("raw: a thread woken, 4 KiB synced, answered", floor),
      row("start() to user code", took),
    ],
  );
  console.log(`  Starts that took as long as a lost hint: ${took.filter((ms) => ms >= LOST_MS).length}.`);
  return { floor: percentile(floor, 0.5), p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}
if (!isMainThread && workerData?.wakeUp !== undefined) await writeWhenWoken(workerData);
else if (import.meta.filename === process.argv[1]) await w5();
