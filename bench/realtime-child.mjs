/**
 * The processes that `realtime.mjs` measures: a server, with so many live runs in it; with "worker" the runs alone; with
 * "stages" a server that works on runs of many small stages when it is told to.
 */
import { createServer } from "@holdfast/server";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const [dataDir, secret, runCount, what] = process.argv.slice(2);
const logs = new Map();
const talks = defineWorkflow({
  name: "talks",
  input: z.object({}),
  run: ({ runId, stage }) =>
    stage("talk", ({ log, signal }) => {
      logs.set(runId, log);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }),
});
const STAGES = 2_500;
const small = defineWorkflow({
  name: "small",
  input: z.object({}),
  run: async ({ stage }) => {
    for (let i = 0; i < STAGES; i++) await stage(`s${i}`, () => i);
    return null;
  },
});
const holdfast = await openHoldfast({ dataDir, workflows: [talks, small], stageFiles: false });
if (Number(runCount) > 0) {
  for (let i = 0; i < Number(runCount); i++) await holdfast.start(talks, {}, { runId: `talks-${i}` });
  void holdfast.work({ concurrency: Number(runCount) + 10, workflows: ["talks"] });
  while (logs.size < Number(runCount)) await new Promise((done) => setTimeout(done, 20));
}
if (what === "worker") process.send("ready");
else {
  const jwt = [{ issuer: "bench", audience: "holdfast", algorithm: "HS256", secret }];
  const server = await createServer(holdfast, { port: 0, logLevel: "silent", rateLimit: false, auth: { jwt } });
  const { url } = await server.listen();
  process.send({ url });
}
process.on("message", ({ talk, forMs, stages }) => {
  if (stages) void work();
  else speak(talk, forMs);
});
process.on("disconnect", () => process.exit(0));

/** So many lines a second, each of another run, evenly over the second. */
function speak(perSecond, forMs) {
  const all = [...logs.values()];
  const since = performance.now();
  let said = 0;
  const timer = setInterval(() => {
    const passed = performance.now() - since;
    const due = (Math.min(passed, forMs) / 1_000) * perSecond;
    while (said < due) all[said % all.length](`line ${++said} of a stage that says what it does`);
    if (passed < forMs) return;
    clearInterval(timer);
    setTimeout(() => process.send("said"), 1_000);
  }, 5);
}

async function work() {
  // Long enough that a page has found the runs, and the next ones when they have ended.
  const RUNS = 16;
  for (let i = 0; i < RUNS; i++) await holdfast.start(small, {}, { runId: `small-${i}` });
  const since = performance.now();
  await holdfast.work({ concurrency: 8, untilIdle: true, workflows: ["small"] });
  process.send((RUNS * STAGES) / ((performance.now() - since) / 1_000));
}
