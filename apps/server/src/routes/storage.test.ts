/** The store over HTTP: what it takes, what is wrong with it, copies of it; for admins alone. */
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { gate, type Json, openWorld, type World } from "../testing/world.fixture.js";

let world: World;
const act = (body: Json, status = 200): Promise<Json> => world.json(status, "POST", "/api/storage", { body });
beforeAll(async () => {
  world = await openWorld();
  for (const runId of ["one", "two"]) {
    await world.json(201, "POST", "/api/runs", {
      as: "ann",
      body: { workflow: "brief", input: { topic: "t" }, runId },
    });
  }
  await world.holdfast.work({ untilIdle: true });
});

describe("the store", () => {
  test("tells what it is, and how much room there is", async () => {
    const view = await world.json(200, "GET", "/api/storage");
    expect(view).toMatchObject({ kind: "sqlite", location: ":memory:", backups: [], backupUnderWay: null });
    expect(view.disk.freeBytes).toBeLessThanOrEqual(view.disk.sizeBytes);
    expect(view.backupFolder).toBe(join(world.dataDir, "backups"));
  });

  test("is measured by table and by run", async () => {
    const { tables, sizeBytes, unusedBytes, artifacts, largestRuns } = await act({ action: "measure" });
    const sum = tables.reduce((all: number, { bytes }: Json) => all + bytes, 0);
    expect(sum + unusedBytes).toBe(sizeBytes);
    expect(tables.map(({ name }: Json) => name)).toEqual(expect.arrayContaining(["run", "event_row", "artifact"]));
    expect(tables.map(({ bytes }: Json) => bytes)).toEqual(
      tables.map(({ bytes }: Json) => bytes).sort((a: number, b: number) => b - a),
    );
    expect(artifacts.count).toBe(2);
    expect(largestRuns.map(({ runId }: Json) => runId)).toEqual(["two", "one"]);
    expect(largestRuns[0].bytes * 2).toBe(artifacts.bytes);
  });

  test("is examined, each finding with its cure", async () => {
    const { isFit, findings } = await act({ action: "doctor" });
    expect(isFit).toBe(true);
    const byName = Object.fromEntries(findings.map((one: Json) => [one.name, one]));
    expect(byName.store).toMatchObject({ level: "ok", text: expect.stringContaining("sound"), cure: null });
    expect(byName.workers).toMatchObject({ level: "note", cure: "Start one: holdfast worker" });
    expect(byName.folder.text).toBe(world.dataDir);
  });

  test("is backed up below the data folder, under a name that leads nowhere else, never over a file; audited", async () => {
    const view = await act({ action: "backup", name: "before-upgrade.db" });
    const folder = join(world.dataDir, "backups");
    const { size } = await stat(join(folder, "before-upgrade.db"));
    expect(view.backups).toMatchObject([{ name: "before-upgrade.db", sizeBytes: size }]);
    expect(await act({ action: "backup", name: "before-upgrade.db" }, 400)).toMatchObject({ code: "WRONG_USE" });
    for (const name of ["../x.db", "a/b.db", ".db", "x", "a..b.db", "-x.db", "x.db.tmp", `${"x".repeat(90)}.db`, ""]) {
      expect((await world.ask("POST", "/api/storage", { body: { action: "backup", name } })).statusCode, name).toBe(
        422,
      );
    }
    await act({ action: "backup" });
    await writeFile(join(folder, "notes.txt"), "not a backup");
    expect(await readdir(folder)).toHaveLength(3);
    const { backups } = await world.json(200, "GET", "/api/storage");
    expect(backups.map(({ name }: Json) => name)).toEqual([
      expect.stringMatching(/^holdfast-\d{8}-\d{6}\.db$/),
      "before-upgrade.db",
    ]);
    const { rows } = await world.json(200, "GET", "/api/audit?action=backup");
    expect(rows[1]).toMatchObject({ actor: { id: "admin", via: "http" }, reason: "before-upgrade.db", runId: null });
  });

  test("says what compacting would do, is compacted, and is not while a worker holds a run", async () => {
    const said = await act({ action: "compact", checkOnly: true });
    expect(said).toMatchObject({ isCheckOnly: true, isLogEmpty: null, heldRuns: [], refusal: null });
    expect(said.neededBytes).toBe(2 * said.beforeBytes);
    expect((await world.json(200, "GET", "/api/audit?action=compact")).rows).toEqual([]);
    const done = await act({ action: "compact" });
    expect(done).toMatchObject({ isCheckOnly: false, isLogEmpty: true });
    expect(done.afterBytes).toBeLessThanOrEqual(said.beforeBytes);
    expect((await world.json(200, "GET", "/api/audit?action=compact")).rows[0].actor.id).toBe("admin");
    await world.json(201, "POST", "/api/runs", { as: "ann", body: { workflow: "held", input: {}, runId: "holds" } });
    const stop = new AbortController();
    const worked = world.holdfast.work({ concurrency: 1, workflows: ["held"], signal: stop.signal });
    while ((await world.holdfast.runs.summary("holds")).status !== "running") await world.holdfast.runs.events("holds");
    expect(await act({ action: "compact", checkOnly: true })).toMatchObject({
      heldRuns: ["holds"],
      refusal: expect.stringContaining("workers hold runs"),
    });
    expect((await act({ action: "compact" }, 409)).code).toBe("STORE_IN_USE");
    stop.abort();
    gate.dispatchEvent(new Event("open"));
    await worked;
  });
});
