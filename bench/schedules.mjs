/**
 * Schedules: what a thousand of them cost an idle worker, and how soon the runs of a thousand that are due at one instant are
 * queued. The processor's time is that of the whole process, its threads included.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";
import { printTable, scratch } from "./measure.mjs";

const SCHEDULES = 1_000;
const IDLE_MS = 20_000;
const beat = defineWorkflow({ name: "beat", input: z.object({ n: z.number() }), run: async () => null });

/** Share of one core that an idle worker uses, in percent. */
async function idle(count) {
  const place = scratch("schedules");
  const holdfast = await openHoldfast({ workflows: [beat], dataDir: join(place.folder, "data"), stageFiles: false });
  for (let n = 0; n < count; n++) {
    // Minutes of one hour that is never near: none of them ticks while it is measured.
    const hour = (new Date().getUTCHours() + 12) % 24;
    await holdfast.schedules.put(`s${n}`, { workflow: "beat", cron: `${n % 60} ${hour} * * *`, input: { n } });
  }
  const worker = await holdfast.startWorker();
  await pause(2_000);
  const before = process.cpuUsage();
  await pause(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  await worker.drain();
  await holdfast.close();
  place.remove();
  return (user + system) / 1_000 / IDLE_MS;
}

/** Milliseconds from the instant at which they are due to the last of their runs. */
async function due() {
  const place = scratch("schedules");
  const holdfast = await openHoldfast({ workflows: [beat], dataDir: join(place.folder, "data"), stageFiles: false });
  // The same second for all: far enough ahead that all are put before it comes.
  const at = new Date(Date.now() + 60_000 - (Date.now() % 60_000) + 60_000);
  const cron = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  for (let n = 0; n < SCHEDULES; n++) {
    await holdfast.schedules.put(`s${n}`, { workflow: "beat", cron, input: { n } });
  }
  const supervisor = await holdfast.startSupervisor();
  await pause(Math.max(0, at.getTime() - Date.now() - 500));
  const before = process.cpuUsage();
  let rows = [];
  while (rows.length < SCHEDULES) {
    await pause(100);
    rows = [];
    for (let cursor; cursor !== null; ) {
      const page = await holdfast.runs.list({ limit: 500, cursor });
      rows.push(...page.rows);
      cursor = page.next;
    }
  }
  const { user, system } = process.cpuUsage(before);
  await supervisor.stop();
  await holdfast.close();
  place.remove();
  const queuedMs = Math.max(...rows.map(({ createdAt }) => createdAt)) - at.getTime();
  return { queuedMs, processorMs: Math.round((user + system) / 1_000) };
}

export async function schedules() {
  const [none, many] = [await idle(0), await idle(SCHEDULES)];
  const { queuedMs, processorMs } = await due();
  const percent = (share) => `${(share * 100).toFixed(2)} %`;
  printTable(`Schedules on SQLite: an idle worker over ${IDLE_MS / 1_000} s, and ${SCHEDULES} due at one instant`, [
    ["measured", "value", "limit"],
    ["processor of an idle worker, no schedule", percent(none), ""],
    [`the same with ${SCHEDULES} schedules`, percent(many), ""],
    ["what they add", percent(Math.max(0, many - none)), "1 %"],
    [`from the instant to the last of ${SCHEDULES} runs queued`, `${queuedMs} ms`, "2,000 ms"],
    ["processor of the process for these, with the looks of the measurement", `${processorMs} ms`, ""],
  ]);
}
