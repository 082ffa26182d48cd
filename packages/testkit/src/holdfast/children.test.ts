/** Child runs of workflows on the virtual clock. */
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

const research = defineWorkflow({
  name: "research",
  input: z.object({ country: z.string() }),
  run: async ({ input, stage }) =>
    stage("read", async () => {
      if (input.country === "Atlantis") throw new Error("no such country");
      return { country: input.country, size: input.country.length };
    }),
});

test("a parent gets the outputs of its children, and every child ran once", async () => {
  const parent = defineWorkflow({
    name: "parent",
    input: z.object({}),
    run: async ({ child }) => {
      const countries = ["Norway", "Chad", "Peru"];
      return Promise.all(countries.map((country) => child(country, research, { country })));
    },
  });
  const holdfast = await open(parent, research);
  const handle = await holdfast.start(parent, {}, { runId: "p" });
  expect(await handle.result()).toEqual([
    { country: "Norway", size: 6 },
    { country: "Chad", size: 4 },
    { country: "Peru", size: 4 },
  ]);
  const { rows } = await holdfast.runs.list({ parent: "p" });
  expect(rows.map(({ id, parent }) => [id, parent])).toEqual(
    ["Peru", "Chad", "Norway"].map((stage) => [`p~${stage}`, { runId: "p", stage }]),
  );
  expect((await handle.status()).stages).toMatchObject([{ name: "Norway" }, { name: "Chad" }, { name: "Peru" }]);
});

test("a child that fails throws CHILD_FAILED, also on replay, and a resume tries it again", async () => {
  const caught: unknown[] = [];
  let isFound = false;
  const flaky = defineWorkflow({
    name: "flaky",
    input: z.object({}),
    run: async ({ stage }) =>
      stage("look", async () => {
        if (!isFound) throw new Error("not found");
        return "found";
      }),
  });
  const parent = defineWorkflow({
    name: "parent",
    input: z.object({}),
    run: async ({ child }) => {
      try {
        return await child("part", flaky, {});
      } catch (error) {
        caught.push(error);
        throw error;
      }
    },
  });
  const holdfast = await open(parent, flaky);
  const handle = await holdfast.start(parent, {}, { runId: "p" });
  await expect(handle.result()).rejects.toMatchObject({ code: "RUN_FAILED" });
  expect(caught).toMatchObject([
    {
      code: "CHILD_FAILED",
      details: { stage: "part", childId: "p~part", status: "failed", error: { code: "STAGE_FAILED" } },
    },
  ]);
  expect(await handle.status()).toMatchObject({ reason: "stage part", error: { code: "CHILD_FAILED" } });
  isFound = true;
  const again = await holdfast.resume("p");
  expect(await again.result()).toBe("found");
  expect((await holdfast.runs.list({ parent: "p" })).rows).toHaveLength(1);
});

test("a large output of a child lies with its parent, too", async () => {
  const large = defineWorkflow({ name: "large", input: z.object({}), run: async () => "x".repeat(100_000) });
  const parent = defineWorkflow({
    name: "parent",
    input: z.object({}),
    run: async ({ child }) => (await child("part", large, {})).length,
  });
  const holdfast = await open(parent, large);
  const handle = await holdfast.start(parent, {}, { runId: "p" });
  expect(await handle.result()).toBe(100_000);
  await holdfast.runs.delete("p");
  await expect(holdfast.runs.get("p~part")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
});

test("what a child must not be is said at its call, and nothing is started", async () => {
  const problems: string[] = [];
  const note = async (call: Promise<unknown>) => {
    await call.catch((error: { code: string }) => problems.push(error.code));
  };
  const unknown = defineWorkflow({ name: "unknown", input: z.object({}), run: async () => 1 });
  const parent: Workflow<object, number> = defineWorkflow({
    name: "parent",
    input: z.object({}),
    run: async ({ child, startChild }): Promise<number> => {
      await note(child("a", unknown, {}));
      await note(child("b", research, { country: 7 } as never));
      await note(child("c", parent, {}));
      await note(child("d", research, { country: "Peru" }, { onParentEnd: "stop" as never }));
      await note(child("e".repeat(65), research, { country: "Peru" }));
      await note(startChild("f", undefined as never, {}));
      return problems.length;
    },
  });
  const holdfast = await open(parent, research);
  const handle = await holdfast.start(parent, {});
  expect(await handle.result()).toBe(6);
  expect(problems).toEqual([
    "UNKNOWN_WORKFLOW",
    "BAD_INPUT",
    "CHILD_OF_ITSELF",
    "WRONG_USE",
    "STAGE_NAME_INVALID",
    "WRONG_USE",
  ]);
  expect((await holdfast.runs.list({ parent: handle.id })).rows).toEqual([]);
  await expect(holdfast.start(parent, {}, { runId: "a~b" })).rejects.toMatchObject({ code: "BAD_RUN_ID" });
});

test("a started child goes on when its parent has completed", async () => {
  const slow = defineWorkflow({
    name: "slow",
    input: z.object({}),
    run: async ({ sleep }) => {
      await sleep("nap", "1h");
      return "awake";
    },
  });
  const parent = defineWorkflow({
    name: "parent",
    input: z.object({}),
    run: async ({ startChild }) => startChild("part", slow, {}),
  });
  const holdfast = await open(parent, slow);
  const handle = await holdfast.start(parent, {}, { runId: "p" });
  const ref = (await handle.result()) as { runId: string };
  expect(ref).toEqual({ runId: "p~part" });
  const child = await holdfast.handle(ref.runId);
  const result = child.result();
  await holdfast.clock.advance("1h");
  expect(await result).toBe("awake");
});

test("a cancel goes down to what waits below, and a run below it ends with it", async () => {
  const nap = defineWorkflow({
    name: "nap",
    input: z.object({}),
    run: async ({ sleep }) => sleep("nap", "3d"),
  });
  const middle = defineWorkflow({
    name: "middle",
    input: z.object({}),
    run: async ({ child }) => child("nap", nap, {}),
  });
  const parent = defineWorkflow({
    name: "parent",
    input: z.object({}),
    run: async ({ child }) => Promise.all([child("a", middle, {}), child("b", middle, {}, { onParentEnd: "leave" })]),
  });
  const holdfast = await open(parent, middle, nap);
  const handle = await holdfast.start(parent, {}, { runId: "p" });
  await holdfast.clock.advance("1m");
  const statuses = async () => {
    const { rows } = await holdfast.runs.list({ limit: 10 });
    return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
  };
  expect(await statuses()).toEqual({
    p: "waiting",
    "p~a": "waiting",
    "p~b": "waiting",
    "p~a~nap": "waiting",
    "p~b~nap": "waiting",
  });
  await handle.cancel();
  expect(await statuses()).toEqual({
    p: "cancelled",
    "p~a": "cancelled",
    "p~b": "waiting",
    "p~a~nap": "cancelled",
    "p~b~nap": "waiting",
  });
});

test("a child that the test finishes gives its output, and its code is not executed", async () => {
  const called: string[] = [];
  const part = defineWorkflow({
    name: "part",
    input: z.object({}),
    run: async ({ runId, stage, waitForSignal, sleep }): Promise<number> => {
      await stage("call", async () => void called.push(runId));
      if (runId === "p~held") await sleep("nap", "9d");
      else await waitForSignal("never");
      return 0;
    },
    signals: { never: z.null() },
  });
  const parent = defineWorkflow({
    name: "parent",
    input: z.object({}),
    run: async ({ child }) => Promise.all(["early", "late", "held"].map((name) => child(name, part, {}))),
  });
  const holdfast = await open(parent, part);
  await holdfast.finishChild("p~early", 1);
  const handle = await holdfast.start(parent, {}, { runId: "p" });
  await holdfast.clock.advance("1s");
  expect((await holdfast.runs.get("p~early")).status).toBe("completed");
  await holdfast.finishChild("p~late", 2);
  await holdfast.runs.pause("p~held");
  await holdfast.finishChild("p~held", 3);
  await holdfast.clock.advance("1s");
  expect(await handle.result()).toEqual([1, 2, 3]);
  expect(called.sort()).toEqual(["p~held", "p~late"]);
  for (const [runId, why] of [
    ["p", "no child"],
    ["p~late", "is completed"],
    ["nobody", "<parent>~<stage>"],
  ] as const) {
    await expect(holdfast.finishChild(runId, 1)).rejects.toMatchObject({ code: "WRONG_USE" });
    await expect(holdfast.finishChild(runId, 1)).rejects.toThrow(why);
  }
});
