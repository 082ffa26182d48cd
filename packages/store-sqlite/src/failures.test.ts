/** Files that cannot be used, disks that are full, clocks that jump: a clear error, nothing lost, and it goes on. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RECOVERY_DEFAULTS, type RunId, type Store } from "@holdfast/core";
import { createClockShift, openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "./driver.js";
import { receiveError, sqliteCode, toStoreError } from "./sqlite-errors.js";
import { newRun, startChild, startRun, TEST_HOLDER, testFolder } from "./testing/processes.js";

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

test("a file that is no SQLite database is refused and left as it is", async () => {
  const file = join(testFolder(), "notes.txt");
  const text = "These are my notes. ".repeat(100);
  writeFileSync(file, text);
  await expect(openSqliteStore({ file })).rejects.toMatchObject({
    code: "STORE_CORRUPT",
    message: expect.stringContaining("not an SQLite database"),
  });
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("a database of another application is refused and left as it is", async () => {
  const file = join(testFolder(), "other.db");
  const db = openDatabase(file);
  db.exec("CREATE TABLE mine (x)");
  db.close();
  await expect(openSqliteStore({ file })).rejects.toMatchObject({
    code: "STORE_CORRUPT",
    message: expect.stringContaining("not a Holdfast store"),
  });
  const again = openDatabase(file);
  expect(again.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "mine" }]);
  again.close();
});

test("a store of a newer version is refused and left as it is", async () => {
  const file = join(testFolder(), "runs.db");
  await (await openSqliteStore({ file })).close();
  const db = openDatabase(file);
  db.exec("PRAGMA user_version = 99");
  db.close();
  await expect(openSqliteStore({ file })).rejects.toMatchObject({
    code: "STORE_TOO_NEW",
    details: { found: 99, known: expect.any(Number) },
  });
});

test("a new store, its log and a backup may be read by their owner alone", async () => {
  const folder = testFolder();
  const file = join(folder, "mine.db");
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  await store.createRun(newRun("run-1"));
  await store.backup(join(folder, "copy.db"));
  const modeOf = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8);
  expect(["mine.db", "mine.db-wal", "copy.db"].map(modeOf)).toEqual(["600", "600", "600"]);
});

test("a folder in the file's place, and a folder that cannot be made, are told apart from damage", async () => {
  const folder = testFolder();
  await expect(openSqliteStore({ file: folder })).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  const file = join(folder, "file");
  writeFileSync(file, "");
  await expect(openSqliteStore({ file: join(file, "sub", "runs.db") })).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
  });
});

test("a read-only file, a read-only folder and a closed folder each give their own error", async () => {
  const folder = testFolder();
  chmodSync(folder, 0o755);
  const file = join(folder, "runs.db");
  await (await openSqliteStore({ file })).close();
  const readOnlyFolder = join(folder, "read-only");
  mkdirSync(readOnlyFolder, { mode: 0o555 });
  const closedFolder = join(folder, "closed");
  mkdirSync(closedFolder, { mode: 0o000 });
  chmodSync(file, 0o444);
  onTestFinished(() => chmodSync(closedFolder, 0o700));
  for (const [path, code] of [
    [file, "STORE_READONLY"],
    [join(readOnlyFolder, "runs.db"), "STORE_READONLY"],
    [join(closedFolder, "runs.db"), "STORE_UNREACHABLE"],
  ] as const) {
    // Root may do everything, so the attempt is made by a user who may not.
    const child = startChild(["tryOpen", path], isRoot ? NOBODY : undefined);
    expect(await child.ended).toBe(0);
    expect(child.lines[0]).toMatch(new RegExp(`^${code} `));
    expect(child.lines[0]).toContain(path);
  }
});

test("a damaged file is found by the store's check, and its reads say STORE_CORRUPT", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openSqliteStore({ file });
  for (let i = 0; i < 200; i++)
    await store.createRun(newRun(`run-${i}`, { inputJson: JSON.stringify("x".repeat(500)) }));
  await store.close();
  const bytes = readFileSync(file);
  // The last pages hold the runs; the schema, at the front, stays whole.
  bytes.fill(0xa5, bytes.length - 4_096 * 12);
  writeFileSync(file, bytes);
  const damaged = await openSqliteStore({ file });
  onTestFinished(() => damaged.close());
  const problems = await damaged.facts({ check: true }).then(
    (facts) => facts.problems,
    (error: { code?: string }) => [error.code],
  );
  expect(problems.length).toBeGreaterThan(0);
  await expect(damaged.deleteRun("run-199" as RunId)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  // After that nothing more is written: every later write says so.
  await expect(damaged.createRun(newRun("new"))).rejects.toMatchObject({ code: "STORE_CORRUPT" });
});

test("a file cut short is refused", async () => {
  const file = join(testFolder(), "runs.db");
  await (await openSqliteStore({ file })).close();
  truncateSync(file, 4_096);
  const problem = await openSqliteStore({ file }).then(
    async (store) => {
      onTestFinished(() => store.close());
      return store.createRun(newRun("a")).catch((error: { code: string }) => error.code);
    },
    (error: { code: string }) => error.code,
  );
  expect(problem).toBe("STORE_CORRUPT");
});

/** Everything that writes, each once, on a run made for it. */
const OPERATIONS: Readonly<Record<string, (store: Store, runId: string) => Promise<unknown>>> = {
  createRun: (store, runId) =>
    store.createRun(newRun(`${runId}-new`, { inputJson: JSON.stringify("x".repeat(9_000)) })),
  startAttempt: async (store, runId) =>
    store.startAttempt(fences.get(runId) as never, {
      stage: "x".repeat(60),
      attempt: 1,
      inputsHash: "y".repeat(9_000),
    }),
  saveCheckpoint: async (store, runId) =>
    store.saveCheckpoint(fences.get(runId) as never, {
      stage: "a",
      attempt: 1,
      json: JSON.stringify("x".repeat(9_000)),
    }),
  appendEvents: async (store, runId) =>
    store.appendEvents(fences.get(runId) as never, [
      { type: "log", data: { stage: "a", attempt: 1, message: "x".repeat(9_000) } },
    ]),
  steer: async (store, runId) =>
    store.steer({
      ...{ runId: runId as RunId, wish: "pause", reason: null, by: "ada" },
      audit: { actor: { id: "ada", via: "cli", requestId: null }, action: "pause", reason: "x".repeat(9_000) },
    }),
  probe: async (store) => store.probe(),
  report: async (store, runId) =>
    store.report(fences.get(runId) as never, {
      status: "completed",
      output: { kind: "inline", json: JSON.stringify("x".repeat(9_000)) },
      stageCount: 0,
    }),
};
const fences = new Map<string, Awaited<ReturnType<typeof startRun>>>();

// Only root can make a small disk; the test of the page limit in group-writer.test.ts needs none.
if (isRoot && process.platform === "linux") {
  test("a full disk refuses each write with STORE_FULL, keeps what was recorded, and goes on when there is room", async () => {
    const disk = join(testFolder(), "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]);
    onTestFinished(() => void execFileSync("umount", ["-l", disk]));
    const file = join(disk, "runs.db");
    const store = await openSqliteStore({ file });
    const ballast = join(disk, "ballast");
    for (const [name, write] of Object.entries(OPERATIONS)) {
      const runId = `run-${name}`;
      fences.set(runId, await startRun(store, runId));
      const before = await store.listEvents(runId as RunId, { after: 0, limit: 100 });
      fill(ballast);
      await expect(write(store, runId), name).rejects.toMatchObject({ code: "STORE_FULL" });
      expect(await store.listEvents(runId as RunId, { after: 0, limit: 100 })).toEqual(before);
      expect((await store.getRun(runId))?.status).toBe("running");
      rmSync(ballast);
      await write(store, runId);
    }
    expect((await store.facts({ check: true })).problems).toEqual([]);
    await store.close();
  });
}

/** Take all the room there is. */
function fill(ballast: string): void {
  let size = 256 * 1024;
  while (size >= 1) {
    try {
      writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      size = Math.floor(size / 2);
    }
  }
}

test("every result code of the driver becomes the error it means, and survives the way between threads", () => {
  const driverError = (errcode: number) => Object.assign(new Error("driver"), { errcode });
  for (const [errcode, code] of [
    [5, "STORE_BUSY"],
    [261, "STORE_BUSY"],
    [6, "STORE_BUSY"],
    [8, "STORE_READONLY"],
    [1032, "STORE_READONLY"],
    [10, "STORE_LOST"],
    [778, "STORE_LOST"],
    [11, "STORE_CORRUPT"],
    [267, "STORE_CORRUPT"],
    [13, "STORE_FULL"],
    [14, "STORE_UNREACHABLE"],
    [26, "STORE_CORRUPT"],
    [19, "STORE_CORRUPT"],
    [20, "STORE_CORRUPT"],
    [1, "STORE_UNREACHABLE"],
    [7, "STORE_UNREACHABLE"],
  ] as const) {
    const error = toStoreError(driverError(errcode), "/x/runs.db", 5);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain("/x/runs.db");
  }
  // The driver drops the code of an error that comes between rows.
  const between = Object.assign(new Error("database disk image is malformed"), { code: "ERR_SQLITE_ERROR" });
  expect(toStoreError(between, "/x", 0)).toMatchObject({ code: "STORE_CORRUPT" });
  const notTheDrivers = new Error("plain");
  expect(toStoreError(notTheDrivers, "/x", 0)).toBe(notTheDrivers);
  expect(sqliteCode(new Error("plain"))).toBeNull();
  expect(receiveError({ code: null, message: "plain", details: null }).message).toBe("plain");
});

test("a jump of the wall clock neither ends a lease nor keeps queued runs waiting", async () => {
  const clockShift = createClockShift();
  const shifts = new Float64Array(clockShift);
  const store = await openSqliteStore({ file: join(testFolder(), "runs.db"), clockShift });
  onTestFinished(() => store.close());
  const fence = await startRun(store, "held");
  await store.createRun(newRun("waiting"));
  expect(await store.claim({ holder: TEST_HOLDER, leaseMs: 1_000, workflows: ["none"], limit: 1 })).toEqual([]);
  for (const hours of [1, -1]) {
    shifts[0] = hours * 3_600_000;
    expect((await store.getLease("held"))?.isExpired).toBe(false);
    expect((await store.setProgress(fence, { items: null, label: null })).kind).toBe("written");
  }
  const claimed = await store.claim({ holder: TEST_HOLDER, leaseMs: 1_000, workflows: ["brief"], limit: 1 });
  expect(claimed.map((claim) => claim.run.id)).toEqual(["waiting"]);
});

test("a lease of an earlier boot of the host is expired by definition", async () => {
  const file = join(testFolder(), "runs.db");
  const before = await openSqliteStore({ file, bootId: "boot-1" });
  await startRun(before, "run-1");
  await before.close();
  const after = await openSqliteStore({ file, bootId: "boot-2" });
  onTestFinished(() => after.close());
  expect((await after.getLease("run-1"))?.isExpired).toBe(true);
  const decision = { action: "resume", reason: "reboot", uses: "recovery", afterMs: 0 } as const;
  const request = { runId: "run-1" as RunId, token: 1, isHolderDead: false, by: "s" };
  expect(await after.recover(request, decision)).toBe(true);
});

test("a backup is a whole store of its own, made while others write, and never replaces a file", async () => {
  for (const inline of [false, true]) {
    const folder = testFolder();
    const store = await openSqliteStore({ file: join(folder, "runs.db"), inline });
    onTestFinished(() => store.close());
    await store.createRun(newRun("before"));
    const copy = join(folder, "copy.db");
    await Promise.all([
      store.backup(copy),
      ...Array.from({ length: 50 }, (_, i) => store.createRun(newRun(`run-${i}`))),
    ]);
    await expect(store.backup(copy)).rejects.toMatchObject({ code: "WRONG_USE" });
    const opened = await openSqliteStore({ file: copy });
    onTestFinished(() => opened.close());
    expect((await opened.getRun("before"))?.status).toBe("queued");
    expect((await opened.facts({ check: true })).problems).toEqual([]);
    expect(existsSync(`${copy}-journal`)).toBe(false);
    expect(statSync(copy).size).toBeGreaterThan(0);
  }
});

test("a backup of a store in memory is a file", async () => {
  const copy = join(testFolder(), "copy.db");
  const store = await openSqliteStore({ file: ":memory:" });
  onTestFinished(() => store.close());
  await Promise.all([store.createRun(newRun("a")), store.backup(copy), store.createRun(newRun("b"))]);
  const opened = await openSqliteStore({ file: copy });
  onTestFinished(() => opened.close());
  expect((await opened.listRuns({ limit: 9 })).rows.map((run) => run.id)).toEqual(["a"]);
});

test("clock and random numbers cannot be handed to a thread", async () => {
  await expect(openSqliteStore({ file: ":memory:", random: Math.random })).rejects.toMatchObject({ code: "WRONG_USE" });
});

test("a jump of the wall clock makes no run wait for longer or shorter than it did", async () => {
  const clockShift = createClockShift();
  const shifts = new Float64Array(clockShift);
  const store = await openSqliteStore({ file: join(testFolder(), "runs.db"), clockShift });
  onTestFinished(() => store.close());
  const policy = { ...RECOVERY_DEFAULTS, startTimeoutMs: 60_000 };
  const HOUR_MS = 3_600_000;
  await store.createRun(newRun("before", { policy }));
  await store.createRun(newRun("resumed", { policy }));
  for (const hours of [1, -1]) {
    shifts[0] = hours * HOUR_MS;
    await store.createRun(newRun(`at-${hours}`, { policy }));
    await store.steer({ runId: "resumed" as RunId, wish: "pause", reason: null, by: "ada" });
    const paused = (await store.listActivityOf(["resumed"])).get("resumed");
    expect(paused?.idleForMs).toBeLessThan(60_000);
    await store.requeue({
      ...{ runId: "resumed" as RunId, from: ["paused"], by: "ada", through: null, isByPerson: true },
      ...{ directive: null, input: null, deadHolder: null, claim: null },
    });
    expect(await store.listNeverStarted({ after: null, limit: 1 })).toEqual([]);
  }
  const ids = ["at--1", "at-1", "before", "resumed"];
  for (const { idleForMs } of (await store.listActivityOf(ids)).values()) expect(idleForMs).toBeLessThan(60_000);
  shifts[1] = 60_000;
  const waiting = await store.listNeverStarted({ after: null, limit: 10 });
  expect(waiting.map((run) => run.runId)).toEqual(ids);
  for (const { waitingForMs } of waiting) expect(waitingForMs).toBeLessThan(120_000);
});
