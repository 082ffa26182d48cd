/** Nothing hangs forever under the defaults: two hours without an outcome, an item, a checkpoint or progress end a run. */
import type { Clock } from "@holdfast/core";
import { createLimiter } from "@holdfast/models";
import { defineWorkflow, type Holdfast, type RecoveryOptions, RetryLaterError } from "holdfast";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { deaf, steps } from "./workflows.js";
import { World } from "./world.js";

/** The world's clock in the form that a limiter takes. */
const asLimiterClock = (clock: Clock) => ({
  nowMs: () => clock.nowMs(),
  after: (delayMs: number, wake: () => void) => {
    const timer = clock.setTimer(delayMs, wake);
    return () => timer.cancel();
  },
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Rare looks: each costs the virtual clock a turn of the loop. */
const SELDOM = { pollMs: MINUTE, scanMs: MINUTE, heartbeatMs: 9_000 };

/** A first stage that is recorded, if asked for; then one that ignores its signal and never ends. */
function hanging(recovery: RecoveryOptions = {}) {
  return defineWorkflow({
    name: "hanging",
    input: z.object({ hasProgressed: z.boolean() }),
    recovery,
    run: async ({ input, stage }) => {
      if (input.hasProgressed) await stage("first", () => null);
      await stage("hang", () => new Promise<null>(() => {}));
    },
  });
}

/** A workflow whose only stage is `work`, on its process's clock. */
function waiting(
  work: (clock: Clock, context: { attempt: number; signal: AbortSignal; exclusive: never }) => Promise<unknown>,
  options: { readonly timeoutMs?: number; readonly attempts?: number },
  recovery: RecoveryOptions = {},
) {
  return (clock: Clock) =>
    defineWorkflow({
      name: "waiting",
      input: z.object({}),
      recovery,
      run: ({ stage }) =>
        stage("wait", options, async (context) => {
          await work(clock, context as never);
          return "done";
        }),
    });
}

describe("a run whose workflow sets nothing about idleness", () => {
  test("fails after two hours without progress, and its worker's places are free for other runs", async () => {
    const world = await World.open((clock) => [deaf(), steps(clock)]);
    await world.working("w", SELDOM, { concurrency: 2 });
    const [hung] = world.client.workflows;
    for (const runId of ["a", "b"]) await world.client.start(hung as never, {}, { runId });
    await world.clock.advance(MINUTE);
    await world.client.start(steps(world.clock), {}, { runId: "next" });
    await world.clock.advance(117 * MINUTE);
    expect([await world.statusOf("a"), await world.statusOf("b")]).toEqual(["running", "running"]);
    expect(await world.statusOf("next")).toBe("queued");
    await world.clock.advance(9 * MINUTE);
    expect(await world.statusOf("a")).toMatch(/^failed: no progress for 7\d\d\d s since it started$/);
    expect(await world.statusOf("b")).toMatch(/^failed: no progress for 7\d\d\d s since it started$/);
    expect(await world.statusOf("next")).toBe("completed");
  });

  test("is retried twice if it had progressed, then fails", async () => {
    const world = await World.open(() => [hanging()]);
    await world.working("w", SELDOM);
    await world.client.start(hanging(), { hasProgressed: true }, { runId: "r" });
    await world.clock.advance(7 * HOUR);
    expect(await world.statusOf("r")).toMatch(/^failed: no progress for/);
    expect((await world.eventsOf("r")).filter((type) => type === "run.recovered").length).toBeGreaterThan(0);
    expect((await world.client.runs.get("r")).retries).toBeLessThanOrEqual(2);
  });

  test("continues as long as it records something every two hours", async () => {
    const world = await World.open((clock) => [steps(clock)]);
    await world.working("w", SELDOM);
    await world.client.start(steps(world.clock), { steps: 3, stepMs: 110 * MINUTE }, { runId: "r" });
    await world.until("r", "completed", 6 * HOUR);
    expect((await world.client.runs.get("r")).retries).toBe(0);
  });

  test("shows when it will be judged idle, and is stuck from then on", async () => {
    const world = await World.open(() => [deaf()]);
    await world.working("w", SELDOM, { supervise: false });
    await world.client.start(deaf(), {}, { runId: "r" });
    await world.clock.advance(HOUR);
    const { timeoutAt, lastActivityAt, stuck } = await world.client.runs.health("r");
    expect([timeoutAt, stuck]).toEqual([lastActivityAt + 2 * HOUR, false]);
    await world.clock.advance(62 * MINUTE);
    expect((await world.client.runs.health("r")).stuckReason).toMatch(/no progress for 7\d\d\d s since it started/);
  });
});

describe("who judges", () => {
  const until = async (
    options: Parameters<World["working"]>[1],
    recovery: RecoveryOptions,
    afterMs: number,
  ): Promise<string> => {
    const world = await World.open(() => [deaf(recovery)]);
    await world.working("w", { ...SELDOM, ...options });
    await world.client.start(deaf(recovery), {}, { runId: "r" });
    await world.clock.advance(afterMs);
    return (await world.client.runs.get("r")).status;
  };

  test.each([
    ["by its own default", { idleTimeoutMs: 10 * MINUTE }, {}, 16 * MINUTE, "failed"],
    ["and as often as that default needs", { idleTimeoutMs: MINUTE }, {}, 3 * MINUTE, "failed"],
    ["where its default is off, never", { idleTimeoutMs: null }, {}, 5 * HOUR, "running"],
    [
      "by what the workflow says, where it says something",
      { idleTimeoutMs: MINUTE },
      { idleTimeoutMs: 3 * HOUR },
      2.9 * HOUR,
      "running",
    ],
    ["and where it says never, never", { idleTimeoutMs: MINUTE }, { idleTimeoutMs: null }, 5 * HOUR, "running"],
  ] as const)("judges %s", async (_, defaults, recovery, afterMs, status) => {
    expect(await until({ defaults: { recovery: defaults } }, recovery, afterMs)).toBe(status);
  });

  test("may say how often a run is retried", async () => {
    const world = await World.open(() => [hanging()]);
    await world.working("w", { ...SELDOM, defaults: { recovery: { idleTimeoutMs: 10 * MINUTE, maxRetries: 0 } } });
    await world.client.start(hanging(), { hasProgressed: true }, { runId: "r" });
    await world.clock.advance(16 * MINUTE);
    expect(await world.statusOf("r")).toMatch(/^failed: no progress for \d+ s, retried 0 times$/);
  });

  test.each([
    [{ idleTimeoutMs: -1 }, "defaults.recovery: idleTimeoutMs"],
    [{ idleTimeoutMs: 0 }, "defaults.recovery: idleTimeoutMs"],
    [{ idleTimeoutMs: "7200000" }, "defaults.recovery: idleTimeoutMs"],
    [{ idleCheckMs: Number.NaN }, "defaults.recovery: idleCheckMs"],
    [{ maxRetries: 1.5 }, "defaults.recovery: maxRetries"],
    [{ maxRecoveries: -1 }, "defaults.recovery: maxRecoveries"],
    [{ onStall: "ignore" }, "defaults.recovery: onStall"],
    [{ stallAfterMs: 60_000 }, "defaults.recovery: there is no field stallAfterMs"],
    [{ idelTimeoutMs: 1 }, "defaults.recovery: there is no field idelTimeoutMs"],
    [[], "defaults.recovery: an object is expected"],
  ])("is refused by name for %j", async (recovery, problem) => {
    const world = await World.open(() => [deaf()]);
    expect(() => world.worker("w", { defaults: { recovery: recovery as never } })).toThrow(problem);
  });
});

describe("what does not count as idle", () => {
  const play = async (make: (clock: Clock) => ReturnType<ReturnType<typeof waiting>>, forMs: number) => {
    const world = await World.open((clock) => [make(clock)]);
    await world.working("w", SELDOM);
    await world.client.start(make(world.clock), {}, { runId: "r" });
    await world.clock.advance(forMs);
    const { status, reason, retries } = await world.client.runs.get("r");
    return { status, reason, retries };
  };

  test("a stage that declares a longer timeout has until then", async () => {
    const work = (clock: Clock) => clock.sleep(4 * HOUR);
    expect(await play(waiting(work, { timeoutMs: 5 * HOUR }), 4.1 * HOUR)).toMatchObject({ status: "completed" });
    const ended = await play(
      waiting(() => new Promise(() => {}), { timeoutMs: 5 * HOUR, attempts: 1 }),
      5.1 * HOUR,
    );
    expect([ended.status, ended.retries]).toEqual(["failed", 0]);
  });

  test("except that a workflow's own idle timeout takes precedence", async () => {
    const work = (clock: Clock) => clock.sleep(4 * HOUR);
    const ended = await play(waiting(work, { timeoutMs: 5 * HOUR }, { idleTimeoutMs: HOUR }), 1.2 * HOUR);
    expect(ended.status).toBe("failed");
  });

  test.each([{}, { idleTimeoutMs: 20 * MINUTE }])("a backoff of three hours, under %j", async (recovery) => {
    const work = async (_: Clock, { attempt }: { attempt: number }) => {
      if (attempt === 1) throw new RetryLaterError("not yet", { kind: "server", afterMs: 3 * HOUR });
    };
    const ended = await play(waiting(work, { attempts: 2 }, recovery), 3.1 * HOUR);
    expect([ended.status, ended.retries]).toEqual(["completed", 0]);
  });

  test("waiting for a turn of a limiter in the stage's own code", async () => {
    const world = await World.open((clock) => {
      // One call in three hours, so the second waits that long for its turn.
      const limiter = createLimiter({
        min: 1,
        max: 1,
        rate: { calls: 1, perMs: 3 * HOUR },
        clock: asLimiterClock(clock),
      });
      return [
        waiting(async () => {
          for (let call = 0; call < 2; call++) (await limiter.acquire()).release("ok" as never);
        }, {})(clock),
      ];
    });
    await world.working("w", SELDOM);
    await world.client.start(world.client.workflows[0] as never, {}, { runId: "r" });
    await world.clock.advance(2.9 * HOUR);
    expect(await world.statusOf("r")).toBe("running");
    await world.clock.advance(0.3 * HOUR);
    expect(await world.statusOf("r")).toBe("completed");
  });

  test("a rate of one call in three hours", async () => {
    const make = () =>
      defineWorkflow({
        name: "waiting",
        input: z.object({}),
        run: async ({ map }) => {
          const rate = { calls: 1, perMs: 3 * HOUR };
          await map("slow", [{ id: "a" }, { id: "b" }], { key: "id", rate }, () => null);
          return "done";
        },
      });
    expect(await play(make as never, 3.1 * HOUR)).toMatchObject({ status: "completed", retries: 0 });
  });

  test("an item of a map that declares a longer timeout", async () => {
    const make = (clock: Clock) =>
      defineWorkflow({
        name: "waiting",
        input: z.object({}),
        run: async ({ map }) => {
          await map("slow", [{ id: "a" }], { key: "id", timeoutMs: 5 * HOUR }, () =>
            clock.sleep(4 * HOUR).then(() => null),
          );
          return "done";
        },
      });
    expect(await play(make as never, 4.1 * HOUR)).toMatchObject({ status: "completed", retries: 0 });
  });

  test("a resource that another run holds for three hours", async () => {
    const make = (clock: Clock) =>
      defineWorkflow({
        name: "sharing",
        input: z.object({ forMs: z.number() }),
        run: ({ input, stage }) =>
          stage("hold", { timeoutMs: 4 * HOUR }, ({ exclusive }) =>
            exclusive("it", () => clock.sleep(input.forMs).then(() => null)),
          ),
      });
    const world = await World.open((clock) => [make(clock)]);
    await world.working("w", SELDOM);
    await world.client.start(make(world.clock), { forMs: 3 * HOUR }, { runId: "holder" });
    await world.clock.advance(MINUTE);
    await world.client.start(make(world.clock), { forMs: 1_000 }, { runId: "r" });
    await world.clock.advance(3.1 * HOUR);
    expect([await world.statusOf("holder"), await world.statusOf("r")]).toEqual(["completed", "completed"]);
  });
});

describe("a run in the foreground, without any worker", () => {
  const startHere = async (
    hasProgressed: boolean,
    recovery: RecoveryOptions = {},
  ): Promise<[World, Holdfast, Promise<void>]> => {
    const world = await World.open(() => [hanging(recovery)]);
    const { holdfast } = world.worker("terminal", SELDOM);
    const run = await holdfast.startHere(hanging(recovery), { hasProgressed }, { runId: "r" });
    return [world, holdfast, run.done];
  };

  test("fails if nothing is recorded, and is paused for its user if something is", async () => {
    for (const [hasProgressed, status] of [
      [false, /^failed: no progress for 7\d\d\d s since it started$/],
      [true, /^paused: no progress for 7\d\d\d s$/],
    ] as const) {
      const [world, , done] = await startHere(hasProgressed);
      await world.clock.advance(118 * MINUTE);
      expect(await world.statusOf("r")).toBe("running");
      await world.clock.advance(8 * MINUTE);
      expect(await world.statusOf("r")).toMatch(status);
      await done;
    }
  });

  test("is left alone if its workflow says never", async () => {
    const [world] = await startHere(true, { idleTimeoutMs: null });
    await world.clock.advance(5 * HOUR);
    expect(await world.statusOf("r")).toBe("running");
  });
});
