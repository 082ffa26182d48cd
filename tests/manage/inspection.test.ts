import { describe, expect, test } from "vitest";
import { saving, steps } from "./workflows.js";
import { LEISURELY, World } from "./world.js";

const MINUTE = 60_000;

async function start(world: World, workflow: string, runId: string, input: object = {}, owner?: string): Promise<void> {
  const known = world.client.workflows.find(({ name }) => name === workflow);
  if (known === undefined) throw new Error(`no workflow ${workflow}`);
  await world.client.start(known, input, { runId, owner });
}

describe("health", () => {
  test("of a running run has its progress, its age, its pace and its lease", async () => {
    const world = await World.open((clock) => [steps(clock, { idleTimeoutMs: 30 * MINUTE })]);
    await world.working("w");
    await start(world, "steps", "r", { steps: 5, stepMs: 10_000 });
    await world.clock.advance(25_000);
    const health = await world.client.runs.health("r");
    expect(health).toMatchObject({
      runId: "r",
      workflow: "steps",
      status: "running",
      percent: 40,
      stuck: false,
      stuckReason: null,
      recoveriesLeft: 3,
      retriesLeft: 2,
      lease: { holder: "w" },
    });
    expect(health.ageMs).toBe(25_000);
    expect(health.idleMs).toBeGreaterThan(3_000);
    expect(health.idleMs).toBeLessThan(6_000);
    expect(health.lastActivityAt).toBe(world.clock.nowMs() - health.idleMs);
    expect(health.timeoutAt).toBe(health.lastActivityAt + 30 * MINUTE);
    // Two of five in 24 s: the rest takes as long at that pace, and at most twice as long.
    const [low, high] = health.etaMs ?? [0, 0];
    expect(low).toBeGreaterThan(30_000);
    expect(high).toBe(2 * low);
  });

  test("of a dead worker's run says which worker died and what will happen, or that nothing will be done", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const dead = await world.working("dead");
    await start(world, "steps", "r", { stepMs: 60 * MINUTE });
    await world.clock.advance(2_000);
    dead.kill();
    expect(await world.client.runs.health("r")).toMatchObject({
      stuck: true,
      stuckReason: expect.stringContaining("the holder died (dead); no supervisor is alive to queue it again"),
    });
    await world.working("other", { scanMs: 60 * MINUTE }, { workflows: [] });
    expect((await world.client.runs.health("r")).status).toBe("queued");
  });

  test("of all active runs shows the stuck ones first, and pages", async () => {
    const world = await World.open((clock) => [steps(clock), steps(clock, {}, "orphan")]);
    await world.working("w", {}, { workflows: ["steps"] });
    await start(world, "steps", "fine", { stepMs: 60 * MINUTE }, "ada");
    await start(world, "orphan", "waits", {}, "ada");
    await start(world, "steps", "resting");
    await world.client.runs.pause("resting", "lunch");
    await world.clock.advance(2_000);
    const all = await world.client.management.health();
    expect(all[0]).toMatchObject({
      runId: "waits",
      stuck: true,
      stuckReason: "queued, and no living worker takes runs of orphan: start one (holdfast worker)",
    });
    expect(
      all
        .slice(1)
        .map(({ runId, stuck }) => [runId, stuck])
        .sort(),
    ).toEqual([
      ["fine", false],
      ["resting", false],
    ]);
    expect(all.find(({ runId }) => runId === "resting")?.reason).toBe("lunch; waits for a person to resume it");
    expect((await world.client.management.health({ limit: 1 })).map(({ runId }) => runId)).toEqual(["waits"]);
    expect((await world.client.management.health({ owner: "ada" })).map(({ runId }) => runId)).toEqual([
      "waits",
      "fine",
    ]);
  });

  test("of a stuck run is shown even behind any number of newer runs that are not stuck", async () => {
    const world = await World.open((clock) => [steps(clock), steps(clock, {}, "orphan")]);
    await world.working("w", {}, { workflows: ["steps"], concurrency: 1 });
    await start(world, "orphan", "waits");
    await start(world, "steps", "fine", { stepMs: 60 * MINUTE });
    for (let i = 0; i < 410; i++) await start(world, "steps", `later-${i}`);
    const [first] = await world.client.management.health({ limit: 1 });
    expect(first).toMatchObject({ runId: "waits", stuck: true });
  });

  test("says why and since when a run is retried, until something is recorded", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const dead = await world.working("dead");
    await start(world, "steps", "r", { stepMs: 10_000 });
    await world.clock.advance(2_000);
    expect((await world.client.runs.health("r")).lastError).toBeNull();
    dead.kill();
    const supervising = world.worker("watcher").holdfast.startSupervisor();
    await world.clock.advance(2_000);
    await supervising;
    const recovered = await world.client.runs.health("r");
    expect(recovered).toMatchObject({ status: "queued", lastError: { message: "the holder died", isRetried: true } });
    expect(recovered.lastError?.at).toBeGreaterThan(world.clock.nowMs() - 2_100);
    await world.working("second");
    await world.clock.advance(5_000);
    const tried = await world.client.runs.health("r");
    expect(tried).toMatchObject({ status: "running", lastError: { ...recovered.lastError, isRetried: true } });
    await world.clock.advance(10_000);
    expect((await world.client.runs.health("r")).lastError).toEqual({ ...recovered.lastError, isRetried: false });
    expect(await world.client.runs.get("r")).toMatchObject({ lastErrorAt: recovered.lastError?.at });
  });

  test("of an unknown run says so", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await expect(world.client.runs.health("nobody")).rejects.toThrow('No run is called "nobody"');
  });

  test("of a queued run counts from when it could first be claimed", async () => {
    const world = await World.open((clock) => [steps(clock, { startTimeoutMs: 10 * MINUTE })]);
    await start(world, "steps", "r");
    await world.clock.advance(11 * MINUTE);
    const { idleMs, stuck, stuckReason } = await world.client.runs.health("r");
    expect([idleMs, stuck]).toEqual([11 * MINUTE, true]);
    expect(stuckReason).toContain("never started: no worker took it in 660 s");
  });
});

describe("statistics", () => {
  test("count active runs, runs that ended in the window, and what supervisors did", async () => {
    const world = await World.open((clock) => [steps(clock), saving(clock, { onStall: "fail" })]);
    const dead = await world.working("dead");
    await start(world, "steps", "a", { steps: 1, stepMs: 1_000 });
    await start(world, "saving", "b");
    await world.clock.advance(5_000);
    dead.kill();
    await world.working("w", LEISURELY);
    await start(world, "steps", "c", { steps: 1, stepMs: 60 * MINUTE }, "ada");
    await start(world, "steps", "d");
    await world.client.runs.pause("d");
    await start(world, "steps", "e");
    await world.client.runs.cancel("e");
    await world.clock.advance(40_000);
    const stats = await world.client.management.stats();
    expect(stats).toMatchObject({
      asOf: world.clock.nowMs(),
      active: { queued: 0, running: 1, waiting: 0, paused: 1 },
      recent: { windowMs: 24 * 60 * MINUTE, completed: 1, failed: 1, cancelled: 1 },
      successRate: 0.5,
      config: {
        scanMs: 1_000,
        stallAfterMs: 30_000,
        maxRecoveries: 3,
        maxRetries: 2,
        idleTimeoutMs: 7_200_000,
        retention: null,
      },
      supervisor: { recovered: 0, failed: 1, workers: 1 },
    });
    expect(stats.supervisor.lastScanAt).toBeGreaterThan(world.clock.nowMs() - 15_000);
    expect((await world.client.runs.stats({ owner: "ada" })).active).toEqual({
      queued: 0,
      running: 1,
      waiting: 0,
      paused: 0,
    });
    await world.clock.advance(10_000);
    expect((await world.client.management.stats({ windowMs: 5_000 })).recent).toEqual({
      windowMs: 5_000,
      completed: 0,
      failed: 0,
      cancelled: 0,
    });
    await expect(world.client.management.stats({ windowMs: 0 })).rejects.toThrow("windowMs");
  });

  test("by workflow and owner, with each workflow's own settings; unknown groupings are refused", async () => {
    const world = await World.open((clock) => [
      steps(clock, { idleTimeoutMs: 30 * MINUTE, maxRetries: 7 }),
      saving(clock),
    ]);
    await world.working("w", LEISURELY);
    await start(world, "steps", "a", { steps: 1 }, "ada");
    await start(world, "steps", "b", { steps: 1 }, "bob");
    await start(world, "saving", "c", {}, "ada");
    await world.until("a", "completed");
    await world.until("b", "completed");
    const { management } = world.client;
    const before = await management.stats({ groupBy: ["workflow", "owner"] });
    const none = { queued: 0, running: 0, waiting: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };
    expect(before.groups).toEqual([
      { ...none, workflow: "saving", owner: "ada", running: 1 },
      { ...none, workflow: "steps", owner: "ada", completed: 1 },
      { ...none, workflow: "steps", owner: "bob", completed: 1 },
    ]);
    const own = await management.stats({ workflow: "steps", owner: "bob" });
    expect(own).toMatchObject({ active: { running: 0 }, recent: { completed: 1 } });
    expect(own.config).toMatchObject({ idleTimeoutMs: 30 * MINUTE, maxRetries: 7 });
    expect(own).not.toHaveProperty("groups");
    expect((await management.cleanup({ olderThanDays: 0 })).count).toBe(2);
    expect((await management.stats({ groupBy: ["workflow", "owner"] })).groups).toEqual(before.groups);
    await expect(management.stats({ groupBy: ["status" as never] })).rejects.toThrow("groupBy");
  });

  test("of an empty store are zeros, with no rate and no scan", async () => {
    const world = await World.open(() => []);
    expect(await world.client.management.stats()).toMatchObject({
      active: { queued: 0, running: 0, waiting: 0, paused: 0 },
      successRate: null,
      supervisor: { lastScanAt: null, recovered: 0, failed: 0, workers: 0 },
    });
  });
});

describe("recovery options", () => {
  test("of a paused run say where it would continue, what is kept, and how long it has taken", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await world.working("w");
    // The duration of a whole run is known from this one.
    await start(world, "steps", "before", { steps: 5, stepMs: 10_000 });
    await world.until("before", "completed");
    await start(world, "steps", "r", { steps: 5, stepMs: 10_000 });
    await world.clock.advance(25_000);
    await world.client.runs.pause("r");
    await world.until("r", "paused");
    const options = await world.client.runs.recoveryOptions("r");
    expect(options).toMatchObject({
      runId: "r",
      status: "paused",
      resume: { isAllowed: true, why: null, keepsItems: 0, redoesItems: null },
      restart: { isAllowed: true, why: null },
      fork: { isAllowed: true, why: null },
      checkpoint: { stages: [], sizeBytes: 0, isValid: true },
      recoveriesLeft: 3,
      retriesLeft: 2,
    });
    const { resume, restart, fork } = options;
    expect(resume.fromStage).toBe(`step-${resume.keepsStages.length + 1}`);
    expect(fork.fromStages.at(-1)).toBe(resume.fromStage);
    expect(restart.losesStages).toEqual(resume.keepsStages);
    const left = 5 - resume.keepsStages.length;
    expect(resume.estimatedMs).toBeGreaterThanOrEqual(left * 10_000 - 1_000);
    expect(resume.estimatedMs).toBeLessThanOrEqual(left * 10_000 + 1_000);
    expect(restart.estimatedMs).toBeGreaterThanOrEqual(49_000);
  });

  test("have no estimate if no stage has ever completed", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await start(world, "steps", "r");
    await world.client.runs.pause("r");
    const { resume, restart } = await world.client.runs.recoveryOptions("r");
    expect([resume.estimatedMs, restart.estimatedMs]).toEqual([null, null]);
    expect(resume.fromStage).toBe("step-1");
  });

  test("of a run that a living worker holds name it, and say what to do instead", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const worker = await world.working("w");
    await start(world, "steps", "r", { stepMs: 60 * MINUTE });
    await world.clock.advance(2_000);
    const held = await world.client.runs.recoveryOptions("r");
    expect(held.resume.why).toContain("w (host host-1, pid 1) works on it");
    expect(held.restart.isAllowed).toBe(false);
    expect(held.restart.why).toContain("pause or cancel it first");
    worker.kill();
    const dead = await world.client.runs.recoveryOptions("r");
    expect(dead.resume).toMatchObject({ isAllowed: true, why: null });
    expect(dead.restart.why).toContain("a dead worker holds it: recover it first");
  });

  test("of a completed run refuse the resume and offer restart and fork", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await world.working("w");
    await start(world, "steps", "r", { steps: 5, stepMs: 1_000 });
    await world.until("r", "completed");
    const { resume, restart, fork } = await world.client.runs.recoveryOptions("r");
    expect(resume.why).toContain("nothing is missing: restart it, or fork it");
    expect(restart.isAllowed).toBe(true);
    expect(fork.fromStages).toEqual(["step-1", "step-2", "step-3", "step-4", "step-5"]);
    await expect(world.client.resume("r")).rejects.toThrow();
  });

  test("allow nothing if the workflow is not registered, and say why", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await start(world, "steps", "r");
    const stranger = world.worker("stranger", { workflows: [] }).holdfast;
    const { resume, restart, fork } = await stranger.runs.recoveryOptions("r");
    for (const option of [resume, restart, fork]) {
      expect(option.isAllowed).toBe(false);
      expect(option.why).toContain("workflow steps is not registered here");
    }
  });

  test("agree with what the operations then do", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    for (const [runId, prepare] of [
      ["queued", async () => {}],
      ["paused", () => world.client.runs.pause("paused")],
      ["failed", () => world.client.runs.fail("failed", "x")],
      ["cancelled", () => world.client.runs.cancel("cancelled")],
    ] as const) {
      await start(world, "steps", runId);
      await prepare();
      const { resume, restart } = await world.client.runs.recoveryOptions(runId);
      const isDone = (act: Promise<unknown>) =>
        act.then(
          () => true,
          () => false,
        );
      const forked = await world.client.runs.fork(runId, { from: "step-1" });
      expect(forked.id).not.toBe(runId);
      if (!restart.isAllowed) expect(await isDone(world.client.runs.restart(runId)), runId).toBe(false);
      expect(await isDone(world.client.resume(runId)), runId).toBe(resume.isAllowed);
    }
  });
});

describe("a checkpoint", () => {
  async function withCheckpoint(value: unknown, options: object = {}): Promise<World> {
    const world = await World.open((clock) => [saving(clock, {}, value)]);
    await world.working("w", options);
    await start(world, "saving", "r");
    await world.clock.advance(2_000);
    return world;
  }

  test("shows its keys, its size, a truncated sample, and that its schema accepts it", async () => {
    const value = {
      page: 7,
      text: "x".repeat(500),
      list: [1, 2, 3, 4, 5, 6, 7],
      deep: { a: { b: { c: { d: 1 } } } },
    };
    const world = await withCheckpoint(value);
    const [view, ...others] = await world.client.runs.checkpoint("r");
    expect(others).toEqual([]);
    expect(view).toMatchObject({
      stage: "long",
      attempt: 1,
      generation: 1,
      sizeBytes: JSON.stringify(value).length,
      keys: ["page", "text", "list", "deep"],
      isValid: true,
      sample: {
        page: 7,
        text: `${"x".repeat(200)}… (300 more characters)`,
        list: [1, 2, 3, 4, 5, "… (2 more)"],
        deep: { a: { b: { c: "{1}" } } },
      },
    });
    expect(view?.problems).toEqual([]);
  });

  test("that is a list shows its length, and of many keys twenty are shown", async () => {
    expect((await (await withCheckpoint([1, 2, 3])).client.runs.checkpoint("r"))[0]?.keys).toEqual(["[3]"]);
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`k${i}`, i]));
    const [view] = await (await withCheckpoint(many)).client.runs.checkpoint("r");
    expect(view?.keys).toHaveLength(25);
    expect(Object.keys(view?.sample as object)).toHaveLength(21);
    expect(view?.sample).toMatchObject({ "…": "5 more" });
  });

  test("that is larger than wise, or near the limit, is warned of", async () => {
    const world = await withCheckpoint("x".repeat(2 * 1024 * 1024));
    const codes = async (runs: World["client"]["runs"]) =>
      (await runs.checkpoint("r"))[0]?.problems.map(({ code }) => code);
    expect(await codes(world.client.runs)).toEqual(["large"]);
    const strict = world.worker("strict", { limits: { outputBytesMax: 3 * 1024 * 1024 } });
    expect(await codes(strict.holdfast.runs)).toEqual(["large", "nearLimit"]);
  });

  test("of a stage that the workflow no longer declares will not be used, and says so", async () => {
    const world = await withCheckpoint({ page: 7 });
    const renamed = steps(world.clock, {}, "saving");
    const { runs } = world.worker("renamed", { workflows: [renamed] }).holdfast;
    const [view] = await runs.checkpoint("r");
    expect(view?.isValid).toBe(false);
    expect(view?.problems[0]).toMatchObject({ code: "undeclaredStage", isFatal: true });
    expect((await runs.recoveryOptions("r")).checkpoint).toMatchObject({ stages: ["long"], isValid: false });
  });

  test("of one stage is asked for by its name; a stage without one has none", async () => {
    const world = await withCheckpoint({ page: 7 });
    expect(await world.client.runs.checkpoint("r", "long")).toHaveLength(1);
    expect(await world.client.runs.checkpoint("r", "other")).toEqual([]);
    await expect(world.client.runs.checkpoint("nobody")).rejects.toThrow("No run is called");
  });

  test("of an earlier generation is gone with the restart", async () => {
    const world = await withCheckpoint({ page: 7 });
    await world.client.runs.cancel("r");
    await world.until("r", "cancelled");
    await world.client.runs.restart("r");
    expect(await world.client.runs.checkpoint("r")).toEqual([]);
  });
});
