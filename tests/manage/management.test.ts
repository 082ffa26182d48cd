import { VirtualProcess, withFaults } from "@holdfast/testkit";
import { PlanStaleError, RunChangedError, WrongUseError } from "holdfast";
import { describe, expect, test } from "vitest";
import { saving, steps } from "./workflows.js";
import { LEISURELY, World } from "./world.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

async function start(world: World, workflow: string, runId: string, input: object = {}, owner?: string): Promise<void> {
  const known = world.client.workflows.find(({ name }) => name === workflow);
  if (known === undefined) throw new Error(`no workflow ${workflow}`);
  await world.client.start(known, input, { runId, owner });
}

/** A world in which `runId`s were taken by a worker that is dead now. */
async function stalled(runIds: readonly string[]): Promise<World> {
  const world = await World.open((clock) => [steps(clock)]);
  const worker = await world.working("dead", {}, { concurrency: 20 });
  for (const runId of runIds) await start(world, "steps", runId, { stepMs: 60 * MINUTE });
  await world.clock.advance(3_000);
  worker.kill();
  return world;
}

/** `count` completed runs, a minute apart. */
async function finished(count: number, name = "steps"): Promise<World> {
  const world = await World.open((clock) => [steps(clock), steps(clock, {}, "other")]);
  const worker = await world.working("w", LEISURELY);
  for (let i = 0; i < count; i++) {
    await start(world, name, `r${i}`, { steps: 1, stepMs: 1 });
    await world.clock.advance(MINUTE);
  }
  worker.drain();
  await world.clock.settle();
  return world;
}

describe("recover", () => {
  test("with checkOnly says exactly what the real call then does, and changes nothing", async () => {
    const world = await stalled(["a", "b"]);
    const { management, runs } = world.client;
    const before = await runs.list();
    const check = await management.recover({ checkOnly: true });
    expect(check).toMatchObject({ isCheckOnly: true, scanned: 2 });
    expect(check.runs.map(({ runId, cause, action }) => [runId, cause, action])).toEqual([
      ["a", "stalled", "resume"],
      ["b", "stalled", "resume"],
    ]);
    expect((await runs.list()).rows).toEqual(before.rows);
    const done = await management.recover();
    expect(done).toEqual({ ...check, isCheckOnly: false });
    expect([await world.statusOf("a"), await world.statusOf("b")]).toEqual(["queued", "queued"]);
    expect((await management.recover({ checkOnly: true })).runs).toEqual([]);
  });

  test("has the same plan as long as nothing moved, and applies it then", async () => {
    const world = await stalled(["a", "b"]);
    const { management } = world.client;
    const { planId } = await management.recover({ checkOnly: true });
    await world.clock.advance(10 * MINUTE);
    expect((await management.recover({ checkOnly: true })).planId).toBe(planId);
    expect((await management.recover({ planId })).runs).toHaveLength(2);
  });

  test("refuses a plan when something moved, and does nothing", async () => {
    const world = await stalled(["a", "b"]);
    const { management } = world.client;
    const { planId } = await management.recover({ checkOnly: true });
    await management.recover({ runId: "a" });
    await expect(management.recover({ planId })).rejects.toThrow(PlanStaleError);
    expect(await world.statusOf("b")).toBe("running");
  });

  test("of one run leaves the others, and is audited under the name of who asked", async () => {
    const world = await stalled(["a", "b"]);
    await world.as("ada").management.recover({ runId: "b", reason: "host is gone" });
    expect([await world.statusOf("a"), await world.statusOf("b")]).toEqual(["running", "queued"]);
    const [entry, ...others] = (await world.client.management.audit({ action: "recover" })).rows;
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ runId: "b", actor: { id: "ada", via: "http" }, reason: "host is gone" });
  });

  test("by other limits judges by those, for this look only", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await world.working("w");
    await start(world, "steps", "r", { steps: 2, stepMs: 60 * MINUTE });
    await world.clock.advance(10 * MINUTE);
    const { management } = world.client;
    expect((await management.recover({ checkOnly: true })).runs).toEqual([]);
    const check = await management.recover({ checkOnly: true, idleTimeoutMs: 5 * MINUTE });
    expect(check.runs).toMatchObject([{ runId: "r", cause: "idle", action: "fail" }]);
    expect((await management.recover({ idleTimeoutMs: 5 * MINUTE, planId: check.planId })).runs).toHaveLength(1);
    expect(await world.statusOf("r")).toMatch(/^failed: no progress for (599|600) s since it started$/);
    await expect(management.recover({ idleTimeoutMs: -1 })).rejects.toThrow(WrongUseError);
  });

  test("with no retries left by the given limit fails what it would have retried", async () => {
    const world = await World.open((clock) => [saving(clock)]);
    await world.working("w");
    await start(world, "saving", "r");
    await world.clock.advance(40 * MINUTE);
    const limits = { idleTimeoutMs: 30 * MINUTE, checkOnly: true };
    expect((await world.client.management.checkTimeouts(limits)).runs).toMatchObject([{ action: "resume" }]);
    expect((await world.client.management.checkTimeouts({ ...limits, maxRetries: 0 })).runs).toMatchObject([
      { action: "fail" },
    ]);
  });

  test("explains on request why the other runs are left alone", async () => {
    const world = await stalled(["gone"]);
    await world.working("w", {}, { supervise: false });
    const { management } = world.client;
    await start(world, "steps", "alive", { stepMs: 60 * MINUTE });
    await world.clock.advance(2_000);
    const look = { checkOnly: true, explain: true, idleTimeoutMs: 30 * MINUTE };
    const alive = { runId: "alive", holder: "w", reason: "the holder is alive", idleTimeoutMs: 30 * MINUTE };
    expect(await management.recover(look)).toMatchObject({ runs: [{ runId: "gone" }], left: [alive] });
    expect(await management.checkTimeouts(look)).toMatchObject({
      runs: [],
      left: [alive, { runId: "gone", reason: "the holder died; not a matter of timeouts" }],
    });
    expect(await management.recover({ checkOnly: true })).not.toHaveProperty("left");
  });

  test("of a run that is not there says so", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await expect(world.client.management.recover({ runId: "nobody" })).rejects.toThrow('No run is called "nobody"');
  });
});

describe("checkTimeouts", () => {
  test("judges idleness alone: a dead worker's run is none of its business", async () => {
    const world = await stalled(["a"]);
    expect((await world.client.management.checkTimeouts({ idleTimeoutMs: 1_000 })).runs).toEqual([]);
    expect(await world.statusOf("a")).toBe("running");
  });

  test("resumes what had progressed and fails what had not", async () => {
    const recovery = { idleTimeoutMs: 30 * MINUTE, idleCheckMs: DAY };
    const world = await World.open((clock) => [steps(clock, recovery), saving(clock, recovery)]);
    await world.working("w", LEISURELY);
    await start(world, "saving", "progressed");
    await start(world, "steps", "never", { stepMs: DAY });
    await world.clock.advance(31 * MINUTE);
    const { runs } = await world.client.management.checkTimeouts();
    expect(runs.map(({ runId, action }) => [runId, action])).toEqual([
      ["never", "fail"],
      ["progressed", "resume"],
    ]);
    expect((await world.client.runs.get("progressed")).retries).toBe(1);
  });
});

describe("cleanup", () => {
  test("takes finished runs by their age, oldest first, and what it says is what it then does", async () => {
    const world = await finished(4);
    const { management, runs } = world.client;
    // The newest two are under two and a half minutes old.
    const olderThanDays = (2.5 * MINUTE) / DAY;
    const check = await management.cleanup({ olderThanDays, checkOnly: true });
    expect(check).toMatchObject({ isCheckOnly: true, count: 2, byWorkflow: { steps: { completed: 2 } } });
    expect(check.runs.map(({ runId }) => runId)).toEqual(["r0", "r1"]);
    expect((await runs.list()).rows).toHaveLength(4);
    expect(await management.cleanup({ olderThanDays })).toEqual({ ...check, isCheckOnly: false });
    expect((await runs.list()).rows.map(({ id }) => id)).toEqual(["r3", "r2"]);
  });

  test("never takes what is not finished", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await start(world, "steps", "r");
    expect((await world.client.management.cleanup({ olderThanDays: 0 })).count).toBe(0);
    await world.client.runs.pause("r");
    expect((await world.client.management.cleanup({ olderThanDays: 0 })).count).toBe(0);
  });

  test("keeps the newest so many of each workflow", async () => {
    const world = await finished(3);
    const { management } = world.client;
    expect((await management.cleanup({ olderThanDays: 0, keepLast: 2, checkOnly: true })).count).toBe(1);
    expect((await management.cleanup({ olderThanDays: 0, keepLast: 2 })).runs.map(({ runId }) => runId)).toEqual([
      "r0",
    ]);
  });

  test("takes only the states, the workflow and the owner asked for", async () => {
    const world = await finished(2);
    const { management, runs } = world.client;
    await start(world, "other", "mine", {}, "ada");
    await runs.cancel("mine");
    const count = async (query: object) =>
      (await management.cleanup({ olderThanDays: 0, checkOnly: true, ...query })).count;
    expect(await count({})).toBe(3);
    expect(await count({ statuses: ["cancelled"] })).toBe(1);
    expect(await count({ statuses: ["failed"] })).toBe(0);
    expect(await count({ workflow: "steps" })).toBe(2);
    expect(await count({ owner: "ada" })).toBe(1);
    await expect(count({ statuses: ["running"] })).rejects.toThrow(WrongUseError);
    await expect(count({ olderThanDays: -1 })).rejects.toThrow(WrongUseError);
    await expect(count({ keepLast: 0.5 })).rejects.toThrow(WrongUseError);
  });

  test("removes the files with the run, and says how many bytes that freed", async () => {
    const world = await finished(2);
    await world.artifacts.write({ runId: "r0" as never, stage: "step-1", attempt: 1 }, "a.txt", "12345678");
    const check = await world.client.management.cleanup({ olderThanDays: 0, checkOnly: true });
    expect(check.freedBytes).toBeGreaterThanOrEqual(8);
    expect((await world.client.management.cleanup({ olderThanDays: 0 })).freedBytes).toBe(check.freedBytes);
    expect(await world.artifacts.sizeOfRun("r0" as never)).toBe(0);
  });

  test("leaves no row behind, and the id is free again", async () => {
    const world = await finished(1);
    await world.client.management.cleanup({ olderThanDays: 0 });
    expect(await world.store.deleteRemovedRows(1_000)).toBe(0);
    await start(world, "steps", "r0");
    expect(await world.eventsOf("r0")).toEqual(["run.created"]);
  });

  test("by a plan takes what the plan showed, not what has come of age since", async () => {
    const world = await finished(3);
    const { management, runs } = world.client;
    const olderThanDays = (1.5 * MINUTE) / DAY;
    const { planId, count } = await management.cleanup({ olderThanDays, checkOnly: true });
    expect(count).toBe(2);
    await world.clock.advance(10 * MINUTE);
    expect((await management.cleanup({ olderThanDays, planId })).count).toBe(2);
    expect((await runs.list()).rows.map(({ id }) => id)).toEqual(["r2"]);
  });

  test("by a plan takes no run that the plan kept, though another has ended between the look and the removal", async () => {
    const world = await finished(2);
    for (const runId of ["o0", "o1"]) {
      await start(world, "other", runId);
      await world.client.runs.cancel(runId);
      await world.clock.advance(MINUTE);
    }
    await start(world, "steps", "late");
    let listed = 0;
    const store = withFaults(world.store, {
      process: new VirtualProcess(world.clock.view()),
      network: world.clock,
      // The plan's look, the look before the removal, and then the removal's own.
      choose: ({ method }) =>
        method === "listFinished" && ++listed === 3 ? { kind: "delayRequest", ms: MINUTE } : null,
    });
    const { management } = world.worker("operator", { store }).holdfast;
    const terms = { olderThanDays: 0, keepLast: 1 };
    const { planId, runs } = await management.cleanup({ ...terms, checkOnly: true });
    expect(runs.map(({ runId }) => runId)).toEqual(["r0", "o0"]);
    const removal = management.cleanup({ ...terms, planId });
    await world.clock.settle();
    // From here on r1 is not the newest of its workflow any more, and it is older than what the plan showed last.
    await world.client.runs.cancel("late");
    await world.clock.advance(MINUTE);
    expect(await removal).toMatchObject({ planId, count: 2 });
    expect((await world.client.runs.list()).rows.map(({ id }) => id).sort()).toEqual(["late", "o1", "r1"]);
  });

  test("by a plan is refused when one of its runs was opened again, and removes none", async () => {
    const world = await finished(2);
    const { management, runs } = world.client;
    const { planId } = await management.cleanup({ olderThanDays: 0, checkOnly: true });
    await runs.restart("r1");
    await expect(management.cleanup({ olderThanDays: 0, planId })).rejects.toThrow(PlanStaleError);
    await expect(management.cleanup({ olderThanDays: 0, planId: "no plan" })).rejects.toThrow(PlanStaleError);
    expect((await runs.list()).rows).toHaveLength(2);
  });

  test("writes an entry for each run, which outlives the run", async () => {
    const world = await finished(2);
    await world.as("ada").management.cleanup({ olderThanDays: 0, reason: "disk" });
    const { rows } = await world.client.management.audit({ runId: "r0" });
    expect(rows).toMatchObject([{ action: "cleanup", reason: "disk", actor: { id: "ada" }, after: null }]);
  });
});

describe("retention", () => {
  test("is looked after at the start and every hour, by whichever supervisor, in its name", async () => {
    const world = await finished(3);
    const retention = { days: 1, keepLast: 1 };
    await world.clock.advance(2 * DAY);
    const told: unknown[] = [];
    await world.working("keeper", { ...LEISURELY, retention }, { onSupervise: (event) => told.push(event) });
    await world.clock.advance(1);
    expect((await world.client.runs.list()).rows.map(({ id }) => id)).toEqual(["r2"]);
    expect(told).toMatchObject([{ kind: "cleaned", count: 2 }]);
    const { rows } = await world.client.management.audit({ action: "cleanup" });
    expect(rows.map(({ actor, reason }) => [actor.id, actor.via, reason])).toEqual([
      ["keeper", "supervisor", "retention of 1 day"],
      ["keeper", "supervisor", "retention of 1 day"],
    ]);
    // Of age a day later, and no longer the newest: taken within the hour.
    await start(world, "steps", "later", { steps: 1, stepMs: 1 });
    await world.until("later", "completed");
    await world.clock.advance(61 * MINUTE);
    expect((await world.client.runs.list()).rows.map(({ id }) => id)).toEqual(["later"]);
  });

  test("without a policy removes nothing, ever", async () => {
    const world = await finished(1);
    await world.working("w", { scanMs: 60 * MINUTE, pollMs: 60 * MINUTE, heartbeatMs: 4 * MINUTE });
    await world.clock.advance(DAY);
    expect((await world.client.runs.list()).rows).toHaveLength(1);
  });

  test("that cannot be meant is refused when it is given", async () => {
    const world = await World.open(() => []);
    expect(() => world.worker("w1", { retention: { days: 0 } })).toThrow("retention.days: a number of days over 0");
    expect(() => world.worker("w2", { retention: { days: 1, keepLast: -1 } })).toThrow("retention.keepLast");
    expect(() => world.worker("w3", { retention: { days: 1, statuses: ["running" as never] } })).toThrow("statuses");
    expect(() => world.worker("w4", { retention: { days: 1, auditDays: 0 } })).toThrow("retention.auditDays");
  });
});

describe("acts", () => {
  test("are audited with who, why, and the run before and after", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const ada = world.as("ada");
    await start(world, "steps", "r");
    await ada.runs.pause("r", "lunch");
    await ada.resume("r", { reason: "back" });
    await ada.runs.cancel("r", { reason: "never mind" });
    await ada.runs.restart("r");
    await ada.runs.fail("r", "broken");
    await ada.runs.fork("r", { from: "step-2", runId: "f" });
    await ada.runs.delete("r", { reason: "tidy", evenIfForked: true });
    const { rows } = await world.client.management.audit({ actor: "ada" });
    expect(
      rows.map(({ action, runId, reason, before, after }) => [action, runId, reason, before?.status, after?.status]),
    ).toEqual([
      ["delete", "r", "tidy", "failed", undefined],
      ["fork", "f", null, undefined, "queued"],
      ["fail", "r", "broken", "queued", "failed"],
      ["restart", "r", null, "cancelled", "queued"],
      ["cancel", "r", "never mind", "queued", "cancelled"],
      ["resume", "r", "back", "paused", "queued"],
      ["pause", "r", "lunch", "queued", "paused"],
    ]);
  });

  test("that change nothing write no entry", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await start(world, "steps", "r");
    await world.client.runs.cancel("r");
    await expect(world.client.runs.pause("r")).rejects.toThrow();
    expect((await world.client.management.audit({ action: "pause" })).rows).toEqual([]);
  });

  test("start is audited through the command and HTTP, not through the library, whose record is the event", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    for (const via of ["library", "cli", "http"] as const) {
      const holdfast = world.as("ada", via);
      await holdfast.start(holdfast.workflows[0] as never, {} as never, { runId: via });
    }
    const { rows } = await world.client.management.audit({ action: "start" });
    expect(rows.map(({ runId }) => runId)).toEqual(["http", "cli"]);
  });

  test("that expect another state of the run are refused, and change nothing", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const { runs } = world.client;
    await start(world, "steps", "r");
    const { revision } = await runs.get("r");
    await runs.pause("r");
    const expected = { expect: revision };
    for (const act of [
      () => runs.cancel("r", expected),
      () => runs.fail("r", { ...expected, reason: "x" }),
      () => runs.restart("r", expected),
      () => runs.fork("r", { ...expected, from: "step-1" }),
      () => runs.delete("r", expected),
      () => runs.resetRecoveries("r", expected),
      () => world.client.resume("r", expected),
      () => world.client.resumeHere("r", expected),
    ]) {
      await expect(act()).rejects.toThrow(RunChangedError);
    }
    expect(await world.statusOf("r")).toBe("paused");
    await runs.cancel("r", { expect: (await runs.get("r")).revision });
    expect(await world.statusOf("r")).toBe("cancelled");
  });

  test("do not have to outrun a run's progress: its revision stays while it works", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await world.working("w");
    await start(world, "steps", "r", { steps: 5, stepMs: 10_000 });
    await world.clock.advance(5_000);
    const { revision } = await world.client.runs.get("r");
    await world.clock.advance(20_000);
    const later = await world.client.runs.get("r");
    expect(later.progress.done).toBeGreaterThan(0);
    expect(later.revision).toBe(revision);
    await world.client.runs.pause("r", { expect: revision });
    expect((await world.client.runs.get("r")).wish).toEqual({ kind: "pause", reason: null });
    await world.until("r", "paused");
  });

  test("a reset starts recoveries and retries at 0 again, and is refused for a finished run", async () => {
    const world = await stalled(["r"]);
    const { management, runs } = world.client;
    await management.recover();
    expect((await runs.get("r")).recoveries).toBe(1);
    await runs.resetRecoveries("r", "it was the disk");
    expect((await runs.get("r")).recoveries).toBe(0);
    expect((await management.audit({ action: "resetRecoveries" })).rows).toMatchObject([{ reason: "it was the disk" }]);
    await runs.cancel("r");
    await expect(runs.resetRecoveries("r")).rejects.toThrow("reset recoveries is possible only if it is");
    await expect(runs.resetRecoveries("nobody")).rejects.toThrow("No run is called");
  });

  test("somebody else's Holdfast shares all and closes nothing", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    const ada = world.as("ada");
    expect([ada.actor.id, ada.store === world.client.store]).toEqual(["ada", true]);
    await ada.close();
    await start(world, "steps", "r");
    expect(await world.statusOf("r")).toBe("queued");
    expect(world.client.actor.via).toBe("library");
  });
});
