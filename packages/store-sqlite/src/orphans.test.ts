/** The check of a store finds rows of what does not exist, in every table that has such rows, and takes no purge for one. */
import { join } from "node:path";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Database, openDatabase } from "./driver.js";
import { migrateInMemory } from "./migrate.js";
import { CHILD_ROWS, findOrphans } from "./sql/orphans.js";
import { startRun, testFolder } from "./testing/processes.js";

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
  /** 2: computed. */
  readonly hidden: number;
}

/** The number of a run, map and dataset that nobody made. */
const NOBODY = 4_711;

function emptyStore(): Database {
  const db = openDatabase(":memory:");
  onTestFinished(() => db.close());
  migrateInMemory(db);
  return db;
}

const columnsOf = (db: Database, table: string) =>
  db.prepare("SELECT * FROM pragma_table_xinfo(?)").all(table) as unknown as readonly Column[];

/** One row with something in each column that must have something; written past the store. */
function plant(db: Database, table: string, key: string): void {
  const columns = columnsOf(db, table).filter(
    ({ name, notnull, dflt_value, pk, hidden }) =>
      hidden === 0 && (name === key || pk > 0 || (notnull === 1 && dflt_value === null)),
  );
  const values = columns.map(({ name, type }) => {
    if (name === key) return NOBODY;
    if (name === "id") return `${BigInt(NOBODY) << 32n}` as unknown as number;
    return type === "TEXT" ? "x" : type === "BLOB" ? (new Uint8Array(1) as unknown as number) : 1;
  });
  db.prepare(
    `INSERT INTO ${table} (${columns.map(({ name }) => name).join(", ")}) VALUES (${columns.map(({ name }) => (name === "id" ? "CAST(? AS INTEGER)" : "?")).join(", ")})`,
  ).run(...values);
}

describe("orphans", () => {
  test("an empty store has none", () => {
    expect(findOrphans(emptyStore())).toEqual([]);
  });

  test.each(CHILD_ROWS.flatMap(({ of, key, tables }) => tables.map((table) => [table, of, key] as const)))(
    "a row of %s whose %s does not exist is found, with its number",
    (table, of, key) => {
      const db = emptyStore();
      plant(db, table, key);
      expect(findOrphans(db)).toEqual([`table ${table}: 1 row of a ${of} that does not exist (${key} ${NOBODY})`]);
    },
  );

  test("every table with the number of a run, a map or a dataset is looked through", () => {
    const db = emptyStore();
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[];
    for (const { key, owners, tables: known } of CHILD_ROWS) {
      const having = tables
        .map(({ name }) => name)
        .filter((name) => columnsOf(db, name).some((column) => column.name === key) && !owners.includes(name));
      expect([...known].sort(), key).toEqual(having.sort());
    }
  });

  test("many are counted, and the first numbers told", () => {
    const db = emptyStore();
    for (let k = 1; k <= 7; k++) db.prepare("INSERT INTO run_field (run_k, field, value) VALUES (?, 1, 'x')").run(k);
    expect(findOrphans(db)).toEqual(["table run_field: 7 rows of a run that does not exist (run_k 1, 2, 3, 4, 5, …)"]);
  });
});

describe("the check of a store", () => {
  async function usedStore() {
    const file = join(testFolder(), "runs.db");
    const store = await openSqliteStore({ file });
    onTestFinished(() => store.close());
    const fence = await startRun(store, "run-1");
    await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
    await store.report(fence, { status: "cancelled", reason: null });
    return { store, file };
  }
  const problems = async ({ store }: Awaited<ReturnType<typeof usedStore>>) =>
    (await store.facts({ check: true })).problems;

  test("finds an attempt of a run that does not exist, which raw SQL may write", async () => {
    const used = await usedStore();
    const db = openDatabase(used.file);
    onTestFinished(() => db.close());
    plant(db, "attempt_row", "run_k");
    expect(await problems(used)).toEqual([`table attempt_row: 1 row of a run that does not exist (run_k ${NOBODY})`]);
  });

  test("takes the rows of a removed run for none, while they wait for their purge and after it", async () => {
    const used = await usedStore();
    await used.store.deleteRun("run-1" as never);
    expect(await problems(used)).toEqual([]);
    await used.store.deleteRemovedRows(1);
    expect(await problems(used)).toEqual([]);
    while ((await used.store.deleteRemovedRows(100)) > 0);
    expect(await problems(used)).toEqual([]);
  });

  test("finds a run whose live row is gone, and one that has both", async () => {
    const used = await usedStore();
    await startRun(used.store, "run-2");
    const db = openDatabase(used.file);
    onTestFinished(() => db.close());
    db.prepare("DELETE FROM run_live").run();
    expect(await problems(used)).toMatchObject(
      [/neither finished nor live/].map((text) => expect.stringMatching(text)),
    );
    db.prepare("UPDATE run SET final_status = NULL").run();
    expect(await problems(used)).toMatchObject([expect.stringMatching(/2 rows of a run that is neither/)]);
  });

  test("a backup is made of a store with orphans: it is worth having", async () => {
    const used = await usedStore();
    const db = openDatabase(used.file);
    onTestFinished(() => db.close());
    plant(db, "artifact", "run_k");
    await used.store.backup(join(testFolder(), "copy.db"));
  });
});
