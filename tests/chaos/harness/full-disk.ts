/** A full disk: places and disks for it, and what must hold on them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { type Ended, makePlace, type Place } from "./place.js";
import type { SmallDisk } from "./small-disk.js";

export const MIB = 1024 * 1024;

/**
 * A place where a resume does not check the free space first, to test what happens when there is none after all. Its
 * leases are trusted for six seconds, so that the wait for space ends soon.
 */
export async function lookingAway(): Promise<Place> {
  const place = await makePlace();
  place.useEnvironment({ HOLDFAST_MIN_FREE_BYTES: "0", HOLDFAST_LEASE_MS: "9000" });
  return place;
}

/** The command was refused or stopped for lack of space, and its message names the path and the remedy. */
export function expectFull(ended: Ended, folder: string): void {
  expect([ended.signal, ended.code]).toEqual([null, 7]);
  expect(ended.stderr).toMatch(/code: {2}STORE_FULL/);
  expect(ended.stderr).toContain(folder);
  expect(ended.stderr).toContain("Free some space");
}

/** Nothing is half-written: the database is sound, every recorded artifact is complete, and no temporary file is left. */
export function expectWhole(place: Place, disk: SmallDisk): void {
  expect(place.db.problems()).toEqual([]);
  for (const { run, stage, attempt, name, sha256 } of place.db.artifacts()) {
    const file = join(place.dataDir, "runs", run, "stages", stage, `attempt-${attempt}`, name);
    expect([file, createHash("sha256").update(readFileSync(file)).digest("hex")]).toEqual([file, sha256]);
  }
  expect(disk.files().filter((file) => basename(file).startsWith(".tmp-"))).toEqual([]);
}

/** Every stage that was acknowledged before is kept, and none is executed again. */
export async function expectResumes(place: Place, run: string, steps: number): Promise<void> {
  const kept = place.journal.all("acknowledged", { run }).map((line) => [line.stage, line.value]);
  const ended = await place.command(["resume", run], { env: { HOLDFAST_LEASE_MS: "300000" } }).ended;
  expect([ended.code, ended.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  expect(place.db.run(run)).toMatchObject({ status: "completed" });
  const values = new Map(place.journal.all("acknowledged", { run }).map((line) => [line.stage, line.value]));
  expect(values.size).toBe(steps);
  for (const [stage, value] of kept) expect([stage, values.get(stage as string)]).toEqual([stage, value]);
  for (const [stage] of kept) expect(place.journal.all("ran", { run, stage: stage as string })).toHaveLength(1);
  expect(place.db.problems()).toEqual([]);
}
