/** What the step to whole nano-dollars makes of costs that earlier versions recorded as fractions. */
import { join } from "node:path";
import { NANOS_MAX, type RunId } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "./driver.js";
import { APPLICATION_ID, MIGRATIONS } from "./migrations/index.js";
import { testFolder } from "./testing/processes.js";

/** The step before which costs were fractions. */
const STEP = 10;

test("costs that earlier versions recorded as fractions become the nano-dollars that they stood for; below 0 is nothing", async () => {
  const file = join(testFolder(), "runs.db");
  const db = openDatabase(file);
  for (const sql of MIGRATIONS.slice(0, STEP)) db.exec(sql);
  db.exec("INSERT INTO run (run_id, workflow_k, definition_k, created_at, generation, final_status, finished_at) VALUES ('run-1', 1, 1, 1, 1, 'failed', 2)");
  db.exec(`
    INSERT INTO map_config VALUES (1, 'c', NULL);
    INSERT INTO map (map_k, run_k, generation, stage, config_k, source_digest, cost_usd, reserved_usd, started_at)
      SELECT 1, run_k, 1, 'rate', 1, 's', 4.995000000000003, 0.30000000000000004, 1 FROM run;
    INSERT INTO item_failure VALUES (1, 'a', 1, 5, 'server', 0.1, '{"name":"Error","message":"no"}');
    INSERT INTO paid_result SELECT run_k, 'rate', 'z', 'c', NULL, '1', 0.07, NULL, 5 FROM run;
    PRAGMA user_version = ${STEP};
    PRAGMA application_id = ${APPLICATION_ID};`);
  const costs = { a: 0.30000000000000004, b: -1, c: 1e302, d: 0.001, e: 0 };
  const insert = db.prepare(
    `INSERT INTO item_result VALUES (1, ?, 0, 1, NULL, 1, 2, NULL, ?, 1, 2, '{"tokens":1}', NULL, '{"name":"Error","message":"first"}', ?)`,
  );
  for (const [key, usd] of Object.entries(costs)) insert.run(key, usd, `"${"x".repeat(9_000)}"`);
  db.close();

  const migrated = await openSqliteStore({ file });
  onTestFinished(() => migrated.close());
  expect(await migrated.facts({ check: true })).toMatchObject({ schemaVersion: MIGRATIONS.length, problems: [] });
  const runId = "run-1" as RunId;
  const priced = (nanos: number) => ({ nanos, unpricedCalls: 0, unpricedTokens: 0 });
  expect(await migrated.getMap(runId, "rate")).toMatchObject({
    cost: priced(4_995_000_000),
    reservedNanos: 300_000_000,
  });
  const items = await migrated.listItems(runId, "rate", { limit: 9 });
  expect(items.map(({ key, cost }) => [key, cost.nanos])).toEqual([
    ["a", 300_000_000],
    ["b", 0],
    ["c", NANOS_MAX],
    ["d", 1_000_000],
    ["e", 0],
  ]);
  expect(items[0]).toMatchObject({ attempts: 2, usageJson: '{"tokens":1}', firstError: { message: "first" } });
  expect(items[0]?.outputJson).toHaveLength(9_002);
  expect((await migrated.listItemFailures(runId, "rate", "a")).map(({ cost }) => cost)).toEqual([priced(1e8)]);
  expect((await migrated.listPaid(runId, "rate", "c")).map(({ cost }) => cost)).toEqual([priced(7e7)]);
});
