/** Several processes on one file, and the death of one at any instant. Real processes, real files. */
import { readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "./driver.js";
import { newRun, startChild, startRun, testFolder } from "./testing/processes.js";

async function openHere(file: string, options: { busyTimeoutMs?: number } = {}) {
  const store = await openSqliteStore({ file, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Let the event loop turn `count` times: it can only if nothing blocks it. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("ten processes can open one new file at once", async () => {
  const file = join(testFolder(), "deep", "er", "runs.db");
  const children = Array.from({ length: 10 }, (_, i) => startChild(["open", file, String(i)]));
  expect(await Promise.all(children.map((child) => child.ended))).toEqual(children.map(() => 0));
  const store = await openHere(file);
  expect((await store.listRuns({ limit: 20 })).rows).toHaveLength(10);
  expect((await store.facts({ check: true })).problems).toEqual([]);
});

test("four processes write at once, none is told that the file is locked, and no event number is missing", async () => {
  const file = join(testFolder(), "runs.db");
  const children = Array.from({ length: 4 }, (_, i) => startChild(["write", file, String(i), "60"]));
  expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0, 0, 0]);
  const store = await openHere(file);
  const { rows } = await store.listRuns({ limit: 20 });
  expect(rows).toHaveLength(16);
  for (const run of rows) {
    expect(run.progress.done).toBe(60);
    const events = await store.listEvents(run.id, { after: 0, limit: 1_000 });
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 122 }, (_, i) => i + 1));
  }
});

test("the event loop turns while another process holds the write lock, and the write follows", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openHere(file, { busyTimeoutMs: 60_000 });
  await store.createRun(newRun("before"));
  const locker = startChild(["lock", file]);
  await locker.line(1);
  let isWritten = false;
  const writing = store.createRun(newRun("waiting")).then(() => {
    isWritten = true;
  });
  await turns(2_000);
  expect(isWritten).toBe(false);
  // Reads go on: they need no lock.
  expect((await store.getRun("before"))?.status).toBe("queued");
  locker.process.stdin?.write("go\n");
  await writing;
  expect((await store.getRun("waiting"))?.status).toBe("queued");
  expect(await locker.ended).toBe(0);
});

test("a write that waits too long for another process fails with STORE_BUSY, each one, and later ones pass", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openHere(file, { busyTimeoutMs: 50 });
  await store.createRun(newRun("before"));
  const locker = startChild(["lock", file]);
  await locker.line(1);
  const outcomes = await Promise.allSettled([store.createRun(newRun("a")), store.createRun(newRun("b"))]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: "STORE_BUSY" } });
  locker.process.stdin?.write("go\n");
  await locker.ended;
  expect((await store.createRun(newRun("a"))).kind).toBe("created");
});

test("opening waits for another process's lock without blocking, and gives up with STORE_BUSY", async () => {
  const file = join(testFolder(), "runs.db");
  const empty = openDatabase(file);
  empty.exec("PRAGMA journal_mode = WAL");
  empty.close();
  const locker = startChild(["lock", file]);
  await locker.line(1);
  await expect(openSqliteStore({ file, busyTimeoutMs: 50 })).rejects.toMatchObject({ code: "STORE_BUSY" });
  const opening = openHere(file, { busyTimeoutMs: 60_000 });
  await turns(500);
  locker.process.stdin?.write("go\n");
  expect((await (await opening).facts()).schemaVersion).toBeGreaterThan(0);
});

test("kill -9 during group commits loses no acknowledged write, strict or soft", async () => {
  const file = join(testFolder(), "runs.db");
  for (const [round, lineCount] of [40, 333, 1_000, 2_000].entries()) {
    const child = startChild(["storm", file, String(round)]);
    await child.line(lineCount);
    child.process.kill("SIGKILL");
    expect(await child.ended).toBe("SIGKILL");
    const store = await openSqliteStore({ file });
    const found = new Set<string>();
    for (const run of (await store.listRuns({ limit: 100 })).rows) {
      for (const { stage, status } of await store.listAttempts(run.id)) {
        found.add(`started ${run.id} ${stage}`);
        if (status === "completed") found.add(`finished ${run.id} ${stage}`);
      }
      const events = await store.listEvents(run.id, { after: 0, limit: 10_000 });
      expect(events.map((event) => event.seq)).toEqual(events.map((_, place) => place + 1));
      expect(run.head).toBe(events.length);
    }
    expect(child.lines.filter((line) => !found.has(line))).toEqual([]);
    expect((await store.facts({ check: true })).problems).toEqual([]);
    await store.close();
  }
});

test("an answer comes after the commit: another connection sees every acknowledged write", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openHere(file);
  const fence = await startRun(store, "run-1");
  const other = openDatabase(file);
  onTestFinished(() => other.close());
  const look = other.prepare("SELECT status FROM attempt WHERE stage = ?");
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const stage = `stage-${i}`;
      await store.startAttempt(fence, { stage, attempt: 1, inputsHash: null });
      expect(look.get(stage)).toEqual({ status: "running" });
      const output = { kind: "inline", json: "1" } as const;
      await store.finishAttempt(fence, { stage, attempt: 1, status: "completed", output, ms: 0 });
      expect(look.get(stage)).toEqual({ status: "completed" });
    }),
  );
});

test("the same file opened twice in a process shares one writer, by whatever path", async () => {
  const folder = testFolder();
  const file = join(folder, "runs.db");
  const first = await openSqliteStore({ file });
  const link = join(folder, "link.db");
  symlinkSync(file, link);
  const second = await openSqliteStore({ file: link });
  expect(second.location).toBe(first.location);
  await Promise.all([first.createRun(newRun("a")), second.createRun(newRun("b"))]);
  if (process.platform === "linux") {
    // The log is open twice: by the writer and by the reader. A second writer would make it three.
    const open = readdirSync("/proc/self/fd").map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    });
    expect(open.filter((path) => path === `${file}-wal`)).toHaveLength(2);
  }
  await first.close();
  await expect(first.getRun("a")).rejects.toMatchObject({ code: "STORE_CLOSED" });
  expect((await second.createRun(newRun("c"))).kind).toBe("created");
  expect((await second.listRuns({ limit: 9 })).rows).toHaveLength(3);
  await second.close();
});

test("what another connection changes between two writes of a run is seen by the second", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openHere(file);
  const other = await openSqliteStore({ file, inline: true });
  onTestFinished(() => other.close());
  const start = (fence: Parameters<typeof store.startAttempt>[0], stage: string) =>
    store.startAttempt(fence, { stage, attempt: 1, inputsHash: null });

  const asked = await startRun(store, "asked");
  expect((await start(asked, "a")).kind).toBe("written");
  await other.steer({ runId: asked.runId, wish: "cancel", reason: null, by: "ada" });
  expect(await start(asked, "b")).toEqual({ kind: "cancelled", wish: "cancel" });

  const taken = await startRun(store, "taken");
  expect((await start(taken, "a")).kind).toBe("written");
  const decision = { action: "resume", reason: "died", uses: "suspicion", afterMs: 0 } as const;
  await other.recover({ runId: taken.runId, token: 1, isHolderDead: true, by: "s" }, decision);
  expect(await start(taken, "b")).toEqual({ kind: "leaseLost", heldBy: null });

  const shared = await startRun(store, "shared");
  for (let i = 0; i < 20; i++) {
    const via = i % 2 === 0 ? store : other;
    await via.appendEvents(shared, [{ type: "log", data: { stage: "a", attempt: 1, message: String(i) } }]);
  }
  const events = await store.listEvents(shared.runId, { after: 2, limit: 100 });
  expect(events.map((event) => [event.seq, (event.data as { message: string }).message])).toEqual(
    Array.from({ length: 20 }, (_, i) => [i + 3, String(i)]),
  );
});

test("closing folds the log into the file and lets the process end", async () => {
  const file = join(testFolder(), "runs.db");
  const child = startChild(["open", file, "1"]);
  expect(await child.ended).toBe(0);
  expect(readdirSync(join(file, "..")).sort()).toEqual(["runs.db"]);
});

test("a heartbeat connection of another thread's kind extends the lease that this store gave", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openHere(file);
  const fence = await startRun(store, "run-1");
  const { url, options } = store.beatModule ?? { url: "", options: null };
  const { openBeats } = (await import(url)) as typeof import("./beats.js");
  const beats = openBeats(options as Parameters<typeof openBeats>[0]);
  onTestFinished(() => beats.close());
  expect(await beats.beat([{ ...fence, leaseMs: 60_000 }])).toEqual([{ kind: "extended", wish: null }]);
  await store.steer({ runId: "run-1" as RunId, wish: "pause", reason: null, by: "ada" });
  expect(await beats.beat([{ ...fence, leaseMs: 60_000 }])).toEqual([{ kind: "extended", wish: "pause" }]);
  await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
  expect(await beats.beat([{ ...fence, leaseMs: 60_000 }])).toEqual([{ kind: "lost", heldBy: null }]);
});
