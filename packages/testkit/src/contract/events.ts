/** Events and progress: gapless numbers, reading from a position, the newest progress. */
import type { RunEventInput, RunId } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { completeStage, expectGapless, INLINE, resume, type StoreFactory, startRun, withStore } from "./factory.js";

const log = (message: string, stage = "gather") =>
  ({ type: "log", data: { stage, attempt: 1, message } }) satisfies RunEventInput;

export function exerciseEvents(factory: StoreFactory): void {
  describe(`${factory.name}: events`, () => {
    test("are numbered without gaps while many writers write to several runs at once", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        const runs = await Promise.all(Array.from({ length: 4 }, () => startRun(store)));
        await Promise.all(
          runs.flatMap(({ fence }) =>
            Array.from({ length: 50 }, async (_, i) => {
              const via = i % 2 === 0 ? store : other;
              await via.appendEvents(fence, i % 5 === 0 ? [log(`${i}a`), log(`${i}b`)] : [log(`${i}`)]);
            }),
          ),
        );
        for (const { runId } of runs) {
          await expectGapless(store, runId);
          expect((await store.getRun(runId))?.head).toBe(2 + 60);
        }
        if (other !== store) await other.close();
      }));

    test("a reader that has seen n has seen every event up to n, whenever it reads", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const eventMax = 300;
        let isWriting = true;
        const writing = Promise.all(
          Array.from({ length: eventMax }, (_, i) => store.appendEvents(fence, [log(String(i))])),
        ).then(() => {
          isWriting = false;
        });
        const seen: number[] = [];
        for (let after = 0; isWriting || seen.length < eventMax + 2; ) {
          const page = await store.listEvents(runId, { after, limit: 7 });
          seen.push(...page.map((event) => event.seq));
          after = seen.at(-1) ?? 0;
        }
        await writing;
        expect(seen).toEqual(Array.from({ length: eventMax + 2 }, (_, i) => i + 1));
      }));

    test("read synchronously, for the exit of a process, equal those of an ordinary read, or there are none", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.appendEvents(fence, [log("a"), log("b", "write"), log("c")]);
        for (const query of [
          { after: 0, limit: 100 },
          { after: 3, limit: 1 },
          { after: 0, limit: 100, type: "log", stage: "write" },
        ] as const) {
          const expected = await store.listEvents(runId, query);
          expect(expected.length).toBeGreaterThan(0);
          expect([[], expected]).toContainEqual(store.listEventsNow(runId, query));
        }
      }));

    test("continue after a pause, an end, a restart", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await completeStage(store, fence, "gather");
        await store.report(fence, { status: "completed", output: INLINE, stageCount: 1 });
        const restarted = await store.restart({
          runId,
          by: "ada",
          input: null,
          version: null,
          stages: null,
          claim: null,
        });
        expect(restarted).toEqual({ kind: "queued", from: "completed" });
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        await resume(store, runId);
        await expectGapless(store, runId);
        expect((await store.getRun(runId))?.head).toBe(8);
      }));

    test("are read after a given number, by type, by stage, page by page", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await completeStage(store, fence, "gather");
        await completeStage(store, fence, "write");
        await store.appendEvents(fence, [log("one"), log("two", "write")]);
        const seqs = async (query: Parameters<typeof store.listEvents>[1]) =>
          (await store.listEvents(runId, query)).map((event) => event.seq);
        expect(await seqs({ after: 0, limit: 3 })).toEqual([1, 2, 3]);
        expect(await seqs({ after: 6, limit: 10 })).toEqual([7, 8]);
        expect(await seqs({ after: 8, limit: 10 })).toEqual([]);
        expect(await seqs({ after: 0, limit: 10, type: "stage.completed" })).toEqual([4, 6]);
        expect(await seqs({ after: 0, limit: 10, stage: "write" })).toEqual([5, 6, 8]);
        expect(await seqs({ after: 5, limit: 1, stage: "write" })).toEqual([6]);
        expect(await seqs({ after: 0, limit: 10, type: "log", stage: "gather" })).toEqual([7]);
        expect(await store.listEvents("no-such-run" as RunId, { after: 0, limit: 10 })).toEqual([]);
      }));

    test("keep their facts unchanged, and include run and time", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const events: RunEventInput[] = [
          { type: "log", data: { stage: "a", attempt: 1, message: 'é "quoted" 🌊', data: { deep: [1, null, "x"] } } },
          {
            type: "gate.checked",
            data: { stage: "a", attempt: 1, gate: "length", passed: false, score: 0.25, threshold: null },
          },
          { type: "budget.reached", data: { stage: "a", spentUsd: 1.5, budgetUsd: 1 } },
          { type: "drift.accepted", data: { drift: [{ what: "config" }], as: "reuse", by: "ada" } },
          { type: "lease.lost", data: { holder: "worker-a", token: 1 } },
        ];
        await store.appendEvents(fence, events);
        const read = await store.listEvents(runId, { after: 2, limit: 10 });
        expect(read.map(({ type, data }) => ({ type, data }))).toEqual(events);
        for (const event of read) {
          expect(event.runId).toBe(runId);
          expect(Number.isInteger(event.at)).toBe(true);
        }
      }));

    test("an empty append is accepted, and uses no number", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        expect(await store.appendEvents(fence, [])).toEqual({ kind: "written", wish: null });
        expect((await store.getRun(runId))?.head).toBe(2);
      }));
  });

  describe(`${factory.name}: progress`, () => {
    const declared = ["gather", "write"].map((name) => ({ name, title: name, kind: "primary" as const }));

    test("without items it counts completed declared stages, and names the running stage", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store, { stages: declared });
        expect((await store.getRun(runId))?.progress).toMatchObject({ done: 0, total: 2, label: null });
        await completeStage(store, fence, "gather");
        await store.startAttempt(fence, { stage: "write", attempt: 1, inputsHash: null });
        expect((await store.getRun(runId))?.progress).toMatchObject({ done: 1, total: 2, label: "write" });
        await store.setProgress(fence, { items: null, label: "chapter 3" });
        expect((await store.getRun(runId))?.progress).toMatchObject({ done: 1, total: 2, label: "chapter 3" });
        await store.setProgress(fence, { items: null, label: null });
        expect((await store.getRun(runId))?.progress.label).toBe("chapter 3");
      }));

    test("the total is unknown if stages are not declared, or declared by a pattern", () =>
      withStore(factory, async ({ store }) => {
        const pattern = [{ name: "year-*", title: "Years", kind: "primary" as const }];
        for (const stages of [null, pattern]) {
          const { runId } = await startRun(store, { stages });
          expect((await store.getRun(runId))?.progress.total).toBeNull();
        }
      }));

    test("items take precedence once a map has started, and the newest value wins", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store, { stages: declared });
        const items = { done: 1, total: 10, failed: 0, ratePerS: 0.5, etaMs: [4_000, 9_000] as const };
        await store.setProgress(fence, { items, label: "rating" });
        await store.setProgress(fence, { items: { ...items, done: 5, failed: 2, total: null }, label: null });
        const progress = (await store.getRun(runId))?.progress;
        expect(progress).toMatchObject({ done: 5, total: null, failed: 2, ratePerS: 0.5, label: "rating" });
        // The range is stored as instants, so it shrinks without further writes.
        await advance(3_000);
        const later = (await store.getRun(runId))?.progress.etaMs;
        expect(later?.[0]).toBeLessThanOrEqual(1_000);
        expect(later?.[1]).toBeGreaterThan(4_000);
        // A range in the past says nothing: "0 s" would be misleading.
        await advance(60_000);
        expect((await store.getRun(runId))?.progress.etaMs).toBeNull();
      }));

    test("only an executing run has an estimate: there is none while it is paused", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const items = { done: 1, total: 10, failed: 0, ratePerS: 0.5, etaMs: [40_000, 90_000] as const };
        await store.setProgress(fence, { items, label: null });
        expect((await store.getRun(runId))?.progress.etaMs).not.toBeNull();
        await store.report(fence, { status: "paused", reason: "asked", wakeInMs: null });
        expect((await store.getRun(runId))?.progress).toMatchObject({ done: 1, total: 10, etaMs: null });
      }));

    test("reached progress replaces the stored value, and stays until the run is restarted", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const reachedOf = async () => (await store.getRun(runId))?.reached;
        expect(await reachedOf()).toEqual({ fraction: 0, stages: {} });
        const reached = { fraction: 0.25, stages: { gather: { done: 3, total: 10, share: 0.4 } } };
        await store.setProgress(fence, { items: null, label: "gathers", reached });
        await store.setProgress(fence, { items: null, label: "still gathers" });
        expect(await reachedOf()).toEqual(reached);
        await store.report(fence, { status: "cancelled", reason: null });
        expect(await reachedOf()).toEqual(reached);
        const request = { runId, by: "ann", input: null, version: null, stages: null, claim: null };
        await store.restart(request);
        expect(await reachedOf()).toEqual({ fraction: 0, stages: {} });
      }));

    test("stays with the run when it ends", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store, { stages: declared });
        await completeStage(store, fence, "gather");
        await store.report(fence, { status: "completed", output: INLINE, stageCount: 1 });
        expect((await store.getRun(runId))?.progress).toMatchObject({ done: 1, total: 2, label: "gather" });
        const mapped = await startRun(store);
        const items = { done: 7, total: 9, failed: 2, ratePerS: 1, etaMs: [1, 2] as const };
        await store.setProgress(mapped.fence, { items, label: "map" });
        await store.report(mapped.fence, { status: "cancelled", reason: null });
        expect((await store.getRun(mapped.runId))?.progress).toEqual({
          done: 7,
          total: 9,
          failed: 2,
          ratePerS: 1,
          etaMs: null,
          label: "map",
        });
      }));
  });
}
