/** Restarting and resuming: generations, which records are still used, directives. */
import { describe, expect, test } from "vitest";
import {
  BOOM,
  claimOne,
  completeStage,
  eventTypes,
  expectGapless,
  INLINE,
  runIn,
  type StoreFactory,
  startRun,
  TERMS,
  withStore,
} from "./factory.js";

export function exerciseRestart(factory: StoreFactory): void {
  describe(`${factory.name}: restart`, () => {
    test("increments the generation: earlier records stay visible but are no longer used", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await completeStage(store, fence, "gather");
        await store.saveCheckpoint(fence, { stage: "write", attempt: 1, json: "1" });
        const artifact = { stage: "gather", attempt: 1, name: "a.txt", sha256: "00", sizeBytes: 1 };
        await store.recordArtifact(fence, artifact);
        await store.report(fence, { status: "failed", error: BOOM, reason: null });
        const request = { runId, by: "ada", input: null, version: "2", stages: null, claim: null };
        expect(await store.restart(request)).toEqual({ kind: "queued", from: "failed" });
        expect(await store.getRun(runId)).toMatchObject({
          status: "queued",
          generation: 2,
          version: "2",
          startedAt: null,
          finishedAt: null,
          error: null,
          lastError: null,
          output: undefined,
          recoveries: 0,
          progress: { done: 0, label: null },
        });
        expect(await store.getStageRecord(runId, "gather")).toBeNull();
        expect(await store.getCheckpoint(runId, "write")).toBeNull();
        expect(await store.loadHistory(runId)).toEqual([
          { stage: "gather", lastAttempt: 1, failedCount: 0, record: null },
        ]);
        expect(await store.listArtifacts(runId)).toMatchObject([{ generation: 1 }]);
        const next = await claimOne(store);
        await completeStage(store, next.fence, "gather", 2);
        expect((await store.listAttempts(runId)).map(({ generation, attempt }) => [generation, attempt])).toEqual([
          [1, 1],
          [2, 2],
        ]);
        expect((await store.getStageRecord(runId, "gather"))?.attempt).toBe(2);
        expect((await store.listEvents(runId, { after: 0, limit: 50, type: "run.restarted" })).at(0)).toMatchObject({
          data: { generation: 2, by: "ada" },
        });
        await expectGapless(store, runId);
      }));

    test("is possible from paused, failed, cancelled and completed, and claims in the same transaction", () =>
      withStore(factory, async ({ store }) => {
        for (const status of ["paused", "failed", "cancelled", "completed"] as const) {
          const { runId } = await runIn(store, status);
          const request = { runId, by: "ada", input: null, version: null, stages: null, claim: TERMS };
          const outcome = await store.restart(request);
          expect(outcome).toMatchObject({ kind: "claimed", claim: { token: 2, run: { generation: 2 } } });
          expect((await eventTypes(store, runId)).slice(-2)).toEqual(["run.restarted", "run.claimed"]);
        }
      }));

    test("is refused for a queued run, and a running one is reported as held", () =>
      withStore(factory, async ({ store }) => {
        const request = { by: "ada", input: null, version: null, stages: null, claim: null };
        const queued = await runIn(store, "queued");
        expect(await store.restart({ runId: queued.runId, ...request })).toEqual({ kind: "refused", status: "queued" });
        const running = await runIn(store, "running");
        expect(await store.restart({ runId: running.runId, ...request })).toMatchObject({
          kind: "held",
          lease: { holder: "worker-a" },
        });
        expect((await store.getRun(running.runId))?.generation).toBe(1);
      }));

    test("may change the input, which otherwise stays", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "completed", { inputJson: '{"n":1}', givenJson: '{"n":"1"}' });
        const base = { runId, by: "ada", version: null, stages: null, claim: null };
        await store.restart({ ...base, input: null });
        expect(await store.getRun(runId)).toMatchObject({ input: { n: 1 }, given: { n: "1" } });
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        await store.restart({ ...base, input: { inputJson: '{"n":2}', givenJson: null } });
        expect(await store.getRun(runId)).toMatchObject({ input: { n: 2 }, given: undefined, generation: 3 });
      }));
  });

  describe(`${factory.name}: resume`, () => {
    test("keeps the records, and says who resumed and how far", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await completeStage(store, fence, "gather");
        await store.report(fence, { status: "failed", error: BOOM, reason: "broke" });
        const request = { runId, from: ["failed"] as const, by: "ada", through: "write", directive: null };
        const outcome = await store.requeue({
          ...request,
          isByPerson: true,
          deadHolder: null,
          input: null,
          claim: TERMS,
        });
        expect(outcome).toMatchObject({
          kind: "claimed",
          claim: {
            isReopening: true,
            run: { status: "running", generation: 1, through: "write", error: null, reason: null, lastError: BOOM },
          },
        });
        expect(await store.getStageRecord(runId, "gather")).toMatchObject({ output: INLINE });
        const [resumed] = await store.listEvents(runId, { after: 0, limit: 9, type: "run.resumed" });
        expect(resumed?.data).toEqual({ by: "ada", through: "write" });
        expect((await store.getRun(runId))?.progress.done).toBe(1);
        await expectGapless(store, runId);
      }));

    test("a raised budget outlives the next pause, while the rest of its directive does not", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "paused");
        const directive = { accept: "redo", only: "errors", budget: { map: 7 } };
        const request = { runId, from: ["paused"] as const, by: "ada", through: null, deadHolder: null };
        await store.requeue({ ...request, input: null, directive, isByPerson: true, claim: null });
        const { fence } = await claimOne(store);
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        expect((await store.getRun(runId))?.directive).toEqual({ accept: null, only: null, budget: { map: 7 } });
      }));

    test("its directive stays with the run through hand-backs and recoveries, and is removed when the run pauses or ends", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "paused");
        const directive = { accept: "redo", only: "errors" };
        const request = { runId, from: ["paused"] as const, by: "ada", through: null, deadHolder: null };
        await store.requeue({ ...request, input: null, directive, isByPerson: true, claim: null });
        const first = await claimOne(store);
        expect(first.claim.run.directive).toEqual(directive);
        await store.report(first.fence, { status: "queued", reason: null, wakeInMs: 0 });
        const second = await claimOne(store);
        expect(second.claim.run.directive).toEqual(directive);
        const decision = { action: "resume", reason: "died", uses: "recovery", afterMs: 0 } as const;
        await store.recover({ runId, token: second.claim.token, isHolderDead: true, by: "s" }, decision);
        const third = await claimOne(store);
        expect(third.claim.run.directive).toEqual(directive);
        await store.report(third.fence, { status: "paused", reason: null, wakeInMs: null });
        expect((await store.getRun(runId))?.directive).toBeNull();
      }));
  });
}
