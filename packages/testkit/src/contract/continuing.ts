/** Runs that go on as their next generation: input, records and children over generations, and loops that do nothing. */
import { CONTINUES_PER_S_MAX, type RunId, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  eventTypes,
  expectGapless,
  type Held,
  openNap,
  restart,
  type StoreFactory,
  startRun,
  statusOf,
  withStore,
} from "./factory.js";
import { childOf, claimChild, complete, openChild } from "./pairs.js";

const next = (store: Store, { fence }: Held, cursor: number) =>
  store.report(fence, {
    status: "continued",
    input: { inputJson: `{"cursor":${cursor}}`, givenJson: `{"cursor":${cursor}}` },
  });

async function work(store: Store, { fence }: Held, stage = "page"): Promise<void> {
  const attempt =
    1 + (await store.loadHistory(fence.runId)).reduce((most, { lastAttempt }) => Math.max(most, lastAttempt), 0);
  await store.startAttempt(fence, { stage, attempt, inputsHash: null });
  await store.finishAttempt(fence, {
    stage,
    attempt,
    status: "completed",
    output: { kind: "inline", json: "1" },
    ms: 1,
  });
}

const generationsOf = async (store: Store, runId: RunId) => [
  ...new Set((await store.listAttempts(runId)).map(({ generation }) => generation)),
];

export function exerciseContinuing(factory: StoreFactory): void {
  describe(`${factory.name}: continuing`, () => {
    test("the next generation is queued with its input and without records; the wait of the last ends with it", () =>
      withStore(factory, async ({ store }) => {
        const first = await startRun(store);
        await work(store, first);
        await openNap(store, first.fence);
        expect(await next(store, first, 1)).toEqual({ kind: "written", wish: null });
        expect(await store.getRun(first.runId)).toMatchObject({
          ...{ status: "queued", generation: 2, input: { cursor: 1 }, given: { cursor: 1 }, reason: null, lease: null },
          progress: { done: 0, failed: 0, label: null },
        });
        expect((await store.loadHistory(first.runId)).every(({ record }) => record === null)).toBe(true);
        expect(await store.getNextDueMs()).toBeNull();
        expect((await eventTypes(store, first.runId)).at(-1)).toBe("run.continued");
        expect(await next(store, first, 2)).toMatchObject({ kind: "leaseLost" });
        const second = await claimOne(store);
        await work(store, second);
        expect(await generationsOf(store, first.runId)).toEqual([1, 2]);
        await expectGapless(store, first.runId);
      }));

    test("records of the two generations before are kept, older ones go; event numbers go on", () =>
      withStore(factory, async ({ store }) => {
        let held = await startRun(store);
        for (let generation = 1; generation <= 6; generation++) {
          await work(store, held);
          await next(store, held, generation);
          held = await claimOne(store);
        }
        await work(store, held);
        expect(await generationsOf(store, held.runId)).toEqual([5, 6, 7]);
        await expectGapless(store, held.runId);
        expect((await store.facts({ check: true })).problems).toEqual([]);
      }));

    test(`more than ${CONTINUES_PER_S_MAX} generations in a second without a record fail the run; with one each, they do not`, () =>
      withStore(factory, async ({ store, advance }) => {
        let held = await startRun(store);
        for (let n = 0; n < 2 * CONTINUES_PER_S_MAX; n++) {
          await work(store, held);
          await next(store, held, n);
          held = await claimOne(store);
        }
        for (let n = 0; n < CONTINUES_PER_S_MAX; n++) {
          await next(store, held, n);
          held = await claimOne(store);
        }
        await advance(2_000);
        for (let n = 0; (await statusOf(store, held.runId)) === "running"; n++) {
          // A store on the real clock may begin another second meanwhile.
          expect(n).toBeLessThan(20 * CONTINUES_PER_S_MAX);
          await next(store, held, n);
          if ((await statusOf(store, held.runId)) === "queued") held = await claimOne(store);
        }
        expect(await store.getRun(held.runId)).toMatchObject({
          ...{ status: "failed", reason: "continues_too_fast", error: { code: "CONTINUES_TOO_FAST" } },
        });
        await expectGapless(store, held.runId);
      }));

    test("children belong to the run over its generations: a continue leaves them, a later cancel reaches them", () =>
      withStore(factory, async ({ store }) => {
        const first = await startRun(store);
        await openChild(store, first, { stage: "old" });
        await next(store, first, 1);
        const second = await claimOne(store);
        expect(await statusOf(store, childOf(first.runId, "old"))).toBe("queued");
        // A child of the same stage in this generation is another one, and need not wait for the old.
        await openChild(store, second, { stage: "old", generation: 2 });
        expect(await statusOf(store, childOf(first.runId, "old", 2))).toBe("queued");
        await complete(store, await claimChild(store));
        expect(await statusOf(store, first.runId)).toBe("running");
        await next(store, second, 2);
        await store.steer({ runId: first.runId, wish: "cancel", reason: null, by: "ada" });
        expect(await statusOf(store, childOf(first.runId, "old", 2))).toBe("cancelled");
        await restart(store, first.runId);
        expect((await store.getRun(first.runId))?.generation).toBe(4);
      }));

    test("a pause that was asked for meanwhile pauses the next generation; a cancel is no continue", () =>
      withStore(factory, async ({ store }) => {
        const paused = await startRun(store);
        await store.steer({ runId: paused.runId, wish: "pause", reason: "lunch", by: "ada" });
        await next(store, paused, 1);
        expect(await store.getRun(paused.runId)).toMatchObject({ status: "paused", generation: 2, reason: "lunch" });
        const cancelled = await startRun(store);
        await store.steer({ runId: cancelled.runId, wish: "cancel", reason: null, by: "ada" });
        expect(await next(store, cancelled, 1)).toEqual({ kind: "cancelled", wish: "cancel" });
      }));
  });
}
