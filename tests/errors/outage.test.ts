/** A map whose server goes down: the run pauses automatically, and no item is lost. In virtual time. */
import type { MapOptions } from "@holdfast/engine";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { openBench } from "./bench.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const REFUSED = () =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });

type Bench = Awaited<ReturnType<typeof openBench>>;
let bench: Bench | null = null;
afterEach(async () => {
  await bench?.close();
  bench = null;
});

/** A map of `count` items. `isUp` decides whether the server answers, at the end of a call of 100 ms. */
async function openMap(
  count: number,
  options: Partial<MapOptions<unknown>>,
  isUp: (nowMs: number) => boolean,
  error: () => unknown = REFUSED,
) {
  const calls: { readonly key: string; readonly atMs: number; readonly isOk: boolean }[] = [];
  const keys = Array.from({ length: count }, (_, n) => `n${n}`);
  const opened = await openBench(({ map }) =>
    map("m", keys, { ...options, key: (key: string) => key }, async (key) => {
      const atMs = opened.nowMs();
      await opened.clock.sleep(100);
      const isOk = isUp(opened.nowMs());
      calls.push({ key, atMs, isOk });
      if (!isOk) throw error();
      return key;
    }),
  );
  bench = opened;
  const results = async () => {
    const rows = await opened.store.listItems("r" as never, "m", { limit: 10_000 });
    return { ok: rows.filter(({ outcome }) => outcome === "ok").length, errors: rows.length };
  };
  return {
    opened,
    calls,
    async results() {
      const { ok, errors } = await results();
      return { ok, errors: errors - ok };
    },
  };
}

describe.each([
  ["the default", {}],
  ["one attempt", { attempts: 1 }],
  ["fifty at a time", { attempts: 1, concurrency: 50 }],
] as const)("with %s", (_, options) => {
  test("with no server listening, no item fails: the run pauses within seconds, and a plain resume completes all items", async () => {
    let isUp = false;
    const { opened, calls, results } = await openMap(300, options, () => isUp);
    const run = await opened.start();
    expect([run?.status, run?.reason]).toEqual(["paused", "outage"]);
    expect(opened.nowMs()).toBeLessThan(15 * SECOND_MS);
    const wakeInMs = (run?.wakeAt ?? 0) - opened.clock.nowMs();
    expect(wakeInMs).toBeGreaterThan(4 * MINUTE_MS);
    expect(wakeInMs).toBeLessThanOrEqual(5 * MINUTE_MS);
    expect(await results()).toEqual({ ok: 0, errors: 0 });
    // Twenty in a row or two rounds of the concurrency, the calls then in flight, and the probe.
    expect(calls.length).toBeLessThanOrEqual(100 + 50 + 1);
    isUp = true;
    const after = await opened.resume();
    expect(after?.status).toBe("completed");
    expect(await results()).toEqual({ ok: 300, errors: 0 });
  });

  test("after an outage one call probes whether it is over", async () => {
    const { opened, calls } = await openMap(300, options, () => false);
    await opened.start();
    for (let resumed = 0; resumed < 3; resumed++) {
      const before = calls.length;
      const run = await opened.resume();
      expect([run?.status, run?.reason]).toEqual(["paused", "outage"]);
      expect(calls.length - before).toBe(1);
    }
  });

  test("a short outage pauses nothing and loses nothing", async () => {
    // It begins and ends between the calls that open the breaker and the probe.
    const { opened, calls, results } = await openMap(300, options, (nowMs) => nowMs < 500 || nowMs > 4 * SECOND_MS);
    const run = await opened.start();
    expect(run?.status).toBe("completed");
    expect(await results()).toEqual({ ok: 300, errors: 0 });
    expect(calls.filter(({ isOk }) => !isOk).length).toBeGreaterThanOrEqual(20);
  });
});

test.each([
  ["server", () => Object.assign(new Error("503"), { category: "server" })],
  ["timeout", () => new DOMException("over", "TimeoutError")],
])("a %s that fails every call is an outage too", async (_, error) => {
  const { opened, results } = await openMap(100, { attempts: 1 }, () => false, error);
  const run = await opened.start();
  expect([run?.status, run?.reason]).toEqual(["paused", "outage"]);
  expect(await results()).toEqual({ ok: 0, errors: 0 });
});

test("the pause is as long as the server asks, if that is longer", async () => {
  const later = () => Object.assign(new Error("503"), { code: "RETRY_LATER", kind: "server", afterMs: 30 * MINUTE_MS });
  const { opened } = await openMap(100, { concurrency: 20 }, () => false, later);
  const run = await opened.start(3 * 60 * MINUTE_MS);
  expect([run?.status, run?.reason]).toEqual(["paused", "outage"]);
  expect((run?.wakeAt ?? 0) - opened.clock.nowMs()).toBeGreaterThan(29 * MINUTE_MS);
});

test.each([undefined, 2])("items whose host is gone fail, while others succeed (attempts: %s)", async (attempts) => {
  const keys = Array.from({ length: 200 }, (_, n) => `n${n}`);
  const options = attempts === undefined ? {} : { attempts };
  const other = await openBench(({ map }) =>
    map("m", keys, { ...options, maxFailed: 100, key: (key: string) => key }, async (key) => {
      // More than it takes to open a breaker; in the end only their retries are left.
      if (Number(key.slice(1)) % 5 === 0) throw REFUSED();
      return key;
    }),
  );
  bench = other;
  expect((await other.start())?.status).toBe("completed");
  const rows = await other.store.listItems("r" as never, "m", { outcome: "error", limit: 1_000 });
  expect(rows.map(({ category, attempts }) => [category, attempts])).toEqual(
    Array.from({ length: 40 }, () => ["network", attempts ?? 6]),
  );
});

test("a workflow that expects missing hosts can say so, and no run pauses for them", async () => {
  const classify = (error: unknown) =>
    error instanceof TypeError ? ({ then: "fail", category: "network" } as const) : undefined;
  const { opened, results } = await openMap(60, { classify, maxFailed: 100 }, () => false);
  expect((await opened.start())?.status).toBe("completed");
  expect(await results()).toEqual({ ok: 0, errors: 60 });
});

test("fewer items than make an outage fail once their attempts are used up", async () => {
  const { opened, results } = await openMap(3, {}, () => false);
  const run = await opened.start();
  expect([run?.status, run?.reason]).toEqual(["failed", "items_failed"]);
  expect(await results()).toEqual({ ok: 0, errors: 3 });
});

test("a user's pause while failures are held back leaves their items without a result", async () => {
  let isUp = false;
  const { opened, results } = await openMap(10, { attempts: 1, concurrency: 1 }, () => isUp);
  const done = opened.start();
  await opened.clock.advance(550);
  await opened.holdfast.runs.pause("r", "lunch");
  expect((await done)?.status).toBe("paused");
  expect(await results()).toEqual({ ok: 0, errors: 0 });
  isUp = true;
  expect((await opened.resume())?.status).toBe("completed");
  expect(await results()).toEqual({ ok: 10, errors: 0 });
});

test("the cost of failed calls is counted once, whatever happens to their items", async () => {
  for (const isOutage of [true, false]) {
    const count = isOutage ? 100 : 5;
    const keys = Array.from({ length: count }, (_, n) => `n${n}`);
    let called = 0;
    const opened = await openBench(({ map }) =>
      map("m", keys, { attempts: 1, key: (key: string) => key }, async (_, { spend }) => {
        called++;
        // Paid for, then lost in transit.
        await spend(1, async () => ({ value: null, usd: 1 }));
        throw REFUSED();
      }),
    );
    const run = await opened.start();
    expect(run?.status).toBe(isOutage ? "paused" : "failed");
    expect((await opened.store.getMap("r" as never, "m"))?.cost.nanos).toBe(called * 1_000_000_000);
    await opened.close();
  }
});

test("a worker continues automatically: whatever outages come, every item succeeds and a server that is down is rarely called", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        count: fc.integer({ min: 25, max: 200 }),
        concurrency: fc.integer({ min: 1, max: 30 }),
        /** The ends of alternating spans without and with a server, in seconds after each other. */
        spans: fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 6 }),
        attempts: fc.constantFrom(undefined, 1_000),
      }),
      async ({ count, concurrency, spans, attempts }) => {
        const ends = spans.map((_, at) => spans.slice(0, at + 1).reduce((sum, s) => sum + s, 0) * SECOND_MS);
        const isUp = (nowMs: number) => ends.filter((end) => end <= nowMs).length % 2 === ends.length % 2;
        const options = { concurrency, ...(attempts === undefined ? {} : { attempts }) };
        const { opened, calls, results } = await openMap(count, options, isUp);
        try {
          await opened.holdfast.start(opened.workflow, {}, { runId: "r" });
          const stop = new AbortController();
          const work = opened.holdfast.work({ signal: stop.signal, supervise: true });
          await opened.clock.runUntil(
            async () => ["completed", "failed"].includes((await opened.store.getRun("r"))?.status ?? ""),
            { virtualMsMax: 5 * 60 * MINUTE_MS },
          );
          stop.abort();
          await opened.clock.advance(MINUTE_MS);
          await work;
          expect((await opened.store.getRun("r"))?.status).toBe("completed");
          expect(await results()).toEqual({ ok: count, errors: 0 });
          // The failures in a row that open the breaker, the calls then in flight, and one probe every five minutes.
          const downMs = ends.reduce((sum, end, at) => (isUp(end - 1) ? sum : sum + end - (ends[at - 1] ?? 0)), 0);
          const row = Math.max(20, 2 * concurrency) + concurrency;
          const failed = calls.filter(({ isOk }) => !isOk).length;
          expect(failed).toBeLessThanOrEqual((ends.length + 1) * row + downMs / (4 * MINUTE_MS));
        } finally {
          await opened.close();
          bench = null;
        }
      },
    ),
    { numRuns: 8 },
  );
});
