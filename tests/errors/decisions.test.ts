/** What a failed attempt is followed by: the same words from `classify` and from errors, the same in stages and in maps. */
import {
  ERROR_CATEGORIES,
  GiveUpError,
  PauseRunError,
  RetryLaterError,
  StageFailedError,
  type Verdict,
} from "holdfast";
import { afterEach, describe, expect, test } from "vitest";
import { openBench } from "./bench.js";

type Bench = Awaited<ReturnType<typeof openBench>>;
let bench: Bench | null = null;
afterEach(async () => {
  await bench?.close();
  bench = null;
});

interface Options {
  readonly attempts?: number;
  readonly timeoutMs?: number;
  readonly classify?: (error: unknown, attempt: number) => never;
}

const answering = (given: unknown) => ({
  classify: () => (typeof given === "function" ? given() : given) as never,
});

/** Runs a body that fails until `isWell`, as a stage or as the only item of a map. */
async function failing(
  kind: "stage" | "map",
  options: Options,
  fail: () => unknown,
  isWell: (calls: readonly number[]) => boolean = () => false,
) {
  const calls: number[] = [];
  const body = async () => {
    calls.push(opened.nowMs());
    if (!isWell(calls)) await fail();
    return "done";
  };
  const opened = await openBench(async ({ stage, map }) => {
    if (kind === "stage") return stage("s", options, body);
    return map("s", ["a"], { ...options, key: (item: string) => item }, body);
  });
  bench = opened;
  const run = await opened.start();
  const rows = kind === "map" ? await opened.store.listItems("r" as never, "s", { limit: 10 }) : [];
  const error = kind === "map" ? (rows[0]?.error ?? null) : stageError(run?.error);
  return { run, calls, error, waitsMs: calls.slice(1).map((at, i) => at - (calls[i] ?? 0)) };
}

/** The recorded error of the stage, out of the StageFailedError that ended the run. */
const stageError = (error: unknown) =>
  ((error as { details?: { error?: unknown } } | null)?.details?.error ?? error ?? null) as {
    code?: string;
    category?: string;
    message: string;
    cause?: { message: string };
  } | null;

const thrower = (error: unknown) => () => {
  throw error;
};
const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

describe.each(["stage", "map"] as const)("in a %s", (kind) => {
  describe("an error that carries a decision", () => {
    test("GiveUpError fails at once, whatever attempts are left, under its category", async () => {
      const { run, calls, error } = await failing(
        kind,
        { attempts: 5 },
        thrower(new GiveUpError("no such customer", { category: "unknown_customer" })),
      );
      expect(run?.status).toBe("failed");
      expect(calls).toHaveLength(1);
      expect(error).toMatchObject({ code: "GIVE_UP", category: "unknown_customer", message: "no such customer" });
    });

    test("PauseRunError pauses with its reason until its time, and loses no attempt", async () => {
      let isOpen = false;
      const { run, calls } = await failing(kind, { attempts: 1 }, () => {
        if (!isOpen) throw new PauseRunError("closed", { reason: "market closed", afterMs: 3_600_000 });
      });
      expect([run?.status, run?.reason]).toEqual(["paused", "market closed"]);
      expect((run?.wakeAt ?? 0) - (bench?.clock.nowMs() ?? 0)).toBeGreaterThan(3_500_000);
      expect(calls).toHaveLength(1);
      isOpen = true;
      expect((await bench?.resume())?.status).toBe("completed");
    });

    test("RetryLaterError is tried again after its wait, and is the failure once the attempts are used up", async () => {
      const later = new RetryLaterError("not ready", { kind: "server", afterMs: 20_000 });
      const { calls, waitsMs, error } = await failing(kind, { attempts: 3 }, thrower(later));
      expect(calls).toHaveLength(3);
      for (const waitMs of waitsMs) expect(waitMs).toBeGreaterThanOrEqual(20_000);
      expect(error).toMatchObject({ code: "RETRY_LATER", category: "server" });
    });

    test("is known by its code, also through causes and of another copy of the package", async () => {
      const foreign = { message: "later", code: "GIVE_UP", category: "gone" };
      const { calls, error } = await failing(kind, { attempts: 4 }, thrower(new Error("wrapped", { cause: foreign })));
      expect(calls).toHaveLength(1);
      expect(error).toMatchObject({ message: "wrapped", category: "gone" });
    });

    test("is asked after classify, whose undefined leaves it the decision", async () => {
      const options = (verdict: unknown) => ({ attempts: 3, ...answering(verdict) });
      const first = await failing(kind, options({ then: "retry", afterMs: 5 }), thrower(new GiveUpError("no")));
      expect(first.calls).toHaveLength(3);
      await bench?.close();
      const second = await failing(kind, options(undefined), thrower(new GiveUpError("no")));
      expect(second.calls).toHaveLength(1);
    });

    test.each([
      [{ kind: "rate-limited" }, 'has kind: "rate-limited"', 'Did you mean "rate_limit"?'],
      [{ kind: "quota" }, 'has kind: "quota"', '"rate_limit", "server", "network" or "timeout" is expected'],
      [{ afterMs: "5s" }, 'has afterMs: "5s"', "a number of milliseconds is expected"],
    ])("with a wrong member (%j) fails at once and says so", async (options, value, expected) => {
      const { calls, error } = await failing(
        kind,
        { attempts: 9 },
        thrower(new RetryLaterError("x", options as never)),
      );
      expect(calls).toHaveLength(1);
      expect(error).toMatchObject({ code: "DECISION_INVALID", cause: { message: "x" } });
      expect(error?.message).toContain(`${kind === "stage" ? "Stage" : "Map"} s: the thrown RetryLaterError ${value}`);
      expect(error?.message).toContain(expected);
    });

    test("with a category that is a known one misspelled fails at once", async () => {
      const { error } = await failing(kind, {}, thrower(new GiveUpError("x", { category: "Rate-Limited" })));
      expect(error?.message).toMatch(/category: "Rate-Limited".* Did you mean "rate_limit"\?/);
    });
  });

  describe("an answer of classify", () => {
    const WRONG: readonly (readonly [unknown, string])[] = [
      ["retri", 'answered: "retri"; "retry", "fail" or "pause" is expected. Did you mean "retry"?'],
      [{ then: "retri" }, 'answered with then: "retri"; "retry", "fail" or "pause" is expected. Did you mean "retry"?'],
      [{ then: "retry", category: "rate-limited" }, 'Did you mean "rate_limit"?'],
      [{ then: "retry", category: "vendor" }, '"rate_limit", "quota", "auth"'],
      [{ then: "pause", category: "Server Error" }, 'Did you mean "server"?'],
      [{ then: "fail", category: 429 }, "answered with category: 429"],
      [{ then: "retry", afterMs: "5s" }, 'answered with afterMs: "5s"; a number of milliseconds is expected.'],
      [
        { then: "retry", afterMS: 5 },
        'answered with afterMS, which no verdict has; then, category and afterMs are expected. Did you mean "afterMs"?',
      ],
      [{}, "answered with then: "],
      [null, "answered null"],
      [true, "answered true"],
      [["retry"], 'answered ["retry"]'],
      [async () => "retry", "answered a promise; it must answer at once, without async."],
      [async () => Promise.reject(new Error("late")), "answered a promise"],
    ];
    test.each(WRONG)("%j fails the attempt at once and says what was expected", async (given, expected) => {
      const { run, calls, error } = await failing(
        kind,
        { attempts: 50, ...answering(given) },
        thrower(new Error("own")),
      );
      expect(run?.status).toBe("failed");
      expect(calls).toHaveLength(1);
      expect(error).toMatchObject({ code: "DECISION_INVALID", cause: { message: "own" } });
      expect(error?.message).toContain(`${kind === "stage" ? "Stage" : "Map"} s: classify `);
      expect(error?.message).toContain(expected);
    });

    test("that never comes, because classify threw, fails the attempt at once", async () => {
      const classify = thrower(new Error("oops")) as never;
      const { calls, error } = await failing(kind, { attempts: 50, classify }, thrower(new Error("own")));
      expect(calls).toHaveLength(1);
      expect(error?.message).toContain("classify threw: oops");
    });

    test("decides: fail fails also a rate limit, and a word of the workflow's own is its category", async () => {
      const limited = await failing(kind, answering({ then: "fail", category: "rate_limit" }), thrower(new Error("x")));
      expect(limited.run?.status).toBe("failed");
      expect(limited.calls).toHaveLength(1);
      await bench?.close();
      const own = await failing(kind, answering({ then: "fail", category: "invalid_input" }), thrower(new Error("x")));
      expect(own.error?.category).toBe("invalid_input");
    });
  });

  describe("without a word of anybody", () => {
    test.each(["server", "network", "timeout"])("a failure of the kind %s is retried five times", async (category) => {
      const { calls, waitsMs, run } = await failing(kind, {}, thrower(Object.assign(new Error("x"), { category })));
      expect(run?.status).toBe("failed");
      expect(calls).toHaveLength(6);
      expect(waitsMs.map((ms) => Math.round(ms / 100) / 10)).toEqual(
        [0.8, 1.5, 3, 6, 12].map((s) => expect.closeTo(s, 0)),
      );
    });

    test("a timeout of its own is one", async () => {
      const { calls, error } = await failing(kind, { timeoutMs: 1_000 }, () => new Promise(() => {}));
      expect(calls).toHaveLength(6);
      expect(error?.category).toBe("timeout");
    });

    test("a rate limit uses up no attempt", async () => {
      const limit = thrower(new RetryLaterError("slow down", { kind: "rate_limit", afterMs: 3_000 }));
      const { run, calls, waitsMs } = await failing(kind, { attempts: 1 }, limit, (all) => all.length > 8);
      expect(run?.status).toBe("completed");
      expect(calls).toHaveLength(9);
      for (const waitMs of waitsMs) expect(waitMs).toBeGreaterThanOrEqual(3_000);
    });

    test("a rate limit of more than a minute pauses the run, which has a time to wake", async () => {
      const limit = thrower(new RetryLaterError("slow down", { kind: "rate_limit", afterMs: 600_000 }));
      const { run, calls } = await failing(kind, { attempts: 1 }, limit);
      expect([run?.status, run?.reason, calls.length]).toEqual(["paused", "rate_limit", 1]);
      expect((run?.wakeAt ?? 0) - (bench?.clock.nowMs() ?? 0)).toBeGreaterThan(590_000);
    });

    test("a rate limit without end pauses the run after ten minutes", async () => {
      const { run, calls } = await failing(kind, {}, thrower(new RetryLaterError("x", { kind: "rate_limit" })));
      expect([run?.status, run?.reason]).toEqual(["paused", "rate_limit"]);
      expect(calls.at(-1)).toBeGreaterThanOrEqual(10 * 60_000);
    });

    const OWN = ERROR_CATEGORIES.filter((word) => !["rate_limit", "server", "network", "timeout"].includes(word));
    test.each([...OWN, "a word of its own"])(
      "a failure of the kind %s is the item's own: one attempt",
      async (category) => {
        const { calls } = await failing(kind, {}, thrower(Object.assign(new Error("x"), { category })));
        expect(calls).toHaveLength(1);
      },
    );

    test("an error without a category is the item's own, and `attempts` rule where they are given", async () => {
      expect((await failing(kind, {}, thrower(new Error("x")))).calls).toHaveLength(1);
      await bench?.close();
      expect((await failing(kind, { attempts: 2 }, thrower(coded("ECONNREFUSED")))).calls).toHaveLength(2);
    });

    test("an error of another class under a category in another spelling is of that category", async () => {
      const error = Object.assign(new Error("x"), { category: "rate-limited" });
      const { run, calls } = await failing(kind, {}, thrower(error), (all) => all.length > 3);
      expect([run?.status, calls.length]).toEqual(["completed", 4]);
    });
  });
});

test("a map of 5,000 items behind a rate limit loses none of them, whoever names the limit", async () => {
  const ways: readonly ((attempt: number) => { error: unknown; verdict?: Verdict })[] = [
    () => ({ error: new RetryLaterError("429", { kind: "rate_limit", afterMs: 1_000 }) }),
    () => ({ error: new Error("429"), verdict: { then: "retry", category: "rate_limit", afterMs: 1_000 } }),
    () => ({ error: Object.assign(new Error("429"), { category: "rate_limit" }) }),
  ];
  for (const way of ways) {
    let called = 0;
    const keys = Array.from({ length: 5_000 }, (_, n) => `n${n}`);
    const opened = await openBench(({ map }) =>
      map(
        "m",
        keys,
        { key: (item: string) => item, concurrency: 50, classify: (error) => (error as { verdict?: Verdict }).verdict },
        async (item) => {
          if (++called % 6 === 0) {
            const { error, verdict } = way(called);
            throw Object.assign(error as Error, verdict === undefined ? {} : { verdict });
          }
          return item;
        },
      ),
    );
    bench = opened;
    const run = await opened.start(24 * 60 * 60_000);
    expect(run?.status).toBe("completed");
    const rows = await opened.store.listItems("r" as never, "m", { outcome: "error", limit: 10 });
    expect(rows).toEqual([]);
    await opened.close();
  }
  bench = null;
});

test("who executes a run in the foreground is not thrown the error that paused it", async () => {
  const opened = await openBench(({ stage }) => stage("s", thrower(new PauseRunError("closed")) as never));
  bench = opened;
  const { done } = await opened.holdfast.startHere(opened.workflow, {}, { runId: "here" });
  let ended: unknown;
  done.then(
    () => {
      ended = "ended";
    },
    (error) => {
      ended = error;
    },
  );
  await opened.clock.runUntil(() => Promise.resolve(ended !== undefined), { virtualMsMax: 60_000 });
  expect(ended).toBe("ended");
});

test("a stage that gave up is a StageFailedError to the workflow, as any failure is", async () => {
  let seen: unknown;
  bench = await openBench(async ({ stage }) => {
    await stage("s", thrower(new GiveUpError("no")) as never).catch((error) => {
      seen = error;
    });
  });
  expect((await bench.start())?.status).toBe("completed");
  expect(seen).toBeInstanceOf(StageFailedError);
  expect(seen).toMatchObject({ error: { code: "GIVE_UP", category: "other" } });
});
