/** The server that `streams.mjs` measures: one run of so many events, still under way. Ends with its parent. */
import { createServer } from "@holdfast/server";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const [dataDir, eventCount, secret] = process.argv.slice(2);
const workflow = defineWorkflow({
  name: "talks",
  input: z.object({}),
  run: ({ stage }) =>
    stage("talk", async ({ log, signal }) => {
      for (let i = 0; i < Number(eventCount); i++) log(`line ${i} of a stage that says what it does`, { i });
      process.send("talked");
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }),
});
const holdfast = await openHoldfast({ dataDir, workflows: [workflow] });
await holdfast.start(workflow, {}, { runId: "talks" });
void holdfast.work({});
await new Promise((resolve) => process.once("message", resolve));

const jwt = [{ issuer: "bench", audience: "holdfast", algorithm: "HS256", secret }];
const server = await createServer(holdfast, { port: 0, logLevel: "silent", rateLimit: false, auth: { jwt } });
const { url } = await server.listen();
const { head } = await holdfast.runs.get("talks");
process.send({ url, head });
process.on("disconnect", () => process.exit(0));
