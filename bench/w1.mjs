/**
 * W1: 20,000 runs of a workflow without stages: queued, claimed, executed, reported, 64 at a time, in one process. Full durability.
 * Beside it in the same run: single commits and batched rows of the same driver, and the bare loop over the same rows
 * (`bare.mjs`). Processor time per run is the whole process's, all threads: unlike the rates it says the same on a busy machine.
 */
import { join } from "node:path";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";
import { bareLoop } from "./bare.mjs";
import { medians, perSecond, printTable, ratio, scratch, seconds, whole } from "./measure.mjs";
import { batchedInserts, singleCommits } from "./raw.mjs";

const noop = defineWorkflow({ name: "noop", input: z.object({}), stages: [], run: async () => null });

async function drain(runs) {
  const { folder, remove } = scratch("w1");
  const holdfast = await openHoldfast({
    url: `sqlite:${join(folder, "w1.db")}`,
    dataDir: folder,
    workflows: [noop],
    stageFiles: false,
  });
  const cpu = () => process.cpuUsage().user + process.cpuUsage().system;
  const cpuBefore = cpu();
  const startedAt = performance.now();
  for (let done = 0; done < runs; done += 1_000) {
    await Promise.all(Array.from({ length: Math.min(1_000, runs - done) }, () => holdfast.start(noop, {})));
  }
  const queuedAt = performance.now();
  const cpuQueued = cpu();
  await holdfast.work({ concurrency: 64, untilIdle: true });
  const drainMs = seconds(queuedAt);
  const cpuDrained = cpu();
  const enqueueMs = queuedAt - startedAt;
  const { completed } = (await holdfast.management.stats({})).recent;
  if (completed !== runs) throw new Error(`${completed} of ${runs} runs completed`);
  await holdfast.close();
  remove();
  return {
    enqueue: perSecond(runs, enqueueMs),
    drain: perSecond(runs, drainMs),
    both: perSecond(runs, enqueueMs + drainMs),
    enqueueCpuUs: (cpuQueued - cpuBefore) / runs,
    drainCpuUs: (cpuDrained - cpuQueued) / runs,
  };
}

export async function w1({ times = 3, runs = 20_000 } = {}) {
  const figures = await medians(times, async () => {
    const bare = await bareLoop(runs);
    return {
      single: singleCommits(),
      batched: batchedInserts(100),
      bareEnqueue: bare.enqueue,
      bareDrain: bare.drain,
      bareBoth: bare.both,
      ...(await drain(runs)),
    };
  });
  const { single, batched, bareEnqueue, bareDrain, bareBoth, enqueue, drain: drained, both } = figures;
  printTable(`W1 on SQLite: ${whole(runs)} runs without stages, full durability, medians of ${times}`, [
    ["", "per second", "of the bare loop", "processor time each"],
    ["raw: one row a commit", whole(single), "", ""],
    ["raw: 100 rows a commit", whole(batched), "", ""],
    ["bare loop: queued", whole(bareEnqueue), "1.00x", ""],
    ["bare loop: claimed and reported", whole(bareDrain), "1.00x", ""],
    ["bare loop: both, one after the other", whole(bareBoth), "1.00x", ""],
    ["runs queued", whole(enqueue), ratio(enqueue, bareEnqueue), `${whole(figures.enqueueCpuUs)} µs`],
    [
      "runs claimed, executed and reported",
      whole(drained),
      ratio(drained, bareDrain),
      `${whole(figures.drainCpuUs)} µs`,
    ],
    ["both, one after the other", whole(both), ratio(both, bareBoth), ""],
  ]);
  return figures;
}
if (import.meta.filename === process.argv[1]) await w1();
