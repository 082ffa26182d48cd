/** Cleanup on disk: the folders of runs, a store in a file, and the disk usage before and after. */
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, utimesSync, watch, writeFileSync } from "node:fs";
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

test("a cleanup removes the folders of the runs it removes, and counts their bytes as the disk does", async () => {
  await ran("a", 3);
  await ran("b", 40);
  // Besides the recorded files, whatever a program left there is removed with the run, and a symbolic link is not
  // followed.
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

test("a cleanup while runs are executed removes only ended runs, and does not disturb the others", async () => {
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

/** Makes the folder look as if nothing had been added to it for two hours. */
function age(runId: string): void {
  const then = Date.now() / 1_000 - 7_200;
  for (const name of readdirSync(folderOf(runId))) utimesSync(join(folderOf(runId), name), then, then);
  utimesSync(folderOf(runId), then, then);
}

/** A cleanup that is interrupted between the removal of a run's record and that of its folder. */
async function removeRecordOf(runId: string): Promise<void> {
  const { rows } = await holdfast.store.listFinished({ olderThanMs: 0, limit: 100 });
  const found = rows.find((run) => run.runId === runId);
  const stamp = { actor: holdfast.actor, action: "cleanup", reason: "cut off" } as const;
  expect(found && (await holdfast.store.removeFinished(found, stamp))).toBe(true);
}

test("a folder that an interrupted cleanup left is found by the next one, shown by its check, and removed; no other is", async () => {
  for (const runId of ["left", "young", "again", "kept"]) await ran(runId, 2);
  for (const runId of ["left", "young", "again"]) await removeRecordOf(runId);
  // The id is in use again: the folder belongs to the new run.
  await ran("again", 1);
  // One of no run, and one of another store: nothing proves that their runs were removed here.
  mkdirSync(folderOf("foreign"));
  mkdirSync(folderOf(".tmp"));
  symlinkSync(folderOf("kept"), folderOf("link"));
  for (const runId of ["left", "again", "kept", "foreign", ".tmp"]) age(runId);
  const bytes = bytesOf(folderOf("left"));
  const terms = { olderThanDays: 1 };
  const leftovers = { count: 1, freedBytes: bytes, runIds: ["left"] };
  expect(await holdfast.management.cleanup({ ...terms, checkOnly: true })).toMatchObject({ count: 0, leftovers });
  expect(existsSync(folderOf("left"))).toBe(true);
  expect((await holdfast.management.cleanup({ ...terms, workflow: "writing" })).leftovers.count).toBe(0);
  expect(await holdfast.management.cleanup(terms)).toMatchObject({ count: 0, leftovers });
  expect((await holdfast.management.cleanup(terms)).leftovers.count).toBe(0);
  expect(readdirSync(join(folder, "runs")).sort()).toEqual([".tmp", "again", "foreign", "kept", "link", "young"]);
  age("young");
  expect((await holdfast.management.cleanup(terms)).leftovers.runIds).toEqual(["young"]);
});

test("a worker with retention removes such folders when it starts", async () => {
  await ran("left", 1);
  await ran("kept", 1);
  await removeRecordOf("left");
  for (const runId of ["left", "kept"]) age(runId);
  await holdfast.close();
  holdfast = await openHoldfast({ dataDir: folder, workflows: [writing], retention: { days: 30 } });
  const stop = new AbortController();
  const watching = watch(join(folder, "runs"));
  const gone = new Promise<void>((resolve) => {
    watching.on("change", () => {
      if (!existsSync(folderOf("left"))) resolve();
    });
  });
  const working = holdfast.work({ signal: stop.signal });
  await gone;
  stop.abort();
  await working;
  watching.close();
  expect(readdirSync(join(folder, "runs"))).toEqual(["kept"]);
});
