/** Families of runs: what the end, the restart, the resume and the removal of a parent mean for its children. */
import { CHILD_DEPTH_MAX, PARENT_ENDED, type RunId } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  BOOM,
  claimOne,
  expectGapless,
  INLINE,
  newRun,
  restart,
  resume,
  type StoreFactory,
  startRun,
  statusOf,
  withStore,
} from "./factory.js";
import { childOf, claimChild, complete, openChild, park, recordOf, waitingPair } from "./pairs.js";

export function exerciseFamilies(factory: StoreFactory): void {
  describe(`${factory.name}: families`, () => {
    for (const ending of ["completed", "failed", "cancelled"] as const) {
      test(`a parent that is ${ending} cancels its children, and theirs, except those to be left`, () =>
        withStore(factory, async ({ store }) => {
          const parent = await startRun(store);
          await openChild(store, parent, { stage: "queued" });
          const queued = await claimChild(store);
          await openChild(store, queued, { stage: "below" });
          await park(store, queued);
          await openChild(store, parent, { stage: "left", rule: "leave" });
          await openChild(store, parent, { stage: "started", kind: "start", rule: "cancelUnlessCompleted" });
          const report =
            ending === "completed"
              ? ({ status: ending, output: INLINE, stageCount: 0 } as const)
              : ending === "failed"
                ? ({ status: ending, error: BOOM, reason: null } as const)
                : ({ status: ending, reason: null } as const);
          if (ending === "cancelled") {
            await store.steer({ runId: parent.runId, wish: "cancel", reason: null, by: "ada" });
          }
          await store.report(parent.fence, report);
          const ids = ["queued", "left", "started"].map((stage) => childOf(parent.runId, stage));
          const after = await Promise.all(ids.map((id) => store.getRun(id)));
          const startedAfter = ending === "completed" ? "queued" : "cancelled";
          expect(after.map((run) => run?.status)).toEqual(["cancelled", "queued", startedAfter]);
          expect(after[0]?.reason).toBe(PARENT_ENDED);
          expect(await statusOf(store, childOf(queued.runId, "below"))).toBe("cancelled");
          expect(await store.getNextDueMs()).toBeNull();
          for (const id of ids) await expectGapless(store, id);
        }));
    }

    test("more children than one transaction cancels are cancelled by those who look after waits", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store);
        await Promise.all(Array.from({ length: 130 }, (_, n) => openChild(store, parent, { stage: `part-${n}` })));
        await park(store, parent);
        await store.steer({ runId: parent.runId, wish: "cancel", reason: null, by: "ada" });
        const left = async () =>
          (await store.listRuns({ limit: 200, parent: parent.runId, statuses: ["queued"] })).rows;
        expect((await left()).length).toBe(30);
        expect(await store.getNextDueMs()).toBe(0);
        expect((await store.wakeWaits(20)).orphaned).toHaveLength(20);
        expect((await store.wakeWaits(20)).orphaned).toHaveLength(10);
        expect(await left()).toEqual([]);
        expect(await store.getNextDueMs()).toBeNull();
      }));

    test("a running child is asked to stop, and its worker's report ends it", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        await store.steer({ runId: parent.runId, wish: "cancel", reason: null, by: "ada" });
        expect(await store.getRun(child.runId)).toMatchObject({ status: "running", wish: { kind: "cancel" } });
        expect(await complete(store, child)).toEqual({ kind: "cancelled", wish: "cancel" });
        await store.report(child.fence, { status: "cancelled", reason: null });
        expect(await store.getRun(child.runId)).toMatchObject({ status: "cancelled", reason: PARENT_ENDED });
        expect(await store.listAttempts(parent.runId)).toMatchObject([{ status: "interrupted" }]);
      }));

    test("a pause does not go down", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        await store.steer({ runId: parent.runId, wish: "pause", reason: null, by: "ada" });
        expect(await store.getRun(child.runId)).toMatchObject({ status: "running", wish: null });
      }));

    test("a restarted parent starts new children once the old ones have ended", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        await restart(store, parent.runId);
        expect((await store.getRun(child.runId))?.wish?.kind).toBe("cancel");
        const again = await claimOne(store);
        const next = childOf(parent.runId, "part", 2);
        expect(await openChild(store, again, { generation: 2 })).toMatchObject({ kind: "open" });
        expect(await store.getRun(next)).toBeNull();
        expect(await store.listOpenWaits(parent.runId)).toMatchObject([{ stage: "part", childId: null }]);
        await park(store, again);
        expect(await statusOf(store, parent.runId)).toBe("waiting");
        await store.report(child.fence, { status: "cancelled", reason: null });
        expect(await statusOf(store, parent.runId)).toBe("queued");
        const third = await claimOne(store);
        await openChild(store, third, { generation: 2 });
        expect(next).toMatch(/~part~g2$/);
        expect(await store.getRun(next)).toMatchObject({ status: "queued", parent: { runId: parent.runId } });
        await park(store, third);
        expect(await statusOf(store, parent.runId)).toBe("waiting");
        await complete(store, await claimChild(store));
        expect(await recordOf(store, parent.runId)).toMatchObject({ outcome: "completed" });
        await expectGapless(store, parent.runId);
      }));

    test("what became free between the last look and the report queues the parent", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        await restart(store, parent.runId);
        const again = await claimOne(store);
        await openChild(store, again, { generation: 2 });
        await store.report(child.fence, { status: "cancelled", reason: null });
        await park(store, again);
        expect(await statusOf(store, parent.runId)).toBe("queued");
      }));

    test("a person's resume of a parent tries its failed child again, and goes on with those that were cut off", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store);
        await openChild(store, parent, { stage: "bad" });
        const bad = await claimChild(store);
        await openChild(store, parent, { stage: "cut" });
        await store.report(bad.fence, { status: "failed", error: BOOM, reason: null });
        expect(await openChild(store, parent, { stage: "bad" })).toMatchObject({ record: { outcome: "failed" } });
        await store.report(parent.fence, { status: "failed", error: BOOM, reason: null });
        expect(await statusOf(store, childOf(parent.runId, "cut"))).toBe("cancelled");
        await resume(store, parent.runId);
        const again = await claimOne(store);
        await store.reopenStage(again.fence, "bad", null);
        expect(await openChild(store, again, { stage: "bad" })).toMatchObject({ kind: "open" });
        expect(await openChild(store, again, { stage: "cut" })).toMatchObject({ kind: "open" });
        expect(await statusOf(store, bad.runId)).toBe("queued");
        expect(await statusOf(store, childOf(parent.runId, "cut"))).toBe("queued");
        await park(store, again);
        for (let n = 0; n < 2; n++) await complete(store, await claimChild(store));
        expect(await recordOf(store, parent.runId, "bad")).toMatchObject({ outcome: "completed" });
        expect(await recordOf(store, parent.runId, "cut")).toMatchObject({ outcome: "completed" });
      }));

    test("a child that an end of its parent was still stopping when the parent was resumed is tried again, not failed", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        await store.steer({ runId: parent.runId, wish: "cancel", reason: null, by: "ada" });
        await resume(store, parent.runId);
        const again = await claimOne(store);
        expect(await openChild(store, again)).toMatchObject({ kind: "open" });
        await park(store, again);
        await store.report(child.fence, { status: "cancelled", reason: null });
        expect(await statusOf(store, parent.runId)).toBe("queued");
        expect(await recordOf(store, parent.runId)).toBeNull();
        expect(await openChild(store, await claimOne(store))).toMatchObject({ kind: "open" });
        expect(await statusOf(store, child.runId)).toBe("queued");
      }));

    test("a started child answers at once with its ID, and its end is nobody's stage", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store);
        const id = childOf(parent.runId);
        expect(await openChild(store, parent, { kind: "start", rule: "cancelUnlessCompleted" })).toMatchObject({
          kind: "settled",
          record: { outcome: "completed", output: { kind: "inline", json: JSON.stringify({ runId: id }) } },
        });
        await complete(store, await claimChild(store));
        expect(await statusOf(store, parent.runId)).toBe("running");
        expect((await store.loadHistory(parent.runId)).length).toBe(1);
      }));

    test("the row's parent decides whose child a run is, never the text of its ID", () =>
      withStore(factory, async ({ store }) => {
        const taken = await startRun(store);
        const foreign = await store.createRun(newRun({ id: childOf(taken.runId) }));
        expect(foreign.kind).toBe("created");
        expect(await openChild(store, taken)).toEqual({
          ...{ kind: "refused", wish: null },
          why: { kind: "idTaken", runId: childOf(taken.runId) },
        });
        expect(await store.listAttempts(taken.runId)).toEqual([]);
        expect((await store.getRun(childOf(taken.runId)))?.parent).toBeNull();
        expect((await store.listRuns({ limit: 10, parent: taken.runId })).rows).toEqual([]);
        // Three ways to read one text, if dots joined them.
        const [a, ab] = [await startRun(store, { id: "a" as RunId }), await startRun(store, { id: "a.b" as RunId })];
        await startRun(store, { id: "a.b.c" as RunId });
        await openChild(store, a, { stage: "b.c" });
        await openChild(store, ab, { stage: "c" });
        const ids = await Promise.all([a, ab].map(({ runId }) => store.listRuns({ limit: 10, parent: runId })));
        expect(ids.map(({ rows }) => rows.map(({ id }) => id))).toEqual([["a~b.c"], ["a.b~c"]]);
      }));

    test("a run below itself, and one too deep, are refused and write nothing", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store, { workflow: "part" });
        const same = { change: { inputJson: '{"topic":"tides"}' } };
        expect(await openChild(store, parent, same)).toMatchObject({
          kind: "refused",
          why: { kind: "ofItself", runId: parent.runId },
        });
        expect(await store.listAttempts(parent.runId)).toEqual([]);
        let at = parent;
        for (let depth = 1; depth <= CHILD_DEPTH_MAX; depth++) {
          expect(await openChild(store, at, { stage: `s${depth}` })).toMatchObject({ kind: "open" });
          at = await claimChild(store);
        }
        expect(await openChild(store, at, { stage: "over" })).toMatchObject({ why: { kind: "tooDeep" } });
        // The end of the topmost takes all of them along.
        await store.report(parent.fence, { status: "failed", error: BOOM, reason: null });
        expect((await store.getRun(childOf(parent.runId, "s1")))?.wish?.kind).toBe("cancel");
      }));

    test("a run with unfinished children cannot be deleted; finished ones go with it, and so does a waiting family's child not", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        expect(await store.deleteRun(parent.runId)).toEqual({ kind: "hasChildren", children: [child.runId] });
        await store.report(child.fence, { status: "queued", reason: null, wakeInMs: 0 });
        expect(await store.deleteRun(child.runId)).toEqual({ kind: "awaited", parent: parent.runId });
        await complete(store, await claimChild(store));
        expect(await store.deleteRun(parent.runId)).toEqual({ kind: "moved", from: "queued", family: [child.runId] });
        expect(await store.getRun(child.runId)).toBeNull();
        await store.deleteRemovedRows(1_000);
        expect((await store.facts({ check: true })).problems).toEqual([]);
      }));

    test("a child that ended while its parent was at work stays until the parent has its outcome", () =>
      withStore(factory, async ({ store }) => {
        const parent = await startRun(store);
        await openChild(store, parent, { stage: "part" });
        const child = await claimChild(store);
        await complete(store, child);
        const isAwaited = { kind: "awaited", parent: parent.runId };
        expect(await store.deleteRun(child.runId)).toEqual(isAwaited);
        const { rows } = await store.listFinished({ olderThanMs: 0, limit: 10 });
        const finished = rows.find(({ runId }) => runId === child.runId) as (typeof rows)[number];
        expect(await store.removeFinished(finished, null)).toBe(false);
        // The parent looks again, and takes it.
        expect(await openChild(store, parent, { stage: "part" })).toMatchObject({ kind: "settled" });
        expect(await store.removeFinished(finished, null)).toBe(true);
      }));

    test("a cleanup removes children before their parent, and a parent not before them", () =>
      withStore(factory, async ({ store }) => {
        const { parent, child } = await waitingPair(store);
        await complete(store, child);
        await complete(store, await claimOne(store));
        const { rows } = await store.listFinished({ olderThanMs: 0, limit: 10 });
        const of = (runId: RunId) => rows.find((row) => row.runId === runId) as (typeof rows)[number];
        expect(await store.removeFinished(of(parent.runId), null)).toBe(false);
        expect(await store.removeFinished(of(child.runId), null)).toBe(true);
        expect(await store.removeFinished(of(parent.runId), null)).toBe(true);
      }));
  });
}
