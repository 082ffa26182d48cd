/** Requests of a person: applied at once if no worker executes the run, otherwise recorded as a wish. */
import type { RunId } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { claimOne, eventTypes, expectGapless, runIn, type StoreFactory, startRun, withStore } from "./factory.js";

export function exerciseSteering(factory: StoreFactory): void {
  describe(`${factory.name}: steering`, () => {
    test("a run without a worker changes at once, with the reason", () =>
      withStore(factory, async ({ store }) => {
        for (const [wish, status, type] of [
          ["pause", "paused", "run.paused"],
          ["cancel", "cancelled", "run.cancelled"],
          ["fail", "failed", "run.failed"],
        ] as const) {
          const { runId } = await runIn(store, "queued");
          const outcome = await store.steer({ runId, wish, reason: "lunch", by: "ada" });
          expect(outcome).toEqual({ kind: "moved", from: "queued" });
          expect(await store.getRun(runId)).toMatchObject({ status, reason: "lunch", wish: null });
          expect((await eventTypes(store, runId)).at(-1)).toBe(type);
        }
      }));

    test("failing a run manually leaves an error that says so", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "paused");
        await store.steer({ runId, wish: "fail", reason: "wrong input", by: "ada" });
        expect((await store.getRun(runId))?.error).toMatchObject({ code: "RUN_FAILED", message: "wrong input" });
      }));

    test("for a running run, the wish is recorded without an event, and the answer names the holder", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        const outcome = await store.steer({ runId, wish: "pause", reason: "lunch", by: "ada" });
        expect(outcome).toMatchObject({ kind: "asked", lease: { holder: "worker-a", token: 1 } });
        expect(await store.getRun(runId)).toMatchObject({
          status: "running",
          wish: { kind: "pause", reason: "lunch" },
          head: 2,
        });
      }));

    test("a worker that carries out a wish uses the person's reason if it has none of its own", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.steer({ runId, wish: "pause", reason: "lunch", by: "ada" });
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        expect(await store.getRun(runId)).toMatchObject({ status: "paused", reason: "lunch", wish: null });
        const second = await startRun(store);
        await store.steer({ runId: second.runId, wish: "pause", reason: "lunch", by: "ada" });
        await store.report(second.fence, { status: "paused", reason: "budget", wakeInMs: null });
        expect((await store.getRun(second.runId))?.reason).toBe("budget");
      }));

    test("a pause does not withdraw a cancel; a cancel overrides a pause", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        await store.steer({ runId, wish: "cancel", reason: "really", by: "ada" });
        await store.steer({ runId, wish: "pause", reason: null, by: "bob" });
        expect((await store.getRun(runId))?.wish).toEqual({ kind: "cancel", reason: "really" });
      }));

    test("a run returned to the queue while a pause is pending becomes paused", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.steer({ runId, wish: "pause", reason: "lunch", by: "ada" });
        const outcome = await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        expect(outcome).toEqual({ kind: "written", wish: "pause" });
        expect(await store.getRun(runId)).toMatchObject({ status: "paused", reason: "lunch" });
        await expectGapless(store, runId);
      }));

    test("a wish ends with the execution it was made for", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        const request = {
          runId,
          from: ["paused"] as const,
          by: "ada",
          through: null,
          directive: null,
          input: null,
          deadHolder: null,
        };
        await store.requeue({ ...request, isByPerson: true, claim: null });
        const next = await claimOne(store);
        expect(next.claim.run.wish).toBeNull();
        expect(await store.setProgress(next.fence, { items: null, label: null })).toEqual({
          kind: "written",
          wish: null,
        });
      }));

    test("a finished or unknown run cannot be steered", () =>
      withStore(factory, async ({ store }) => {
        for (const status of ["completed", "failed", "cancelled"] as const) {
          const { runId } = await runIn(store, status);
          for (const wish of ["pause", "cancel", "fail"] as const) {
            expect(await store.steer({ runId, wish, reason: null, by: "ada" })).toEqual({ kind: "refused", status });
          }
        }
        const runId = "no-such-run" as RunId;
        expect(await store.steer({ runId, wish: "pause", reason: null, by: "ada" })).toEqual({ kind: "notFound" });
      }));
  });
}
