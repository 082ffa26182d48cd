/** What writes of maps say about their run, by clocks that the test sets. The rest is in the contract suite. */
import { type Fence, type ItemResultWrite, type MapCommit, NO_COST, type RunId } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { op, openGroupWriter, TestTime } from "../testing/group-writer.js";
import { newRun, TEST_HOLDER } from "../testing/processes.js";
import type { ClaimRow } from "./take-leases.js";

const MAP = {
  ...{ stage: "calls", configHash: "c", configJson: "{}", sourceDigest: "s", total: 10, adoptConfig: false },
};
const commitOf = (change: Partial<MapCommit>): MapCommit => ({
  ...{ stage: "calls", intents: [], failures: [], results: [], events: [], lowWater: 0, intentLow: 0 },
  ...{ total: null, committedNanos: 0, progress: { items: null, label: null } },
  ...change,
});
const result = {
  ...{ index: 0, key: "k", attempt: 1, outcome: "ok", category: null, itemSha256: null, cost: NO_COST, ms: 1 },
  ...{ usageJson: null, errorJson: null, outputJson: "1" },
} as ItemResultWrite;
const failure = (message: string) => ({
  ...{ key: "k", attempt: 1, category: "server", cost: NO_COST },
  errorJson: JSON.stringify({ name: "Error", message }),
});

function open() {
  const time = new TestTime("boot-1", 1_700_000_000_000, 50_000);
  const { writer, db, ctx } = openGroupWriter(time);
  const execute = <T>(...[name, ...args]: Parameters<typeof op>) => {
    const { results, errors } = writer.execute([op(name, ...(args as never))]);
    if (errors !== null) throw new Error(JSON.stringify(errors));
    return results[0] as T;
  };
  const { claim } = execute<{ claim: ClaimRow }>(
    "createRun",
    newRun("run-1", { claim: { holder: TEST_HOLDER, leaseMs: 60_000 } }),
  );
  const fence: Fence = { runId: "run-1" as RunId, token: claim.token, nonce: claim.nonce };
  const live = () =>
    db.prepare("SELECT beat_at AS beat, progress_at AS progress, deaths FROM run_live").get() as {
      beat: number;
      progress: number;
      deaths: number;
    };
  const lastError = () => (db.prepare("SELECT last_error FROM run").get() as { last_error: string | null }).last_error;
  return { time, db, ctx, execute, fence, live, lastError };
}

describe("SQLite: maps by the clocks of the test", () => {
  test("opening and ending a map are signs of life; only results are progress", () => {
    const { time, execute, fence, live } = open();
    time.pass(1_000);
    execute("openMap", fence, MAP);
    expect(live().beat).toBe(51_000);
    time.pass(1_000);
    execute("commitMap", fence, commitOf({ failures: [failure("x")] }));
    expect(live()).toMatchObject({ beat: 52_000, progress: 50_000 });
    time.pass(1_000);
    execute("commitMap", fence, commitOf({ results: [result] }));
    expect(live()).toMatchObject({ beat: 53_000, progress: 53_000 });
    time.pass(1_000);
    execute("finishMap", fence, "calls");
    expect(live()).toMatchObject({ beat: 54_000, progress: 53_000 });
  });

  test("a result shows that the run came through what its process died of, a failed attempt does not", () => {
    const { db, ctx, execute, fence, live } = open();
    db.exec("UPDATE run_live SET deaths = 2");
    ctx.hot.forget();
    execute("openMap", fence, MAP);
    execute("commitMap", fence, commitOf({ failures: [failure("x")] }));
    expect(live().deaths).toBe(2);
    execute("commitMap", fence, commitOf({ results: [result] }));
    expect(live().deaths).toBe(0);
  });

  test("the run's last error is an item's at most once a second, and not an older one for a clock that was set back", () => {
    const { time, execute, fence, lastError } = open();
    execute("openMap", fence, MAP);
    const fail = (message: string, attempt: number) =>
      execute("commitMap", fence, commitOf({ failures: [{ ...failure(message), attempt }] }));
    const steps = [
      ["first", 0, "first"],
      ["too soon", 999, "first"],
      ["next", 1, "next"],
      ["at the same time", 0, "next"],
      ["set back", -5_000, "set back"],
    ] as const;
    steps.forEach(([message, ms, shown], at) => {
      time.pass(ms);
      fail(message, at + 1);
      expect(lastError()).toContain(`"${shown}"`);
    });
  });
});
