import { ADAPT_DEFAULTS } from "@holdfast/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Clock } from "./clock.js";
import { ModelCallError, ModelConfigError } from "./errors.js";
import { createLimiter, limiterOutcomeOf } from "./limiter.js";
import type { Limiter, LimiterOptions, Permit } from "./limiter-types.js";

/** A clock that moves only on request, and fires due timers in order. */
class VirtualClock implements Clock {
  #nowMs = 1_000_000;
  #timers = new Set<{ atMs: number; wake: () => void }>();
  nowMs(): number {
    return this.#nowMs;
  }
  after(delayMs: number, wake: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
  get timerCount(): number {
    return this.#timers.size;
  }
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.wake();
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

/** Lets promise reactions run without time passing. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}

function limiterOf(options: Partial<LimiterOptions> = {}): { clock: VirtualClock; limiter: Limiter } {
  const clock = new VirtualClock();
  return { clock, limiter: createLimiter({ min: 1, max: 8, clock, ...options }) };
}

/** Requests `count` turns and returns those granted at once. The others stay queued, and are added when granted. */
async function ask(limiter: Limiter, count: number, tokens = 0): Promise<Permit[]> {
  const granted: Permit[] = [];
  for (let at = 0; at < count; at++) void limiter.acquire(tokens).then((permit) => granted.push(permit));
  await settled();
  return granted;
}

describe("concurrency", () => {
  test("starts at the minimum and doubles each round while requests succeed, up to the maximum", async () => {
    const { limiter } = limiterOf();
    const rounds: number[] = [];
    const granted = await ask(limiter, 100);
    for (let round = 0; round < 5; round++) {
      const batch = granted.splice(0);
      rounds.push(batch.length);
      for (const permit of batch) permit.release({ kind: "ok" });
      await settled();
    }
    expect(rounds).toEqual([1, 2, 4, 8, 8]);
    expect(limiter.changes.map((change) => change.to)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  test("does not grow while it is not reached: an unused limit proves nothing", async () => {
    const { limiter } = limiterOf({ start: 4 });
    for (let at = 0; at < 20; at++) (await limiter.acquire()).release({ kind: "ok" });
    expect(limiter.limit).toBe(4);
  });

  test("is cut once per episode, however many answers of the same wave are 429", async () => {
    const { limiter } = limiterOf({ max: 100, start: 100 });
    const wave = await ask(limiter, 100);
    for (const permit of wave) permit.release({ kind: "rate_limit" });
    expect(limiter.limit).toBe(80);
    expect(limiter.changes).toMatchObject([{ from: 100, to: 80, why: "rate_limited" }]);
  });

  test("is cut again by a request sent after the cool-down, but not during it", async () => {
    const { clock, limiter } = limiterOf({ max: 100, start: 100 });
    (await limiter.acquire()).release({ kind: "rate_limit" });
    await clock.advance(ADAPT_DEFAULTS.coolDownMs - 1);
    (await limiter.acquire()).release({ kind: "rate_limit" });
    expect(limiter.limit).toBe(80);
    await clock.advance(1);
    (await limiter.acquire()).release({ kind: "rate_limit" });
    expect(limiter.limit).toBe(64);
  });

  test("is not cut by a late 429 to a request sent before the last cut, even after the cool-down", async () => {
    const { clock, limiter } = limiterOf({ max: 100, start: 100 });
    const [late, early] = await ask(limiter, 2);
    early?.release({ kind: "rate_limit" });
    await clock.advance(10 * ADAPT_DEFAULTS.coolDownMs);
    late?.release({ kind: "rate_limit" });
    expect(limiter.limit).toBe(80);
  });

  test("never falls below the minimum", async () => {
    const { clock, limiter } = limiterOf({ min: 3, max: 4, start: 4 });
    for (let episode = 0; episode < 5; episode++) {
      (await limiter.acquire()).release({ kind: "rate_limit" });
      await clock.advance(ADAPT_DEFAULTS.coolDownMs + 1);
    }
    expect(limiter.limit).toBe(3);
  });

  test("grows by one per round after the first cut, but not before the cool-down has passed", async () => {
    const { clock, limiter } = limiterOf({ max: 100, start: 10 });
    (await limiter.acquire()).release({ kind: "rate_limit" });
    expect(limiter.limit).toBe(8);
    const granted = await ask(limiter, 1_000);
    const round = async () => {
      for (const permit of granted.splice(0)) permit.release({ kind: "ok" });
      await settled();
    };
    await round();
    expect(limiter.limit).toBe(8);
    await clock.advance(ADAPT_DEFAULTS.coolDownMs + 1);
    await round();
    await round();
    expect(limiter.limit).toBe(9);
  });

  test("stops growing after a server failure, without a cut", async () => {
    const { clock, limiter } = limiterOf({ max: 100, start: 4 });
    const granted = await ask(limiter, 1_000);
    granted.splice(0, 1)[0]?.release({ kind: "server" });
    await settled();
    for (const permit of granted.splice(0)) permit.release({ kind: "ok" });
    await settled();
    expect(limiter.limit).toBe(4);
    await clock.advance(ADAPT_DEFAULTS.freezeMs);
    for (const permit of granted.splice(0)) permit.release({ kind: "ok" });
    await settled();
    for (const permit of granted.splice(0)) permit.release({ kind: "ok" });
    expect(limiter.limit).toBe(5);
  });

  test("ignores neutral outcomes and a second release", async () => {
    const { limiter } = limiterOf({ start: 2 });
    const [first] = await ask(limiter, 10);
    first?.release({ kind: "neutral" });
    first?.release({ kind: "ok" });
    expect(limiter).toMatchObject({ limit: 2, underWay: 2, waiting: 7 });
  });
});

describe("waiting", () => {
  test("Retry-After holds back all requests, and the queue resumes by itself afterwards", async () => {
    const { clock, limiter } = limiterOf({ max: 4, start: 4 });
    (await limiter.acquire()).release({ kind: "rate_limit", retryAfterMs: 120_000 });
    const granted = await ask(limiter, 2);
    await clock.advance(119_999);
    expect(granted).toHaveLength(0);
    await clock.advance(1);
    expect(granted).toHaveLength(2);
  });

  test("Retry-After of a 503 holds back all requests too, but cuts nothing", async () => {
    const { clock, limiter } = limiterOf({ max: 4, start: 4 });
    (await limiter.acquire()).release({ kind: "server", retryAfterMs: 5_000 });
    const granted = await ask(limiter, 1);
    expect(granted).toHaveLength(0);
    await clock.advance(5_000);
    expect(granted).toHaveLength(1);
    expect(limiter.limit).toBe(4);
  });

  test("headers that report no remaining requests hold back all requests until the reset", async () => {
    const { clock, limiter } = limiterOf({ max: 4, start: 4 });
    limiter.observe({ remainingRequests: 3, resetRequestsMs: 60_000, remainingTokens: 0, resetTokensMs: 700 });
    const granted = await ask(limiter, 1);
    await clock.advance(699);
    expect(granted).toHaveLength(0);
    await clock.advance(1);
    expect(granted).toHaveLength(1);
    limiter.observe({ remainingRequests: 0, resetRequestsMs: 300 });
    expect(limiter.heldUntilMs).toBe(clock.nowMs() + 300);
  });

  test("an abort gives up the place in line with the signal's reason, and leaves no timer", async () => {
    const { clock, limiter } = limiterOf({ start: 1, max: 1 });
    limiter.observe({ remainingRequests: 0, resetRequestsMs: 1_000 });
    const abort = new AbortController();
    const given = limiter.acquire(0, abort.signal);
    const next = ask(limiter, 1);
    abort.abort("stop");
    await expect(given).rejects.toBe("stop");
    await clock.advance(1_000);
    expect(await next).toHaveLength(1);
    await expect(limiter.acquire(0, abort.signal)).rejects.toBe("stop");
    expect(limiter).toMatchObject({ underWay: 1, waiting: 0 });
    expect(clock.timerCount).toBe(0);
  });
});

describe("tokens per minute", () => {
  test("awaited by the first in line do not block the next once the first has given up", async () => {
    const { limiter } = limiterOf({ max: 10, start: 10, tpm: 6_000 });
    await limiter.acquire(800);
    const abort = new AbortController();
    const large = limiter.acquire(900, abort.signal);
    const small = await ask(limiter, 1, 100);
    expect(small).toHaveLength(0); // no overtaking
    abort.abort("stop");
    await expect(large).rejects.toBe("stop");
    expect(small).toHaveLength(1);
  });

  test("are reserved by estimate and settled by actual use", async () => {
    const { clock, limiter } = limiterOf({ max: 10, start: 10, tpm: 6_000 }); // 100 tokens a second, 1,000 at once
    const granted = await ask(limiter, 3, 500);
    expect(granted).toHaveLength(2);
    granted[0]?.release({ kind: "ok", tokens: 100 }); // 400 come back; 100 are missing: 1 s
    await settled();
    expect(granted).toHaveLength(2);
    await clock.advance(999);
    expect(granted).toHaveLength(2);
    await clock.advance(1);
    expect(granted).toHaveLength(3);
  });

  test("used above the estimate are a debt that later calls wait for", async () => {
    const { clock, limiter } = limiterOf({ max: 10, start: 10, tpm: 6_000 });
    (await limiter.acquire(100)).release({ kind: "ok", tokens: 2_000 }); // 1,000 in debt
    const granted = await ask(limiter, 1, 100);
    await clock.advance(10_999);
    expect(granted).toHaveLength(0);
    await clock.advance(1);
    expect(granted).toHaveLength(1);
  });

  test("of a refused request are returned; those of an unanswered one are not", async () => {
    const { limiter } = limiterOf({ max: 10, start: 10, tpm: 6_000 });
    (await limiter.acquire(1_000)).release({ kind: "neutral" });
    const granted = await ask(limiter, 1, 1_000);
    expect(granted).toHaveLength(1);
    granted[0]?.release({ kind: "server" });
    expect(await ask(limiter, 1, 1)).toHaveLength(0);
  });

  test("allow a request larger than the bucket if the bucket is full", async () => {
    const { limiter } = limiterOf({ max: 10, start: 10, tpm: 600 });
    expect(await ask(limiter, 2, 5_000)).toHaveLength(1);
  });
});

test("contradictory options are refused by name", () => {
  expect(() => createLimiter({ min: 4, max: 2 })).toThrow(ModelConfigError);
  expect(() => createLimiter({ min: 1, max: 2, start: 3 })).toThrow(/min 1 ≤ start 3 ≤ max 2/);
  expect(() => createLimiter({ min: 0, max: 2 })).toThrow(/"min"/);
  expect(() => createLimiter({ min: 1, max: 2, rpm: 1.5 })).toThrow(/"rpm"/);
});

test("an error's outcome for the limiter follows from its category", () => {
  const kindOf = (category: ModelCallError["category"], retryAfterMs?: number) =>
    limiterOutcomeOf(new ModelCallError({ category, model: "m", reason: "r.", retryAfterMs }));
  expect(kindOf("rate_limit")).toMatchObject({ kind: "rate_limit", retryAfterMs: 10_000 });
  expect(kindOf("rate_limit", 3)).toMatchObject({ kind: "rate_limit", retryAfterMs: 3 });
  for (const category of ["server", "timeout", "network"] as const) expect(kindOf(category).kind).toBe("server");
  for (const category of ["refusal", "invalid_output", "context_length"] as const)
    expect(kindOf(category).kind).toBe("ok");
  for (const category of ["quota", "auth", "other"] as const) expect(kindOf(category).kind).toBe("neutral");
  expect(limiterOutcomeOf(new Error("mine"))).toEqual({ kind: "neutral" });
});

test("invariants under any sequence: in progress ≤ limit at each grant, min ≤ limit ≤ max, rpm in any 60 s, one cut per episode, every request served", async () => {
  const move = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("ask" as const),
        tokens: fc.integer({ min: 0, max: 900 }),
        abort: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("release" as const),
        which: fc.nat(),
        kind: fc.constantFrom("ok", "ok", "ok", "rate_limit", "server", "neutral"),
        retryAfterMs: fc.constantFrom(undefined, 0, 700, 90_000),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1, 40, 900, 16_000, 61_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const) }) },
  );
  const settings = fc
    .tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 20 }),
      fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      fc.option(fc.integer({ min: 60, max: 6_000 }), { nil: undefined }),
    )
    .map(([min, more, rpm, tpm]) => ({ min, max: min + more, rpm, tpm }));
  await fc.assert(
    fc.asyncProperty(settings, fc.array(move, { maxLength: 120 }), async (given, moves) => {
      const { clock, limiter } = limiterOf(given);
      const open: Permit[] = [];
      const grantsMs: number[] = [];
      const aborts = new Set<AbortController>();
      let asked = 0;
      let gone = 0;
      const release = (which: number, outcome: Parameters<Permit["release"]>[0]) => {
        open.splice(which % open.length, 1)[0]?.release(outcome);
      };
      for (const step of moves) {
        if (step.do === "ask") {
          const abort = new AbortController();
          if (step.abort) aborts.add(abort);
          asked += 1;
          const granted = (permit: Permit) => {
            aborts.delete(abort);
            grantsMs.push(clock.nowMs());
            open.push(permit);
          };
          void limiter.acquire(step.tokens, abort.signal).then(granted, () => {
            gone += 1;
          });
        } else if (step.do === "release" && open.length > 0) {
          const before = limiter.underWay;
          release(step.which, {
            kind: step.kind as "ok",
            ...(step.retryAfterMs === undefined ? {} : { retryAfterMs: step.retryAfterMs }),
          });
          // A grant within this call happened below the limit. Without a grant, only the release is visible.
          if (limiter.underWay >= before) expect(limiter.underWay).toBeLessThanOrEqual(limiter.limit);
        } else if (step.do === "advance") await clock.advance(step.ms);
        else if (step.do === "abort") for (const abort of aborts) abort.abort("no more");
        await settled();
        expect(limiter.limit).toBeGreaterThanOrEqual(given.min);
        expect(limiter.limit).toBeLessThanOrEqual(given.max);
      }
      // Faults have stopped: in the end every request is served, whatever is held.
      for (let round = 0; round < 2_000 && (limiter.waiting > 0 || open.length > 0); round++) {
        while (open.length > 0) release(0, { kind: "ok", tokens: 0 });
        await settled(); // a grant is recorded when its promise runs; time must not have moved by then
        await clock.advance(5_000);
      }
      expect(limiter).toMatchObject({ waiting: 0, underWay: 0 });
      expect(grantsMs.length + gone).toBe(asked);
      if (given.rpm !== undefined) {
        grantsMs.forEach((atMs, at) => {
          expect(grantsMs.slice(at).filter((later) => later < atMs + 60_000).length).toBeLessThanOrEqual(
            given.rpm as number,
          );
        });
      }
      const cuts = limiter.changes.filter((change) => change.why === "rate_limited");
      for (let at = 1; at < cuts.length; at++) {
        expect((cuts[at]?.atMs ?? 0) - (cuts[at - 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(ADAPT_DEFAULTS.coolDownMs);
      }
    }),
    { numRuns: 1_000 },
  );
});
