/** Failures of all runs, counted by message and day, filtered by owner, in the runs' current generation. */
import type { FailureCount, Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { restart, runIn, type StoreFactory, startRun, withStore } from "./factory.js";
import { bad, commit, intentOf, ok, opened, STAGE } from "./map-pieces.js";

const DAY_MS = 24 * 60 * 60_000;

async function failing(store: Store, keys: readonly string[], change: Parameters<typeof startRun>[1] = {}) {
  const held = await startRun(store, change);
  await opened(store, held.fence);
  await commit(store, held.fence, { intents: keys.map((key, index) => intentOf(index, key)) });
  await commit(store, held.fence, { results: keys.map((key, index) => bad(index, key)) });
  return held;
}

const sums = (rows: readonly FailureCount[]) => rows.map(({ runId, stage, count }) => [runId, stage, count]);

export function exerciseFailures(factory: StoreFactory): void {
  describe(`${factory.name}: failures of all runs`, () => {
    test("are counted by run and message, newest run first, with their times and one of their items", () =>
      withStore(factory, async ({ store }) => {
        const old = await failing(store, ["a", "b"]);
        const young = await failing(store, ["c"]);
        await runIn(store, "completed");
        const { rows, isWhole } = await store.countFailures({ since: 0 });
        expect(isWhole).toBe(true);
        expect(sums(rows)).toEqual([
          [young.runId, STAGE, 1],
          [old.runId, STAGE, 2],
        ]);
        const [, first] = rows;
        expect(first).toMatchObject({ workflow: "brief", key: "a", message: expect.any(String) });
        expect(first?.day).toBe(Math.floor((first?.firstAt ?? 0) / DAY_MS));
        expect(first?.lastAt).toBeGreaterThanOrEqual(first?.firstAt ?? Number.NaN);
      }));

    test("can be filtered by owner, workflow and time", () =>
      withStore(factory, async ({ store, advance }) => {
        const ada = await failing(store, ["a"], { owner: "ada" });
        const [found] = (await store.countFailures({ since: 0 })).rows;
        await advance(2_000);
        const bob = await failing(store, ["a"], { owner: "bob", workflow: "other" });
        const of = async (query: object) =>
          (await store.countFailures({ since: 0, ...query })).rows.map(({ runId }) => runId);
        expect(await of({ owner: "ada" })).toEqual([ada.runId]);
        expect(await of({ owner: "nobody" })).toEqual([]);
        expect(await of({ workflow: "other" })).toEqual([bob.runId]);
        expect(await of({ owner: "ada", workflow: "other" })).toEqual([]);
        expect(await of({ since: (found?.lastAt ?? 0) + 1 })).toEqual([bob.runId]);
      }));

    test("include the failure of a run itself, without a stage", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "failed", { owner: "ada" });
        const { rows } = await store.countFailures({ since: 0 });
        expect(sums(rows)).toEqual([[runId, null, 1]]);
        expect(rows[0]).toMatchObject({ message: "boom", category: "other", key: null });
        expect((await store.countFailures({ since: 0, owner: "bob" })).rows).toEqual([]);
      }));

    test("disappear with a restart and with the run", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "failed");
        await restart(store, runId);
        expect((await store.countFailures({ since: 0 })).rows).toEqual([]);
        const ended = await runIn(store, "failed");
        await store.deleteRun(ended.runId);
        expect((await store.countFailures({ since: 0 })).rows).toEqual([]);
      }));

    test("are grouped by the caller's days", () =>
      withStore(factory, async ({ store }) => {
        await failing(store, ["a"]);
        const dayOf = async (dayOffsetMs: number) =>
          (await store.countFailures({ since: 0, dayOffsetMs })).rows[0]?.day ?? 0;
        expect((await dayOf(DAY_MS)) - (await dayOf(0))).toBe(1);
      }));

    test("leave out items that have a result by now", () =>
      withStore(factory, async ({ store }) => {
        const held = await failing(store, ["a", "b"]);
        await commit(store, held.fence, { results: [ok(0, "a", { attempt: 2 })] });
        expect(sums((await store.countFailures({ since: 0 })).rows)).toEqual([[held.runId, STAGE, 1]]);
      }));
  });
}
