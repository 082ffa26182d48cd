/**
 * Two stages. Kill the program anywhere, even with `kill -9`, and start it again: it continues where it stopped. Of two programs
 * started at once, one does the work and the other waits for it. Once the run is completed, it returns the recorded result.
 *
 *   npx jiti examples/brief.ts tides
 */
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const brief = defineWorkflow({
  name: "brief",
  version: "1",
  input: z.object({ topic: z.string().min(1) }),
  stages: ["gather", "write"],
  async run({ input, stage }) {
    // Runs once. From then on, even after a crash, stage() returns the recorded result.
    const sources = await stage("gather", () => [`What is known about ${input.topic}`, `What is not`]);
    return stage("write", { attempts: 3, inputs: { sources } }, ({ artifact }) =>
      artifact.write("brief.md", `# ${input.topic}\n\n${sources.map((source) => `- ${source}`).join("\n")}\n`),
    );
  },
});

const topic = process.argv[2] ?? "tides";
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort()); // finishes work in progress and leaves the run paused

await using holdfast = await openHoldfast({ workflows: [brief] });
// With a key, the same call continues the same run.
const end = await holdfast.run(brief, { topic }, { idempotencyKey: topic, signal: stop.signal });
if (end.status === "completed") {
  const { name, sizeBytes } = end.output; // typed: a reference to brief.md
  console.log(`${end.runId} wrote ${name}, ${sizeBytes} bytes`);
} else {
  console.error(`${end.runId} ${end.status}: ${end.reason ?? end.error?.message ?? "no reason given"}`);
}
process.exitCode = end.exitCode;
