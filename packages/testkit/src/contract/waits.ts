/** Waits: opened once, ended once, in the transaction in which their condition is seen to be true. */
import type { Store, WaitAnswer } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  eventTypes,
  expectGapless,
  NAP_MS,
  newRun,
  OTHER_TERMS,
  openNap,
  restart,
  resume,
  runIn,
  type StoreFactory,
  startRun,
  statusOf,
  TERMS,
  withStore,
} from "./factory.js";

const attemptOf = async (store: Store, runId: Parameters<Store["listAttempts"]>[0], stage = "nap") =>
  (await store.listAttempts(runId)).filter((attempt) => attempt.stage === stage);

/** Time passes in a test, too: at most so long, and not much less. */
function expectSoon(leftMs: number | null, atMostMs: number): void {
  expect(leftMs).toBeLessThanOrEqual(atMostMs);
  expect(leftMs).toBeGreaterThan(atMostMs / 2);
}

function expectLeft(answer: WaitAnswer, atMostMs: number): void {
  expect(answer.kind).toBe("open");
  expectSoon(answer.kind === "open" ? answer.leftMs : null, atMostMs);
}

export function exerciseWaits(factory: StoreFactory): void {
  describe(`${factory.name}: waits`, () => {
    test("a wait that is opened again has the instant of its first call, and is one attempt", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        expect(await openNap(store, fence)).toMatchObject({ kind: "open", wish: null, leftMs: NAP_MS });
        const [opened] = await attemptOf(store, runId);
        expect(opened).toMatchObject({ status: "waiting", attempt: 1, isRecord: false, finishedAt: null });
        expect(opened?.wait?.kind).toBe("sleep");
        expect(Number.isSafeInteger(opened?.wait?.dueAt)).toBe(true);
        await advance(NAP_MS / 2);
        expectLeft(await openNap(store, fence), NAP_MS / 2);
        // Asked for longer by changed code: the recorded instant stays.
        expectLeft(await openNap(store, fence, "nap", 10 * NAP_MS), NAP_MS / 2);
        expect(await attemptOf(store, runId)).toEqual([opened]);
        expect((await eventTypes(store, runId)).filter((type) => type === "stage.started")).toHaveLength(1);
      }));

    test("its holder ends it once it is due, and a second call finds the same outcome", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await openNap(store, fence);
        await advance(NAP_MS);
        const settled = await openNap(store, fence);
        expect(settled).toMatchObject({ kind: "settled", record: { stage: "nap", attempt: 1, outcome: "completed" } });
        expect(await openNap(store, fence)).toEqual(settled);
        const [attempt] = await attemptOf(store, runId);
        expect(attempt).toMatchObject({ status: "completed", isRecord: true, wait: { kind: "sleep" } });
        expect(await store.loadHistory(runId)).toMatchObject([
          { stage: "nap", lastAttempt: 1, record: { attempt: 1 } },
        ]);
        expect((await store.getRun(runId))?.progress.done).toBe(1);
        expect(await store.wakeWaits(10)).toEqual({ settled: [], woken: [] });
        await expectGapless(store, runId);
      }));

    test("a run that waits holds nothing, and is queued in the transaction that ends its wait", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        expect(await store.acquireResources(fence, ["printer"])).toMatchObject({ kind: "acquired" });
        await openNap(store, fence);
        expect(await store.report(fence, { status: "waiting", reason: "sleep nap" })).toMatchObject({
          kind: "written",
        });
        const waiting = await store.getRun(runId);
        expect(waiting).toMatchObject({ status: "waiting", reason: "sleep nap", lease: null, finishedAt: null });
        expect(waiting?.wakeAt).toBe((await attemptOf(store, runId))[0]?.wait?.dueAt);
        const other = await startRun(store);
        expect(await store.acquireResources(other.fence, ["printer"])).toMatchObject({ kind: "acquired" });
        expectSoon(await store.getNextDueMs(), NAP_MS);
        expect(await store.claim({ ...TERMS, workflows: ["brief"], limit: 10 })).toEqual([]);
        await advance(NAP_MS / 2);
        expect(await store.wakeWaits(10)).toEqual({ settled: [], woken: [] });
        await advance(NAP_MS / 2);
        expect(await store.getNextDueMs()).toBe(0);
        expect(await store.wakeWaits(10)).toEqual({ settled: [{ runId, stage: "nap" }], woken: [runId] });
        expect(await store.wakeWaits(10)).toEqual({ settled: [], woken: [] });
        expect(await store.getNextDueMs()).toBeNull();
        expect(await store.getRun(runId)).toMatchObject({ status: "queued", reason: null, deaths: 0 });
        expect((await eventTypes(store, runId)).slice(-3)).toEqual(["run.waiting", "stage.completed", "run.woken"]);
        const woken = await claimOne(store, OTHER_TERMS);
        expect(woken.runId).toBe(runId);
        expect(await openNap(store, woken.fence)).toMatchObject({ kind: "settled" });
        await expectGapless(store, runId);
      }));

    test("what comes true between the last look and the report is seen by the report: the run is queued", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await openNap(store, fence);
        await openNap(store, fence, "long", 10 * NAP_MS);
        await advance(NAP_MS);
        // The supervisor looks first, and leaves the run to its worker.
        expect(await store.wakeWaits(10)).toEqual({ settled: [], woken: [] });
        expect(await store.getNextDueMs()).toBeNull();
        await store.report(fence, { status: "waiting", reason: null });
        expect(await statusOf(store, runId)).toBe("queued");
        expect(await attemptOf(store, runId)).toMatchObject([{ status: "completed", isRecord: true }]);
        expect(await attemptOf(store, runId, "long")).toMatchObject([{ status: "waiting" }]);
        await expectGapless(store, runId);
      }));

    test("a report of a run without an open wait queues it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.report(fence, { status: "waiting", reason: null });
        expect(await statusOf(store, runId)).toBe("queued");
      }));

    test("of several waits the first that is due wakes the run; the others keep their instants", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await openNap(store, fence, "second", 2 * NAP_MS);
        await openNap(store, fence, "first", NAP_MS);
        await store.report(fence, { status: "waiting", reason: null });
        await advance(NAP_MS);
        expect((await store.wakeWaits(10)).settled).toEqual([{ runId, stage: "first" }]);
        const again = await claimOne(store);
        expectLeft(await openNap(store, again.fence, "second", 2 * NAP_MS), NAP_MS);
        await store.report(again.fence, { status: "waiting", reason: null });
        await advance(NAP_MS);
        expect((await store.wakeWaits(10)).woken).toEqual([runId]);
      }));

    test("while a run is paused its instants are recorded and nothing is queued; a resume goes on with them", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await runIn(store, "waiting");
        await store.steer({ runId, wish: "pause", reason: "lunch", by: "ada" });
        expect(await store.getRun(runId)).toMatchObject({ status: "paused", reason: "lunch", wakeAt: null });
        await advance(NAP_MS);
        expect(await store.wakeWaits(10)).toEqual({ settled: [{ runId, stage: "nap" }], woken: [] });
        expect(await statusOf(store, runId)).toBe("paused");
        await resume(store, runId);
        const { fence } = await claimOne(store);
        expect(await openNap(store, fence)).toMatchObject({ kind: "settled" });
        await expectGapless(store, runId);
      }));

    test("a pause that is asked for while the run parks pauses it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await openNap(store, fence);
        await store.steer({ runId, wish: "pause", reason: "lunch", by: "ada" });
        expect(await store.report(fence, { status: "waiting", reason: null })).toEqual({
          kind: "written",
          wish: "pause",
        });
        expect(await store.getRun(runId)).toMatchObject({ status: "paused", reason: "lunch" });
      }));

    for (const wish of ["cancel", "fail"] as const) {
      test(`a ${wish} ends a waiting run at once, and its waits with it`, () =>
        withStore(factory, async ({ store, advance }) => {
          const { runId } = await runIn(store, "waiting");
          const moved = await store.steer({ runId, wish, reason: null, by: "ada" });
          expect(moved).toEqual({ kind: "moved", from: "waiting" });
          expect(await attemptOf(store, runId)).toMatchObject([{ status: "interrupted", isRecord: false }]);
          expect((await attemptOf(store, runId))[0]?.finishedAt).toBeTypeOf("number");
          await advance(NAP_MS);
          expect(await store.wakeWaits(10)).toEqual({ settled: [], woken: [] });
          expect(await store.getNextDueMs()).toBeNull();
          await expectGapless(store, runId);
        }));
    }

    test("a run that ends with a wait open ends the wait", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await openNap(store, fence);
        await store.report(fence, { status: "completed", output: { kind: "inline", json: "1" }, stageCount: 0 });
        expect(await attemptOf(store, runId)).toMatchObject([{ status: "interrupted" }]);
        expect(await store.getNextDueMs()).toBeNull();
      }));

    test("a restarted run opens its waits anew", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await runIn(store, "waiting");
        await advance(NAP_MS / 2);
        await restart(store, runId);
        const { fence } = await claimOne(store);
        expect(await openNap(store, fence)).toMatchObject({ kind: "open", leftMs: NAP_MS });
        expect(await attemptOf(store, runId)).toMatchObject([
          { attempt: 1, generation: 1, status: "interrupted" },
          { attempt: 2, generation: 2, status: "waiting" },
        ]);
        await advance(NAP_MS);
        expect(await openNap(store, fence)).toMatchObject({ kind: "settled", record: { attempt: 2 } });
      }));

    test("a reopened wait is waited for again, and a fork keeps the outcome of one with what it waited for", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await openNap(store, fence);
        await advance(NAP_MS);
        await openNap(store, fence);
        const forkedFrom = { runId, stage: "next", keeps: ["nap"] };
        const forked = await store.createRun(newRun({ id: "forked" as typeof runId, forkedFrom }));
        expect(forked.kind).toBe("created");
        expect(await attemptOf(store, "forked" as typeof runId)).toMatchObject([
          { status: "completed", isRecord: true, wait: { kind: "sleep" } },
        ]);
        await store.reopenStage(fence, "nap", null);
        expect(await openNap(store, fence)).toMatchObject({ kind: "open", leftMs: NAP_MS });
        expect((await attemptOf(store, runId)).map(({ attempt, status }) => [attempt, status])).toEqual([
          [1, "completed"],
          [2, "waiting"],
        ]);
      }));

    test("an instant that is past ends the wait at once, and one ten years ahead is exact", () =>
      withStore(factory, async ({ store, advance }) => {
        const { fence } = await startRun(store);
        const open = (stage: string, atMs: number) =>
          store.openWait(fence, { stage, kind: "sleep", due: { kind: "at", atMs } });
        expect(await open("past", 0)).toMatchObject({ kind: "settled" });
        const tenYears = 10 * 365 * 86_400_000;
        expect(await openNap(store, fence, "decade", tenYears)).toMatchObject({ leftMs: tenYears });
        await store.report(fence, { status: "waiting", reason: null });
        // 2^31 ms are 24.8 days.
        await advance(tenYears - NAP_MS);
        expectSoon(await store.getNextDueMs(), NAP_MS);
        expect((await store.wakeWaits(10)).settled).toEqual([]);
        await advance(NAP_MS);
        expect((await store.wakeWaits(10)).settled).toHaveLength(1);
      }));

    test("so many are ended at once as are asked for, the earliest first, and by one of two who look at once", () =>
      withStore(factory, async ({ store, advance, openAgain }) => {
        const runs: string[] = [];
        for (let n = 0; n < 6; n++) {
          const { runId, fence } = await startRun(store);
          await openNap(store, fence, "nap", NAP_MS + n);
          await store.report(fence, { status: "waiting", reason: null });
          runs.push(runId);
        }
        await advance(2 * NAP_MS);
        const first = await store.wakeWaits(2);
        expect(first.woken).toEqual(runs.slice(0, 2));
        const other = openAgain === null ? store : await openAgain();
        const both = await Promise.all([store.wakeWaits(10), other.wakeWaits(10)]);
        if (other !== store) await other.close();
        const rest = await store.wakeWaits(10);
        const woken = [...both, rest].flatMap((answer) => answer.woken);
        expect([...woken].sort()).toEqual(runs.slice(2).sort());
        for (const runId of runs) expect(await statusOf(store, runId)).toBe("queued");
      }));

    test("a deleted run leaves no wait", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await runIn(store, "waiting");
        expect(await store.deleteRun(runId)).toEqual({ kind: "moved", from: "waiting" });
        await advance(NAP_MS);
        expect(await store.wakeWaits(10)).toEqual({ settled: [], woken: [] });
        await store.deleteRemovedRows(1_000);
        expect((await store.facts({ check: true })).problems).toEqual([]);
      }));
  });
}
