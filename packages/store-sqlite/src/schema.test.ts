/** What readers of the file may rely on: the stable view, the plan of the hot queries, the numbers of event types. */
import { join } from "node:path";
import { costOfCall, EVENT_CODES, eventCode, eventType, RUN_EVENT_TYPES } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { SqlContext } from "./context.js";
import { openDatabase } from "./driver.js";
import { migrateInMemory } from "./migrate.js";
import { getStageRecord, listAttempts, loadHistory } from "./sql/attempts.js";
import { listEvents } from "./sql/events.js";
import { systemTime } from "./store-time.js";
import { newRun, startRun, TEST_HOLDER, testFolder } from "./testing/processes.js";

test("any process can read progress with plain SQL from the view run_progress", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  const fence = await startRun(store, "run-1");
  await store.createRun(newRun("run-2"));
  const items = { done: 3, total: 10, failed: 1, ratePerS: 1, etaMs: [1_000, 2_000] as const };
  await store.setProgress(fence, { items, label: "map" });
  const db = openDatabase(file);
  onTestFinished(() => db.close());
  const rows = db.prepare("SELECT * FROM run_progress ORDER BY run_id").all() as Record<string, unknown>[];
  expect(Object.keys(rows[0] ?? {})).toEqual([
    "run_id",
    "workflow",
    "status",
    "items_done",
    "items_total",
    "items_failed",
    "updated_at",
    "eta_low_at",
    "eta_high_at",
  ]);
  expect(rows).toMatchObject([
    { run_id: "run-1", workflow: "brief", status: "running", items_done: 3, items_total: 10, items_failed: 1 },
    { run_id: "run-2", workflow: "brief", status: "queued", items_done: 0, items_total: null, items_failed: 0 },
  ]);
  await store.report(fence, { status: "completed", output: { kind: "inline", json: null }, stageCount: 0 });
  expect(db.prepare("SELECT status, items_done FROM run_progress WHERE run_id = 'run-1'").get()).toEqual({
    status: "completed",
    items_done: 3,
  });
});

test("the stable views: an event names its run, run_items has the items of the current generation, and they join", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  const fence = await startRun(store, "run-1");
  await startRun(store, "run-2");
  const request = { stage: "rate", configHash: "c", configJson: null, sourceDigest: "s", total: 3, adoptConfig: false };
  await store.openMap(fence, request);
  const result = (key: string, index: number, more: object) => ({
    index,
    key,
    attempt: 1,
    outcome: "ok" as const,
    outputJson: "1",
    errorJson: null,
    category: null,
    itemSha256: null,
    ms: 5,
    cost: costOfCall(0.25),
    usageJson: null,
    ...more,
  });
  const failed = {
    outcome: "error" as const,
    outputJson: null,
    errorJson: '{"name":"Error","message":"no"}',
    category: "timeout",
  };
  await store.commitMap(fence, {
    stage: "rate",
    results: [result("a", 0, {}), result("b", 1, { ...failed, attempt: 2 })],
    failures: [],
    intents: [],
    lowWater: 2,
    intentLow: 0,
    total: 3,
    committedNanos: 0,
    progress: { items: null, label: null },
    events: [],
  });
  const db = openDatabase(file);
  onTestFinished(() => db.close());
  const all = (sql: string) => db.prepare(sql).all() as Record<string, unknown>[];
  const priced = { cost_usd: 0.25, cost_nanos: 250_000_000, unpriced_calls: 0, unpriced_tokens: 0 };
  expect(all("SELECT * FROM run_items ORDER BY key")).toEqual([
    { run_id: "run-1", stage: "rate", key: "a", outcome: "ok", category: null, attempts: 1, ...priced },
    { run_id: "run-1", stage: "rate", key: "b", outcome: "error", category: "timeout", attempts: 2, ...priced },
  ]);
  expect(
    all("SELECT p.workflow, count(*) AS items FROM run_items i JOIN run_progress p USING (run_id) GROUP BY 1"),
  ).toEqual([{ workflow: "brief", items: 2 }]);
  const events = all(
    "SELECT e.run_id, t.name FROM event e JOIN event_type t USING (type) WHERE e.run_id = 'run-2' ORDER BY e.seq",
  );
  expect(events.map(({ name }) => name)).toEqual(["run.created", "run.claimed"]);
  const plan = all("EXPLAIN QUERY PLAN SELECT * FROM run_items WHERE run_id = 'run-1' AND stage = 'rate'");
  expect(plan.map(({ detail }) => String(detail)).filter((step) => step.startsWith("SCAN"))).toEqual([]);
});

test("the hot queries use their indexes and sort nothing", async () => {
  const file = join(testFolder(), "runs.db");
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  await store.createRun(newRun("run-1"));
  await store.claim({ holder: TEST_HOLDER, leaseMs: 1_000, workflows: ["brief"], limit: 1 });
  const db = openDatabase(file);
  onTestFinished(() => db.close());
  const planOf = (sql: string) =>
    (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map((row) => row.detail).join("; ");
  const claim = planOf(
    "SELECT run_k FROM run_live WHERE phase = 0 AND workflow_k = ? AND rank = ? AND wake_at <= ? ORDER BY wake_at, run_k LIMIT ?",
  );
  const ranks = planOf(
    "SELECT rank FROM run_live WHERE phase = 0 AND workflow_k = ? AND rank > ? ORDER BY rank LIMIT 1",
  );
  expect(ranks).toContain("live_queued (workflow_k=? AND rank>?)");
  expect(ranks).not.toContain("TEMP B-TREE");
  expect(claim).toContain("live_queued");
  expect(claim).not.toContain("TEMP B-TREE");
  const waking = planOf(
    "SELECT run_k FROM run_live WHERE phase = 2 AND wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at LIMIT ?",
  );
  expect(waking).toContain("live_waking");
  expect(planOf("SELECT * FROM event WHERE id > (? << 32) + ? AND id < (? << 32) ORDER BY id LIMIT ?")).toContain(
    "INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
  );
});

test("every event type has a number in the file, and the numbers are those of the first version", () => {
  expect(new Set(Object.keys(EVENT_CODES))).toEqual(new Set(RUN_EVENT_TYPES));
  expect(new Set(Object.values(EVENT_CODES)).size).toBe(RUN_EVENT_TYPES.length);
  expect(eventCode("run.created")).toBe(0);
  expect(eventCode("stage.started")).toBe(10);
  expect(eventCode("log")).toBe(21);
  for (const type of RUN_EVENT_TYPES) expect(eventType(eventCode(type))).toBe(type);
});

test("attempts and events of a run are searched by their keys in what is recent and in what is in its place", async () => {
  const db = openDatabase(":memory:");
  onTestFinished(() => db.close());
  migrateInMemory(db);
  const planOf = (sql: string) =>
    (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map((row) => row.detail);
  const queries = new Set<string>();
  const ctx = new SqlContext(db, systemTime(undefined, "boot"), () => "", ":memory:");
  ctx.prepare = (sql) => {
    queries.add(sql);
    return db.prepare(sql);
  };
  ctx.run("INSERT INTO run (run_id, workflow_k, definition_k, created_at, generation) VALUES ('run-1', 1, 1, 1, 1)");
  queries.clear();
  listAttempts(ctx, "run-1");
  loadHistory(ctx, "run-1");
  getStageRecord(ctx, "run-1", "stage");
  listEvents(ctx, "run-1", { after: 0, limit: 10 });
  const plans = [...queries].map(planOf);
  const searches = plans.flat().filter((step) => /attempt|event/.test(step));
  expect(searches.filter((step) => step.startsWith("SCAN") && /_row|recent_/.test(step))).toEqual([]);
  expect(searches.some((step) => step.startsWith("SEARCH attempt_row"))).toBe(true);
  expect(searches.some((step) => step.startsWith("SEARCH recent_attempt"))).toBe(true);
  expect(searches.some((step) => step.startsWith("SEARCH event_row"))).toBe(true);
});
