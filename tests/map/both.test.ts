/** A resume that redoes failed items and does missing ones in one go. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, openHoldfast, PauseRunError } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

const calls: string[] = [];
let isBroken = true;
const ITEMS = Array.from({ length: 12 }, (_, at) => `i${String(at).padStart(2, "0")}`);

const workflow = defineWorkflow({
  name: "both",
  input: z.object({}),
  stages: ["judge"],
  run: ({ map }) =>
    map("judge", ITEMS, { key: (item) => item, concurrency: 1, attempts: 1, maxFailed: 12 }, (item) => {
      calls.push(item);
      if (isBroken && item === "i06") throw new PauseRunError("look at it first");
      if (isBroken && (item === "i01" || item === "i04")) throw new Error("no");
      return item.length;
    }),
});

test("both redoes the failed items and then does the missing ones; the plan says so beforehand, and either alone leaves the other", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-both-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  await using holdfast = await openHoldfast({ dataDir, workflows: [workflow], stageFiles: false });
  await (await holdfast.startHere(workflow, {}, { runId: "r" })).done;
  expect(await holdfast.runs.get("r")).toMatchObject({ status: "paused" });
  const itemsOf = async (only: "missing" | "errors" | "both") => (await holdfast.plan("r", { only })).maps[0]?.items;
  expect([await itemsOf("missing"), await itemsOf("errors"), await itemsOf("both")]).toEqual([6, 2, 8]);

  isBroken = false;
  calls.length = 0;
  const plan = await holdfast.plan("r", { only: "both" });
  expect(plan.ending).toEqual({ status: "completed", reason: null });
  await (await holdfast.resumeHere("r", { only: "both", plan })).done;
  expect(calls).toEqual(["i01", "i04", ...ITEMS.slice(6)]);
  expect(await holdfast.runs.get("r")).toMatchObject({ status: "completed" });
  expect(await holdfast.runs.maps("r")).toMatchObject([{ ok: 12, failed: 0 }]);
});
