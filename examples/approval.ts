/**
 * Asks a person before it publishes, for three days, with a reminder each day. While it waits nothing runs, so it may be stopped or
 * killed; started again it goes on with the same question.
 *
 *   npx jiti examples/approval.ts tides                    # asks, and works until it is answered
 *   npx holdfast answer tides approve-1 --publish          # in another terminal
 */
import { fileURLToPath } from "node:url";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

/** What is done outside of the run. A stage whose process died is executed again, hence the keys: do nothing for a key that you know. */
export const outside = {
  remind: async (topic: string, day: number, _key: string) => console.log(`day ${day}: still to be read: ${topic}`),
  publish: async (topic: string, _key: string) => console.log(`published: ${topic}`),
};

export const approval = defineWorkflow({
  name: "approval",
  input: z.object({ topic: z.string() }),
  async run({ input: { topic }, stage, ask }) {
    const draft = await stage("write", ({ artifact }) => artifact.write("report.md", `# ${topic}\n`));
    for (let day = 1; day <= 3; day++) {
      const answer = await ask(`approve-${day}`, {
        title: `Publish the report on ${topic}?`,
        details: draft,
        schema: z.object({ publish: z.boolean() }),
        timeoutMs: 86_400_000,
      });
      if (answer?.value.publish === false) return `refused by ${answer.by}`;
      if (answer !== null) {
        await stage("publish", ({ idempotencyKey }) => outside.publish(topic, idempotencyKey));
        return `published, says ${answer.by}`;
      }
      if (day < 3) await stage(`remind-${day}`, ({ idempotencyKey }) => outside.remind(topic, day, idempotencyKey));
    }
    return "nobody answered";
  },
});

// Tests import the workflow; as a program it works until its run has ended.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const topic = process.argv[2] ?? "tides";
  await using holdfast = await openHoldfast({ workflows: [approval] });
  const end = await holdfast.run(approval, { topic }, { runId: topic });
  console.log(end.status, end.status === "completed" ? end.output : end.reason);
}
