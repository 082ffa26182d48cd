/** The server that `http.mjs` measures, and a bare route beside it, in a process of its own. Ends with its parent. */
import { createServer } from "@holdfast/server";
import fastify from "fastify";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const [dataDir, runCount] = process.argv.slice(2);
const workflow = defineWorkflow({
  name: "noop",
  input: z.object({ n: z.number() }),
  stages: ["one", "two"],
  run: ({ stage }) => stage("one", () => 1),
});
const holdfast = await openHoldfast({ dataDir, workflows: [workflow] });

// A tenth waits, the rest has ended: a store as it looks after some months.
for (let from = 0; from < Number(runCount); from += 1_000) {
  const page = Array.from({ length: Math.min(1_000, Number(runCount) - from) }, (_, i) => from + i);
  await Promise.all(
    page.map(async (n) => {
      const { id } = await holdfast.start(workflow, { n }, { runId: `run-${n}`, owner: `user-${n % 7}` });
      if (n % 10 !== 0) await holdfast.runs.cancel(id);
    }),
  );
}

const server = await createServer(holdfast, { port: 0, logLevel: "silent", rateLimit: false });
const { url, openUrl } = await server.listen();
const bare = fastify();
const row = { id: "run-1", status: "queued", progress: { done: 0, total: 2 } };
bare.get("/bare", async () => row);
await bare.listen({ port: 0, host: "127.0.0.1" });
process.send({ url, token: openUrl.split("#t=")[1], bare: `http://127.0.0.1:${bare.server.address().port}/bare` });
process.on("message", () => process.send({ cpuMs: cpuMs() }));
process.on("disconnect", () => process.exit(0));

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
