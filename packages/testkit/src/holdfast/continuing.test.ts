/** Runs that continue as their next generation, on the virtual clock. */
import { defineWorkflow, type Workflow } from "@holdfast/engine";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { testHoldfast } from "./test-holdfast.js";

// biome-ignore lint/suspicious/noExplicitAny: workflows of any input and output
async function open(...workflows: Workflow<any, any, any>[]) {
  const holdfast = await testHoldfast({ workflows });
  onTestFinished(() => holdfast.close());
  return holdfast;
}

test("a loop goes on over generations under one id, and its records do not grow", async () => {
  const pages: number[] = [];
  const crawl = defineWorkflow({
    name: "crawl",
    input: z.object({ cursor: z.number(), sum: z.number().default(0) }),
    run: async ({ input, stage, continueAs }) => {
      const found = await stage("page", async () => {
        pages.push(input.cursor);
        return input.cursor;
      });
      const sum = input.sum + found;
      return input.cursor < 20 ? continueAs({ cursor: input.cursor + 1, sum }) : sum;
    },
  });
  const holdfast = await open(crawl);
  const handle = await holdfast.start(crawl, { cursor: 1 }, { runId: "crawl" });
  expect(await handle.result()).toBe(210);
  expect(pages).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  const status = await handle.status();
  expect(status.generation).toBe(20);
  expect(status.stages[0]?.attempts.map(({ generation }) => generation)).toEqual([18, 19, 20]);
});

test("a generation ends what is under way, and its input is checked", async () => {
  const lines: string[] = [];
  const mixed = defineWorkflow({
    name: "mixed",
    input: z.object({ n: z.number() }),
    run: async ({ input, stage, continueAs }) => {
      if (input.n === 1) {
        await stage("inside", async () => continueAs({ n: 9 })).catch((error) => lines.push(error.error.code));
        await continueAs({ n: "two" }).catch((error) => lines.push(error.code));
        const slow = stage("slow", async () => {
          await new Promise((resolve) => setImmediate(resolve));
          lines.push("slow ended");
          return 1;
        });
        await Promise.all([slow, continueAs({ n: 2 })]);
      }
      return lines.push("second");
    },
  });
  const holdfast = await open(mixed);
  const handle = await holdfast.start(mixed, { n: 1 });
  await handle.result();
  expect(lines).toEqual(["WRONG_USE", "BAD_INPUT", "slow ended", "second"]);
});

test("a loop that does nothing fails", async () => {
  const spin = defineWorkflow({
    name: "spin",
    input: z.object({}),
    run: async ({ continueAs }): Promise<never> => continueAs({}),
  });
  const holdfast = await open(spin);
  const handle = await holdfast.start(spin, {});
  await expect(handle.result()).rejects.toMatchObject({
    code: "RUN_FAILED",
    details: { reason: "continues_too_fast" },
  });
});

test("published values are seen by whoever looks, the latest of each key, and have bounds", async () => {
  const problems: string[] = [];
  const search = defineWorkflow({
    name: "search",
    input: z.object({ round: z.number() }),
    run: async ({ input, publish, sleep, continueAs }) => {
      const note = (error: { code: string }) => void problems.push(error.code);
      for (let found = 1; found <= 3; found++) await publish("found", { found, round: input.round });
      if (input.round === 1) {
        await publish("first", true);
        await sleep("pause", "1h");
        await publish("bad key", 1).catch(note);
        await publish("large", "x".repeat(20_000)).catch(note);
        await publish("undefined", (() => 1) as never).catch(note);
        for (let n = 0; n < 49; n++) await publish(`k${n}`, n).catch(note);
        return continueAs({ round: 2 });
      }
      return "done";
    },
  });
  const holdfast = await open(search);
  const handle = await holdfast.start(search, { round: 1 });
  const result = handle.result();
  await holdfast.clock.advance("1m");
  const published = async () => (await handle.status()).published?.map(({ key, value }) => [key, value]);
  expect(await published()).toEqual([
    ["first", true],
    ["found", { found: 3, round: 1 }],
  ]);
  await holdfast.clock.advance("1h");
  expect(await result).toBe("done");
  expect(problems).toEqual(["WRONG_USE", "WRONG_USE", "NOT_JSON", "WRONG_USE"]);
  expect((await published())?.slice(0, 2)).toEqual([
    ["first", true],
    ["found", { found: 3, round: 2 }],
  ]);
});
