import { testHoldfast } from "@holdfast/testkit";
import { defineWorkflow, RetryLaterError } from "holdfast";
import { expect, test } from "vitest";
import { z } from "zod";

const answers = ["busy", "busy", "sent"];
const invoice = defineWorkflow({
  name: "invoice",
  input: z.object({ customer: z.string() }),
  stages: ["send"],
  run: ({ input, stage }) =>
    stage("send", { backoff: { initialMs: 60_000, factor: 2 } }, async () => {
      if (answers.shift() === "busy") throw new RetryLaterError("the mail server is busy");
      return `sent to ${input.customer}`;
    }),
});

test("an invoice is sent once the server has time", async () => {
  const holdfast = await testHoldfast({ workflows: [invoice] });
  const handle = await holdfast.start(invoice, { customer: "ann" });
  await holdfast.clock.advance("1m");
  expect(await handle.status()).toMatchObject({ status: "running" });
  await holdfast.clock.advance("2m");
  expect(await handle.result()).toBe("sent to ann");
  await holdfast.close();
});
