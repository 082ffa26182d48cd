/**
 * W2: 200 runs of 50 no-op stages, each recorded before the next starts; 1, 16 and 64 runs at a time. Full durability.
 * Beside it the single-commit and the batched insert rate of the same driver in the same run.
 */

import { join } from "node:path";
import { openHoldfast } from "holdfast";
import { medians, perSecond, printTable, ratio, scratch, seconds, whole } from "./measure.mjs";
import { batchedInserts, singleCommits } from "./raw.mjs";
import { STAGES, steps } from "./steps.mjs";

async function stagesPerSecond(atATime, runs, stageFiles) {
  const { folder, remove } = scratch("w2");
  const holdfast = await openHoldfast({
    url: `sqlite:${join(folder, "w2.db")}`,
    dataDir: folder,
    workflows: [steps],
    stageFiles,
  });
  for (let i = 0; i < runs; i++) await holdfast.start(steps, {});
  const since = performance.now();
  await holdfast.work({ concurrency: atATime, untilIdle: true });
  const rate = perSecond(runs * STAGES, seconds(since));
  const left = await holdfast.runs.list({ status: "completed", limit: 500 });
  if (left.rows.length !== runs) throw new Error(`${left.rows.length} of ${runs} runs completed`);
  await holdfast.close();
  remove();
  return rate;
}

export async function w2({ times = 3, runs = 200 } = {}) {
  const figures = await medians(times, async () => ({
    single: singleCommits(),
    batched: batchedInserts(100),
    one: await stagesPerSecond(1, Math.min(runs, 60), false),
    sixteen: await stagesPerSecond(16, runs, false),
    sixtyFour: await stagesPerSecond(64, runs, false),
    withFiles: await stagesPerSecond(16, 20, true),
  }));
  const { single, batched, one, sixteen, sixtyFour, withFiles } = figures;
  printTable(`W2 on SQLite: runs of ${STAGES} no-op stages, full durability, medians of ${times}`, [
    ["", "per second", "of single commits", "of rows batched by 100"],
    ["raw: one row a commit", whole(single), "1.00x", ""],
    ["raw: 100 rows a commit", whole(batched), "", "1.00x"],
    ["stages, 1 run at a time", whole(one), ratio(one, single), ratio(one, batched)],
    ["stages, 16 runs at a time", whole(sixteen), ratio(sixteen, single), ratio(sixteen, batched)],
    ["stages, 64 runs at a time", whole(sixtyFour), ratio(sixtyFour, single), ratio(sixtyFour, batched)],
    ["stages, 16 at a time, with output.json and meta.json", whole(withFiles), ratio(withFiles, single), ""],
  ]);
  return figures;
}
if (import.meta.filename === process.argv[1]) await w2();
