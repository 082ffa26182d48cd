/** The state machine: every pair of states, legal and illegal, by every operation that could make the move. */
import { canMove, RUN_STATUSES, type RunStatus, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  BOOM,
  eventTypes,
  expectGapless,
  type Held,
  INLINE,
  NAP_MS,
  type OpenedStore,
  openNap,
  resume,
  runIn,
  type StoreFactory,
  statusOf,
  TERMS,
  withStore,
} from "./factory.js";

/** Tries to bring the run to `to`, as a person and as its worker would. The test judges the result by the run's state. */
async function tryMove(
  { store, advance }: OpenedStore,
  { runId, fence }: Held,
  from: RunStatus,
  to: RunStatus,
): Promise<void> {
  switch (to) {
    case "running":
      await store.claim({ ...TERMS, workflows: ["brief"], limit: 10 });
      break;
    case "queued":
      await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
      if (from === "waiting") {
        await advance(NAP_MS);
        await store.wakeWaits(10);
      } else await resume(store, runId, null, { from: [from] });
      break;
    case "waiting":
      // Refused but for the holder of a running run.
      await openNap(store, fence);
      await store.report(fence, { status: "waiting", reason: "sleep nap" });
      break;
    case "completed":
      await store.report(fence, { status: "completed", output: INLINE, stageCount: 1 });
      break;
    case "paused":
      await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
      await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
      break;
    case "failed":
      await store.report(fence, { status: "failed", error: BOOM, reason: null });
      await store.steer({ runId, wish: "fail", reason: null, by: "ada" });
      break;
    case "cancelled":
      await store.report(fence, { status: "cancelled", reason: null });
      await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
      break;
  }
}

/** Events of the run as a whole. */
async function runEvents(store: Store, runId: Held["runId"]) {
  return (await eventTypes(store, runId)).filter((type) => type.startsWith("run."));
}

export function exerciseMoves(factory: StoreFactory): void {
  describe(`${factory.name}: moves between states`, () => {
    for (const from of RUN_STATUSES) {
      for (const to of RUN_STATUSES) {
        const isLegal = canMove(from, to);
        test(`a ${from} run ${isLegal ? "can become" : "does not become"} ${to}`, () =>
          withStore(factory, async (opened) => {
            const { store } = opened;
            const run = await runIn(store, from);
            const before = await runEvents(store, run.runId);
            await tryMove(opened, run, from, to);
            expect(await statusOf(store, run.runId)).toBe(isLegal ? to : from);
            const after = await runEvents(store, run.runId);
            // Exactly one event for a move, none for a refusal.
            expect(after.length - before.length).toBe(isLegal ? 1 : 0);
            await expectGapless(store, run.runId);
            const { runCounts } = await store.facts();
            for (const status of RUN_STATUSES) {
              expect(runCounts[status]).toBe(status === (isLegal ? to : from) ? 1 : 0);
            }
          }));
      }
    }

    test("only a person can queue a finished run again", () =>
      withStore(factory, async ({ store }) => {
        for (const status of ["failed", "cancelled", "completed"] as const) {
          const { runId } = await runIn(store, status);
          const request = {
            runId,
            from: [status],
            by: "timer",
            through: null,
            directive: null,
            input: null,
            deadHolder: null,
          };
          const outcome = await store.requeue({ ...request, isByPerson: false, claim: null });
          expect(outcome).toEqual({ kind: "refused", status });
        }
      }));

    test("a move from a state that was not named is refused with the state", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "failed");
        const request = { runId, from: ["paused"] as const, by: "ada", through: null, directive: null };
        const outcome = await store.requeue({
          ...request,
          deadHolder: null,
          input: null,
          isByPerson: true,
          claim: null,
        });
        expect(outcome).toEqual({ kind: "refused", status: "failed" });
        expect(await statusOf(store, runId)).toBe("failed");
      }));

    test("each ending records its data", () =>
      withStore(factory, async ({ store }) => {
        const completed = await store.getRun((await runIn(store, "completed")).runId);
        expect(completed).toMatchObject({ output: { answer: 42 }, error: null, lease: null, wish: null });
        expect(completed?.finishedAt).toBeTypeOf("number");
        expect(completed?.startedAt).toBeTypeOf("number");
        const failed = await store.getRun((await runIn(store, "failed")).runId);
        expect(failed).toMatchObject({ error: BOOM, lastError: BOOM, output: undefined });
        const paused = await store.getRun((await runIn(store, "paused")).runId);
        expect(paused).toMatchObject({ finishedAt: null, lease: null, error: null });
      }));

    test("an output above the inline limit is a reference", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await runIn(store, "running");
        const output = { kind: "file", sha256: "ab".repeat(32), sizeBytes: 99_000 } as const;
        await store.report(fence, { status: "completed", output, stageCount: 1 });
        const run = await store.getRun(runId);
        expect(run).toMatchObject({ output: undefined, outputFile: { sha256: output.sha256, sizeBytes: 99_000 } });
      }));

    test("a pause may set a time to resume by itself; then the run is queued, once", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await runIn(store, "running");
        await store.report(fence, { status: "paused", reason: "quota", wakeInMs: 5_000 });
        const run = await store.getRun(runId);
        expect(run).toMatchObject({ status: "paused", reason: "quota" });
        expect(run?.wakeAt).toBeTypeOf("number");
        expect(await store.wakePaused(10)).toBe(0);
        await advance(5_000);
        expect(await store.wakePaused(10)).toBe(1);
        expect(await store.wakePaused(10)).toBe(0);
        expect(await statusOf(store, runId)).toBe("queued");
        expect((await eventTypes(store, runId)).at(-1)).toBe("run.resumed");
        await runIn(store, "paused");
        await advance(1_000_000);
        expect(await store.wakePaused(10)).toBe(0);
      }));

    test("a run returned to the queue with a wait is claimed after it, not before", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await runIn(store, "running");
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 2_000 });
        expect((await store.getRun(runId))?.wakeAt).toBeTypeOf("number");
        expect(await store.claim({ ...TERMS, workflows: ["brief"], limit: 1 })).toEqual([]);
        await advance(2_000);
        expect(await store.claim({ ...TERMS, workflows: ["brief"], limit: 1 })).toHaveLength(1);
      }));
  });
}
