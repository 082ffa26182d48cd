import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { times } from "./harness/form.js";
import { type Ended, makePlace, type Place } from "./harness/place.js";
import { canMount, mountSmallDisk, type SmallDisk } from "./harness/small-disk.js";

const MIB = 1024 * 1024;

beforeEach((context) => {
  if (!canMount) context.skip("DISK FULL IS NOT TESTED HERE: mounting a small disk needs root on Linux");
});

/**
 * A place where a resume does not look first whether there is room: what happens when there is none after all. Its leases
 * are trusted for six seconds, so that the wait for room ends soon.
 */
async function lookingAway(): Promise<Place> {
  const place = await makePlace();
  place.useEnvironment({ HOLDFAST_MIN_FREE_BYTES: "0", HOLDFAST_LEASE_MS: "9000" });
  return place;
}

/** Refused or stopped for want of room, said with the path and the cure. */
function expectFull(ended: Ended, folder: string): void {
  expect([ended.signal, ended.code]).toEqual([null, 7]);
  expect(ended.stderr).toMatch(/code: {2}STORE_FULL/);
  expect(ended.stderr).toContain(folder);
  expect(ended.stderr).toContain("Make room");
}

/** Nothing half-written: the database is sound, every recorded artifact is whole, and no temporary file is left. */
function expectWhole(place: Place, disk: SmallDisk): void {
  expect(place.db.problems()).toEqual([]);
  for (const { run, stage, attempt, name, sha256 } of place.db.artifacts()) {
    const file = join(place.dataDir, "runs", run, "stages", stage, `attempt-${attempt}`, name);
    expect([file, createHash("sha256").update(readFileSync(file)).digest("hex")]).toEqual([file, sha256]);
  }
  expect(disk.files().filter((file) => basename(file).startsWith(".tmp-"))).toEqual([]);
}

/** Every stage that was acknowledged before is kept, none is executed again. */
async function expectResumes(place: Place, run: string, steps: number): Promise<void> {
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

describe("a disk that fills", () => {
  test("under the artifacts: the run is paused with the reason, and resumes when there is room", async () => {
    const place = await lookingAway();
    const disk = mountSmallDisk(place.dataDir, 6 * MIB);
    const ended = await place.command(["start", "steps", "--steps=10", "--artifact-kib=900", "--run-id=r"]).ended;
    expectFull(ended, place.dataDir);
    expect(place.db.run("r")).toMatchObject({ status: "paused", reason: "store full", holder: null });
    expectWhole(place, disk);
    // Full still: the same answer, and nothing lost by asking.
    expectFull(await place.command(["resume", "r"]).ended, place.dataDir);
    expectWhole(place, disk);
    disk.resize(64 * MIB);
    await expectResumes(place, "r", 10);
    expectWhole(place, disk);
  });

  test("under the database alone: what was acknowledged is kept, and the run resumes when there is room", async () => {
    const place = await lookingAway();
    const disk = mountSmallDisk(place.path("small"), 2 * MIB);
    place.useDatabase(place.path("small/runs.db"));
    const ended = await place.command(["start", "steps", "--steps=40", "--output-kib=60", "--run-id=r"]).ended;
    expectFull(ended, place.path("small"));
    disk.resize(64 * MIB);
    expect(["paused", "running"]).toContain(place.db.run("r")?.status);
    expectWhole(place, disk);
    await expectResumes(place, "r", 40);
  });

  test("and has room again while the run waits: it says so, goes on and completes", async () => {
    const place = await makePlace();
    const disk = mountSmallDisk(place.dataDir, 8 * MIB);
    const command = place.command(["start", "many", "--items=400", "--item-ms=50", "--told", "--run-id=r"]);
    await place.untilStore("results", (db) => {
      if (db.rows("SELECT 1 FROM sqlite_master WHERE name = 'map'").length === 0) return false;
      return db.rows("SELECT 1 FROM item_result LIMIT 1").length > 0;
    });
    disk.fillUpTo(0);
    await command.says(/waiting for the store: .*no room to write/);
    disk.makeRoom();
    const ended = await command.ended;
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining("the store takes writes again")]);
    expect(place.journal.all("ran")).toHaveLength(400);
    expect(place.db.rows("SELECT count(*) AS n FROM item_result")).toEqual([{ n: 400 }]);
    expectWhole(place, disk);
  });

  test("at whatever write the room ends: nothing is lost, and it goes on", async () => {
    const place = await lookingAway();
    const disk = mountSmallDisk(place.dataDir, 16 * MIB);
    expect((await place.command(["start", "steps", "--run-id=first"]).ended).code).toBe(0);
    const points = times(8, 128);
    let refused = 0;
    for (let point = 0; point < points; point++) {
      const run = `r-${point}`;
      // From no page at all, each point a little later in the run's life.
      disk.fillUpTo(point * times(24, 4) * 1_024);
      const start = ["start", "steps", "--steps=6", "--artifact-kib=16", `--run-id=${run}`];
      const ended = await place.command(start).ended;
      if (ended.code !== 0) {
        refused++;
        expectFull(ended, place.dataDir);
      }
      disk.makeRoom();
      expectWhole(place, disk);
      if (place.db.run(run) === undefined) expect((await place.command(start).ended).code).toBe(0);
      else if (ended.code !== 0) await expectResumes(place, run, 6);
      expect(place.db.run(run)?.status).toBe("completed");
    }
    expect(refused).toBeGreaterThan(points / 4);
    expectWhole(place, disk);
  });

  test("a resume looks first whether there is room, and changes nothing where there is not", async () => {
    const place = await makePlace();
    const disk = mountSmallDisk(place.dataDir, 4 * MIB);
    const stopped = place.command(["start", "steps", "--hold-at=2", "--run-id=r"]);
    await place.untilJournal("ran", { stage: "step-2" });
    stopped.kill("SIGKILL");
    await stopped.ended;
    disk.fillUpTo(256 * 1024);
    const before = [place.db.run("r"), place.db.events(), place.db.attempts()];
    const ended = await place.command(["resume", "r"]).ended;
    expect([ended.code, ended.stderr]).toEqual([7, expect.stringMatching(/code: {2}DISK_LOW/)]);
    expect(ended.stderr).toContain(place.dataDir);
    expect([place.db.run("r"), place.db.events(), place.db.attempts()]).toEqual(before);
    disk.resize(1024 * MIB);
    place.openGate();
    await expectResumes(place, "r", 3);
  });

  test("looking at runs goes on while it is full", async () => {
    const place = await lookingAway();
    const disk = mountSmallDisk(place.dataDir, 4 * MIB);
    expect((await place.command(["start", "steps", "--run-id=r"]).ended).code).toBe(0);
    disk.fillUpTo(0);
    const { code, stdout, stderr } = await place.command(["show", "r"]).ended;
    // SQLite needs 32 KiB beside the file to open it: either it shows, or it says that there is no room.
    if (code === 0) expect(stdout).toContain("completed");
    else expectFull({ code, signal: null, stdout, stderr }, place.dataDir);
  });
});
