/** Runs and items of one cause of failures: found by its fingerprint, as they stand now and not as they once were. */
import { createHash } from "node:crypto";
import { fingerprintOf, type RunQuery, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  completeStage,
  restart,
  resume,
  runIn,
  type StoreFactory,
  startRun,
  statusOf,
  TERMS,
  withStore,
} from "./factory.js";
import { bad, commit, ok, opened, STAGE } from "./map-pieces.js";

const causeOf = (stage: string | null, category: string, message: string) =>
  fingerprintOf(stage, category, message, (text) => createHash("sha256").update(text).digest("hex"));

const FULL = causeOf(STAGE, "server", "Row 17: the queue is full");
const REFUSED = causeOf(STAGE, "other", "the key was refused");
const BOOM = causeOf(null, "other", "boom");

/** A failed item: its number is no part of the cause. */
const full = (index: number, key: string) => bad(index, key, { errorJson: error(`Row ${index}: the  QUEUE is full`) });
const refused = (index: number, key: string) =>
  bad(index, key, { errorJson: error("the key was refused"), category: null });
const error = (message: string) => JSON.stringify({ name: "Error", message });

const find = async (store: Store, query: Omit<RunQuery, "limit">) =>
  (await store.listRuns({ limit: 50, ...query })).rows.map(({ id }) => id).reverse();
const itemsOf = async (store: Store, runId: Parameters<Store["listItems"]>[0], cause: string) =>
  (await store.listItems(runId, STAGE, { cause, limit: 50 })).map(({ key }) => key);

export function exerciseRunsByCause(factory: StoreFactory): void {
  describe(`${factory.name}: runs and items by cause`, () => {
    test("a cause finds its items, by key, and the runs that have some, newest first, page by page", () =>
      withStore(factory, async ({ store }) => {
        const first = await startRun(store, { owner: "ada" });
        await opened(store, first.fence, { total: 40 });
        // More than one statement writes at once, so that both ways are taken.
        const many = Array.from({ length: 20 }, (_, i) =>
          (i % 4 === 0 ? full : ok)(i, `k${String(i).padStart(2, "0")}`),
        );
        await commit(store, first.fence, { results: [...many, refused(20, "k20")] });
        const second = await startRun(store);
        await opened(store, second.fence);
        await commit(store, second.fence, { results: [full(0, "a")] });
        const third = await startRun(store, { workflow: "other" });
        await opened(store, third.fence);
        await commit(store, third.fence, { results: [refused(0, "a"), ok(1, "b")] });
        await runIn(store, "completed");

        expect(await itemsOf(store, first.runId, FULL)).toEqual(["k00", "k04", "k08", "k12", "k16"]);
        expect(await itemsOf(store, first.runId, REFUSED)).toEqual(["k20"]);
        expect(await itemsOf(store, first.runId, BOOM)).toEqual([]);
        const page = await store.listItems(first.runId, STAGE, {
          cause: FULL,
          outcome: "error",
          after: "k04",
          limit: 2,
        });
        expect(page.map(({ key }) => key)).toEqual(["k08", "k12"]);

        expect(await find(store, { cause: FULL })).toEqual([first.runId, second.runId]);
        expect(await find(store, { cause: REFUSED })).toEqual([first.runId, third.runId]);
        expect(await find(store, { cause: "0000000000000000" })).toEqual([]);
        expect(await find(store, { cause: FULL, owner: "ada" })).toEqual([first.runId]);
        expect(await find(store, { cause: FULL, not: { causes: [REFUSED] } })).toEqual([second.runId]);
        expect(await find(store, { cause: REFUSED, workflow: "other", status: "running" })).toEqual([third.runId]);
        expect(await find(store, { not: { causes: [FULL, REFUSED] } })).toHaveLength(1);
        const newest = await store.listRuns({ cause: FULL, limit: 1 });
        expect(newest.rows.map(({ id }) => id)).toEqual([second.runId]);
        const rest = await store.listRuns({ cause: FULL, limit: 1, cursor: newest.next ?? "" });
        expect([rest.rows.map(({ id }) => id), rest.next]).toEqual([[first.runId], null]);
        expect((await store.countFacets({ cause: FULL })).total.count).toBe(2);
        expect((await store.countFacets({ cause: REFUSED })).workflow.map(({ value }) => value)).toEqual([
          "brief",
          "other",
        ]);
      }));

    test("an item that succeeded since, or left its map, and a run that began anew, are of the cause no more", () =>
      withStore(factory, async ({ store }) => {
        const { fence, runId } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { results: [full(0, "a"), full(1, "b"), full(2, "c")] });
        await commit(store, fence, { results: [ok(0, "a", { attempt: 2 })] });
        expect(await itemsOf(store, runId, FULL)).toEqual(["b", "c"]);
        await commit(store, fence, { results: [{ ...refused(1, "b"), attempt: 2 }] });
        expect([await itemsOf(store, runId, FULL), await itemsOf(store, runId, REFUSED)]).toEqual([["c"], ["b"]]);
        await store.placeItems(fence, STAGE, [{ key: "c", index: null }]);
        expect([await find(store, { cause: FULL }), await find(store, { cause: REFUSED })]).toEqual([[], [runId]]);
        expect((await store.countFacets({ cause: FULL })).total.count).toBe(0);
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        expect(await find(store, { cause: REFUSED, status: "paused" })).toEqual([runId]);
        await restart(store, runId);
        expect(await find(store, { cause: REFUSED })).toEqual([]);
      }));

    test("a run that failed is found by the cause of its own error while it is failed, and not once it is removed", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "failed");
        const { fence, runId: coded } = await startRun(store);
        await completeStage(store, fence, "gather");
        const failure = { name: "HoldfastError", message: 'no row "7" of 9', code: "NO_ROW" };
        await store.report(fence, { status: "failed", error: failure, reason: null });
        const steered = await runIn(store, "queued");
        const wish = { wish: "fail", reason: "it is wrong", by: "ada" } as const;
        await store.steer({ runId: steered.runId, ...wish });
        expect(await statusOf(store, steered.runId)).toBe("failed");
        expect(await find(store, { cause: BOOM })).toEqual([runId]);
        expect(await find(store, { cause: causeOf(null, "NO_ROW", 'no row "8" of 12') })).toEqual([coded]);
        expect(await find(store, { cause: causeOf(null, "RUN_FAILED", "it is wrong") })).toEqual([steered.runId]);
        await resume(store, runId, TERMS);
        expect(await find(store, { cause: BOOM })).toEqual([]);
        await store.deleteRun(coded);
        expect(await find(store, { cause: causeOf(null, "NO_ROW", 'no row "8" of 12') })).toEqual([]);
        for (let removed = 1; removed > 0; ) removed = await store.deleteRemovedRows(100);
        expect((await store.examine({ check: true })).problems).toEqual([]);
      }));
  });
}
