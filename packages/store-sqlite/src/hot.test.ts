/** What the writer remembers of running runs: enough to spare statements, never what another connection has changed. */
import type { Fence, RunId } from "@holdfast/core";
import { expect, onTestFinished, test } from "vitest";
import { openConnection } from "./connection.js";
import type { Statements } from "./driver.js";
import { type HotRun, HotState, loadHotRun } from "./hot.js";
import type { ClaimRow } from "./sql/take-leases.js";
import { op, openGroupWriter } from "./testing/group-writer.js";
import { newRun, TEST_HOLDER } from "./testing/processes.js";

/** Counts statements; a read of a run finds a row of that phase. */
function counting(phase = 1) {
  const count = { get: 0, run: 0, version: 1 };
  const statements: Statements = {
    run: () => ++count.run,
    get: <T>(sql: string, runK: unknown) => {
      if (sql.startsWith("PRAGMA")) return { data_version: count.version } as T;
      count.get++;
      return { runK, phase, token: 1, nonce: "n", wish: null } as T;
    },
  };
  return { count, ctx: { ...statements, hot: new HotState() } };
}

test("the row of a running run is read once, that of another each time", () => {
  const running = counting();
  const first = loadHotRun(running.ctx, 1);
  expect(loadHotRun(running.ctx, 1)).toBe(first);
  expect(running.count.get).toBe(1);
  running.ctx.hot.forgetRun(1);
  loadHotRun(running.ctx, 1);
  expect(running.count.get).toBe(2);
  const queued = counting(0);
  for (let time = 0; time < 2; time++) loadHotRun(queued.ctx, 1);
  expect(queued.count.get).toBe(2);
});

test("a run that an operation has just written is not read again", () => {
  const { ctx, count } = counting();
  const run = { runK: 7, isDirty: false } as HotRun;
  ctx.hot.remember(run);
  expect([loadHotRun(ctx, 7), count.get]).toEqual([run, 0]);
});

test("a run that several operations changed is written once", () => {
  const { ctx, count } = counting();
  const run = loadHotRun(ctx, 1) as HotRun;
  for (let time = 0; time < 3; time++) ctx.hot.markDirty(run);
  ctx.hot.flush(ctx);
  ctx.hot.flush(ctx);
  expect(count.run).toBe(1);
  ctx.hot.markDirty(run);
  ctx.hot.flush(ctx);
  expect(count.run).toBe(2);
});

test("what is remembered stays from group to group, up to 10,000 runs", () => {
  const { ctx } = counting();
  ctx.hot.begin(ctx);
  for (let runK = 0; runK < 10_000; runK++) loadHotRun(ctx, runK);
  ctx.hot.begin(ctx);
  expect(ctx.hot.runs.size).toBe(10_000);
  loadHotRun(ctx, 10_000);
  ctx.hot.begin(ctx);
  expect(ctx.hot.runs.size).toBe(0);
});

test("a lease that another connection took since is seen as lost", () => {
  const { writer, file, db } = openGroupWriter();
  const created = writer.execute([
    op("createRun", newRun("run-1", { claim: { holder: TEST_HOLDER, leaseMs: 60_000 } })),
  ]);
  const { token, nonce } = (created.results[0] as { claim: ClaimRow }).claim;
  const fence: Fence = { runId: "run-1" as RunId, token, nonce };
  const write = () => writer.execute([op("setProgress", fence, { items: null, label: "x" })]).results[0];
  // Null is written, with no wish pending.
  expect([write(), write()]).toEqual([null, null]);
  // What was remembered is in the rows.
  expect(db.prepare("SELECT label FROM run_live").get()).toEqual({ label: "x" });
  const other = openConnection(file, "writer", "FULL");
  onTestFinished(() => other.close());
  other.exec("UPDATE run_live SET token = token + 1, nonce = 'another'");
  expect(write()).toMatchObject({ kind: "leaseLost" });
});
