/** What is looked at while the page is measured: a map of many items that lasts, and stages that say so many lines a second. */
import { setTimeout as wait } from "node:timers/promises";
import { defineConfig, defineWorkflow } from "holdfast";
import { z } from "zod";

const items = defineWorkflow({
  name: "items",
  input: z.object({ count: z.number().int(), callMs: z.number() }),
  stages: ["judge"],
  async run({ input, map }) {
    const keys = Array.from({ length: input.count }, (_, index) => ({ key: `mail-${String(index).padStart(5, "0")}` }));
    return map("judge", keys, { key: "key", concurrency: 24 }, async ({ key }, { signal }) => {
      await wait(input.callMs, undefined, { signal });
      return { label: key.endsWith("7") ? "spam" : "ham", score: 0.5 };
    });
  },
});

const talks = defineWorkflow({
  name: "talks",
  input: z.object({ perSecond: z.number(), forMs: z.number() }),
  stages: ["talk"],
  run: ({ input, stage }) =>
    stage("talk", async ({ log, progress, signal }) => {
      const beganAt = performance.now();
      for (let said = 0; performance.now() - beganAt < input.forMs; ) {
        const due = ((performance.now() - beganAt) / 1_000) * input.perSecond;
        while (said < due) log(`line ${++said} of a stage that says what it does`);
        progress(Math.min(performance.now() - beganAt, input.forMs), input.forMs, "talking");
        await wait(10, undefined, { signal });
      }
      return null;
    }),
});

export default defineConfig({ workflows: [items, talks], server: { rateLimit: false } });
