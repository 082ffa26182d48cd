/** Child runs: created once with their parent's wait, ended with its record. */
import { PARENT_ENDED } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  BOOM,
  claimOne,
  eventTypes,
  expectGapless,
  INLINE,
  resume,
  type StoreFactory,
  startRun,
  statusOf,
  TERMS,
  withStore,
} from "./factory.js";
import { CHILDREN, childOf, claimChild, complete, openChild, park, recordOf, waitingPair } from "./pairs.js";

export function exerciseChildren(factory: StoreFactory): void {
  describe(`${factory.name}: children`, () => {
    test("a child is created with its parent's wait, once, and its record names the parent", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store);
        expect(await openChild(store, parent)).toEqual({ kind: "open", wish: null, leftMs: null });
        expect(await openChild(store, parent)).toMatchObject({ kind: "open" });
        const id = childOf(parent.runId);
        expect(await store.getRun(id)).toMatchObject({
          status: "queued",
          parent: { runId: parent.runId, stage: "part" },
        });
        expect((await store.getRun(parent.runId))?.parent).toBeNull();
        const [created] = await store.listEvents(id, { after: 0, limit: 1 });
        expect(created?.data).toMatchObject({ parent: { runId: parent.runId, stage: "part" } });
        const [wait] = await store.listAttempts(parent.runId);
        expect(wait).toMatchObject({ status: "waiting", wait: { kind: "child", dueAt: null, childId: id } });
        expect(await store.listOpenWaits(parent.runId)).toEqual([
          { stage: "part", kind: "child", leftMs: null, childId: id },
        ]);
        expect((await store.listRuns({ limit: 10, parent: parent.runId })).rows.map((run) => run.id)).toEqual([id]);
        expect((await store.listRuns({ limit: 10, parent: parent.runId, statuses: ["failed"] })).rows).toEqual([]);
        expect((await store.listRuns({ limit: 10, parent: "nobody" })).rows).toEqual([]);
        const { runId, claim } = await claimChild(store);
        expect([runId, claim.run.parent]).toEqual([id, { runId: parent.runId, stage: "part" }]);
        expect(await store.findRunIds(parent.runId, 10)).toEqual([id, parent.runId]);
      }));

    test("its end records its parent's stage and queues the parent in one transaction", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        expect(await statusOf(store, parent.runId)).toBe("waiting");
        await complete(store, child);
        expect(await statusOf(store, parent.runId)).toBe("queued");
        expect(await recordOf(store, parent.runId)).toMatchObject({ outcome: "completed", output: INLINE });
        expect((await eventTypes(store, parent.runId)).slice(-3)).toEqual([
          "run.waiting",
          "stage.completed",
          "run.woken",
        ]);
        const again = await claimOne(store);
        expect(await openChild(store, again)).toMatchObject({ kind: "settled", record: { output: INLINE } });
        expect(await store.listOpenWaits(parent.runId)).toEqual([]);
        await expectGapless(store, parent.runId);
        expect(await store.wakeWaits(10)).toEqual({ settled: [], woken: [] });
      }));

    test("a child that fails or is cancelled fails its parent's stage, with what it failed of", () =>
      withStore(factory, async ({ store }) => {
        const failing = await waitingPair(store);
        await store.report(failing.child.fence, { status: "failed", error: BOOM, reason: "stage boil" });
        expect(await recordOf(store, failing.parent.runId)).toMatchObject({
          outcome: "failed",
          error: {
            code: "CHILD_FAILED",
            details: {
              stage: "part",
              childId: failing.child.runId,
              status: "failed",
              reason: "stage boil",
              error: BOOM,
            },
          },
        });
        expect((await store.getRun(failing.parent.runId))?.lastError?.code).toBe("CHILD_FAILED");
        expect(await statusOf(store, failing.parent.runId)).toBe("queued");
        await claimOne(store);
        const cancelled = await waitingPair(store);
        await store.steer({ runId: cancelled.child.runId, wish: "cancel", reason: "lunch", by: "ada" });
        await store.report(cancelled.child.fence, { status: "cancelled", reason: null });
        expect(await recordOf(store, cancelled.parent.runId)).toMatchObject({
          error: { details: { status: "cancelled", reason: "lunch", error: null } },
        });
      }));

    test("a queued child that is cancelled wakes its parent too", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store);
        await openChild(store, parent);
        await park(store, parent);
        await store.steer({ runId: childOf(parent.runId), wish: "cancel", reason: null, by: "ada" });
        expect(await statusOf(store, parent.runId)).toBe("queued");
        expect(await recordOf(store, parent.runId)).toMatchObject({ outcome: "failed" });
      }));

    test("a child that ends while its parent executes is left to the parent: its next look, or its report", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store);
        await openChild(store, parent);
        await complete(store, await claimChild(store));
        expect(await recordOf(store, parent.runId)).toBeNull();
        expect(await store.listOpenWaits(parent.runId)).toMatchObject([{ stage: "part", childId: null }]);
        expect(await openChild(store, parent)).toMatchObject({ kind: "settled", record: { outcome: "completed" } });
        await openChild(store, parent, { stage: "other" });
        await complete(store, await claimChild(store));
        await park(store, parent);
        expect(await statusOf(store, parent.runId)).toBe("queued");
        expect(await recordOf(store, parent.runId, "other")).toMatchObject({ outcome: "completed" });
        await expectGapless(store, parent.runId);
      }));

    test("while the parent is paused the outcome is recorded and nothing is queued; a resume goes on with it", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        await store.steer({ runId: parent.runId, wish: "pause", reason: null, by: "ada" });
        expect(await statusOf(store, child.runId)).toBe("running");
        await complete(store, child);
        expect(await statusOf(store, parent.runId)).toBe("paused");
        expect(await recordOf(store, parent.runId)).toMatchObject({ outcome: "completed" });
        await resume(store, parent.runId);
        expect(await openChild(store, await claimOne(store))).toMatchObject({ kind: "settled" });
      }));

    test("the end of the child and the parking of its parent at one time: the parent is queued, and its stage recorded once", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        for (let n = 0; n < 8; n++) {
          const parent = await startRun(store);
          await openChild(store, parent);
          const child = await claimChild(other);
          await Promise.all(
            n % 2 === 0 ? [park(store, parent), complete(other, child)] : [complete(other, child), park(store, parent)],
          );
          expect(await statusOf(store, parent.runId)).toBe("queued");
          expect(await recordOf(store, parent.runId)).toMatchObject({ outcome: "completed" });
          await expectGapless(store, parent.runId);
          await claimOne(store);
        }
        if (other !== store) await other.close();
      }));

    test("the end of the child and the cancel of its parent at one time: both end, and nothing else changes", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        for (let n = 0; n < 8; n++) {
          const { parent, child } = await waitingPair(other);
          const cancel = () => store.steer({ runId: parent.runId, wish: "cancel", reason: null, by: "ada" });
          await Promise.all(n % 2 === 0 ? [cancel(), complete(other, child)] : [complete(other, child), cancel()]);
          expect(await statusOf(store, parent.runId)).toBe("cancelled");
          // Asked to stop before it reported: then its worker reports that.
          if ((await statusOf(store, child.runId)) === "running") {
            expect((await store.getRun(child.runId))?.wish).toMatchObject({ kind: "cancel", reason: PARENT_ENDED });
            await store.report(child.fence, { status: "cancelled", reason: null });
          }
          await expectGapless(store, parent.runId);
          await expectGapless(store, child.runId);
        }
        for (let left = await store.getNextDueMs(); left !== null; left = await store.getNextDueMs()) {
          await store.wakeWaits(10);
        }
        if (other !== store) await other.close();
      }));

    test("two ends of children of one parent at one time are both recorded", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        const parent = await startRun(store);
        for (const stage of ["a", "b", "c", "d"]) await openChild(store, parent, { stage });
        await park(store, parent);
        const children = await store.claim({ ...TERMS, workflows: CHILDREN, limit: 4 });
        await Promise.all(
          children.map(({ run, token, nonce }, n) =>
            (n % 2 === 0 ? store : other).report(
              { runId: run.id, token, nonce },
              { status: "completed", output: INLINE, stageCount: 0 },
            ),
          ),
        );
        if (other !== store) await other.close();
        expect(await statusOf(store, parent.runId)).toBe("queued");
        const history = await store.loadHistory(parent.runId);
        expect(history.map(({ record }) => record?.outcome)).toEqual(Array(4).fill("completed"));
        expect((await eventTypes(store, parent.runId)).filter((type) => type === "run.woken")).toHaveLength(1);
        await expectGapless(store, parent.runId);
      }));
  });
}
