/**
 * What stages and maps declare and record, through the library: an invalid value is refused by its path, never silently
 * changed.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let holdfast: Holdfast | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-values-"));
});
afterEach(async () => {
  await holdfast?.close();
  await rm(folder, { recursive: true, force: true });
});

/** One stage and one map whose declarations each test chooses. */
function declaring(given: { inputs?: unknown; config?: unknown; output?: () => unknown }) {
  return defineWorkflow({
    name: "declaring",
    input: z.object({}),
    stages: ["a", "each"],
    async run({ stage, map }) {
      const value = await stage("a", { inputs: given.inputs }, () => (given.output?.() ?? null) as never);
      const items = () => [{ id: "i" }];
      await map("each", items, { key: "id", config: given.config }, () => 1);
      return value;
    },
  });
}

async function ended(workflow: ReturnType<typeof declaring>) {
  holdfast = await openHoldfast({ url: "sqlite::memory:", dataDir: folder, workflows: [workflow] });
  const run = await holdfast.startHere(workflow, {});
  await run.done;
  return run.handle.status();
}

test.each([
  ["a Date", new Date(0), "an instance of Date"],
  ["a Map", new Map([["a", 1]]), "an instance of Map"],
  ["a Set", new Set([1]), "an instance of Set"],
  ["a RegExp", /a/, "an instance of RegExp"],
  ["a bigint", 1n, "bigint"],
  ["a symbol key", { [Symbol("x")]: 1 }, "a property named by a symbol, Symbol(x),"],
])("%s is refused by its path in the inputs of a stage, the config of a map and an output", async (_, value, found) => {
  for (const [given, subject, path] of [
    [{ inputs: { since: value } }, "the inputs of stage a", "$.since"],
    [{ config: { since: value } }, "the config of map each", "$.since"],
    [{ output: () => ({ since: [value] }) }, "the output of stage a", "$.since[0]"],
  ] as const) {
    const run = await ended(declaring(given));
    expect(run.status).toBe("failed");
    expect(run.error?.message).toContain(`${subject}: JSON cannot hold ${found} at ${path}`);
    await holdfast?.close();
  }
});

test("an output is the same when first returned as on a replay: -0 is 0, undefined properties are gone", async () => {
  const run = await ended(declaring({ output: () => ({ n: -0, none: undefined }) }));
  expect(run.status).toBe("completed");
  expect(Object.is((run.output as { n: number }).n, 0)).toBe(true);
  expect(Object.keys(run.output as object)).toEqual(["n"]);
});
