import type { SuperviseEvent } from "holdfast";
import { describe, expect, test } from "vitest";
import { deaf, paying, saving, steps } from "./workflows.js";
import { LEISURELY, World } from "./world.js";

const MINUTE = 60_000;
/** From the original requirements: stale runs are looked for every 10 s. */
const SCAN_BOUND_MS = 10_000;

async function startOn(world: World, workflow: string, runId: string, input: object = {}): Promise<void> {
  const known = world.client.workflows.find(({ name }) => name === workflow);
  if (known === undefined) throw new Error(`no workflow ${workflow}`);
  await world.client.start(known, input, { runId });
}

describe("a worker that died", () => {
  test("on this host is noticed within two seconds, and its run continues from its records", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const first = await world.working("first");
    await startOn(world, "steps", "r", { stepMs: 10_000 });
    await world.clock.advance(15_000);
    first.kill();
    await world.working("second");
    await world.clock.advance(2_000);
    expect((await world.client.runs.get("r")).lease?.holder).toBe("second");
    await world.until("r", "completed");
    const { stages, recoveries } = await world.client.runs.get("r");
    expect(recoveries).toBe(1);
    expect(stages.slice(0, 3).map(({ attempts }) => attempts.map(({ status }) => status))).toEqual([
      ["completed"],
      ["interrupted", "completed"],
      ["completed"],
    ]);
  });

  test("on another host counts as stale after 30 s of silence, not before, and found within 10 s of that", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const far = await world.working("far", { host: "host-2" });
    await startOn(world, "steps", "r", { stepMs: 10 * MINUTE });
    await world.clock.advance(5_000);
    far.kill();
    await world.working("near");
    await world.clock.advance(24_000);
    expect(await world.statusOf("r")).toBe("running");
    await world.clock.advance(30_000 - 24_000 + SCAN_BOUND_MS);
    expect((await world.client.runs.get("r")).recoveries).toBe(1);
  });

  test("three times over costs three recoveries; the fourth time the run fails, and says so", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await startOn(world, "steps", "r", { stepMs: 60 * MINUTE });
    for (let death = 1; death <= 4; death++) {
      const worker = await world.working(`w${death}`);
      await world.until("r", "running");
      worker.kill();
    }
    await world.working("last");
    await world.until("r", "failed");
    expect(await world.statusOf("r")).toBe("failed: recovered 3 times");
    expect((await world.client.runs.get("r")).recoveries).toBe(3);
  });

  test('with a checkpoint and onStall "pause" leaves the run paused, resumable, with its checkpoint', async () => {
    const world = await World.open((clock) => [saving(clock, { onStall: "pause" })]);
    const worker = await world.working("w1");
    await startOn(world, "saving", "r");
    await world.clock.advance(5_000);
    worker.kill();
    await world.working("w2");
    await world.until("r", "paused");
    expect(await world.statusOf("r")).toBe("paused: the holder died");
    const { rows } = await world.client.runs.list({ resumable: true });
    expect(rows.map(({ id }) => id)).toEqual(["r"]);
    expect((await world.client.runs.checkpoint("r")).map(({ sample }) => sample)).toEqual([{ page: 7 }]);
    await world.client.resume("r");
    await world.until("r", "running");
  });

  test('without anything recorded and onStall "pause" makes the run fail', async () => {
    const world = await World.open((clock) => [steps(clock, { onStall: "pause" })]);
    const worker = await world.working("w1");
    await startOn(world, "steps", "r", { stepMs: MINUTE });
    await world.clock.advance(5_000);
    worker.kill();
    await world.working("w2");
    await world.until("r", "failed");
    expect(await world.statusOf("r")).toBe("failed: the holder died before anything was recorded");
  });

  test('under onStall "fail" makes the run fail at once, whatever it recorded', async () => {
    const world = await World.open((clock) => [saving(clock, { onStall: "fail" })]);
    const worker = await world.working("w1");
    await startOn(world, "saving", "r");
    await world.clock.advance(5_000);
    worker.kill();
    await world.working("w2");
    await world.until("r", "failed");
    expect(await world.statusOf("r")).toBe("failed: the holder died");
  });

  test("is reported to the run's user as events, with the decision and its reason", async () => {
    const world = await World.open((clock) => [saving(clock, { onStall: "pause" })]);
    const worker = await world.working("w1");
    await startOn(world, "saving", "r");
    await world.clock.advance(5_000);
    worker.kill();
    await world.working("w2");
    await world.until("r", "paused");
    const events = [];
    for await (const event of (await world.client.handle("r")).events()) events.push(event);
    expect(events.slice(-2).map(({ type, data }) => [type, data])).toEqual([
      ["run.recovered", { action: "pause", reason: "the holder died", recoveries: 1 }],
      ["run.paused", { reason: "the holder died" }],
    ]);
  });
});

describe("recovery at start-up", () => {
  test("is done before the first claim: nothing new is claimed while a dead worker's run waits to be judged", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const dead = await world.working("dead", {}, { concurrency: 1 });
    await startOn(world, "steps", "old", { stepMs: MINUTE });
    await world.clock.advance(1_000);
    dead.kill();
    await startOn(world, "steps", "new", { stepMs: MINUTE });
    await world.working("w", { scanMs: 60 * MINUTE }, { concurrency: 2 });
    // Both were claimed by the very first claim, long before the next scan.
    expect([await world.statusOf("old"), await world.statusOf("new")]).toEqual(["running", "running"]);
  });

  test("reports what it did, to its worker and in the audit log, under the supervisor's name", async () => {
    const world = await World.open((clock) => [steps(clock), saving(clock, { onStall: "fail" })]);
    const dead = await world.working("dead");
    await startOn(world, "steps", "a", { stepMs: MINUTE });
    await startOn(world, "saving", "b");
    await world.clock.advance(1_000);
    dead.kill();
    const told: SuperviseEvent[] = [];
    await world.working("w", {}, { onSupervise: (event) => told.push(event) });
    expect(told).toEqual([
      {
        kind: "recovered",
        runId: "a",
        workflow: "steps",
        holder: "dead",
        isHolderDead: true,
        cause: "stalled",
        action: "resume",
        reason: "the holder died with other runs in it",
      },
      expect.objectContaining({ runId: "b", action: "fail" }),
    ]);
    const { rows } = await world.client.management.audit({ action: "recover" });
    expect(rows.map(({ runId, actor, reason }) => [runId, actor, reason])).toEqual([
      ["b", { id: "w", via: "supervisor", requestId: null }, "the holder died with other runs in it"],
      ["a", { id: "w", via: "supervisor", requestId: null }, "the holder died with other runs in it"],
    ]);
    expect(rows[1]).toMatchObject({ before: { status: "running" }, after: { status: "queued", recoveries: 0 } });
  });

  test("leaves alone what a living worker holds, however slow it is", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await world.working("slow", LEISURELY);
    await startOn(world, "steps", "r", { stepMs: 5 * 60 * MINUTE });
    await world.clock.advance(60 * MINUTE);
    await world.working("eager", LEISURELY);
    await world.clock.advance(60 * MINUTE);
    expect((await world.client.runs.get("r")).lease?.holder).toBe("slow");
    expect((await world.client.runs.get("r")).recoveries).toBe(0);
  });
});

describe("idleness", () => {
  const recovery = { idleTimeoutMs: 30 * MINUTE };

  test("is judged every five minutes, not at every scan", async () => {
    const world = await World.open((clock) => [steps(clock, recovery)]);
    await world.working("w", LEISURELY);
    await startOn(world, "steps", "r", { stepMs: 24 * 60 * MINUTE });
    const judged: number[] = [];
    const isFailed = async () => (await world.client.runs.get("r")).status === "failed";
    const startMs = world.clock.monotonicMs();
    await world.clock.runUntil(isFailed, { virtualMsMax: 60 * MINUTE });
    judged.push(world.clock.monotonicMs() - startMs);
    expect(judged[0]).toBeGreaterThanOrEqual(30 * MINUTE);
    expect(judged[0]).toBeLessThanOrEqual(35 * MINUTE + 6_000);
    // At the end of its interval, within one scan; not at the first scan that could have seen it.
    expect(world.clock.monotonicMs() % (5 * MINUTE)).toBeLessThan(6_000);
    expect(await world.statusOf("r")).toContain("failed: no progress for");
  });

  test("after progress is retried twice, then the run fails", async () => {
    const world = await World.open((clock) => [saving(clock, { ...recovery, maxRetries: 2 })]);
    await world.working("w", LEISURELY);
    await startOn(world, "saving", "r");
    // Each execution saves at once, which is progress, and then nothing for an hour.
    await world.until("r", "failed", 4 * 60 * MINUTE);
    const { retries, reason, stages } = await world.client.runs.get("r");
    expect(retries).toBe(2);
    expect(reason).toMatch(/^no progress for \d+ s, retried 2 times$/);
    expect(stages[0]?.attempts.length).toBe(3);
  });

  test("never fails a run that records something now and then, whatever its age", async () => {
    const world = await World.open((clock) => [steps(clock, recovery)]);
    await world.working("w", LEISURELY);
    await startOn(world, "steps", "r", { steps: 5, stepMs: 29 * MINUTE });
    await world.until("r", "completed", 3 * 60 * MINUTE);
    expect((await world.client.runs.get("r")).retries).toBe(0);
  });

  test("is checked at the interval of its timeout, if that is shorter than five minutes", () => {
    expect(steps(null as never, { idleTimeoutMs: MINUTE }).policy.idleCheckMs).toBe(MINUTE);
    expect(steps(null as never, { idleTimeoutMs: 30 * MINUTE }).policy.idleCheckMs).toBe(5 * MINUTE);
    expect(steps(null as never, { idleTimeoutMs: MINUTE, idleCheckMs: 7 }).policy.idleCheckMs).toBe(7);
  });
});

describe("a run that no worker ever claimed", () => {
  test("waits forever by default", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await startOn(world, "steps", "r");
    await world.working("w", { scanMs: 10 * MINUTE, heartbeatMs: 4 * MINUTE, pollMs: MINUTE }, { workflows: [] });
    await world.clock.advance(24 * 60 * MINUTE);
    expect(await world.statusOf("r")).toBe("queued");
  });

  test("fails by its start timeout, even under a worker that does not know its workflow", async () => {
    const world = await World.open((clock) => [steps(clock, { startTimeoutMs: 10 * MINUTE })]);
    await startOn(world, "steps", "r");
    await world.working("w", {}, { workflows: [] });
    await world.clock.advance(10 * MINUTE - 5_000);
    expect(await world.statusOf("r")).toBe("queued");
    await world.clock.advance(7_000);
    expect(await world.statusOf("r")).toMatch(/^failed: never started: no worker took it in 60\d s$/);
  });
});

describe("several supervisors at once", () => {
  test("recover every run once: no decision is carried out twice", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const dead = await world.working("dead", {}, { concurrency: 50 });
    const runIds = Array.from({ length: 50 }, (_, i) => `r${i}`);
    for (const runId of runIds) await startOn(world, "steps", runId, { steps: 1, stepMs: 10_000 });
    await world.clock.advance(2_000);
    dead.kill();
    const told: string[] = [];
    await Promise.all(
      ["a", "b", "c"].map((name) =>
        world.working(
          name,
          {},
          {
            concurrency: 20,
            onSupervise: (event) => event.kind === "recovered" && told.push(event.runId),
          },
        ),
      ),
    );
    for (const runId of runIds) await world.until(runId, "completed");
    expect([...told].sort()).toEqual([...runIds].sort());
    // They died together, so none was charged.
    for (const runId of runIds) expect((await world.client.runs.get(runId)).recoveries).toBe(0);
    expect((await world.client.management.audit({ action: "recover" })).rows).toHaveLength(50);
  });

  test("of which one is stopped in the middle: the other decides, and the first one finds it done", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const dead = await world.working("dead");
    await startOn(world, "steps", "r", { stepMs: MINUTE });
    await world.clock.advance(1_000);
    const slow = await world.working("slow", {}, { workflows: [] });
    slow.process.stop();
    dead.kill();
    await world.working("quick");
    await world.clock.advance(1_000);
    slow.process.continue();
    await world.clock.advance(10_000);
    expect((await world.client.runs.get("r")).recoveries).toBe(1);
  });
});

describe("a worker's supervisor", () => {
  test("can be turned off: then the worker executes runs and recovers nothing", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const dead = await world.working("dead");
    await startOn(world, "steps", "old", { stepMs: MINUTE });
    await world.clock.advance(1_000);
    dead.kill();
    await world.working("w", {}, { supervise: false });
    await world.clock.advance(60 * MINUTE);
    expect(await world.statusOf("old")).toBe("running");
    await startOn(world, "steps", "new");
    await world.until("new", "completed");
    expect(await world.client.management.workers()).toMatchObject([{ isSupervising: false, lastScanAt: null }, {}]);
  });

  test("stops with its worker, gracefully: none of its timers is left, and its report is removed", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const worker = await world.working("w");
    await world.clock.advance(20_000);
    expect((await world.client.management.workers()).map(({ holder }) => holder.name)).toEqual(["w"]);
    worker.drain();
    await world.clock.advance(1);
    await worker.ended;
    expect(world.clock.timerCount).toBe(0);
    expect(await world.client.management.workers()).toEqual([]);
  });

  test("reports with its worker every five seconds; a dead worker shows as dead", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const worker = await world.working("w", {}, { concurrency: 3 });
    await startOn(world, "steps", "r", { stepMs: MINUTE });
    await world.clock.advance(6_000);
    const [seen] = await world.client.management.workers();
    expect(seen).toMatchObject({
      workflows: ["steps"],
      concurrency: 3,
      executing: 1,
      isSupervising: true,
      isDead: false,
    });
    expect(seen?.lastScanAt).toBeGreaterThanOrEqual(world.clock.nowMs() - 6_000);
    worker.kill();
    expect(await world.client.management.workers()).toMatchObject([{ isDead: true }]);
  });
});

describe("two workers in one process", () => {
  test("each have a name, a report and leases; one that stops removes its own report, and its name is free again", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const { holdfast, process } = world.worker("w");
    const [first, second] = [new AbortController(), new AbortController()];
    const works = [first, second].map(({ signal }) => holdfast.work({ signal, concurrency: 1, supervise: false }));
    await startOn(world, "steps", "a", { stepMs: MINUTE });
    await startOn(world, "steps", "b", { stepMs: MINUTE });
    await world.clock.advance(6_000);
    const names = async () => (await world.client.management.workers()).map(({ holder }) => holder.name).sort();
    expect(await names()).toEqual(["w", "w-2"]);
    const leases = (await world.client.leases.list()).map(({ holder }) => holder).sort();
    expect(leases).toEqual(["w", "w-2"]);
    expect((await world.client.management.workers()).map(({ executing }) => executing)).toEqual([1, 1]);
    first.abort();
    await world.clock.advance(30_000);
    await works[0];
    expect(await names()).toEqual(["w-2"]);
    const third = new AbortController();
    const again = holdfast.work({ signal: third.signal, supervise: false });
    await world.clock.advance(6_000);
    expect(await names()).toEqual(["w", "w-2"]);
    expect(process.isDead).toBe(false);
    second.abort();
    third.abort();
    await world.clock.advance(30_000);
    await Promise.all([works[1], again]);
    expect(await names()).toEqual([]);
  });
});

describe("a worker whose run was recovered by another while its code ignores the signal", () => {
  const recovery = { idleTimeoutMs: MINUTE, idleCheckMs: 1_000, maxRetries: 0 };

  test("has its place free at its next heartbeat: nothing waits for a stage that must not be recorded", async () => {
    const world = await World.open((clock) => [deaf(recovery), steps(clock)]);
    await world.working("w", {}, { concurrency: 1, supervise: false });
    await startOn(world, "deaf", "hung");
    await world.clock.advance(1_000);
    await startOn(world, "steps", "next", { steps: 1 });
    await world.working("other", {}, { workflows: [] });
    await world.until("hung", "failed");
    const recoveredAtMs = world.clock.monotonicMs();
    await world.until("next", "running");
    expect(world.clock.monotonicMs() - recoveredAtMs).toBeLessThanOrEqual(6_000);
    await world.until("next", "completed");
  });

  test("keeps its place for the grace period while a paid call is in flight, and no longer", async () => {
    let calls = 0;
    const hang = () => {
      calls++;
      return new Promise(() => {});
    };
    const world = await World.open((clock) => [paying(hang, recovery), steps(clock)]);
    await world.working("w", {}, { concurrency: 1, supervise: false });
    await startOn(world, "paying", "hung");
    await world.clock.advance(1_000);
    await startOn(world, "steps", "next", { steps: 1 });
    await world.working("other", {}, { workflows: [] });
    await world.until("hung", "failed");
    const recoveredAtMs = world.clock.monotonicMs();
    await world.until("next", "running");
    const waitedMs = world.clock.monotonicMs() - recoveredAtMs;
    expect(waitedMs).toBeGreaterThan(20_000);
    expect(waitedMs).toBeLessThanOrEqual(25_000 + 6_000);
    expect(calls).toBe(1);
  });

  test("may claim the run again meanwhile; the end of the first execution does not hide the second from requests to pause or cancel", async () => {
    let calls = 0;
    const hangOnce = (signal: AbortSignal) =>
      new Promise((_, reject) => {
        if (++calls > 1) signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    const world = await World.open(() => [paying(hangOnce, { ...recovery, maxRetries: 1, idleTimeoutMs: 3 * MINUTE })]);
    const { holdfast } = await world.working("w", {}, { concurrency: 2, supervise: false });
    await startOn(world, "paying", "hung");
    await world.clock.advance(MINUTE);
    expect((await world.client.management.recover({ idleTimeoutMs: 1_000 })).runs.length).toBe(1);
    await world.clock.advance(10_000);
    expect([calls, await world.statusOf("hung")]).toEqual([2, "running"]);
    await world.clock.advance(30_000);
    const askedAtMs = world.clock.monotonicMs();
    await holdfast.runs.cancel("hung");
    await world.until("hung", "cancelled");
    // A request within this process is obeyed at once, not at the next heartbeat.
    expect(world.clock.monotonicMs() - askedAtMs).toBeLessThan(1_000);
  });
});
