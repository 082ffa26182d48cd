/** The processes that `realtime.mjs` measures: a server, with so many live runs in it; with "worker" the runs alone. */
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
const holdfast = await openHoldfast({ dataDir, workflows: [talks], stageFiles: false });
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
process.on("message", ({ talk, forMs }) => speak(talk, forMs));
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
