/** Cleanup where there is a disk: the folders of runs, a store in a file, and what the disk says before and after. */
import { existsSync, lstatSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

const writing = defineWorkflow({
  name: "writing",
  input: z.object({ kib: z.number() }),
  stages: ["write"],
  run: ({ input, stage }) =>
    stage("write", async ({ artifact }) => {
      await artifact.write("text.txt", "x".repeat(input.kib * 1_024));
      return input.kib;
    }),
});

let folder = "";
let holdfast: Holdfast;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-manage-"));
  holdfast = await openHoldfast({ dataDir: folder, workflows: [writing] });
});
afterEach(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

async function ran(runId: string, kib: number): Promise<void> {
  await holdfast.start(writing, { kib }, { runId });
  await holdfast.work({ untilIdle: true });
}

const folderOf = (runId: string) => join(folder, "runs", runId);
function bytesOf(path: string): number {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}

test("a cleanup removes the folders of what it removes, and counts their bytes as the disk does", async () => {
  await ran("a", 3);
  await ran("b", 40);
  // Beside the records: what a program left there goes with the run, and a link is not followed.
  writeFileSync(join(folder, "outside.txt"), "stays");
  symlinkSync(join(folder, "outside.txt"), join(folderOf("a"), "link"));
  const bytes = bytesOf(folderOf("a")) + bytesOf(folderOf("b"));
  expect(bytes).toBeGreaterThan(43 * 1_024);
  const check = await holdfast.management.cleanup({ olderThanDays: 0, checkOnly: true });
  expect(check).toMatchObject({ count: 2, freedBytes: bytes });
  expect([existsSync(folderOf("a")), existsSync(folderOf("b"))]).toEqual([true, true]);
  expect(await holdfast.management.cleanup({ olderThanDays: 0, planId: check.planId })).toMatchObject({
    count: 2,
    freedBytes: bytes,
  });
  expect([existsSync(folderOf("a")), existsSync(folderOf("b"))]).toEqual([false, false]);
  expect(existsSync(join(folder, "outside.txt"))).toBe(true);
});

test("two cleanups at once remove each run once, and count it once", async () => {
  for (let i = 0; i < 30; i++) await holdfast.start(writing, { kib: 1 }, { runId: `r${i}` });
  await holdfast.work({ untilIdle: true, concurrency: 10 });
  const [first, second] = await Promise.all([
    holdfast.management.cleanup({ olderThanDays: 0 }),
    holdfast.management.cleanup({ olderThanDays: 0 }),
  ]);
  expect(first.count + second.count).toBe(30);
  expect((await holdfast.management.audit({ action: "cleanup" })).rows).toHaveLength(30);
  expect((await holdfast.runs.list()).rows).toEqual([]);
});

test("a cleanup beside work takes only what has ended, and the work ends as it would", async () => {
  for (let i = 0; i < 20; i++) await holdfast.start(writing, { kib: 1 }, { runId: `r${i}` });
  let removed = 0;
  const working = holdfast.work({ untilIdle: true, concurrency: 4 });
  let isWorking = true;
  void working.finally(() => {
    isWorking = false;
  });
  while (isWorking) removed += (await holdfast.management.cleanup({ olderThanDays: 0 })).count;
  await working;
  removed += (await holdfast.management.cleanup({ olderThanDays: 0 })).count;
  expect(removed).toBe(20);
  expect((await holdfast.runs.list()).rows).toEqual([]);
});
