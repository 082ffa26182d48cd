/** Durable maps: opening, fenced commits, one result per key, exact counters. */
import { toUsd } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { type StoreFactory, startRun, withStore } from "./factory.js";
import { exerciseMapCosts } from "./map-costs.js";
import {
  bad,
  commit,
  commitOf,
  FIRST,
  failureOf,
  intentOf,
  LATER,
  ok,
  opened,
  openWith,
  ROW_SHA256,
  STAGE,
  usd,
} from "./map-pieces.js";
import { exerciseMapRecords } from "./map-records.js";

export function exerciseMaps(factory: StoreFactory): void {
  describe(`${factory.name}: maps`, () => {
    test("the failure of an item that is tried again becomes the run's last error, at most once per second", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { intents: [intentOf(0, "a"), intentOf(1, "b")] });
        await commit(store, fence, { failures: [failureOf("a", 1)] });
        const first = await store.getRun(runId);
        expect(first).toMatchObject({ lastError: expect.anything(), lastErrorAt: expect.any(Number) });
        await commit(store, fence, { failures: [failureOf("b", 1)] });
        expect((await store.getRun(runId))?.lastErrorAt).toBe(first?.lastErrorAt);
        await advance(2_000);
        await commit(store, fence, { failures: [failureOf("a", 2)] });
        expect((await store.getRun(runId))?.lastErrorAt).toBeGreaterThan(first?.lastErrorAt ?? 0);
        await commit(store, fence, { results: [ok(1, "b")] });
        expect((await store.getRun(runId))?.lastError).not.toBeNull();
      }));

    test("keeps the pages of an iterable from the one before the mark on, and drops them when other items are adopted", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const page = (index: number, ...keys: string[]) => ({ index, before: `d${index}`, keys });
        await commit(store, fence, { pages: [page(0, "a", "b"), page(2, "c", "d")] });
        await commit(store, fence, { pages: [page(4, "e")], lowWater: 2 });
        expect(await store.listItemPages(runId, STAGE)).toEqual([page(0, "a", "b"), page(2, "c", "d"), page(4, "e")]);
        await commit(store, fence, { pages: [page(4, "e", "f")], lowWater: 3 });
        expect(await store.listItemPages(runId, STAGE)).toEqual([page(2, "c", "d"), page(4, "e", "f")]);
        const written = { kind: "written", wish: null };
        expect(await store.leaveOut(fence, STAGE, ["x", "y"])).toEqual(written);
        expect(await store.leaveOut(fence, STAGE, ["y", "z"])).toEqual(written);
        expect(await store.leaveOut({ ...fence, token: 9 }, STAGE, ["w"])).toMatchObject({ kind: "leaseLost" });
        expect(await store.findLeftOut(runId, STAGE, ["w", "x", "z"])).toEqual(["x", "z"]);
        // The word of one that was erased: with other items it is looked for again.
        const erased = "erased-0123456789abcdef";
        expect(await store.leaveOut(fence, STAGE, [erased, `${erased}0`])).toEqual(written);
        const adopting = (isKeepingLeftOut: boolean, absentCount: number) =>
          opened(store, fence, { adoptConfig: true, adoptItems: { isKeepingLeftOut, absentCount } });
        expect(await adopting(true, 2)).toMatchObject({ lowWater: 0, leftOutCount: 4, absentCount: 2 });
        expect(await store.findLeftOut(runId, STAGE, [erased, `${erased}0`])).toEqual([`${erased}0`]);
        expect(await store.listItemPages(runId, STAGE)).toEqual([]);
        expect(await adopting(false, 0)).toMatchObject({ leftOutCount: 0, absentCount: 0 });
        expect(await store.findLeftOut(runId, STAGE, ["x"])).toEqual([]);
      }));

    test("the first opening creates a map, and later ones return its present state", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        expect(await store.getMap(runId, STAGE)).toBeNull();
        const state = await opened(store, fence);
        expect(state).toMatchObject({
          stage: STAGE,
          generation: 1,
          configHash: "config-1",
          configJson: '{"model":"small"}',
          sourceDigest: "source-1",
          total: 10,
          okCount: 0,
          errorCount: 0,
          cost: usd(0),
          reservedNanos: 0,
          budgetNanos: null,
          lowWater: 0,
          intentCount: 0,
          intentLow: 0,
          finishedAt: null,
        });
        await commit(store, fence, { results: [ok(0, "a")], lowWater: 1, committedNanos: usd(0.25).nanos + 2 });
        const other = { configHash: "config-2", configJson: null, sourceDigest: "source-2", total: 3 };
        const again = await opened(store, fence, other);
        expect(again).toEqual({ ...state, okCount: 1, cost: usd(0.25), lowWater: 1, reservedNanos: 2 });
        expect(await store.getMap(runId, STAGE)).toEqual(again);
        await opened(store, fence, { stage: "score" });
        expect((await store.listMaps(runId)).map((map) => map.stage)).toEqual([STAGE, "score"]);
      }));

    test("the budget is the newest opening's, and stays where an opening says nothing of it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const budgetOf = async () => (await store.getMap(runId, STAGE))?.budgetNanos;
        expect(await opened(store, fence, { budgetNanos: 600_000_000 })).toMatchObject({ budgetNanos: 600_000_000 });
        expect(await opened(store, fence)).toMatchObject({ budgetNanos: 600_000_000 });
        expect(await opened(store, fence, { budgetNanos: 2 })).toMatchObject({ budgetNanos: 2 });
        expect(await budgetOf()).toBe(2);
        const adopting = { configHash: "config-2", adoptConfig: true, budgetNanos: null };
        expect(await opened(store, fence, adopting)).toMatchObject({ budgetNanos: null });
        expect(await budgetOf()).toBeNull();
      }));

    test("an adopted config makes earlier results stale, and another source starts at position 0", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { results: [ok(0, "a"), ok(1, "b")], lowWater: 2 });
        const adopted = await opened(store, fence, { configHash: "config-2", total: 3, adoptConfig: true });
        expect(adopted).toMatchObject({ configHash: "config-2", total: 10, lowWater: 2, okCount: 2 });
        await commit(store, fence, { results: [ok(0, "a", { attempt: 2 }), ok(2, "c")] });
        const staleKeys = async (staleTo: string) =>
          (await store.listItems(runId, STAGE, { staleTo, limit: 10 })).map(({ key, configHash }) => [key, configHash]);
        expect(await staleKeys("config-2")).toEqual([["b", "config-1"]]);
        expect(await staleKeys("config-1")).toEqual([
          ["a", "config-2"],
          ["c", "config-2"],
        ]);
        const moved = { configHash: "config-2", sourceDigest: "source-2", total: 4, adoptConfig: true };
        expect(await opened(store, fence, moved)).toMatchObject({ lowWater: 0, total: 4, okCount: 3 });
        // The same item at its position in the new source.
        await commit(store, fence, { results: [ok(3, "b", { attempt: 2 })] });
        expect(await store.findItems(runId, STAGE, ["b"])).toMatchObject([{ index: 3, configHash: "config-2" }]);
      }));

    test("writes pass the fence or change nothing", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const before = await opened(store, fence);
        const head = (await store.getRun(runId))?.head;
        const change = commitOf({
          intents: [intentOf(0, "a")],
          failures: [failureOf("a", 1)],
          results: [ok(0, "a", { attempt: 2 })],
          lowWater: 1,
          events: [{ type: "budget.reached", data: { stage: STAGE, spentUsd: 1, budgetUsd: 1 } }],
        });
        const expectUnchanged = async () => {
          expect(await store.getMap(runId, STAGE)).toEqual(before);
          expect(await store.findItems(runId, STAGE, ["a"])).toEqual([]);
          expect(await store.listItemFailures(runId, STAGE, "a")).toEqual([]);
          expect(await store.listOpenIntents(runId, STAGE)).toEqual([]);
          expect((await store.getRun(runId))?.head).toBe(head);
        };
        const lost = { kind: "leaseLost", heldBy: "worker-a" };
        for (const stale of [
          { ...fence, token: fence.token - 1 },
          { ...fence, token: fence.token + 1 },
          { ...fence, nonce: "another" },
        ]) {
          expect(await store.commitMap(stale, change)).toEqual(lost);
          expect(await store.commitMap(stale, commitOf({ intents: [intentOf(0, "a")] }))).toEqual(lost);
          expect(await store.placeItems(stale, STAGE, [{ key: "a", index: null }])).toEqual(lost);
          expect(await store.finishMap(stale, STAGE)).toEqual(lost);
          expect(await openWith(store, stale, { configHash: "config-2", adoptConfig: true })).toEqual(lost);
          await expectUnchanged();
        }
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        const cancelled = { kind: "cancelled", wish: "cancel" };
        expect(await store.commitMap(fence, change)).toEqual(cancelled);
        expect(await store.placeItems(fence, STAGE, [{ key: "a", index: null }])).toEqual(cancelled);
        expect(await store.finishMap(fence, STAGE)).toEqual(cancelled);
        expect(await openWith(store, fence, { configHash: "config-2", adoptConfig: true })).toEqual(cancelled);
        await expectUnchanged();
      }));

    test("under a wish to pause, commits are written and report it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        const outcome = await store.commitMap(fence, commitOf({ results: [ok(0, "a")] }));
        expect(outcome).toEqual({ kind: "written", wish: "pause" });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 1 });
      }));

    test("a key has one result: repeating an attempt changes nothing, not even the cost", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { results: [ok(0, "a", { attempt: 2, usageJson: '{"tokens":7}' }), bad(1, "b")] });
        const state = await store.getMap(runId, STAGE);
        const items = await store.findItems(runId, STAGE, ["a", "b"]);
        expect(items).toMatchObject([
          { index: 0, key: "a", outcome: "ok", outputJson: '{"of":"a"}', error: null, attempts: 2, cost: usd(0.25) },
          {
            index: 1,
            key: "b",
            outcome: "error",
            outputJson: null,
            error: FIRST,
            firstError: FIRST,
            category: "server",
          },
        ]);
        expect(items[0]).toMatchObject({ itemSha256: ROW_SHA256, usageJson: '{"tokens":7}', configHash: "config-1" });
        const again = [
          ok(0, "a", { attempt: 2, outputJson: '"another"', cost: usd(8) }),
          bad(0, "a", { attempt: 2 }),
          ok(0, "a", { attempt: 1, outputJson: '"older"' }),
          bad(1, "b", { cost: usd(8) }),
        ];
        await commit(store, fence, { results: again });
        for (const result of again) await commit(store, fence, { results: [result] });
        expect(await store.findItems(runId, STAGE, ["a", "b"])).toEqual(items);
        expect(await store.getMap(runId, STAGE)).toEqual(state);
        expect(state).toMatchObject({ okCount: 1, errorCount: 1, cost: usd(0.5) });
      }));

    test("among many results of one commit, those already recorded change nothing", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence, { total: 100 });
        const results = Array.from({ length: 60 }, (_, i) => (i % 7 === 3 ? bad : ok)(i, `key-${i}`));
        const intents = results.map(({ index, key }) => intentOf(index, key));
        await commit(store, fence, { intents, results: results.slice(0, 40) });
        const changed = results.map((result) => ({ ...result, cost: usd(8), errorJson: result.errorJson && "{}" }));
        await commit(store, fence, { intents, results: [...changed.slice(20, 40), ...results.slice(40)] });
        const errorCount = results.filter(({ outcome }) => outcome === "error").length;
        const counts = { okCount: 60 - errorCount, errorCount, cost: usd(15), intentCount: 60 };
        expect(await store.getMap(runId, STAGE)).toMatchObject(counts);
        const items = await store.listItems(runId, STAGE, { limit: 100 });
        expect(items.map(({ key }) => key).sort()).toEqual(results.map(({ key }) => key).sort());
        expect(new Set(items.map(({ cost }) => toUsd(cost.nanos)))).toEqual(new Set([0.25]));
      }));

    test("each result is kept as it came, whether in a batch, by itself, or in the place of an earlier one", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence, { total: 20 });
        const results = Array.from({ length: 20 }, (_, at) => {
          const change = { ms: 1_000 * (at + 1), cost: usd(at / 4), itemSha256: String(at % 10).repeat(64) };
          const key = `k${String(at).padStart(2, "0")}`;
          return at % 3 === 0 ? bad(at, key, change) : ok(at, key, change);
        });
        await commit(store, fence, { results });
        const toItem = (result: (typeof results)[0]) => {
          const { index, key, outcome, category, cost, ms, itemSha256, outputJson, errorJson } = result;
          const error = errorJson === null ? null : JSON.parse(errorJson);
          return { index, key, outcome, category, cost, ms, itemSha256, outputJson, error };
        };
        const kept = async () =>
          (await store.listItems(runId, STAGE, { limit: 100 })).map((item) => {
            const { index, key, outcome, category, cost, itemSha256, outputJson, error, startedAt, finishedAt } = item;
            return { index, key, outcome, category, cost, ms: finishedAt - startedAt, itemSha256, outputJson, error };
          });
        expect(await kept()).toEqual(results.map(toItem));
        const again = { ...ok(3, "k03", { attempt: 2, ms: 7_000, cost: usd(1) }) };
        await commit(store, fence, { results: [again] });
        expect((await kept())[3]).toEqual({ ...toItem(again), cost: usd(1.75) });
      }));

    test("an answer made anew begins its own history: its first error is its own", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const later = { errorJson: JSON.stringify(LATER) };
        // Answered after a failure, then asked again for a changed row.
        await commit(store, fence, { failures: [failureOf("a", 1)], results: [ok(0, "a", { attempt: 2 })] });
        await commit(store, fence, { results: [bad(0, "a", { attempt: 3, ...later }), bad(1, "b")] });
        // Failed, then asked again under another config.
        await opened(store, fence, { configHash: "config-2", adoptConfig: true });
        await commit(store, fence, { results: [bad(1, "b", { attempt: 2, ...later })] });
        expect(await store.findItems(runId, STAGE, ["a", "b"])).toMatchObject([
          { error: LATER, firstError: LATER },
          { error: LATER, firstError: LATER },
        ]);
      }));

    test("a later attempt replaces an error; counts and costs stay exact", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const failures = [failureOf("a", 1), failureOf("a", 2)];
        await commit(store, fence, { failures, results: [bad(0, "a", { attempt: 3 }), bad(1, "b"), ok(2, "c")] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 1, errorCount: 2, cost: usd(1.75) });
        await commit(store, fence, { failures: [failureOf("a", 4)] });
        const later = { attempt: 5, errorJson: JSON.stringify(LATER) };
        await commit(store, fence, { results: [bad(0, "a", later), ok(1, "b", { attempt: 2 })] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 2, errorCount: 1, cost: usd(2.75) });
        expect(await store.findItems(runId, STAGE, ["a", "b"])).toMatchObject([
          { outcome: "error", attempts: 5, cost: usd(2), error: LATER, firstError: FIRST },
          { outcome: "ok", attempts: 2, cost: usd(0.5), error: null, firstError: FIRST, category: null },
        ]);
        await commit(store, fence, { results: [ok(0, "a", { attempt: 6 })] });
        const state = await store.getMap(runId, STAGE);
        expect(state).toMatchObject({ okCount: 3, errorCount: 0, cost: usd(3) });
        const items = await store.listItems(runId, STAGE, { limit: 10 });
        expect(items.map((item) => toUsd(item.cost.nanos))).toEqual([2.25, 0.5, 0.25]);
        expect(await store.countErrors(runId, STAGE)).toEqual({});
      }));

    test("a failed attempt is recorded and paid for once, and its error is the item's first", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { failures: [failureOf("a", 1), failureOf("b", 1)] });
        await commit(store, fence, { failures: [failureOf("a", 1, 64), failureOf("a", 2)] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 0, errorCount: 0, cost: usd(1.5) });
        await commit(store, fence, { results: [bad(0, "a", { attempt: 3, errorJson: JSON.stringify(LATER) })] });
        const [item] = await store.findItems(runId, STAGE, ["a"]);
        expect(item).toMatchObject({ attempts: 3, cost: usd(1.25), error: LATER, firstError: FIRST });
        const failures = await store.listItemFailures(runId, STAGE, "a");
        expect(failures).toMatchObject([failureOf("a", 1), failureOf("a", 2)]);
        expect(failures[0]?.finishedAt).toEqual(expect.any(Number));
        // The item was ok and is attempted again after a failure: its first error is that failure.
        await commit(store, fence, { results: [ok(2, "c")] });
        await commit(store, fence, { failures: [failureOf("c", 2)], results: [ok(2, "c", { attempt: 3 })] });
        expect(await store.findItems(runId, STAGE, ["c"])).toMatchObject([
          { attempts: 3, cost: usd(1), firstError: FIRST, error: null },
        ]);
      }));

    test("results take their positions in another source; those without one disappear from counters, failures and errors", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const failures = [failureOf("b", 1), failureOf("c", 1)];
        await commit(store, fence, {
          failures,
          results: [ok(0, "a"), ok(1, "b", { attempt: 2 }), bad(2, "c", { attempt: 2 }), bad(3, "d")],
        });
        const before = await store.getMap(runId, STAGE);
        const places = [
          { key: "a", index: 3 },
          { key: "b", index: null },
          { key: "c", index: null },
          { key: "d", index: 0 },
          { key: "nobody", index: null },
        ];
        const written = { kind: "written", wish: null };
        expect(await store.placeItems(fence, STAGE, places)).toEqual(written);
        // Sent again, as after a lost answer.
        expect(await store.placeItems(fence, STAGE, places)).toEqual(written);
        expect(await store.getMap(runId, STAGE)).toEqual({ ...before, okCount: 1, errorCount: 1 });
        const left = await store.listItems(runId, STAGE, { limit: 10 });
        expect(left.map(({ key, index, outcome }) => [key, index, outcome])).toEqual([
          ["a", 3, "ok"],
          ["d", 0, "error"],
        ]);
        expect(await store.countErrors(runId, STAGE)).toEqual({ server: 1 });
        expect(await store.listItemFailures(runId, STAGE, "c")).toEqual([]);
        // An item that comes back starts fresh.
        await commit(store, fence, { results: [ok(1, "b")] });
        expect(await store.findItems(runId, STAGE, ["b"])).toMatchObject([
          { attempts: 1, cost: usd(0.25), firstError: null },
        ]);
      }));

    test("marks never go back; totals and reservations are the newest ones", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const intents = [intentOf(0, "a"), intentOf(1, "b"), intentOf(2, "c")];
        await commit(store, fence, { intents, lowWater: 5, intentLow: 2, committedNanos: 3, total: 12 });
        const marks = { lowWater: 5, intentLow: 2, intentCount: 3, total: 12 };
        expect(await store.getMap(runId, STAGE)).toMatchObject({ ...marks, reservedNanos: 3 });
        await commit(store, fence, { intents: [intentOf(0, "a")], lowWater: 4, intentLow: 1 });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ ...marks, reservedNanos: 0 });
      }));

    test("a total belongs to its mark: a commit whose mark is behind does not set the total", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        // Two positions before the mark have no item, so there are ten. A commit sent before that was known says
        // twelve.
        await commit(store, fence, { results: [ok(4, "a")], lowWater: 5, total: 10 });
        await commit(store, fence, { results: [ok(0, "b")], lowWater: 1, total: 12 });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ lowWater: 5, total: 10, okCount: 2 });
        await commit(store, fence, { lowWater: 5, total: 9 });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ lowWater: 5, total: 9 });
      }));
  });

  exerciseMapCosts(factory);
  exerciseMapRecords(factory);
}
