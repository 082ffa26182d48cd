/** Cost of calls: exact sums in any order, and calls of unknown price counted beside them. */
import { addCosts, type Cost, costOfCall, NANOS_MAX, NO_COST, toNanos, toUsd } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { type StoreFactory, startRun, withStore } from "./factory.js";
import { bad, commit, failureOf, intentOf, ok, opened, STAGE, usd } from "./map-pieces.js";

export function exerciseMapCosts(factory: StoreFactory): void {
  const unpriced = (tokens: number): Cost => costOfCall(null, tokens);

  describe(`${factory.name}: cost of calls`, () => {
    test("sums are exact in any order and with any division into commits", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        // As fractions, none of these sums would be exact: 0.1 + 0.2 is 0.30000000000000004.
        const prices = [0.1, 0.2, 0.7, 0.001, 0.004995, 0.000000001, 4.99];
        const results = Array.from({ length: 70 }, (_, i) => ({
          ...ok(i, `k${i}`),
          cost: usd(prices[i % prices.length] as number),
        }));
        await opened(store, fence);
        await commit(store, fence, { results: results.slice(0, 33) });
        await commit(store, fence, { results: results.slice(33, 34) });
        await commit(store, fence, { results: results.slice(34) });
        await opened(store, fence, { stage: "backwards" });
        const backwards = results.map((result) => ({ ...result })).reverse();
        await commit(store, fence, { stage: "backwards", results: backwards });
        const nanos = 10 * (100_000_000 + 200_000_000 + 700_000_000 + 1_000_000 + 4_995_000 + 1 + 4_990_000_000);
        expect(toUsd(nanos)).toBe(59.95995001);
        for (const stage of [STAGE, "backwards"]) {
          expect((await store.getMap(runId, stage))?.cost).toEqual({ ...NO_COST, nanos });
        }
      }));

    test("costs are summed by model over results, failures and later attempts; a commit that is sent twice counts once", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence, { total: 40 });
        expect((await store.getMap(runId, STAGE))?.models).toEqual([]);
        const by = (model: string, dollars: number | null) => {
          const cost = costOfCall(dollars, 12);
          return { cost, models: [{ model, calls: 1, inputTokens: 10, outputTokens: 2, cost }] };
        };
        const first = {
          failures: [{ ...failureOf("k00", 1), ...by("small", 0.5) }],
          results: [
            ok(0, "k00", { attempt: 2, ...by("large", 0.1) }),
            ...Array.from({ length: 16 }, (_, i) => ok(i + 1, `k${String(i + 1).padStart(2, "0")}`, by("large", 0.1))),
            bad(17, "k17", by("small", null)),
            ok(18, "k18"),
          ],
        };
        await commit(store, fence, first);
        await commit(store, fence, first);
        await commit(store, fence, { results: [ok(17, "k17", { attempt: 2, ...by("small", 0.25) })] });
        const map = await store.getMap(runId, STAGE);
        expect([...(map?.models ?? [])].sort((a, b) => (a.model < b.model ? -1 : 1))).toEqual([
          { model: "large", calls: 17, inputTokens: 170, outputTokens: 34, cost: usd(1.7) },
          {
            ...{ model: "small", calls: 3, inputTokens: 30, outputTokens: 6 },
            cost: { ...usd(0.75), unpricedCalls: 1, unpricedTokens: 12 },
          },
        ]);
        // What named no model is in the whole alone.
        expect(map?.cost.nanos).toBe(2_450_000_000 + 250_000_000);
        expect((await store.listMaps(runId))[0]?.models).toEqual(map?.models);
      }));

    test("the attempts of an item are summed exactly too", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { failures: [1, 2, 3].map((attempt) => failureOf("a", attempt, 0.1)) });
        await commit(store, fence, { results: [bad(0, "a", { attempt: 4, cost: usd(0.1) })] });
        await commit(store, fence, { failures: [failureOf("a", 5, 0.2)] });
        await commit(store, fence, { results: [ok(0, "a", { attempt: 6, cost: usd(0.1) })] });
        const [item] = await store.listItems(runId, STAGE, { limit: 9 });
        expect(item?.cost).toEqual(usd(0.7));
        expect((await store.getMap(runId, STAGE))?.cost).toEqual(usd(0.7));
      }));

    test.each([15, 16, 17, 40])("each of %i results in one commit keeps its earlier failures and their cost", (count) =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence, { total: count });
        const keys = Array.from({ length: count }, (_, i) => `k${String(i).padStart(2, "0")}`);
        const retried = keys.filter((_, i) => i % 3 === 0);
        const isRetried = (key: string) => retried.includes(key);
        await commit(store, fence, { failures: retried.map((key) => failureOf(key, 1, 0.5)) });
        await commit(store, fence, {
          results: keys.map((key, i) => ok(i, key, { attempt: isRetried(key) ? 2 : 1 })),
          failures: retried.map((key) => failureOf(key, 3, 0.5)),
        });
        const items = await store.listItems(runId, STAGE, { limit: 100 });
        expect(items.map(({ key, firstError, cost }) => [key, firstError?.message ?? null, cost.nanos])).toEqual(
          keys.map((key) => [key, isRetried(key) ? "first" : null, toNanos(isRetried(key) ? 1.25 : 0.25)]),
        );
        for (const key of retried) expect(await store.listItemFailures(runId, STAGE, key)).toHaveLength(2);
        const state = await store.getMap(runId, STAGE);
        expect([state?.okCount, state?.cost.nanos]).toEqual([count, toNanos(0.25 * count + retried.length)]);
      }),
    );

    test("calls of unknown price are counted with their tokens, in items, failures and the map", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const failure = { ...failureOf("a", 1), cost: unpriced(5) };
        await commit(store, fence, { failures: [failure, failureOf("a", 2, 0.5)] });
        await commit(store, fence, {
          results: [ok(0, "a", { attempt: 3, cost: unpriced(100) }), bad(1, "b", { cost: unpriced(7) }), ok(2, "c")],
        });
        const ofA = { nanos: toNanos(0.5), unpricedCalls: 2, unpricedTokens: 105 };
        const costs = async () => (await store.listItems(runId, STAGE, { limit: 9 })).map(({ cost }) => cost);
        expect(await costs()).toEqual([ofA, unpriced(7), usd(0.25)]);
        expect((await store.listItemFailures(runId, STAGE, "a")).map(({ cost }) => cost)).toEqual([
          unpriced(5),
          usd(0.5),
        ]);
        const all = { nanos: toNanos(0.75), unpricedCalls: 3, unpricedTokens: 112 };
        expect((await store.getMap(runId, STAGE))?.cost).toEqual(all);
        // Sending it again does not pay again; making another attempt does.
        await commit(store, fence, { results: [bad(1, "b", { cost: unpriced(7) })] });
        expect((await store.getMap(runId, STAGE))?.cost).toEqual(all);
        await commit(store, fence, { results: [ok(1, "b", { attempt: 2, cost: usd(1) })] });
        expect((await costs())[1]).toEqual(addCosts(unpriced(7), usd(1)));
        expect((await store.getMap(runId, STAGE))?.cost).toEqual(addCosts(all, usd(1)));
      }));

    test("results recorded in batches keep their own costs", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const cost = (i: number) => (i % 2 === 0 ? unpriced(i) : usd(i / 1_000));
        const keys = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, "0")}`);
        await commit(store, fence, { results: keys.map((key, i) => ok(i, key, { cost: cost(i) })) });
        const items = await store.listItems(runId, STAGE, { limit: 99 });
        expect(items.map((item) => item.cost)).toEqual(keys.map((_, i) => cost(i)));
        const sum = keys.map((_, i) => cost(i)).reduce(addCosts, NO_COST);
        expect((await store.getMap(runId, STAGE))?.cost).toEqual(sum);
      }));

    test("an answer saved after a lost lease keeps the unknown part of its cost", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { intents: [intentOf(0, "a")] });
        const common = { runId, stage: STAGE, configHash: "config-1", itemSha256: null, outputJson: "1" };
        const paid = { ...common, key: "a", cost: unpriced(42), usageJson: '{"tokens":42}' };
        await store.savePaid(paid);
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual([paid]);
      }));

    test("committed money that is not spent is reserved, whichever commits are written", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const state = async () => {
          const map = await store.getMap(runId, STAGE);
          return [map?.cost.nanos, map?.reservedNanos];
        };
        await commit(store, fence, { committedNanos: 500 });
        expect(await state()).toEqual([0, 500]);
        // It was sent beside a commit with a result of 300 that is not written: its own total shows what is missing.
        await commit(store, fence, { results: [ok(1, "b", { cost: usd(0.0000002) })], committedNanos: 500 });
        expect(await state()).toEqual([200, 300]);
        const failures = [failureOf("a", 1, 0.0000003)];
        await commit(store, fence, { failures, committedNanos: 500 });
        expect(await state()).toEqual([500, 0]);
        // Sent again: paid once.
        await commit(store, fence, { failures, committedNanos: 500 });
        expect(await state()).toEqual([500, 0]);
        await commit(store, fence, { committedNanos: 100 });
        expect(await state()).toEqual([500, 0]);
      }));

    test("a sum stops at its limit instead of losing precision", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const results = Array.from({ length: 9 }, (_, i) => ok(i, `k${i}`, { cost: usd(1_000_000) }));
        await commit(store, fence, { results: results.slice(0, 3) });
        expect((await store.getMap(runId, STAGE))?.cost.nanos).toBe(3_000_000 * 1e9);
        await commit(store, fence, { results: results.slice(3) });
        expect((await store.getMap(runId, STAGE))?.cost.nanos).toBe(NANOS_MAX);
      }));
  });
}
