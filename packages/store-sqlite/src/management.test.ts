/** Management where it meets SQLite: files of the version before, plans of the lists, several processes, full stores. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_STATUSES, type RunId, type RunQuery } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { readPragma } from "./connection.js";
import { SqlContext } from "./context.js";
import { type Database, openDatabase } from "./driver.js";
import { MIGRATIONS } from "./migrations/index.js";
import { openGroupWriter } from "./testing/group-writer.js";
import { newRun, startChild, startRun, TEST_HOLDER, testFolder } from "./testing/processes.js";
import { type ArgsOf, CODE_OF, OPERATIONS, type OperationName } from "./writes.js";

const VERSION_2 = readFileSync(new URL("../testdata/version-2.sql", import.meta.url), "utf8");
const STAMP = { actor: { id: "ada", via: "cli", requestId: null }, action: "cleanup", reason: null } as const;

async function openHere(file: string, options: { inline?: boolean } = {}) {
  const store = await openSqliteStore({ file, ...options });
  onTestFinished(() => store.close());
  return store;
}

function openRaw(file: string): Database {
  const db = openDatabase(file);
  onTestFinished(() => db.close());
  return db;
}

/** How many rows of runs there are, by table; attempts and events by the views that show their two tables as one. */
function rowsOfRuns(db: Database): Record<string, number> {
  const tables = db
    .prepare(
      `SELECT s.name FROM sqlite_schema s JOIN pragma_table_xinfo(s.name) c
        WHERE s.type IN ('table', 'view') AND c.name IN ('run_k', 'map_k')
          AND s.name NOT IN ('attempt_row', 'event_row', 'recent_attempt') GROUP BY s.name ORDER BY s.name`,
    )
    .all() as { name: string }[];
  const count = (name: string) => (db.prepare(`SELECT count(*) AS n FROM ${name}`).get() as { n: number }).n;
  return Object.fromEntries(tables.map(({ name }) => [name, count(name)]));
}

test("a file of schema version 2 is brought to today's, with all it holds", async () => {
  const file = join(testFolder(), "runs.db");
  const old = openDatabase(file);
  old.exec(VERSION_2);
  expect(readPragma(old, "user_version")).toBe(2);
  const before = rowsOfRuns(old);
  old.close();

  const store = await openHere(file);
  expect(await store.facts({ check: true })).toMatchObject({ schemaVersion: MIGRATIONS.length, problems: [] });
  const db = openRaw(file);
  expect(rowsOfRuns(db)).toEqual({
    ...before,
    purge: 0,
    dataset_use: 0,
    item_page: 0,
    item_left_out: 0,
    run_field: 0,
    run_cause: 1,
    wait: 0,
    signal: 0,
    family_end: 0,
    published: 0,
  });
  const { active, recent, supervised } = await store.countRuns({ windowMs: Number.MAX_SAFE_INTEGER });
  expect({ ...active, ...recent }).toEqual(
    Object.fromEntries(RUN_STATUSES.map((status) => [status, status === "waiting" ? 0 : 1])),
  );
  expect(supervised).toEqual({ recovered: 0, failed: 0 });
  const { rows } = await store.listFinished({ olderThanMs: 0, limit: 10 });
  expect(rows.map((row) => row.runId)).toEqual(["completed-1", "failed-1", "cancelled-1"]);
  expect(await store.listDatasets()).toEqual([]);
  // Nothing goes from it by itself.
  expect(await store.getDefaults()).toEqual({ retention: null });
  // A policy of before has no limit of waiting.
  expect(await store.listNeverStarted({ after: null, limit: 10 })).toEqual([]);
  expect((await store.listAttemptsOf(["paused-1" as RunId])).get("paused-1" as RunId)).toHaveLength(1);

  // Its runs go as new ones do.
  for (const row of rows) expect(await store.removeFinished(row, STAMP)).toBe(true);
  for (const runId of ["paused-1", "queued-1"] as RunId[]) expect((await store.deleteRun(runId)).kind).toBe("moved");
  while ((await store.deleteRemovedRows(2)) > 0);
  expect((await store.listRuns({ limit: 10 })).rows.map((run) => run.id)).toEqual(["running-1"]);
  expect(rowsOfRuns(db)).toMatchObject({ run: 1, run_live: 1, attempt: 1, event: 4 });
  expect((await store.facts({ check: true })).problems).toEqual([]);
});

test("the datasets that stages of earlier versions gave are found wherever they stand in their outputs", async () => {
  const file = join(testFolder(), "runs.db");
  const old = openDatabase(file);
  old.exec(VERSION_2);
  const ref = (stage: string, digest: string) => ({
    kind: "dataset",
    runId: "r",
    stage,
    digest,
    name: "rows",
    rows: 2,
  });
  const output = JSON.stringify({
    x: { a: [ref("gather", "c1")] },
    of: ref("elsewhere", "c2"),
    n: { kind: "dataset" },
  });
  old.exec(
    `UPDATE attempt SET output = '${output}' WHERE run_k = (SELECT min(run_k) FROM attempt WHERE is_record = 1)`,
  );
  old.exec('UPDATE attempt SET output = \'{"kind":"dataset" broken\' WHERE run_k = (SELECT max(run_k) FROM attempt)');
  const { run_id: runId } = old
    .prepare("SELECT run_id FROM run WHERE run_k = (SELECT min(run_k) FROM attempt WHERE is_record = 1)")
    .get() as { run_id: RunId };
  old.close();
  const store = await openHere(file);
  expect(await store.listDatasetUses(runId)).toEqual([
    { stage: "gather", attempt: 1, name: "rows", contentSha256: "c1", isSource: false },
  ]);
});

test("when the last rows of removed runs are gone, no table has a row of theirs", async () => {
  const file = join(testFolder(), "runs.db");
  const seed = openDatabase(file);
  seed.exec(VERSION_2);
  seed.close();
  const store = await openHere(file);
  await store.recover(
    { runId: "running-1" as RunId, token: 1, isHolderDead: true, by: "s" },
    { action: "pause", reason: "dead", uses: "nothing", afterMs: 0 },
  );
  const db = openRaw(file);
  // What version 2 had no place for.
  db.exec(
    "INSERT INTO dataset_use (run_k, generation, stage, attempt, is_source, name, content_sha256) SELECT run_k, 1, 'a', 1, 0, 'rows', 'c' FROM run",
  );
  db.exec("INSERT INTO item_page (map_k, first_idx, before, keys) SELECT map_k, 0, '', '[]' FROM map");
  db.exec("INSERT INTO item_left_out (map_k, key) SELECT map_k, 'k' FROM map");
  db.exec("INSERT INTO run_field (field, value, run_k) SELECT 'a', '1', run_k FROM run");
  db.exec(
    "INSERT INTO wait (run_k, stage, attempt, generation, start_seq, holder_k, kind, opened_at, is_wall, state) SELECT run_k, 'n', 1, 1, 1, 1, 'sleep', 0, 0, 0 FROM run",
  );
  db.exec(
    "INSERT INTO signal (run_k, n, name, content_hash, sent_at, sent_by, state) SELECT run_k, 1, 's', 'h', 0, 'ana', 1 FROM run",
  );
  db.exec("INSERT INTO published (run_k, key, json, at) SELECT run_k, 'k', '1', 0 FROM run");
  db.exec("INSERT INTO family_end (run_k) SELECT run_k FROM run");
  const full = rowsOfRuns(db);
  expect(Object.entries(full).filter(([table, count]) => count === 0 && table !== "purge")).toEqual([]);
  for (const { id } of (await store.listRuns({ limit: 10 })).rows) await store.deleteRun(id);
  const counts: number[] = [];
  for (let count = await store.deleteRemovedRows(5); count > 0; count = await store.deleteRemovedRows(5))
    counts.push(count);
  expect(Math.max(...counts)).toBeLessThanOrEqual(5);
  expect(rowsOfRuns(db)).toEqual(Object.fromEntries(Object.keys(full).map((table) => [table, 0])));
});

test("a new run does not take the number of a removed one while rows of that are left", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openHere(file);
  const db = openRaw(file);
  const numberOf = (id: string) =>
    (db.prepare("SELECT run_k FROM run WHERE run_id = ?").get(id) as { run_k: number } | undefined)?.run_k;
  for (const id of ["a", "b"]) await store.createRun(newRun(id));
  const removed = numberOf("b");
  await store.deleteRun("b" as RunId);
  await store.createRun(newRun("c"));
  expect(numberOf("c")).toBeGreaterThan(removed ?? 0);
  expect(await store.listEvents("c" as RunId, { after: 0, limit: 10 })).toHaveLength(1);
  expect(await store.deleteRemovedRows(100)).toBe(2);
  expect(await store.listEvents("c" as RunId, { after: 0, limit: 10 })).toHaveLength(1);
});

test("a run made again under an id that another process remembers is that process's to work on", async () => {
  const file = join(testFolder(), "runs.db");
  const one = await openHere(file, { inline: true });
  const other = await openHere(file, { inline: true });
  const first = await startRun(one, "again");
  expect(await other.beat([{ ...first, leaseMs: 60_000 }])).toMatchObject([{ kind: "extended" }]);
  await one.report(first, { status: "cancelled", reason: null });
  await one.deleteRun(first.runId);
  const second = await startRun(one, "again");
  expect(await other.beat([{ ...second, leaseMs: 60_000 }])).toMatchObject([{ kind: "extended" }]);
  await one.report(second, { status: "cancelled", reason: null });
  await one.deleteRun(first.runId);
  await one.createRun(newRun("again"));
  const [claim] = await other.claim({ holder: TEST_HOLDER, leaseMs: 60_000, workflows: ["brief"], limit: 1 });
  const fence = { runId: first.runId, token: claim?.token ?? 0, nonce: claim?.nonce ?? "" };
  expect(await other.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null })).toMatchObject({
    kind: "written",
  });
});

test("two processes that clean up at once remove each run once, and purge all of them", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openHere(file);
  const ids = Array.from({ length: 150 }, (_, i) => `run-${i}`);
  await Promise.all(
    ids.map(async (id) => {
      const fence = await startRun(store, id);
      await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
      await store.report(fence, { status: "cancelled", reason: null });
    }),
  );
  const kept = await startRun(store, "kept");
  const children = ["a", "b"].map((name) => startChild(["cleanUp", file, name]));
  await Promise.all(children.map((child) => child.line(1)));
  for (const child of children) child.process.stdin?.write("go\n");
  expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0]);
  const removed = children.flatMap((child) => child.lines.filter((line) => line.startsWith("removed ")));
  expect(removed.sort()).toEqual(ids.map((id) => `removed ${id}`).sort());
  const { rows } = await store.listAudit({ action: "cleanup", limit: 1_000 });
  expect(rows.map((entry) => entry.runId).sort()).toEqual([...ids].sort());
  const db = openRaw(file);
  expect(rowsOfRuns(db)).toMatchObject({ run: 1, run_live: 1, event: 2, attempt: 0, purge: 0 });
  expect((await store.setProgress(kept, { items: null, label: null })).kind).toBe("written");
});

function openWriter() {
  const { db, ctx, writer } = openGroupWriter();
  const execute = <N extends OperationName>(...ops: readonly [name: N, args: ArgsOf<N>][]) =>
    writer.execute(ops.map(([name, args]) => ({ code: CODE_OF[name], args })));
  return { db, ctx, execute };
}

const create = (id: string, inputBytes = 1): ArgsOf<"createRun"> => [
  newRun(id, { inputJson: JSON.stringify("x".repeat(inputBytes)), audit: { ...STAMP, action: "start" } }),
];

test("a change that does not fit on the disk takes its audit entry with it; those beside it keep theirs", () => {
  const { db, execute } = openWriter();
  execute(["createRun", create("first")]);
  db.exec(`PRAGMA max_page_count = ${Number(readPragma(db, "page_count")) + 4}`);
  const { errors } = execute(
    ["createRun", create("a")],
    ["createRun", create("big", 1_000_000)],
    ["createRun", create("b")],
  );
  expect(errors?.map(([place, error]) => [place, error.code])).toEqual([[1, "STORE_FULL"]]);
  const entries = db.prepare("SELECT run_id FROM audit ORDER BY id").all() as { run_id: string }[];
  expect(entries.map((entry) => entry.run_id)).toEqual(["first", "a", "b"]);
});

test("a probe says what a write would: full, read-only, or that it would last", () => {
  const { db, execute } = openWriter();
  expect(execute(["probe", []]).errors).toBeNull();
  const pages = Number(readPragma(db, "page_count"));
  expect(execute(["probe", []]).errors).toBeNull();
  expect(readPragma(db, "page_count")).toBe(pages);
  expect(db.prepare("SELECT count(*) AS n FROM probe").get()).toEqual({ n: 0 });
  // No room left, and nothing in the file that is free.
  db.exec(`VACUUM; PRAGMA max_page_count = ${pages - Number(readPragma(db, "freelist_count"))}`);
  expect(execute(["probe", []]).errors?.[0]?.[1].code).toBe("STORE_FULL");
  db.exec("PRAGMA max_page_count = 1000000; PRAGMA query_only = 1");
  expect(execute(["probe", []]).errors?.[0]?.[1].code).toBe("STORE_READONLY");
  db.exec("PRAGMA query_only = 0");
  expect(execute(["probe", []]).errors).toBeNull();
});

/** Every combination of these filters is a list that somebody asks for. */
const FILTERS: readonly Partial<RunQuery>[] = [
  { status: "completed" },
  { status: "queued" },
  { statuses: ["queued", "running", "paused"] },
  { statuses: ["completed", "failed", "paused"] },
  { workflow: "brief" },
  { owner: "ada" },
  { isResumable: true },
  { idPrefix: "run-" },
  { updatedSince: 1 },
  { cursor: "900" },
];

test("no list of runs, finished runs, audit entries or counts reads a whole table", async () => {
  const { db, ctx, execute } = openWriter();
  // More runs than are looked at one by one, so that the wide searches are made too.
  for (let i = 0; i < 1_100; i += 100) {
    execute(
      ...Array.from({ length: 100 }, (_, k) => {
        const [run] = create(`run-${i + k}`);
        return ["createRun", [{ ...run, owner: "ada" }]] as ["createRun", ArgsOf<"createRun">];
      }),
    );
  }
  const asked = new Set<string>();
  const listening: Database = {
    exec: (sql) => db.exec(sql),
    prepare(sql) {
      asked.add(sql);
      return db.prepare(sql);
    },
    close: () => {},
  };
  const reader = new SqlContext(listening, ctx.time, () => "", "here");
  reader.stamp();
  OPERATIONS.declareSearch.run(ctx, "brief", ["a"], 5);
  for (let set = 0; set < 2 ** FILTERS.length; set++) {
    const query: Partial<RunQuery> = Object.assign({}, ...FILTERS.filter((_, place) => (set >> place) & 1));
    OPERATIONS.listRuns.run(reader, { ...query, limit: 5 });
  }
  for (const fields of [{ a: "1" }, { a: "1", b: "2" }]) {
    for (const more of [{}, { workflow: "brief", owner: "ada", updatedSince: 1, statuses: ["failed"] as const }]) {
      OPERATIONS.listRuns.run(reader, { ...more, fields, limit: 5 });
    }
  }
  for (const more of [
    {},
    { owner: "ada", fields: { a: "1" } },
    { statuses: ["failed"] as const, not: { causes: ["c"] } },
  ]) {
    OPERATIONS.listRuns.run(reader, { ...more, cause: "f", limit: 5 });
    OPERATIONS.listItems.run(reader, "run-1", "rate", { cause: "f", limit: 5 });
  }
  const finished = { olderThanMs: 5, statuses: ["completed", "failed"], limit: 5 } as const;
  for (const owner of [undefined, "ada"]) {
    for (const workflow of [undefined, "brief"]) {
      for (const groupBy of [[], ["workflow"], ["owner"], ["workflow", "owner"]] as const) {
        OPERATIONS.countRuns.run(reader, { windowMs: 1_000, owner, workflow, groupBy });
      }
    }
    for (const cursor of [undefined, "1_1"]) {
      for (const keepLast of [0, 3]) OPERATIONS.listFinished.run(reader, { ...finished, owner, cursor, keepLast });
    }
  }
  const whole = { runId: "r", actor: "a", action: "start" } as const;
  for (const filter of [{}, { runId: "r" }, { actor: "a" }, { action: "start" } as const, whole]) {
    OPERATIONS.listAudit.run(reader, { ...filter, limit: 5 });
  }
  OPERATIONS.findRunIds.run(reader, "run-", 2);
  OPERATIONS.listNeverStarted.run(reader, { after: null, limit: 5 });
  OPERATIONS.listAttemptsOf.run(reader, ["run-1"]);
  OPERATIONS.listActivityOf.run(reader, ["run-1"]);
  expect(asked.size).toBeGreaterThan(50);
  const scans = [...asked].flatMap((sql) => {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
    return plan
      .filter(({ detail }) =>
        /^SCAN (r|run|a|attempt|audit|e|event|removed_sum|s|o|run_field|run_cause|c|i)\b/.test(detail),
      )
      .map(({ detail }) => `${detail}: ${sql}`);
  });
  expect(scans).toEqual([]);
});
