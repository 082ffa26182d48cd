/**
 * How often a map calls: the requested rate, and the minimum wait under a provider that pushes back without saying how
 * long to wait.
 */
import { createHoldfast, defineWorkflow, type MapOptions, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { VirtualClock } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const SECOND_MS = 1_000;

interface Ran {
  /** When each call began, in ms from the start. */
  readonly calledMs: readonly number[];
  readonly status: string | undefined;
  readonly reason: string | null | undefined;
  readonly openIntentsMax: number;
}

/** Runs a map of `count` items in virtual time, for a limited time. */
async function run(
  count: number,
  options: MapOptions<unknown>,
  forMs: number,
  fn: (call: {
    readonly nowMs: number;
    readonly callNo: number;
    readonly pass: (ms: number) => Promise<void>;
  }) => unknown,
): Promise<Ran> {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: ":memory:", inline: true, clock, random: () => 0.5 });
  const startMs = clock.monotonicMs();
  const calledMs: number[] = [];
  const workflow = defineWorkflow({
    name: "calls",
    input: z.object({}),
    run: ({ map }) =>
      map(
        "each",
        Array.from({ length: count }, (_, n) => `n${n}`),
        { ...options, key: (item) => item },
        async () => {
          const nowMs = clock.monotonicMs() - startMs;
          calledMs.push(nowMs);
          await fn({ nowMs, callNo: calledMs.length, pass: (ms) => clock.sleep(ms) });
          return "done";
        },
      ),
  });
  const holdfast = createHoldfast({
    store,
    workflows: [workflow],
    dataDir: "",
    artifacts: new MemoryArtifactStore(),
    stageFiles: false,
    clock,
    random: () => 0.5,
    identity: { name: "w", host: "h", pid: 1, bootId: "b", pidNamespace: "p", processStart: "1" },
    isProvenDead: () => false,
  });
  const { done } = await holdfast.startHere(workflow, {}, { runId: "r" });
  let openIntentsMax = 0;
  await clock.runUntil(
    async () => {
      const intents = await store.listOpenIntents("r" as never, "each").catch(() => []);
      openIntentsMax = Math.max(openIntentsMax, intents.length);
      const status = (await store.getRun("r"))?.status;
      return status !== "running" && status !== "queued";
    },
    { virtualMsMax: forMs },
  );
  const record = await store.getRun("r");
  const closing = holdfast.close();
  await clock.advance(60_000);
  await Promise.all([done, closing]);
  return { calledMs, status: record?.status, reason: record?.reason, openIntentsMax };
}

function mostInAny(perMs: number, calledMs: readonly number[]): number {
  return Math.max(0, ...calledMs.map((from) => calledMs.filter((at) => at >= from && at < from + perMs).length));
}

describe("a provider that refuses with Retry-After: 0", () => {
  const refuse = () => {
    throw new Error("slow down");
  };

  test.each([0, -5])("as a 429 (%i) is called less and less, and the run pauses after ten minutes", async (afterMs) => {
    const classify = () => ({ then: "pause", category: "rate_limit", afterMs }) as const;
    const { calledMs, status, reason } = await run(500, { concurrency: 20, classify }, 15 * 60_000, refuse);
    expect([status, reason]).toEqual(["paused", "rate_limit"]);
    expect(mostInAny(SECOND_MS, calledMs)).toBeLessThanOrEqual(20);
    // 1, 2, 4 … 32 s and then a minute each: 16 rounds in ten minutes, of at most 20 calls.
    expect(calledMs.length).toBeLessThanOrEqual(16 * 20);
    expect(calledMs.filter((at) => at >= 60_000 && at < 120_000).length).toBeLessThanOrEqual(20);
  });

  test("as a 503 is not flooded either", async () => {
    const classify = () => ({ then: "retry", category: "server", afterMs: 0 }) as const;
    const options = { concurrency: 20, attempts: Number.POSITIVE_INFINITY, classify };
    const { calledMs, status, reason } = await run(500, options, 15 * 60_000, refuse);
    expect([status, reason]).toEqual(["paused", "outage"]);
    expect(mostInAny(SECOND_MS, calledMs)).toBeLessThanOrEqual(2 * 20);
    expect(calledMs.length).toBeLessThanOrEqual(3 * 20);
  });

  test("now and then costs a second each time, without growing", async () => {
    const classify = () => ({ then: "pause", category: "rate_limit", afterMs: 0 }) as const;
    const { calledMs, status } = await run(30, { concurrency: 1, classify }, 10 * 60_000, ({ callNo }) => {
      if (callNo % 3 === 0) refuse();
    });
    expect(status).toBe("completed");
    const gapsMs = calledMs.slice(1).map((at, i) => at - (calledMs[i] as number));
    expect(Math.max(...gapsMs)).toBe(SECOND_MS);
    expect(gapsMs.filter((gap) => gap === SECOND_MS)).toHaveLength(Math.floor((calledMs.length - 1) / 3));
  });
});

describe("a map with a rate", () => {
  test.each([
    { calls: 5, perMs: SECOND_MS, count: 50 },
    { calls: 1, perMs: 200, count: 20 },
    { calls: 30, perMs: 60_000, count: 90 },
    { calls: 1, perMs: 86_400_000, count: 3 },
  ])(
    "of $calls in $perMs ms begins no more calls in any such stretch, and not many fewer",
    async ({ calls, perMs, count }) => {
      const { calledMs, status, openIntentsMax } = await run(
        count,
        { concurrency: 100, rate: { calls, perMs } },
        40 * 86_400_000,
        ({ pass }) => pass(50),
      );
      expect(status).toBe("completed");
      expect(calledMs).toHaveLength(count);
      expect(mostInAny(perMs, calledMs)).toBeLessThanOrEqual(calls);
      expect(calledMs.at(-1)).toBeLessThanOrEqual((count * perMs) / calls + 100);
      // Calls that are announced and wait for their turn would count as charged after a crash.
      expect(openIntentsMax).toBeLessThanOrEqual(Math.max(1, calls));
    },
  );

  test("counts retries too", async () => {
    const options = { concurrency: 10, rate: { calls: 2, perMs: SECOND_MS }, attempts: 3, backoff: { initialMs: 1 } };
    const { calledMs, status } = await run(10, options, 10 * 60_000, ({ callNo }) => {
      if (callNo % 2 === 0) throw new Error("again");
    });
    expect(status).toBe("completed");
    expect(calledMs.length).toBeGreaterThan(10);
    expect(mostInAny(SECOND_MS, calledMs)).toBeLessThanOrEqual(2);
  });
});
