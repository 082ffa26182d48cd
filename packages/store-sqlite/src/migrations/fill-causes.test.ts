/** Failures that were recorded before their causes were are found by cause, once the file is brought to today's schema. */
import { join } from "node:path";
import { costOfCall, type Fence } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../driver.js";
import { startRun, testFolder } from "../testing/processes.js";

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
  db.exec(`DROP INDEX item_cause; ALTER TABLE item_result DROP COLUMN cause; ALTER TABLE run DROP COLUMN cause;
    DROP TABLE run_cause; ALTER TABLE map DROP COLUMN models; DROP TABLE wait; DROP TABLE signal; DROP INDEX live_waiting; ALTER TABLE boot DROP COLUMN first_ahead_ms;
    PRAGMA user_version = 21`);
  const again = await openSqliteStore({ file });
  onTestFinished(() => again.close());
  expect(causes()).toEqual(recorded);
  db.close();
  const cause = (recorded.items[0] as { cause: string }).cause;
  expect((await again.listRuns({ cause, limit: 5 })).rows.map(({ id }) => id)).toEqual(["run-1"]);
});
