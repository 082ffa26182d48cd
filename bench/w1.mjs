/**
 * W1: 20,000 runs of a workflow without stages: queued, claimed, executed, reported, 64 at a time, in one process. Full durability.
 * Beside it the raw single commits and batched rows of the same driver in the same run.
 */
import { join } from "node:path";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";
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
  const startedAt = performance.now();
  for (let done = 0; done < runs; done += 1_000) {
    await Promise.all(Array.from({ length: Math.min(1_000, runs - done) }, () => holdfast.start(noop, {})));
  }
  const queuedAt = performance.now();
  await holdfast.work({ concurrency: 64, untilIdle: true });
  const drainMs = seconds(queuedAt);
  const enqueueMs = queuedAt - startedAt;
  const { completed } = (await holdfast.management.stats({})).recent;
  if (completed !== runs) throw new Error(`${completed} of ${runs} runs completed`);
  await holdfast.close();
  remove();
  return {
    enqueue: perSecond(runs, enqueueMs),
    drain: perSecond(runs, drainMs),
    both: perSecond(runs, enqueueMs + drainMs),
  };
}

export async function w1({ times = 3, runs = 20_000 } = {}) {
  const figures = await medians(times, async () => ({
    single: singleCommits(),
    batched: batchedInserts(100),
    ...(await drain(runs)),
  }));
  const { single, batched, enqueue, drain: drained, both } = figures;
  printTable(`W1 on SQLite: ${whole(runs)} runs without stages, full durability, medians of ${times}`, [
    ["", "per second", "of rows batched by 100"],
    ["raw: one row a commit", whole(single), ""],
    ["raw: 100 rows a commit", whole(batched), "1.00x"],
    ["runs queued", whole(enqueue), ratio(enqueue, batched)],
    ["runs claimed, executed and reported", whole(drained), ratio(drained, batched)],
    ["both, one after the other", whole(both), ratio(both, batched)],
  ]);
  return figures;
}
if (import.meta.filename === process.argv[1]) await w1();
