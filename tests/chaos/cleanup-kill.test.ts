/**
 * A cleanup that is killed in the middle: only whole runs are gone, and statistics count every run that ended, before,
 * in between and after.
 */
import { join } from "node:path";
import { defineWorkflow, openHoldfast } from "holdfast";
import { expect, test } from "vitest";
import { z } from "zod";
import { makeProject } from "../cli/harness.js";
import { times } from "./harness/form.js";
import { waitFor } from "./harness/wait-for.js";

const workflow = defineWorkflow({ name: "brief", input: z.looseObject({}), run: () => null });
const RUNS = 400;

test("statistics are the same before, between and after cleanups that are killed", async () => {
  const project = await makeProject();
  await using holdfast = await openHoldfast({ dataDir: join(project.folder, ".holdfast"), workflows: [workflow] });
  await Promise.all(
    Array.from({ length: RUNS }, (_, i) => holdfast.start(workflow, {}, { owner: i % 3 === 0 ? "ada" : undefined })),
  );
  await holdfast.work({ concurrency: 50, untilIdle: true });
  const read = async () => {
    const { recent, groups } = await holdfast.management.stats({ groupBy: ["workflow", "owner"] });
    return { recent, groups };
  };
  const before = await read();
  expect(before.recent.completed).toBe(RUNS);
  const leftCount = async () => (await holdfast.runs.list({ limit: 500 })).rows.length;
  let kills = 0;
  for (let left = RUNS; left > 0 && kills < times(2, 20); kills++) {
    const cleaning = project.spawn(["cleanup", "--days=0", "--yes"]);
    await waitFor(async () => (await leftCount()) < left, { withinMs: 60_000, what: "the first removals" });
    cleaning.child.kill("SIGKILL");
    await cleaning.ended;
    left = await leftCount();
    expect(await read()).toEqual(before);
  }
  expect(kills).toBeGreaterThan(0);
  await project.run(["cleanup", "--days=0", "--yes"]);
  expect(await leftCount()).toBe(0);
  expect(await read()).toEqual(before);
});
