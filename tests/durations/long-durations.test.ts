/**
 * Extreme values of every duration, on the machine's own clock: a duration longer than a 32-bit timer has not fired
 * after a second. A virtual clock cannot show this, since its timers have no such limit.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, DURATION_MAX_MS, TIMER_MAX_MS } from "@holdfast/core";
import { systemClock } from "@holdfast/engine";
import { createLimiter, systemClock as modelClock } from "@holdfast/models";
import { VirtualClock } from "@holdfast/testkit";
import { defineWorkflow, type Holdfast, openHoldfast, type RunHandle } from "holdfast";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const DAY_MS = 86_400_000;
/** Just over what a timer holds, values that users write, and the longest that is accepted. */
const LONG = [TIMER_MAX_MS + 1, 30 * DAY_MS, 60 * DAY_MS, DURATION_MAX_MS];
const SECOND_MS = 1_000;

describe("a timer that is longer than 32 bits", () => {
  const virtual = new VirtualClock();
  const clocks: readonly [string, Clock, () => Promise<void>][] = [
    ["the real clock", systemClock, () => systemClock.sleep(SECOND_MS)],
    ["the virtual clock", virtual, () => virtual.advance(SECOND_MS)],
  ];

  test.each(clocks)("has not fired after a second on %s", async (_, clock, passSecond) => {
    const fired: number[] = [];
    const stop = new AbortController();
    const timers = LONG.map((ms) => clock.setTimer(ms, () => fired.push(ms)));
    const sleeps = LONG.map((ms) => clock.sleep(ms, stop.signal).then(() => stop.signal.aborted || fired.push(ms)));
    await passSecond();
    expect(fired).toEqual([]);
    for (const timer of timers) timer.cancel();
    stop.abort();
    await Promise.all(sleeps);
    expect(fired).toEqual([]);
  });

  test.each(clocks)("is refused by %s where it is no number", (_, clock) => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => clock.setTimer(ms, () => {})).toThrow(TypeError);
  });

  test("has not fired after a second on the model client's clock, nor has a provider's wait of 60 days", async () => {
    const fired: number[] = [];
    const cancels = LONG.map((ms) => modelClock.after?.(ms, () => fired.push(ms)));
    const limiter = createLimiter({ min: 1, max: 1 });
    (await limiter.acquire()).release({ kind: "server", retryAfterMs: 60 * DAY_MS });
    const stop = new AbortController();
    const waiting = limiter.acquire(0, stop.signal).then(
      () => fired.push(-1),
      () => "given up",
    );
    await systemClock.sleep(SECOND_MS);
    expect(fired).toEqual([]);
    stop.abort();
    expect(await waiting).toBe("given up");
    for (const cancel of cancels) cancel?.();
  });
});

const UNTIL_RELEASED = new AbortController();

/** Every option of a stage and a map that takes a duration, in stages that take a second or fail at once. */
function workflowsOf(ms: number, released: AbortSignal) {
  const options = { input: z.object({}) };
  const recovery = { stallAfterMs: ms, idleTimeoutMs: ms, idleCheckMs: ms, startTimeoutMs: ms };
  const fail = () => {
    throw new Error("the outside is away");
  };
  const holdOn = (signal?: AbortSignal) =>
    systemClock.sleep(SECOND_MS, released).then(() => ({ aborted: signal?.aborted ?? false }));
  const item = ["a"];
  const key = (name: string) => name;
  return {
    stageTimeout: defineWorkflow({
      ...options,
      name: "stage-timeout",
      recovery,
      run: ({ stage }) => stage("s", { timeoutMs: ms }, ({ signal }) => holdOn(signal)),
    }),
    stageBackoff: defineWorkflow({
      ...options,
      name: "stage-backoff",
      run: ({ stage }) => stage("s", { attempts: 9, backoff: { initialMs: ms, maxMs: ms } }, fail),
    }),
    stageAfter: defineWorkflow({
      ...options,
      name: "stage-after",
      run: ({ stage }) => stage("s", { attempts: 9, classify: () => ({ then: "retry", afterMs: ms }) }, fail),
    }),
    stagePause: defineWorkflow({
      ...options,
      name: "stage-pause",
      run: ({ stage }) => stage("s", { classify: () => ({ then: "pause", afterMs: ms }) }, fail),
    }),
    mapTimeout: defineWorkflow({
      ...options,
      name: "map-timeout",
      run: async ({ map }) => {
        const { ok } = await map("m", item, { key, timeoutMs: ms, batch: { ms } }, (_, { signal }) => holdOn(signal));
        return ok;
      },
    }),
    mapBackoff: defineWorkflow({
      ...options,
      name: "map-backoff",
      run: async ({ map }) => {
        await map("m", item, { key, attempts: 9, backoff: { initialMs: ms, maxMs: ms } }, fail);
      },
    }),
    mapAfter: defineWorkflow({
      ...options,
      name: "map-after",
      run: async ({ map }) => {
        await map("m", item, { key, attempts: 9, classify: () => ({ then: "retry", afterMs: ms }) }, fail);
      },
    }),
    mapRateLimit: defineWorkflow({
      ...options,
      name: "map-rate-limit",
      run: async ({ map }) => {
        const classify = () => ({ then: "pause", category: "rate_limit", afterMs: ms }) as const;
        await map("m", item, { key, classify }, fail);
      },
    }),
  };
}

describe.each(LONG)("with every duration at %i ms, after a second", (ms) => {
  let folder: string;
  let holdfast: Holdfast;
  let work: Promise<void>;
  const stop = new AbortController();
  const workflows = workflowsOf(ms, UNTIL_RELEASED.signal);
  const runs = {} as Record<keyof typeof workflows, RunHandle>;
  let startedAt: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdfast-long-"));
    holdfast = await openHoldfast({
      dataDir: folder,
      workflows: Object.values(workflows),
      leaseMs: ms,
      heartbeatMs: ms - 1,
      stopGraceMs: ms,
      maxBlockedMs: ms,
      // Options of the engine only, passed through.
      ...({ pollMs: ms, scanMs: ms } as object),
    });
    startedAt = Date.now();
    for (const name of Object.keys(workflows) as (keyof typeof workflows)[]) {
      runs[name] = await holdfast.start(workflows[name] as (typeof workflows)["stageTimeout"], {});
    }
    work = holdfast.work({ signal: stop.signal, concurrency: 20 });
    await runs.stageTimeout.result();
    await runs.mapTimeout.result();
  });

  afterAll(async () => {
    stop.abort();
    await work;
    await holdfast.close();
    await rm(folder, { recursive: true });
  });

  test("stages and items with such a timeout have done their work", async () => {
    expect(await runs.stageTimeout.result()).toEqual({ aborted: false });
    expect(await runs.mapTimeout.result()).toBe(1);
  });

  test.each(["stageBackoff", "stageAfter"] as const)("%s waits for its second attempt", async (name) => {
    const { status, stages } = await runs[name].status();
    expect([status, stages[0]?.attempts.length]).toEqual(["running", 1]);
  });

  test.each(["mapBackoff", "mapAfter"] as const)("%s waits for the second attempt of its item", async (name) => {
    expect((await runs[name].status()).status).toBe("running");
    const attempts = await holdfast.store.findAttempts(runs[name].id as never, "m", ["a"]);
    expect(attempts.get("a")).toBe(1);
  });

  test.each(["stagePause", "mapRateLimit"] as const)("%s is paused until then", async (name) => {
    const { status, wakeAt } = await runs[name].status();
    expect(status).toBe("paused");
    expect(wakeAt).toBeGreaterThanOrEqual(startedAt + ms);
    expect(wakeAt).toBeLessThan(Date.now() + ms + 1);
  });

  test("no heartbeat came early, and no run was found idle, stalled or never started", async () => {
    const leases = await holdfast.leases.list();
    expect(leases.map(({ isExpired }) => isExpired)).toEqual([false, false, false, false]);
    // They last wrote at the failure of the first attempt; a heartbeat timer that overflows fires every millisecond.
    for (const { silentForMs } of leases) expect(silentForMs).toBeGreaterThan(SECOND_MS / 2);
    expect((await holdfast.management.recover({ checkOnly: true })).runs).toEqual([]);
    expect((await holdfast.management.checkTimeouts({ checkOnly: true })).runs).toEqual([]);
  });
});
