import { expectSurvivesCrashes } from "@holdfast/testkit";
import { defineWorkflow } from "holdfast";
import { test } from "vitest";
import { z } from "zod";

const charged = new Map<string, number>();
const order = defineWorkflow({
  name: "order",
  input: z.object({ cents: z.number() }),
  stages: ["number", "charge"],
  async run({ input, stage }) {
    const number = await stage("number", async () => crypto.randomUUID());
    const receipt = await stage("charge", async ({ idempotencyKey, artifact }) => {
      // The provider looks at the key, so a repeat charges nothing.
      if (!charged.has(idempotencyKey)) charged.set(idempotencyKey, input.cents);
      return artifact.write("receipt.txt", `${charged.get(idempotencyKey)} cents`);
    });
    return { number, receipt };
  },
});

test("an order is charged once, wherever its process dies", async () => {
  await expectSurvivesCrashes(order, { cents: 500 }, { mayVary: ["number"] });
});
