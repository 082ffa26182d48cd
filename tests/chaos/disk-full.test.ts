import { beforeEach, describe, expect, test } from "vitest";
import { expectFull, expectResumes, expectWhole, lookingAway, MIB } from "./harness/full-disk.js";
import { makePlace } from "./harness/place.js";
import { canMount, mountSmallDisk } from "./harness/small-disk.js";

beforeEach((context) => {
  if (!canMount) context.skip("DISK FULL IS NOT TESTED HERE: mounting a small disk needs root on Linux");
});

// What takes time here is the wait for room, not the machine: the tests wait side by side.
describe.concurrent("a disk that fills", () => {
  test("under the artifacts: the run is paused with the reason, and resumes when there is room", async () => {
    const place = await lookingAway();
    // Eight artifacts and the store fit, with some room for the store to say why it stops.
    const disk = mountSmallDisk(place.dataDir, 8 * MIB);
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
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining("the store accepts writes again")]);
    expect(place.journal.all("ran")).toHaveLength(400);
    expect(place.db.rows("SELECT count(*) AS n FROM item_result")).toEqual([{ n: 400 }]);
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
