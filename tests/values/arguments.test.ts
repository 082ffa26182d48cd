/** Nothing is declared that is not done: arguments that used to be ignored. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

const waits = defineWorkflow({
  name: "waits",
  input: z.object({}),
  run: ({ stage }) =>
    stage(
      "wait",
      ({ signal }) => new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ),
});
const other = defineWorkflow({ name: "other", input: z.object({}), run: async () => 1 });

let folder = "";
let holdfast: Holdfast;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-arguments-"));
  holdfast = await openHoldfast({
    url: "sqlite::memory:",
    dataDir: folder,
    workflows: [waits, other],
    stopGraceMs: 100,
  });
});
afterEach(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  [undefined, "drained"],
  ["the host is rebooted", "the host is rebooted"],
])("a drain for %j leaves the run paused for that reason", async (reason, recorded) => {
  const run = await holdfast.startHere(waits, {}, { runId: "r" });
  run.drain(reason);
  await run.done;
  expect(await holdfast.runs.get("r")).toMatchObject({ status: "paused", reason: recorded });
});

test("a handle with a workflow is of a run of that workflow", async () => {
  await (await holdfast.startHere(other, {}, { runId: "r" })).done;
  expect(await (await holdfast.handle("r", other as never)).result()).toBe(1);
  await expect(holdfast.handle("r", waits as never)).rejects.toThrow("Run r is of workflow other, not of waits.");
});
