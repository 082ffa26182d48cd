/**
 * Another program holds the write lock of the database, for longer than the store itself waits (5 s): a backup tool, a
 * shell with `BEGIN IMMEDIATE`. Nothing is lost, nothing is made twice, and it is told while it lasts.
 * What takes time here is the lock, not the machine: the tests wait side by side.
 */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeDatabase } from "./harness/database.js";
import { makePlace, type Place } from "./harness/place.js";

const LOCK_MS = 8_000;

/** Hold the lock; resolves once it is held. */
async function lock(place: Place, ms: number) {
  const before = place.journal.all("locked").length;
  const locking = place.program("hold-lock", [place.databaseFile, String(ms)]);
  await place.untilStore("the lock", () => place.journal.all("locked").length > before);
  return locking;
}

const results = (place: Place) =>
  place.db.rows<{ key: string; attempt: number; outcome: number }>("SELECT key, attempt, outcome FROM item_result");
const untilResults = (place: Place, count: number) =>
  place.untilStore(`${count} results`, (db) => {
    if (db.rows("SELECT 1 FROM sqlite_master WHERE name = 'map'").length === 0) return false; // it is being made
    const [map] = db.rows<{ ok: number }>("SELECT ok_count AS ok FROM map");
    return (map?.ok ?? 0) >= count;
  });

/** Every item has one result of its first attempt, and each position before the mark has one. */
function expectWhole(place: Place, count: number): void {
  const rows = results(place);
  expect([rows.length, rows.filter(({ attempt, outcome }) => attempt !== 1 || outcome !== 1)]).toEqual([count, []]);
  expect(place.db.rows("SELECT ok_count, error_count, low_water, total FROM map")).toEqual([
    { ok_count: count, error_count: 0, low_water: count, total: count },
  ]);
  expect(place.db.problems()).toEqual([]);
}

const sumUpTo = (count: number) => (count * (count - 1)) / 2;
/**
 * A lease that is trusted for ten seconds: the wait for a lock ends soon, and not because a loaded machine let no beat through
 * before the lock, which is another ending.
 */
const SHORT_LEASE = { HOLDFAST_LEASE_MS: "15000" };

describe.concurrent("a foreign write lock of eight seconds", () => {
  for (const { items, itemMs } of [
    { items: 60, itemMs: 200 },
    { items: 42_000, itemMs: 0 },
  ]) {
    test(`during a map of ${items} items: it waits, says so, and completes`, async () => {
      const place = await makePlace();
      const command = place.command(["start", "many", `--items=${items}`, `--item-ms=${itemMs}`, "--run-id=r"]);
      await untilResults(place, 10);
      await lock(place, LOCK_MS);
      await command.says(/waiting for the store: .*holdfast\.db: another process held the write lock/);
      expect(place.db.run("r")).toMatchObject({ status: "running" });
      const ended = await command.ended;
      expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining("the store accepts writes again")]);
      expect(ended.stdout).toContain(String(sumUpTo(items)));
      expectWhole(place, items);
    });
  }

  test("during stages: each outcome is recorded, none is executed again", async () => {
    const place = await makePlace();
    const command = place.command(["start", "steps", "--steps=12", "--step-ms=300", "--run-id=r"]);
    await place.untilJournal("acknowledged", { stage: "step-2" });
    await lock(place, LOCK_MS);
    const ended = await command.ended;
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining("waiting for the store")]);
    expect(place.journal.all("ran").map(({ stage }) => stage)).toEqual(
      Array.from({ length: 12 }, (_, i) => `step-${i + 1}`),
    );
    expect(place.db.problems()).toEqual([]);
  });

  test("during a map in a user's own process", async () => {
    const place = await makePlace();
    const input = JSON.stringify({ items: 60, itemMs: 200, told: true });
    const program = place.program("own-worker", ["r", input, "300000"]);
    await untilResults(place, 10);
    await lock(place, LOCK_MS);
    const ended = await program.ended;
    expect([ended.code, ended.stdout.trim()]).toEqual([0, String(sumUpTo(60))]);
    expect(ended.stderr).toMatch(/waits: STORE_BUSY[\s\S]*goes on/);
    expectWhole(place, 60);
    expect(place.journal.all("ran")).toHaveLength(60);
  });
});

describe.concurrent("a foreign write lock for longer than the lease is trusted", () => {
  test("ends the command with STORE_BUSY; a plain resume then completes the run", async () => {
    const place = await makePlace();
    place.useEnvironment(SHORT_LEASE);
    // Longer than it takes to lock, and than the lock is waited for.
    const start = ["start", "many", "--items=800", "--item-ms=200", "--told", "--run-id=r"];
    const command = place.command(start);
    await untilResults(place, 20);
    const locking = await lock(place, 600_000);
    const ended = await command.ended;
    expect([ended.code, ended.stderr]).toEqual([7, expect.stringContaining("STORE_BUSY")]);
    place.openGate("unlock");
    await locking.ended;
    const calls = place.journal.all("ran").length;
    expect(calls).toBeLessThan(800);
    const resumed = await place.command(["resume", "r"], { env: { HOLDFAST_LEASE_MS: "300000" } }).ended;
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.not.stringContaining("missing")]);
    expect(results(place)).toHaveLength(800);
    expect(place.db.problems()).toEqual([]);
  });

  test("in a user's own process: the lease is given back with the first write, what was paid for is kept", async () => {
    const place = await makePlace();
    const input = JSON.stringify({ items: 200, itemMs: 50, told: true });
    const program = place.program("own-worker", ["r", input, "9000"]);
    await untilResults(place, 20);
    const locking = await lock(place, 12_000);
    await program.says(/ended lost/);
    expect((await locking.ended).code).toBe(0);
    const ended = await program.ended;
    expect([ended.code, ended.stdout.trim()]).toEqual([0, String(sumUpTo(200))]);
    expect(results(place)).toHaveLength(200);
    // Nobody is charged a recovery for it, and no call is made twice: those whose answers came were kept.
    expect(place.db.run("r")).toMatchObject({ status: "completed", recoveries: 0 });
    expect(place.db.events("r").map(({ type }) => type)).toContain("run.handed_back");
    const called = place.journal.all("ran").map(({ stage }) => stage);
    expect(called.filter((key, i) => called.indexOf(key) !== i)).toEqual([]);
  });
});

describe.concurrent("a store that an earlier version damaged: its mark lies beyond items without a result", () => {
  async function damaged(): Promise<Place> {
    const place = await makePlace();
    place.useEnvironment({ HOLDFAST_STOP_GRACE_MS: "1000" });
    const command = place.command(["start", "many", "--items=400", "--hold-last", "--told", "--run-id=r"]);
    await untilResults(place, 399);
    command.kill("SIGINT");
    expect((await command.ended).code).toBe(75);
    place.openGate();
    writeDatabase(
      place.databaseFile,
      `DELETE FROM item_result WHERE idx IN (3, 150, 151, 398);
       UPDATE map SET ok_count = (SELECT count(*) FROM item_result), low_water = 399,
              intent_low = (SELECT max(n) FROM item_attempt)`,
    );
    return place;
  }

  test("is completed by a plain resume, which makes the missing calls and no other", async () => {
    const place = await damaged();
    const before = place.journal.all("ran").length;
    const ended = await place.command(["resume", "r"]).ended;
    expect([ended.code, ended.stderr]).toEqual([0, expect.not.stringContaining("are missing")]);
    expect(ended.stdout).toContain(String(sumUpTo(400)));
    expect(results(place)).toHaveLength(400);
    const called = place.journal.all("ran").slice(before);
    expect(called.map(({ stage }) => stage).sort()).toEqual(["k150", "k151", "k3", "k398", "k399"]);
  });

  test("gives listed items that it lacks their results", async () => {
    const place = await damaged();
    writeFileSync(place.path("ids.txt"), "k3\nk150\n");
    await place.command(["resume", "r", `--only=@${place.path("ids.txt")}`]).ended;
    expect(results(place).map(({ key }) => key)).toEqual(expect.arrayContaining(["k3", "k150"]));
    expect((await place.command(["resume", "r"]).ended).code).toBe(0);
    expect(results(place)).toHaveLength(400);
  });
});
