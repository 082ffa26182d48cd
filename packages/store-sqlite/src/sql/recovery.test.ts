/** Recovery by clocks that the test sets: what depends on the boot, and on a moment. The rest is in the contract suite. */
import type { Fence, RecoverRequest, RecoveryDecision, RunId } from "@holdfast/core";
import { RECOVERY_DEFAULTS } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import type { StoreTime } from "../store-time.js";
import { op, openGroupWriter } from "../testing/group-writer.js";
import { newRun, TEST_HOLDER } from "../testing/processes.js";
import type { ClaimRow } from "./take-leases.js";

const LIMIT_MS = 20_000;

class TestTime implements StoreTime {
  constructor(
    readonly bootId: string,
    public wall: number,
    public monotonic: number,
  ) {}
  wallMs = () => this.wall;
  monotonicMs = () => this.monotonic;
  pass(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }
}

function open(time = new TestTime("boot-1", 1_700_000_000_000, 50_000), file?: string) {
  const opened = openGroupWriter(time, file);
  const execute = <T>(...[name, ...args]: Parameters<typeof op>) => {
    const { results, errors } = opened.writer.execute([op(name, ...(args as never))]);
    if (errors !== null) throw new Error(JSON.stringify(errors));
    return results[0] as T;
  };
  const create = (id: string, startTimeoutMs: number | null = null) =>
    execute("createRun", newRun(id, { policy: { ...RECOVERY_DEFAULTS, startTimeoutMs } }));
  const start = (id: string): Fence => {
    const created = execute<{ claim: ClaimRow }>(
      "createRun",
      newRun(id, { claim: { holder: TEST_HOLDER, leaseMs: 60_000 } }),
    );
    return { runId: id as RunId, token: created.claim.token, nonce: created.claim.nonce };
  };
  const idleOf = (...ids: string[]) =>
    execute<{ idleForMs: number }[]>("listActivityOf", ids).map(({ idleForMs }) => idleForMs);
  const neverStarted = (limit: number) =>
    execute<{ run_id: string }[]>("listNeverStarted", { after: null, limit }).map(({ run_id }) => run_id);
  return { ...opened, time, execute, create, start, idleOf, neverStarted };
}

const decision = (change: Partial<Exclude<RecoveryDecision, { action: "none" }>> = {}) =>
  ({ action: "resume", reason: "its holder died", uses: "recovery", afterMs: 0, ...change }) as Exclude<
    RecoveryDecision,
    { action: "none" }
  >;
const about = (fence: Fence, change: Partial<RecoverRequest> = {}): RecoverRequest => ({
  runId: fence.runId,
  token: fence.token,
  about: "holder",
  isHolderDead: true,
  by: "super",
  ...change,
});

describe("SQLite: recovery by the clocks of the test", () => {
  test("rest is counted by the boot's clock, which no jump of the wall clock moves", () => {
    const { time, create, start, execute, idleOf } = open();
    create("queued");
    const fence = start("paused");
    execute("report", fence, { status: "paused", reason: null, wakeInMs: null });
    const later = start("later");
    execute("report", later, { status: "queued", reason: null, wakeInMs: 60_000 });
    time.pass(7_000);
    time.wall += 3_600_000;
    expect(idleOf("queued", "paused")).toEqual([7_000, 7_000]);
  });

  test("rest since an earlier boot is counted by the wall clock, from when a queued run was due", () => {
    const before = open();
    before.create("queued");
    before.execute("report", before.start("paused"), { status: "paused", reason: null, wakeInMs: null });
    before.execute("report", before.start("later"), { status: "queued", reason: null, wakeInMs: 4_000 });
    const after = open(new TestTime("boot-2", before.time.wall + 10_000, 5), before.file);
    expect(after.idleOf("queued", "paused", "later")).toEqual([10_000, 10_000, 6_000]);
    // Not due yet: no rest, rather than one below zero.
    after.time.wall -= 8_000;
    expect(after.idleOf("later")).toEqual([0]);
  });

  test("runs that are not over their limit by the boot's clock hide none that are, and a page has no more than was asked", () => {
    const { time, create, neverStarted } = open();
    for (const id of ["b1", "b2", "b3"]) create(id, LIMIT_MS);
    time.pass(600);
    for (const id of ["a1", "a2", "a3"]) create(id, LIMIT_MS);
    // The wall clock was set ahead a little: by it, the younger ones have waited for long enough too.
    time.pass(LIMIT_MS - 600);
    time.wall += 700;
    expect(neverStarted(2)).toEqual(["b1", "b2"]);
    expect(neverStarted(10)).toEqual(["b1", "b2", "b3"]);
  });

  test("recovered and failed runs are counted; one that a person wanted to fail is not the supervisor's", () => {
    const { db, start, execute } = open();
    const counts = () =>
      Object.fromEntries(
        (db.prepare("SELECT outcome, runs FROM supervised_count").all() as { outcome: string; runs: number }[]).map(
          ({ outcome, runs }) => [outcome, runs],
        ),
      );
    expect(execute("recover", about(start("a")), decision())).toBe(true);
    expect(counts()).toMatchObject({ recovered: 1, failed: 0 });
    expect(execute("recover", about(start("b")), decision({ action: "pause", uses: "nothing" }))).toBe(true);
    expect(counts()).toMatchObject({ recovered: 1, failed: 0 });
    expect(execute("recover", about(start("c")), decision({ action: "fail", uses: "nothing" }))).toBe(true);
    expect(counts()).toMatchObject({ recovered: 1, failed: 1 });
    const wished = start("d");
    execute("steer", { runId: wished.runId, wish: "fail", reason: "enough", by: "ada" });
    expect(execute("recover", about(wished), decision({ action: "fail", uses: "nothing" }))).toBe(true);
    expect(counts()).toMatchObject({ recovered: 1, failed: 1 });
  });

  test("runs beside one whose process died are told that they were not alone; beside one that idled they are not", () => {
    const { db, time, start, execute } = open();
    const told = (id: string) =>
      (
        db.prepare("SELECT in_company FROM run_live JOIN run USING (run_k) WHERE run_id = ?").get(id) as {
          in_company: number;
        }
      ).in_company;
    const [idle, paused] = [start("a"), start("b")];
    start("c");
    time.pass(10_000);
    const retry = decision({ uses: "retry" });
    expect(execute("recover", about(idle, { about: "idle", isHolderDead: false, idleForMs: 9_000 }), retry)).toBe(true);
    expect(told("c")).toBe(0);
    expect(execute("recover", about(paused), decision({ action: "pause", uses: "nothing" }))).toBe(true);
    expect(told("c")).toBe(1);
  });

  test("what a person wished is carried out with the person's reason", () => {
    const { start, execute } = open();
    const reasonOf = (id: string) => execute<{ reason: string }>("getRun", id).reason;
    const [wished, own] = [start("a"), start("b")];
    execute("steer", { runId: wished.runId, wish: "fail", reason: "enough", by: "ada" });
    for (const fence of [wished, own]) {
      expect(execute("recover", about(fence), decision({ action: "fail", uses: "nothing" }))).toBe(true);
    }
    expect([reasonOf("a"), reasonOf("b")]).toEqual(["enough", "its holder died"]);
  });

  test("an idle run is recovered once it is idle by the limit that was asked, not by that of its holder's death", () => {
    const { time, start, execute } = open();
    const fence = start("a");
    const idle = about(fence, { about: "idle", isHolderDead: false, idleForMs: 9_000 });
    const retry = decision({ uses: "retry" });
    time.pass(8_999);
    expect(execute("recover", idle, retry)).toBe(false);
    time.pass(1);
    expect(execute("recover", { ...idle, about: "holder" }, retry)).toBe(false);
    expect(execute("recover", idle, decision({ uses: "recovery" }))).toBe(false);
    expect(execute("recover", idle, retry)).toBe(true);
  });

  test("a reset is audited where there was something to reset", () => {
    const { db, start, execute } = open();
    const audit = { actor: { id: "ada", via: "cli", requestId: null }, action: "reset", reason: null } as const;
    const audited = () => (db.prepare("SELECT count(*) AS n FROM audit").get() as { n: number }).n;
    const { runId } = start("a");
    const reset = () => execute("resetRecoveries", runId, { audit } as never);
    reset();
    expect(audited()).toBe(0);
    for (const [column, total] of [
      ["recoveries", 1],
      ["retries", 2],
    ] as const) {
      db.exec(`UPDATE run_live SET ${column} = 1`);
      reset();
      expect(audited()).toBe(total);
      expect(db.prepare("SELECT recoveries, retries FROM run_live").get()).toEqual({ recoveries: 0, retries: 0 });
    }
  });
});
