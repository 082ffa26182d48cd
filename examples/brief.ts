/**
 * Two stages: kill it anywhere and start it again with the same run id, and it goes on where it stopped.
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
    // Runs once. From then on, also after a crash, stage() answers with what was recorded.
    const sources = await stage("gather", () => [`What is known about ${input.topic}`, `What is not`]);
    return stage("write", { attempts: 3, inputs: { sources } }, ({ artifact }) =>
      artifact.write("brief.md", `# ${input.topic}\n\n${sources.map((source) => `- ${source}`).join("\n")}\n`),
    );
  },
});

await using holdfast = await openHoldfast({ workflows: [brief] });
const run = await holdfast.start(brief, { topic: process.argv[2] ?? "tides" });
await holdfast.work({ untilIdle: true });
const written = await run.result(); // typed: a reference to brief.md
console.log(`${run.id} wrote ${written.name}, ${written.sizeBytes} bytes`);
