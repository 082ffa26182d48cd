/**
 * A durable map: one recorded result for each item, with money reserved before each call and settled after it. When the
 * budget is reached, the run pauses. A resume with a larger budget pays for the missing items, and for nothing twice.
 *
 *   npx jiti examples/map-with-budget.ts
 */
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

/** Stands in for a paid service: returns the length of a text, for a tenth of a cent. */
const PRICE_USD = 0.001;
let callCount = 0;
async function measure(text: string): Promise<{ value: { letters: number }; usd: number }> {
  callCount += 1;
  return { value: { letters: text.length }, usd: PRICE_USD };
}

const TEXTS = Array.from({ length: 20 }, (_, index) => ({ id: `text-${index + 1}`, text: "tide ".repeat(index + 1) }));
let budgetUsd = 0.0125;

const lengths = defineWorkflow({
  name: "lengths",
  input: z.object({ unit: z.literal("letters") }),
  stages: ["measure", "sum"],
  async run({ stage, map }) {
    // A function returns the items, and a resume calls it again. The key identifies the items that have a result.
    const measured = await map(
      "measure",
      () => TEXTS,
      { key: "id", budget: { usd: budgetUsd }, concurrency: 1 },
      (item, { spend }) => spend(PRICE_USD, () => measure(item.text)),
    );
    return stage("sum", { inputs: { measured } }, async ({ results }) => {
      let letters = 0;
      for await (const result of results(measured)) if (result.outcome === "ok") letters += result.output.letters;
      return { letters };
    });
  },
});

await using holdfast = await openHoldfast({ workflows: [lengths] });
const run = await holdfast.start(lengths, { unit: "letters" });
await holdfast.work({ untilIdle: true });
const paused = await run.status();
console.log(`${paused.status} (${paused.reason}) after ${callCount} paid calls`);

budgetUsd = 1;
await holdfast.resume(run.id);
await holdfast.work({ untilIdle: true });
console.log(`${JSON.stringify(await run.result())} after ${callCount} paid calls for ${TEXTS.length} texts`);
