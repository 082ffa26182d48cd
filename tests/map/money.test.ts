/** Costs that user code passes in: invalid ones, unknown ones, and calls that a budget refuses. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { wordCost } from "holdfast/extend";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let opened: Holdfast[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-money-"));
});
afterEach(async () => {
  await Promise.all(opened.map((holdfast) => holdfast.close()));
  opened = [];
  await rm(folder, { recursive: true });
});

interface Spending {
  reserve?: unknown;
  budget?: number | undefined;
  concurrency?: number;
  count?: number;
  attempts?: number;
  /** What the call of the nth item returns, or throws. */
  pay: (n: number, attempt: number) => unknown;
}

/** A map whose items spend money; what they spend may change between executions. */
async function spending(given: Spending) {
  let calls = 0;
  const terms = given;
  const workflow = defineWorkflow({
    name: "spending",
    input: z.object({}),
    stages: ["pay", "sum"],
    run: async ({ stage, map }) => {
      const { concurrency = 1, count = 20, budget, attempts } = terms;
      const options = {
        key: (n: number) => `k${n}`,
        concurrency,
        attempts,
        backoff: { initialMs: 0 },
        budget: budget === undefined ? undefined : { usd: budget },
      };
      const ref = await map(
        "pay",
        Array.from({ length: count }, (_, n) => n),
        options,
        (n, { spend, attempt }) =>
          spend((terms.reserve === undefined ? 0.5 : terms.reserve) as number, async () => {
            calls++;
            return terms.pay(n, attempt) as { value: number; usd: number | null };
          }),
      );
      return await stage("sum", { inputs: ref }, async ({ results }) => {
        const items = [];
        for await (const { key, costUsd, unpriced } of results(ref)) items.push({ key, costUsd, unpriced });
        return { costUsd: ref.costUsd, unpriced: ref.unpriced ?? null, items };
      });
    },
  });
  const holdfast = await openHoldfast({ url: "sqlite::memory:", dataDir: folder, workflows: [workflow] });
  opened.push(holdfast);
  await (await holdfast.startHere(workflow, {}, { runId: "r" })).done;
  const view = await holdfast.runs.get("r");
  const stateOf = async () => await holdfast.store.getMap("r" as never, "pay");
  return { view, holdfast, terms, calls: () => calls, stateOf };
}

const WRONG: readonly (readonly [name: string, value: unknown, said: string])[] = [
  ["a text", "0.002", 'the text "0.002"'],
  ["less than nothing", -1, "-1"],
  ["undefined", undefined, "undefined"],
  ["NaN", Number.NaN, "NaN"],
  ["infinity", Number.POSITIVE_INFINITY, "Infinity"],
  ["more than a million", 1e300, "1e+300"],
  ["a bigint", 2n, "2"],
  ["a list", [1], "[1]"],
];

async function resumed(holdfast: Holdfast) {
  await (await holdfast.resumeHere("r")).done;
  return holdfast.runs.get("r");
}

const FAILED = { status: "failed", error: { code: "STAGE_FAILED" } };

describe("an invalid amount fails the map at once", () => {
  test.each(WRONG)("as the cost of a call: %s", async (_, usd, said) => {
    for (const budget of [undefined, 5]) {
      const { view, calls, stateOf, terms, holdfast } = await spending({ budget, pay: (n) => ({ value: n, usd }) });
      expect(view).toMatchObject(FAILED);
      expect(view.error?.message).toContain(
        `Map pay, item k0: spend: the call's \`usd\`: a number of dollars from 0 to 1,000,000 is expected, or null where the price is unknown, not ${said}`,
      );
      // The call was made, so the amount reserved for it may have been charged.
      expect([calls(), await stateOf()]).toMatchObject([
        1,
        { cost: { nanos: 500_000_000 }, okCount: 0, errorCount: 0 },
      ]);
      // Once corrected, the run continues where it was.
      terms.pay = (n) => ({ value: n, usd: 0.001 });
      const ended = await resumed(holdfast);
      expect(ended).toMatchObject({ status: "completed", output: { costUsd: 0.52 } });
      expect(calls()).toBe(21);
    }
  });

  test.each(WRONG.filter(([name]) => name !== "undefined"))(
    "as the cost of a failed call: %s",
    async (_, usd, said) => {
      const pay = () => {
        throw Object.assign(new Error("refused"), { costUsd: usd });
      };
      const { view, calls, stateOf } = await spending({ budget: 5, attempts: 9, pay });
      expect(view).toMatchObject(FAILED);
      expect(view.error?.message).toContain(`item k0: spend: the error's \`costUsd\`: a number of dollars`);
      expect(view.error?.message).toContain(`not ${said}`);
      expect([calls(), (await stateOf())?.cost.nanos]).toEqual([1, 500_000_000]);
    },
  );

  test.each(WRONG.filter(([name]) => name !== "undefined"))(
    "as a reserve, and nothing is called: %s",
    async (_, reserve, said) => {
      const { view, calls } = await spending({ reserve, pay: (n) => ({ value: n, usd: 0 }) });
      expect(view).toMatchObject(FAILED);
      expect(view.error?.message).toContain(
        "`reserveUsd`: a number of dollars from 0 to 1,000,000 is expected, or null",
      );
      expect(view.error?.message).toContain(`not ${said}`);
      expect(calls()).toBe(0);
    },
  );

  test("as tokens, and as the answer itself", async () => {
    const tokens = await spending({ pay: (n) => ({ value: n, usd: null, tokens: -3 }) });
    expect(tokens.view.error?.message).toContain(
      "`tokens`: a whole number of tokens from 0 to 1,000,000,000,000 is expected, not -3",
    );
    const nothing = await spending({ pay: () => undefined });
    expect(nothing.view.error?.message).toContain("the call must return { value, usd }, not undefined");
  });

  test("of many concurrent calls, those in flight end and are kept, and no other begins", async () => {
    const pay = (n: number) => ({ value: n, usd: n === 3 ? -1 : 0.25 });
    const { view, calls, stateOf } = await spending({ concurrency: 5, count: 500, pay });
    expect(view).toMatchObject(FAILED);
    expect(calls()).toBeLessThanOrEqual(10);
    expect((await stateOf())?.okCount).toBe(calls() - 1);
  });
});

describe("an unknown price", () => {
  test("is not a price of zero: the cost is null, with the number of calls and their tokens", async () => {
    const usage = { inputTokens: 100, outputTokens: 20, cachedTokens: 50 };
    const { view } = await spending({ reserve: null, count: 3, pay: (n) => ({ value: n, usd: null, usage }) });
    const unpriced = { calls: 1, tokens: 120 };
    expect(view.output).toEqual({
      costUsd: null,
      unpriced: { calls: 3, tokens: 360 },
      items: ["k0", "k1", "k2"].map((key) => ({ key, costUsd: null, unpriced })),
    });
  });

  test("beside known ones keeps their sum known, and says what it does not include", async () => {
    const pay = (n: number) => (n % 2 === 0 ? { value: n, usd: 0.1 } : { value: n, usd: null, tokens: 1_000 });
    const { view, holdfast } = await spending({ count: 7, pay });
    expect(view.output).toMatchObject({ costUsd: 0.4, unpriced: { calls: 3, tokens: 3_000 } });
    expect(wordCost(view.output as never)).toBe("$0.40 and 3 calls of unknown price (3,000 tokens)");
    const committed = (await holdfast.store.listEvents("r" as never, { after: 0, limit: 999 })).filter(
      ({ type }) => type === "map.committed",
    );
    expect(committed.length).toBeGreaterThan(0);
    for (const { data } of committed) expect(data).not.toMatchObject({ costUsd: 0 });
  });

  test("of a failed call counts too, with its tokens, in addition to what its retry cost", async () => {
    const pay = (n: number, attempt: number) => {
      if (attempt > 1) return { value: n, usd: 0.2 };
      throw Object.assign(new Error("cut"), { costUsd: null, usage: { inputTokens: 7, outputTokens: 0 } });
    };
    const { view } = await spending({ count: 1, attempts: 2, pay });
    expect(view.output).toMatchObject({ costUsd: 0.2, unpriced: { calls: 1, tokens: 7 } });
  });

  test("calls that name their model are summed by it: answers, failures and repeats; the others are in the whole alone", async () => {
    const usage = (model: string) => ({ model, inputTokens: 100, outputTokens: 20 });
    const pay = (n: number, attempt: number) => {
      if (n === 3) return { value: n, usd: 0.5 };
      if (n === 2 && attempt === 1)
        throw Object.assign(new Error("cut"), { costUsd: 0.25, model: "large", usage: { inputTokens: 7 } });
      return { value: n, usd: n === 0 ? null : 0.125, usage: usage(n === 2 ? "large" : "small") };
    };
    const { holdfast } = await spending({ count: 4, attempts: 2, pay });
    const [map] = await holdfast.runs.maps("r");
    expect(map?.models).toEqual([
      { model: "large", calls: 2, inputTokens: 107, outputTokens: 20, costUsd: 0.375, unpriced: null },
      ...[{ model: "small", calls: 2, inputTokens: 200, outputTokens: 40, costUsd: 0.125 }].map((row) => ({
        ...row,
        unpriced: { calls: 1, tokens: 120 },
      })),
    ]);
    expect(map).toMatchObject({ costUsd: 1, unpriced: { calls: 1, tokens: 120 } });
  });

  test("makes a plan's cost unknown, not zero", async () => {
    const pay = (n: number) => {
      if (n > 1) throw Object.assign(new Error("no"), { costUsd: null });
      return { value: n, usd: null };
    };
    const { holdfast } = await spending({ count: 4, pay });
    const plan = await holdfast.plan("r", { only: "errors" });
    expect(plan).toMatchObject({ itemCalls: 2, maps: [{ costUsd: null }], costUsd: null });
  });

  test("cannot be checked against a budget: a reserve of null is refused before the call, a cost of null after the first", async () => {
    const before = await spending({ budget: 5, reserve: null, pay: (n) => ({ value: n, usd: null }) });
    expect(before.view).toMatchObject(FAILED);
    expect(before.view.error?.message).toContain(
      "Map pay, item k0: spend: what the call may cost is unknown (a reserve of null), so the map's budget cannot be kept. " +
        "Say what a call costs (0 for a model of your own), or run without a budget.",
    );
    expect(before.calls()).toBe(0);
    const after = await spending({ budget: 5, pay: (n) => ({ value: n, usd: null }) });
    expect(after.view.error?.message).toContain(
      "what the call cost is unknown (`usd: null`), so the map's budget cannot be kept",
    );
    expect([after.calls(), (await after.stateOf())?.cost.nanos]).toEqual([1, 500_000_000]);
  });
});

test("a budget that is added after calls of unknown price says that it cannot count them", async () => {
  const pay = (n: number) => {
    if (n > 0) throw Object.assign(new Error("no"), { costUsd: 0 });
    return { value: n, usd: null };
  };
  const { holdfast, terms } = await spending({ count: 3, attempts: 1, reserve: 0, pay });
  terms.budget = 5;
  terms.pay = (n) => ({ value: n, usd: 0.25 });
  await (await holdfast.resumeHere("r", { only: "errors" })).done;
  expect(await holdfast.runs.get("r")).toMatchObject({
    status: "completed",
    output: { costUsd: 0.5, unpriced: { calls: 1, tokens: 0 } },
  });
  const events = await holdfast.store.listEvents("r" as never, { after: 0, limit: 999 });
  expect(events.map(({ data }) => (data as { message?: string }).message)).toContain(
    "1 call of unknown price made before: the budget cannot count what they cost",
  );
});

test("a budget of one cent allows ten calls of a tenth of a cent, and no figure shows binary rounding", async () => {
  const { view, calls, holdfast, terms } = await spending({
    budget: 0.01,
    reserve: 0.001,
    pay: (n) => ({ value: n, usd: 0.001 }),
  });
  expect([view.status, view.reason, calls()]).toEqual(["paused", "budget", 10]);
  const events = await holdfast.store.listEvents("r" as never, { after: 0, limit: 999 });
  const reached = events.find(({ type }) => type === "budget.reached");
  expect(reached?.data).toEqual({ stage: "pay", spentUsd: 0.01, budgetUsd: 0.01 });
  terms.budget = undefined;
  terms.pay = (n) => ({ value: n, usd: 0.4985 });
  const ended = await resumed(holdfast);
  expect(ended.output).toMatchObject({ costUsd: 4.995 });
});

test("an item whose second call the budget refuses keeps the cost of its first one", async () => {
  let calls = 0;
  const workflow = defineWorkflow({
    name: "twice",
    input: z.object({}),
    run: async ({ map }) => {
      const options = { key: (n: number) => `k${n}`, concurrency: 1, budget: { usd: 1.5 } };
      const ref = await map("pay", [1], options, async (n, { spend }) => {
        for (const _ of [1, 2]) await spend(1, async () => ({ value: ++calls, usd: 1 }));
        return n;
      });
      return ref.costUsd;
    },
  });
  const holdfast = await openHoldfast({ url: "sqlite::memory:", dataDir: folder, workflows: [workflow] });
  opened.push(holdfast);
  await (await holdfast.startHere(workflow, {}, { runId: "r" })).done;
  const first = await holdfast.runs.get("r");
  expect([first.status, first.reason, calls]).toEqual(["paused", "budget", 1]);
  // The next execution knows of it: the first call does not fit into the budget either.
  const second = await resumed(holdfast);
  expect([second.status, second.reason, calls]).toEqual(["paused", "budget", 1]);
  expect((await holdfast.store.getMap("r" as never, "pay"))?.cost.nanos).toBe(1_000_000_000);
});
