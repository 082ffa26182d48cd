/** A file that somebody else damaged, edited, replaced or removed: our error with its cure, and nothing written beside it. */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunId, Store } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Database, openDatabase } from "./driver.js";
import { newRun, startRun, testFolder } from "./testing/processes.js";

/** A closed store with one finished and one paused run, both with texts in their columns. */
async function makeStore(): Promise<string> {
  const file = join(testFolder(), "runs.db");
  const store = await openSqliteStore({ file });
  for (const id of ["done", "rests"]) {
    const fence = await startRun(store, id);
    const output = { kind: "inline", json: "{}" } as const;
    await store.report(fence, id === "done" ? { status: "completed", output, stageCount: 0 } : PAUSE);
  }
  await store.close();
  return file;
}
const PAUSE = { status: "paused", reason: "by hand", wakeInMs: null } as const;

function edit(file: string, change: (db: Database) => void): void {
  const db = openDatabase(file);
  change(db);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

/** What callers do with a store, each by itself. */
const USES: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  list: (store) => store.listRuns({ limit: 10 }),
  get: (store) => store.getRun("rests"),
  count: (store) => store.countRuns({ windowMs: 1_000 }),
  create: (store) => store.createRun(newRun("new")),
  claim: (store) => startRun(store, "claimed"),
  steer: (store) => store.steer({ runId: "rests" as RunId, wish: "cancel", reason: null, by: "ada" }),
  audit: (store) => store.listAudit({ limit: 10 }),
};

/** The codes that the uses end with. Anything that is no error of ours fails the test. */
async function codesOf(file: string): Promise<readonly string[]> {
  const store = await openSqliteStore({ file, inline: true });
  const codes: string[] = [];
  for (const [use, call] of Object.entries(USES)) {
    await call(store).catch((thrown: { code?: string; message: string }) => {
      expect(thrown.code, `${use}: ${thrown.message}`).toMatch(/^STORE_/);
      codes.push(thrown.code ?? "");
    });
  }
  await store.close();
  return [...new Set(codes)];
}

describe("tables that are not those of this version", () => {
  const tables = [
    ...["workflow", "definition", "holder", "run", "run_live", "run_count", "attempt_row", "event_row", "event_type"],
    ...["audit", "boot", "recent_attempt"],
  ];
  test.each(tables)("a missing table %s is told as damage, by the check and before a backup too", async (table) => {
    const file = await makeStore();
    edit(file, (db) => db.exec(`DROP TABLE ${table}`));
    for (const code of await codesOf(file)) expect(code).toBe("STORE_CORRUPT");
    await expectCheckToFind(file, new RegExp(`table ${table} is missing`));
  });

  test("a renamed column, a missing index and an edited view are each named", async () => {
    for (const [change, expected] of [
      ["ALTER TABLE run RENAME COLUMN owner TO boss", /table run has no column owner/],
      ["DROP INDEX run_final", /index run_final is missing/],
      ["DROP VIEW run_progress; CREATE VIEW run_progress AS SELECT 1 AS run_id", /view run_progress is not the one/],
    ] as const) {
      const file = await makeStore();
      edit(file, (db) => db.exec(change));
      await expectCheckToFind(file, expected);
    }
  });

  test("what people add beside our tables is theirs", async () => {
    const file = await makeStore();
    edit(file, (db) =>
      db.exec("CREATE TABLE mine (x); CREATE INDEX mine_too ON run (owner); CREATE VIEW v AS SELECT 1"),
    );
    const store = await openSqliteStore({ file });
    onTestFinished(() => store.close());
    expect((await store.facts({ check: true })).problems).toEqual([]);
  });
});

describe("records that are not what they were", () => {
  test.each([
    ["UPDATE run SET input = '{\"a\":'", /run rests: its input/],
    ["UPDATE run SET last_error = 'x'", /its last error/],
    ["UPDATE definition SET policy = '[1,'", /its policy/],
    ["UPDATE definition SET policy = '7'", /its policy/],
    ["UPDATE run SET created_at = -5", /createdAt: milliseconds UTC is expected/],
  ])("%s", async (change, expected) => {
    const file = await makeStore();
    edit(file, (db) => db.exec(change));
    expect(await codesOf(file)).toEqual(["STORE_CORRUPT"]);
    const store = await openSqliteStore({ file });
    onTestFinished(() => store.close());
    await expect(store.getRun("rests")).rejects.toMatchObject({ message: expect.stringMatching(expected) });
  });

  test("the check counts the rows whose JSON cannot be read", async () => {
    const file = await makeStore();
    edit(file, (db) => db.exec("UPDATE run SET input = '{\"a\":'"));
    await expectCheckToFind(file, /table run: column input is not JSON in 2 rows/);
  });
});

test("an index that lacks a row of its table is found by the check and before a backup", async () => {
  const file = await makeStore();
  const db = openDatabase(file);
  const { rootpage } = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'run_final'").get() as {
    rootpage: number;
  };
  db.close();
  const bytes = readFileSync(file);
  // A well-formed leaf without entries: kind 10, and its content begins at the end of the page.
  bytes.set([10, 0, 0, 0, 0, 0x10, 0, 0], (rootpage - 1) * 4_096);
  writeFileSync(file, bytes);
  await expectCheckToFind(file, /run_final/);
});

async function expectCheckToFind(file: string, expected: RegExp): Promise<void> {
  const store = await openSqliteStore({ file, inline: true });
  onTestFinished(() => store.close());
  expect((await store.facts({ check: true })).problems.join("\n")).toMatch(expected);
  const copy = join(testFolder(), "copy.db");
  await expect(store.backup(copy)).rejects.toMatchObject({
    code: "STORE_CORRUPT",
    message: expect.stringContaining("no backup was written"),
  });
  expect(existsSync(copy)).toBe(false);
}

describe("a file that is replaced or removed under an open store", () => {
  const harms: Readonly<Record<string, (file: string) => void>> = {
    removed: (file) => rmSync(file),
    "moved away": (file) => renameSync(file, `${file}.old`),
    "replaced by a backup": (file) => {
      copyFileSync(file, `${file}.new`);
      renameSync(`${file}.new`, file);
    },
    "replaced by a device": (file) => {
      rmSync(file);
      symlinkSync("/dev/null", file);
    },
    "without its log": (file) => rmSync(`${file}-wal`),
  };
  test.each(Object.keys(harms))("%s: no later write is acknowledged, and the error names the cure", async (harm) => {
    const file = await makeStore();
    const store = await openSqliteStore({ file });
    onTestFinished(() => store.close());
    await store.createRun(newRun("before"));
    harms[harm]?.(file);
    for (const id of ["after-1", "after-2"]) {
      await expect(store.createRun(newRun(id)), id).rejects.toMatchObject({
        code: "STORE_LOST",
        message: expect.stringContaining("nothing more is written to it"),
      });
    }
  });

  test("a device or a pipe in the file's place is refused when opened, without waiting", async () => {
    const file = join(testFolder(), "runs.db");
    symlinkSync("/dev/full", file);
    await expect(openSqliteStore({ file })).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      message: expect.stringContaining("not a file"),
    });
  });
});

test("a file cut short under an open store answers with our errors alone", async () => {
  const file = await makeStore();
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  for (let i = 0; i < 50; i++) await store.createRun(newRun(`run-${i}`));
  await store.facts();
  writeFileSync(file, readFileSync(file).subarray(0, 8_192));
  for (const call of Object.values(USES)) {
    await call(store).catch((thrown: { code?: string; message: string }) => {
      expect(thrown.code, thrown.message).toMatch(/^STORE_/);
    });
  }
});
