import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeDatabase } from "./harness/database.js";
import { type Ended, makePlace, type Place, type Process } from "./harness/place.js";
import { canMount, mountSmallDisk } from "./harness/small-disk.js";

/** Exit code 7; the message names the path, the code and a remedy. No stack, and nothing on standard output. */
function expectRefusal(ended: Ended, code: string, path: string, cure: RegExp): void {
  expect([ended.code, ended.stdout]).toEqual([7, ""]);
  expect(ended.stderr).toContain(path);
  expect(ended.stderr).toMatch(new RegExp(`code: {2}${code}`));
  expect(ended.stderr).toMatch(cure);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
}

const COMMANDS = [["start", "steps", "--run-id=r2"], ["resume", "r"], ["worker", "--until-idle"], ["runs"]];

async function finishedRun(place: Place): Promise<void> {
  expect((await place.command(["start", "steps", "--run-id=r"]).ended).code).toBe(0);
}

async function expectEach(place: Place, code: string, path: string, cure: RegExp): Promise<void> {
  const all = await Promise.all(COMMANDS.map((args) => place.command(args).ended));
  for (const ended of all) expectRefusal(ended, code, path, cure);
}

describe("a store that cannot be used is refused by every command with 7, the path and the remedy", () => {
  test("a folder in place of the file", async () => {
    const place = await makePlace();
    mkdirSync(place.databaseFile, { recursive: true });
    await expectEach(place, "STORE_UNREACHABLE", place.databaseFile, /folder, not a file[\s\S]*hint: .*path/);
  });

  test("a file that is no database", async () => {
    const place = await makePlace();
    mkdirSync(place.dataDir);
    const text = "name,amount\n".repeat(1_000);
    writeFileSync(place.databaseFile, text);
    await expectEach(place, "STORE_CORRUPT", place.databaseFile, /hint: .*(path|backup)/);
    expect(readFileSync(place.databaseFile, "utf8")).toBe(text);
  });

  test("a database of another application", async () => {
    const place = await makePlace();
    mkdirSync(place.dataDir);
    writeDatabase(place.databaseFile, "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)");
    await expectEach(place, "STORE_CORRUPT", place.databaseFile, /not a Holdfast store/);
  });

  test("a store whose pages are damaged", async () => {
    const place = await makePlace();
    await finishedRun(place);
    const bytes = readFileSync(place.databaseFile);
    // The first page says that this is a store; all pages after it are noise.
    bytes.fill(0xa5, 4_096);
    writeFileSync(place.databaseFile, bytes);
    await expectEach(place, "STORE_CORRUPT", place.databaseFile, /hint: .*backup/);
  });

  test("a file cut off in the middle", async () => {
    const place = await makePlace();
    await finishedRun(place);
    writeFileSync(place.databaseFile, readFileSync(place.databaseFile).subarray(0, 10_000));
    await expectEach(place, "STORE_CORRUPT", place.databaseFile, /hint: .*backup/);
  });

  test("a store that lost a table; doctor and db backup say so too, and an existing good backup is kept", async () => {
    const place = await makePlace();
    await finishedRun(place);
    writeDatabase(place.databaseFile, "DROP TABLE run_live");
    await expectEach(place, "STORE_CORRUPT", place.databaseFile, /no such table: run_live[\s\S]*hint: .*backup/);
    const copy = join(place.dataDir, "copy.db");
    const refused = await place.command(["db", "backup", copy]).ended;
    expectRefusal(refused, "STORE_CORRUPT", place.databaseFile, /no backup was written: table run_live is missing/);
    expect(existsSync(copy)).toBe(false);
    const doctor = await place.command(["doctor"]).ended;
    expect([doctor.code, doctor.stdout]).toEqual([7, expect.stringContaining("table run_live is missing")]);
  });

  test("a store of a newer version", async () => {
    const place = await makePlace();
    await finishedRun(place);
    writeDatabase(place.databaseFile, "PRAGMA user_version = 4711");
    await expectEach(place, "STORE_TOO_NEW", place.databaseFile, /hint: .*newer/);
  });

  test("a read-only file system", async (context) => {
    if (!canMount) context.skip("READ-ONLY DISKS ARE NOT TESTED HERE: mounting one needs root on Linux");
    const place = await makePlace();
    const disk = mountSmallDisk(place.dataDir, 8 * 1024 * 1024);
    await finishedRun(place);
    disk.makeReadOnly();
    await expectEach(place, "STORE_READONLY", place.databaseFile, /hint: .*write permission/);
    // Folders that are still to be made there.
    place.useEnvironment({ HOLDFAST_DATA_DIR: join(place.dataDir, "deep", "er") });
    await expectEach(place, "STORE_READONLY", join(place.dataDir, "deep", "er"), /mounted read-only/);
  });

  test("a folder that does not exist and cannot be created", async () => {
    const place = await makePlace();
    writeFileSync(place.dataDir, "a file where the folder should be");
    await expectEach(place, "STORE_UNREACHABLE", join(place.dataDir, "holdfast.db"), /hint: .*path/);
  });
});

describe("a worker whose store is moved away acknowledges nothing more, creates no other store, and ends with 7", () => {
  const moments: readonly [string, readonly string[], (place: Place, worker: Process) => Promise<unknown>][] = [
    ["before its child process has opened it", [], (_place, worker) => worker.says(/Executing runs of/)],
    ["before that, without supervision", ["--no-supervise"], (_place, worker) => worker.says(/Executing runs of/)],
    ["while it waits for work", [], (_place, worker) => worker.says(/run next completed/)],
    ["while a stage is under way", ["--holdAt=1"], (place) => place.untilJournal("ran", { run: "next" })],
  ];
  test.each(moments)("%s", async (_when, flags, arrives) => {
    const place = await makePlace();
    const isHeld = flags.includes("--holdAt=1");
    await place.json(["start", "steps", "--run-id=next", "--detach", ...(isHeld ? flags : [])]);
    const worker = place.command(["worker", ...(isHeld ? [] : flags)]);
    await arrives(place, worker);
    const before = place.db.run("next")?.status;
    renameSync(place.databaseFile, `${place.databaseFile}.moved`);
    expectRefusal(
      { ...(await worker.ended), stdout: "" },
      "STORE_LOST",
      place.databaseFile,
      /hint: .*restart this process/,
    );
    expect(existsSync(place.databaseFile)).toBe(false);
    if (isHeld) expect(before).toBe("running");
    if (isHeld) expect(place.journal.find("acknowledged")).toBeUndefined();
  });
});
