/**
 * The process that `watching.mjs` measures: a server whose worker, when told to, executes runs of many small stages and answers
 * with its pace and its processor time.
 */
import { readFileSync } from "node:fs";
import { createServer } from "@holdfast/server";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const [dataDir, secret, runCount, stageCount] = process.argv.slice(2);
const small = defineWorkflow({
  name: "small",
  input: z.object({}),
  run: async ({ stage }) => {
    for (let i = 0; i < Number(stageCount); i++) await stage(`s${i}`, () => i);
    return null;
  },
});
const holdfast = await openHoldfast({ dataDir, workflows: [small], stageFiles: false });
const jwt = [{ issuer: "bench", audience: "holdfast", algorithm: "HS256", secret }];
const server = await createServer(holdfast, { port: 0, logLevel: "silent", rateLimit: false, auth: { jwt } });
const { url } = await server.listen();
process.send({ url });
process.on("disconnect", () => process.exit(0));

/** What was used since the last "begin". */
let began;
const TOLD = {
  /** The runs are there before anybody works on them, so that they are watched from their first stage on. */
  queue: async ({ prefix }) => {
    const runIds = Array.from({ length: Number(runCount) }, (_, i) => `${prefix}-${i}`);
    for (const runId of runIds) await holdfast.start(small, {}, { runId });
    return { runIds };
  },
  work: async () => {
    began = { ms: performance.now(), cpu: process.cpuUsage(), mainMs: mainThreadMs() };
    await holdfast.work({ concurrency: Number(runCount), untilIdle: true });
    return { tookMs: performance.now() - began.ms };
  },
  used: async () => {
    const { user, system } = process.cpuUsage(began.cpu);
    return { processMs: (user + system) / 1_000, mainMs: mainThreadMs() - began.mainMs };
  },
};
process.on("message", async (message) => process.send(await TOLD[message.what](message)));

/** Processor time of the event loop's thread, which Node 20 does not tell; NaN where the system has no such file. */
function mainThreadMs() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}
