/** Durable maps: opening, commits behind the fence, one result for each key, exact counters, intents, late payments. */
import type { Fence, ItemResultWrite, MapCommit, MapState, Store } from "@holdfast/core";
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

const STAGE = "enrich";
const ROW_SHA256 = "ab".repeat(32);
const FIRST = { name: "Error", message: "first" };
const LATER = { name: "Error", message: "later" };

const commitOf = (change: Partial<MapCommit>): MapCommit => ({
  stage: STAGE,
  intents: [],
  failures: [],
  results: [],
  lowWater: 0,
  intentLow: 0,
  total: null,
  reservedUsd: 0,
  progress: { items: null, label: null },
  events: [],
  ...change,
});

/** Costs are sums of powers of two, so that totals can be compared exactly. */
const ok = (index: number, key: string, change: Partial<ItemResultWrite> = {}): ItemResultWrite => ({
  index,
  key,
  attempt: 1,
  outcome: "ok",
  outputJson: `{"of":"${key}"}`,
  errorJson: null,
  category: null,
  itemSha256: ROW_SHA256,
  ms: 5,
  costUsd: 0.25,
  usageJson: null,
  ...change,
});

const bad = (index: number, key: string, change: Partial<ItemResultWrite> = {}): ItemResultWrite =>
  ok(index, key, {
    outcome: "error",
    outputJson: null,
    errorJson: JSON.stringify(FIRST),
    category: "server",
    ...change,
  });

const failureOf = (key: string, attempt: number, costUsd = 0.5) => ({
  key,
  attempt,
  category: "timeout",
  errorJson: JSON.stringify(FIRST),
  costUsd,
});

const intentOf = (n: number, key: string, attempt = 1) => ({ n, index: n, key, attempt });

type Opening = Parameters<Store["openMap"]>[1];

function openWith(store: Store, fence: Fence, change: Partial<Opening> = {}) {
  const opening: Opening = {
    stage: STAGE,
    configHash: "config-1",
    configJson: '{"model":"small"}',
    sourceDigest: "source-1",
    total: 10,
    adoptConfig: false,
  };
  return store.openMap(fence, { ...opening, ...change });
}

async function opened(store: Store, fence: Fence, change: Partial<Opening> = {}): Promise<MapState> {
  const answer = await openWith(store, fence, change);
  if (answer.kind !== "opened") throw new Error(`not opened: ${answer.kind}`);
  return answer.state;
}

async function commit(store: Store, fence: Fence, change: Partial<MapCommit>): Promise<void> {
  expect(await store.commitMap(fence, commitOf(change))).toEqual({ kind: "written", wish: null });
}

export function exerciseMaps(factory: StoreFactory): void {
  describe(`${factory.name}: maps`, () => {
    test("a map is made at the first opening and answered as it stands later", () =>
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
          costUsd: 0,
          reservedUsd: 0,
          lowWater: 0,
          intentCount: 0,
          intentLow: 0,
          finishedAt: null,
        });
        await commit(store, fence, { results: [ok(0, "a")], lowWater: 1, reservedUsd: 2 });
        const other = { configHash: "config-2", configJson: null, sourceDigest: "source-2", total: 3 };
        const again = await opened(store, fence, other);
        expect(again).toEqual({ ...state, okCount: 1, costUsd: 0.25, lowWater: 1, reservedUsd: 2 });
        expect(await store.getMap(runId, STAGE)).toEqual(again);
        await opened(store, fence, { stage: "score" });
        expect((await store.listMaps(runId)).map((map) => map.stage)).toEqual([STAGE, "score"]);
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
          expect(await store.finishMap(stale, STAGE)).toEqual(lost);
          expect(await openWith(store, stale, { configHash: "config-2", adoptConfig: true })).toEqual(lost);
          await expectUnchanged();
        }
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        const cancelled = { kind: "cancelled", wish: "cancel" };
        expect(await store.commitMap(fence, change)).toEqual(cancelled);
        expect(await store.finishMap(fence, STAGE)).toEqual(cancelled);
        expect(await openWith(store, fence, { configHash: "config-2", adoptConfig: true })).toEqual(cancelled);
        await expectUnchanged();
      }));

    test("under a wish to pause commits are written, and told of it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        const outcome = await store.commitMap(fence, commitOf({ results: [ok(0, "a")] }));
        expect(outcome).toEqual({ kind: "written", wish: "pause" });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 1 });
      }));

    test("a key has one result: the same attempt again changes nothing, not even the cost", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { results: [ok(0, "a", { attempt: 2, usageJson: '{"tokens":7}' }), bad(1, "b")] });
        const state = await store.getMap(runId, STAGE);
        const items = await store.findItems(runId, STAGE, ["a", "b"]);
        expect(items).toMatchObject([
          { index: 0, key: "a", outcome: "ok", outputJson: '{"of":"a"}', error: null, attempts: 2, costUsd: 0.25 },
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
          ok(0, "a", { attempt: 2, outputJson: '"another"', costUsd: 8 }),
          bad(0, "a", { attempt: 2 }),
          ok(0, "a", { attempt: 1, outputJson: '"older"' }),
          bad(1, "b", { costUsd: 8 }),
        ];
        await commit(store, fence, { results: again });
        for (const result of again) await commit(store, fence, { results: [result] });
        expect(await store.findItems(runId, STAGE, ["a", "b"])).toEqual(items);
        expect(await store.getMap(runId, STAGE)).toEqual(state);
        expect(state).toMatchObject({ okCount: 1, errorCount: 1, costUsd: 0.5 });
      }));

    test("a later attempt takes an error's place; counts and costs stay exact", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const failures = [failureOf("a", 1), failureOf("a", 2)];
        await commit(store, fence, { failures, results: [bad(0, "a", { attempt: 3 }), bad(1, "b"), ok(2, "c")] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 1, errorCount: 2, costUsd: 1.75 });
        await commit(store, fence, { failures: [failureOf("a", 4)] });
        const later = { attempt: 5, errorJson: JSON.stringify(LATER) };
        await commit(store, fence, { results: [bad(0, "a", later), ok(1, "b", { attempt: 2 })] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 2, errorCount: 1, costUsd: 2.75 });
        expect(await store.findItems(runId, STAGE, ["a", "b"])).toMatchObject([
          { outcome: "error", attempts: 5, costUsd: 2, error: LATER, firstError: FIRST },
          { outcome: "ok", attempts: 2, costUsd: 0.5, error: null, firstError: FIRST, category: null },
        ]);
        await commit(store, fence, { results: [ok(0, "a", { attempt: 6 })] });
        const state = await store.getMap(runId, STAGE);
        expect(state).toMatchObject({ okCount: 3, errorCount: 0, costUsd: 3 });
        const items = await store.listItems(runId, STAGE, { limit: 10 });
        expect(items.map((item) => item.costUsd)).toEqual([2.25, 0.5, 0.25]);
        expect(await store.countErrors(runId, STAGE)).toEqual({});
      }));

    test("a failed attempt is kept and paid for once, and its error is the item's first", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { failures: [failureOf("a", 1), failureOf("b", 1)] });
        await commit(store, fence, { failures: [failureOf("a", 1, 64), failureOf("a", 2)] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 0, errorCount: 0, costUsd: 1.5 });
        await commit(store, fence, { results: [bad(0, "a", { attempt: 3, errorJson: JSON.stringify(LATER) })] });
        const [item] = await store.findItems(runId, STAGE, ["a"]);
        expect(item).toMatchObject({ attempts: 3, costUsd: 1.25, error: LATER, firstError: FIRST });
        const failures = await store.listItemFailures(runId, STAGE, "a");
        expect(failures).toMatchObject([failureOf("a", 1), failureOf("a", 2)]);
        expect(failures[0]?.finishedAt).toEqual(expect.any(Number));
        // An ok made again after a failure: the failure is what it met first.
        await commit(store, fence, { results: [ok(2, "c")] });
        await commit(store, fence, { failures: [failureOf("c", 2)], results: [ok(2, "c", { attempt: 3 })] });
        expect(await store.findItems(runId, STAGE, ["c"])).toMatchObject([
          { attempts: 3, costUsd: 1, firstError: FIRST, error: null },
        ]);
      }));

    test("marks never go back; totals and reservations are the newest", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        const intents = [intentOf(0, "a"), intentOf(1, "b"), intentOf(2, "c")];
        await commit(store, fence, { intents, lowWater: 5, intentLow: 2, reservedUsd: 3, total: 12 });
        const marks = { lowWater: 5, intentLow: 2, intentCount: 3, total: 12 };
        expect(await store.getMap(runId, STAGE)).toMatchObject({ ...marks, reservedUsd: 3 });
        await commit(store, fence, { intents: [intentOf(0, "a")], lowWater: 4, intentLow: 1 });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ ...marks, reservedUsd: 0 });
      }));

    test("open intents are the calls that were under way when a worker died", () =>
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
        await store.requeue({
          runId,
          from: ["running"],
          by: "ada",
          through: null,
          isByPerson: true,
          directive: null,
          input: null,
          deadHolder: null,
          claim: null,
        });
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
        const found = await store.findItems(runId, STAGE, ["f", "nobody", "a"]);
        expect(new Set(found.map((item) => item.key))).toEqual(new Set(["a", "f"]));
        expect(await store.listItems(runId, "no-map", { limit: 10 })).toEqual([]);
      }));

    test("an answer paid for late is kept without a fence until its key is committed", () =>
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
          costUsd: 0.5,
          usageJson: null,
        };
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        for (const entry of [paid, { ...paid, key: "b" }, { ...paid, key: "b", costUsd: 2 }])
          await store.savePaid(entry);
        await store.savePaid({ ...paid, configHash: "config-2" });
        const kept = [paid, { ...paid, key: "b", costUsd: 2 }];
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual(kept);
        expect(await store.listPaid(runId, STAGE, "config-3")).toEqual([]);
        await resume(store, runId);
        const next = await claimOne(store);
        await commit(store, next.fence, { intents: [intentOf(0, "b")] });
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual(kept);
        await commit(store, next.fence, { results: [ok(0, "a")] });
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual(kept.slice(1));
      }));

    test("a finished map reserves nothing, and is open again when opened again", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { results: [ok(0, "a")], reservedUsd: 1 });
        for (const change of [{}, { configHash: "config-2", adoptConfig: true }]) {
          expect(await store.finishMap(fence, STAGE)).toEqual({ kind: "written", wish: null });
          const finished = await store.getMap(runId, STAGE);
          expect(finished).toMatchObject({ finishedAt: expect.any(Number), reservedUsd: 0, okCount: 1 });
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
        const fresh = { generation: 2, okCount: 0, costUsd: 0, lowWater: 0, intentCount: 0 };
        expect(await opened(store, next.fence)).toMatchObject(fresh);
        await expectEmpty();
        await commit(store, next.fence, { results: [bad(0, "a")] });
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 0, errorCount: 1, costUsd: 0.25 });
      }));

    test("a deleted run leaves nothing of its maps to the next run", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await runIn(store, "running");
        await opened(store, fence);
        const change = { intents: [intentOf(0, "a"), intentOf(1, "c")], failures: [failureOf("b", 1)] };
        await commit(store, fence, { ...change, results: [ok(0, "a")] });
        const paid = { runId, stage: STAGE, configHash: "config-1", itemSha256: null, outputJson: "1", costUsd: 1 };
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
        // Under the same id: whatever was left would be its own.
        const next = await startRun(store, { id: runId });
        expect(await opened(store, next.fence)).toMatchObject({ okCount: 0, intentCount: 0 });
        await expectNothing();
      }));

    test("progress and events of a commit are the run's, without gaps", () =>
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
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 20, costUsd: 5 });
        await expectGapless(store, runId);
      }));
  });
}
