/** Failures that were recorded before their causes were are found by cause, once the file is brought to today's schema. */
import { join } from "node:path";
import { costOfCall, type Fence } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { type Database, openDatabase } from "../driver.js";
import { startRun, testFolder } from "../testing/processes.js";
import { MIGRATIONS } from "./index.js";

const failed = (index: number, category: string | null, errorJson: string | null) => ({
  ...{ index, key: `k${index}`, attempt: 1, outcome: "error" as const, outputJson: null, errorJson, category },
  ...{ itemSha256: null, ms: 5, cost: costOfCall(0), usageJson: null },
});
const error = (message: string) => JSON.stringify({ name: "Error", message });

async function commitFailures(store: Awaited<ReturnType<typeof openSqliteStore>>, fence: Fence): Promise<void> {
  const map = { stage: "rate", configHash: "c", configJson: null, sourceDigest: "s", total: null, adoptConfig: false };
  await store.openMap(fence, map);
  await store.commitMap(fence, {
    stage: "rate",
    // Beyond a page of the fill, in two categories and in none.
    results: [
      ...Array.from({ length: 1_203 }, (_, i) => failed(i, "server", error(`row ${i}`))),
      failed(2_000, null, error("row 2000")),
      failed(2_001, "server", "not JSON"),
    ],
    ...{ intents: [], failures: [], lowWater: 2_002, intentLow: 0, total: 2_002, committedNanos: 0 },
    ...{ progress: { items: null, label: null }, events: [] },
  });
}

/** Takes away whatever the steps since have added, so that no later step has to be named here. */
function undoStepsAfter(db: Database, version: number): void {
  const old = openDatabase(":memory:");
  onTestFinished(() => old.close());
  for (const step of MIGRATIONS.slice(0, version)) old.exec(step);
  const list = (of: Database, type: string) =>
    of.prepare("SELECT name, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL ORDER BY name").all(type) as {
      name: string;
      sql: string;
    }[];
  const columns = (of: Database, table: string) =>
    (of.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as { name: string }[]).map(({ name }) => name);
  for (const { name } of list(db, "view")) db.exec(`DROP VIEW ${name}`);
  // A step may have made an index anew under its name.
  const indexes = new Map(list(old, "index").map(({ name, sql }) => [name, sql]));
  for (const { name, sql } of list(db, "index")) if (indexes.get(name) !== sql) db.exec(`DROP INDEX ${name}`);
  const tables = new Set(list(old, "table").map(({ name }) => name));
  for (const { name } of list(db, "table")) if (!tables.has(name)) db.exec(`DROP TABLE ${name}`);
  for (const { name } of list(db, "table")) {
    const before = columns(old, name);
    for (const column of columns(db, name))
      if (!before.includes(column)) db.exec(`ALTER TABLE ${name} DROP COLUMN ${column}`);
  }
  const left = new Set(list(db, "index").map(({ name }) => name));
  for (const [name, sql] of indexes) if (!left.has(name)) db.exec(sql);
  for (const { sql } of list(old, "view")) db.exec(sql);
  db.exec(`PRAGMA user_version = ${version}`);
}

test("a file of schema version 21 gets the causes of its failed items and runs, in the same transaction", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openSqliteStore({ file });
  const fence = await startRun(store, "run-1");
  await commitFailures(store, fence);
  const ended = await startRun(store, "run-2");
  await store.report(ended, { status: "failed", error: { name: "Error", message: "boom" }, reason: null });
  await store.close();

  const db = openDatabase(file);
  const causes = () => ({
    items: db.prepare("SELECT key, cause FROM item_result ORDER BY key").all(),
    runs: db.prepare("SELECT run_id, cause FROM run ORDER BY run_k").all(),
    found: db.prepare("SELECT * FROM run_cause ORDER BY cause").all(),
  });
  const recorded = causes();
  expect(recorded.found).toHaveLength(4);
  undoStepsAfter(db, 21);
  const again = await openSqliteStore({ file });
  onTestFinished(() => again.close());
  expect(causes()).toEqual(recorded);
  db.close();
  const cause = (recorded.items[0] as { cause: string }).cause;
  expect((await again.listRuns({ cause, limit: 5 })).rows.map(({ id }) => id)).toEqual(["run-1"]);
});
