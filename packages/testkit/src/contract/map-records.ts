/** Records of maps: open intents, listed results, late payments, and empty maps after a restart. */
import type { Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  expectGapless,
  OTHER_TERMS,
  resume,
  runIn,
  type StoreFactory,
  startRun,
  TERMS,
  withStore,
} from "./factory.js";
import { bad, commit, commitOf, failureOf, intentOf, ok, opened, ROW_SHA256, STAGE, usd } from "./map-pieces.js";

export function exerciseMapRecords(factory: StoreFactory): void {
  describe(`${factory.name}: records of maps`, () => {
    test("open intents are the calls in progress when a worker died", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const keys = ["settled", "done", "failed", "open", "bad"];
        await commit(store, fence, { intents: keys.map((key, n) => intentOf(n, key)), intentLow: 1 });
        const results = [ok(1, "done"), bad(4, "bad")];
        await commit(store, fence, { results, failures: [failureOf("failed", 1)] });
        const again = [intentOf(5, "failed", 2), intentOf(6, "bad", 2)];
        await commit(store, fence, { intents: again });
        await advance(TERMS.leaseMs + 1);
        await resume(store, runId, null, { from: ["running"] });
        const next = await claimOne(store, OTHER_TERMS);
        expect(await store.commitMap(fence, commitOf({ results: [ok(3, "open")] }))).toMatchObject({
          kind: "leaseLost",
          heldBy: "worker-b",
        });
        expect((await opened(store, next.fence)).intentCount).toBe(7);
        expect(await store.listOpenIntents(runId, STAGE)).toEqual([intentOf(3, "open"), ...again]);
        expect(await store.findAttempts(runId, STAGE, ["open", "failed", "bad", "never"])).toEqual(
          new Map([
            ["open", 1],
            ["failed", 2],
            ["bad", 2],
          ]),
        );
        await commit(store, next.fence, { results: [ok(3, "open"), ok(2, "failed", { attempt: 3 })] });
        expect(await store.listOpenIntents(runId, STAGE)).toEqual([again[1]]);
      }));

    test("an item's label is stored with its result, whichever way it is written; a later attempt brings its own", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence, { total: 40 });
        const many = Array.from({ length: 20 }, (_, at) => ok(at, `m${at}`, at === 3 ? { label: "the fourth" } : {}));
        await commit(store, fence, { results: [...many, bad(20, "b", { label: "Bergen" }), ok(21, "c")] });
        const labels = async () =>
          Object.fromEntries(
            (await store.findItems(runId, STAGE, ["m3", "m4", "b", "c"])).map(({ key, label }) => [key, label]),
          );
        expect(await labels()).toEqual({ m3: "the fourth", m4: null, b: "Bergen", c: null });
        await commit(store, fence, { results: [ok(20, "b", { attempt: 2, label: "Bergen, again" })] });
        expect(await labels()).toEqual({ m3: "the fourth", m4: null, b: "Bergen, again", c: null });
      }));

    test("results are listed by key, in pages, by outcome and category", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, {
          results: [
            ok(0, "d"),
            bad(1, "b", { category: "timeout" }),
            bad(2, "e"),
            ok(3, "a"),
            bad(4, "c"),
            bad(5, "f", { category: null }),
          ],
        });
        const list = async (query: Omit<Parameters<Store["listItems"]>[2], "limit">, limit = 10) =>
          (await store.listItems(runId, STAGE, { ...query, limit })).map((item) => item.key).join("");
        expect(await list({})).toBe("abcdef");
        expect([await list({}, 2), await list({ after: "b" }, 3), await list({ after: "f" })]).toEqual([
          "ab",
          "cde",
          "",
        ]);
        expect([await list({ outcome: "ok" }), await list({ outcome: "error" })]).toEqual(["ad", "bcef"]);
        expect(await list({ outcome: "error", category: "server" })).toBe("ce");
        expect(await list({ outcome: "error", category: "server", after: "c" }, 1)).toBe("e");
        expect(await list({ outcome: "error", staleTo: "config-1" })).toBe("");
        expect(await store.countErrors(runId, STAGE)).toEqual({ server: 2, timeout: 1, other: 1 });
        const states = await store.listItemStates(runId, STAGE, { limit: 100 });
        expect(states).toEqual(
          (await store.listItems(runId, STAGE, { limit: 100 })).map(({ key, index, outcome, finishedAt }) => ({
            key,
            index,
            outcome,
            finishedAt,
          })),
        );
        const two = await store.listItemStates(runId, STAGE, { after: states[0]?.key, limit: 2 });
        expect(two).toEqual(states.slice(1, 3));
        expect(await store.listItemStates(runId, "no-map", { limit: 10 })).toEqual([]);
        const found = await store.findItems(runId, STAGE, ["f", "nobody", "a"]);
        expect(new Set(found.map((item) => item.key))).toEqual(new Set(["a", "f"]));
        expect(await store.listItems(runId, "no-map", { limit: 10 })).toEqual([]);
      }));

    test("an answer paid for late is saved without a fence until its key is committed", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const paid = {
          runId,
          stage: STAGE,
          key: "a",
          configHash: "config-1",
          itemSha256: ROW_SHA256,
          outputJson: '"late"',
          cost: usd(0.5),
          usageJson: null,
        };
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        for (const entry of [paid, { ...paid, key: "b" }, { ...paid, key: "b", cost: usd(2) }])
          await store.savePaid(entry);
        await store.savePaid({ ...paid, configHash: "config-2" });
        const kept = [paid, { ...paid, key: "b", cost: usd(2) }];
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual(kept);
        expect(await store.listPaid(runId, STAGE, "config-3")).toEqual([]);
        await resume(store, runId);
        const next = await claimOne(store);
        await commit(store, next.fence, { intents: [intentOf(0, "b")] });
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual(kept);
        await commit(store, next.fence, { results: [ok(0, "a")] });
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual(kept.slice(1));
      }));

    test("a finished map reserves nothing, and reopens when opened again", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { results: [ok(0, "a")], committedNanos: usd(1).nanos });
        for (const change of [{}, { configHash: "config-2", adoptConfig: true }]) {
          expect(await store.finishMap(fence, STAGE)).toEqual({ kind: "written", wish: null });
          const finished = await store.getMap(runId, STAGE);
          expect(finished).toMatchObject({ finishedAt: expect.any(Number), reservedNanos: 0, okCount: 1 });
          expect(await opened(store, fence, change)).toMatchObject({ finishedAt: null, okCount: 1 });
          expect(await store.getMap(runId, STAGE)).toMatchObject({ finishedAt: null });
        }
      }));

    test("a new generation starts with an empty map", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const change = { intents: [intentOf(0, "a"), intentOf(1, "b")], failures: [failureOf("b", 1)] };
        await commit(store, fence, { ...change, results: [ok(0, "a")], lowWater: 1 });
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        await store.restart({ runId, by: "ada", input: null, version: null, stages: null, claim: null });
        expect(await store.getMap(runId, STAGE)).toBeNull();
        expect(await store.listMaps(runId)).toEqual([]);
        const next = await claimOne(store);
        const expectEmpty = async () => {
          expect(await store.listItems(runId, STAGE, { limit: 10 })).toEqual([]);
          expect(await store.listOpenIntents(runId, STAGE)).toEqual([]);
          expect(await store.listItemFailures(runId, STAGE, "b")).toEqual([]);
          expect((await store.findAttempts(runId, STAGE, ["a", "b"])).size).toBe(0);
        };
        await expectEmpty();
        await expect(store.commitMap(next.fence, commitOf({ results: [ok(0, "a")] }))).rejects.toThrow(STAGE);
        const fresh = { generation: 2, okCount: 0, cost: usd(0), lowWater: 0, intentCount: 0 };
        expect(await opened(store, next.fence)).toMatchObject(fresh);
        await expectEmpty();
        await commit(store, next.fence, { results: [bad(0, "a")] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 0, errorCount: 1, cost: usd(0.25) });
      }));

    test("a deleted run leaves none of its maps to the next run", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await runIn(store, "running");
        await opened(store, fence);
        const change = { intents: [intentOf(0, "a"), intentOf(1, "c")], failures: [failureOf("b", 1)] };
        await commit(store, fence, { ...change, results: [ok(0, "a")] });
        const paid = { runId, stage: STAGE, configHash: "config-1", itemSha256: null, outputJson: "1", cost: usd(1) };
        await store.savePaid({ ...paid, key: "p", usageJson: null });
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        expect(await store.deleteRun(runId)).toEqual({ kind: "moved", from: "paused" });
        const expectNothing = async () => {
          expect(await store.listItems(runId, STAGE, { limit: 10 })).toEqual([]);
          expect(await store.listOpenIntents(runId, STAGE)).toEqual([]);
          expect(await store.listItemFailures(runId, STAGE, "b")).toEqual([]);
          expect(await store.listPaid(runId, STAGE, "config-1")).toEqual([]);
          expect((await store.findAttempts(runId, STAGE, ["a", "b", "c"])).size).toBe(0);
        };
        expect(await store.getMap(runId, STAGE)).toBeNull();
        await expectNothing();
        // Under the same ID, leftovers would be its own.
        const next = await startRun(store, { id: runId });
        expect(await opened(store, next.fence)).toMatchObject({ okCount: 0, intentCount: 0 });
        await expectNothing();
      }));

    test("progress and events of a commit become the run's, without gaps", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const reached = { type: "budget.reached", data: { stage: STAGE, spentUsd: 1, budgetUsd: 1 } } as const;
        const commits = Array.from({ length: 20 }, (_, i) => {
          const items = { done: i + 1, total: 20, failed: 0, ratePerS: 4, etaMs: null };
          const data = { stage: STAGE, done: i + 1, failed: 0, total: 20, costUsd: 0.25 * (i + 1) };
          const events = [{ type: "map.committed", data } as const, ...(i === 10 ? [reached] : [])];
          const change = { results: [ok(i, `k${i}`)], progress: { items, label: STAGE }, events };
          return store.commitMap(fence, commitOf(change));
        });
        for (const outcome of await Promise.all(commits)) expect(outcome.kind).toBe("written");
        expect((await store.getRun(runId))?.progress).toMatchObject({
          done: 20,
          total: 20,
          failed: 0,
          ratePerS: 4,
          label: STAGE,
        });
        const committed = await store.listEvents(runId, { after: 0, limit: 50, type: "map.committed" });
        expect(committed.map((event) => (event.data as { done: number }).done)).toEqual(commits.map((_, i) => i + 1));
        expect(await store.listEvents(runId, { after: 0, limit: 50, type: "budget.reached" })).toMatchObject([
          { data: reached.data },
        ]);
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 20, cost: usd(5) });
        await expectGapless(store, runId);
      }));
  });
}
