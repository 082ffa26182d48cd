/** The fence: no write of a worker that lost its lease is accepted, however it lost it. */
import type { Fence, RunId, Store, StoreMethodsOf } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  BOOM,
  claimOne,
  eventTypes,
  expectGapless,
  INLINE,
  OTHER_TERMS,
  RESUME_SILENT,
  STALL_MS,
  type StoreFactory,
  startRun,
  TERMS,
  withStore,
} from "./factory.js";
import { commit, commitOf, failureOf, intentOf, ok, opened, openWith, ROW_SHA256, STAGE } from "./map-pieces.js";

type Write = (store: Store, fence: Fence) => Promise<{ readonly kind: string }>;

/**
 * Every method that carries a fence, by its name in the contract. A method missing here does not compile. Attempt 1 of
 * stage "open" and the map of `STAGE` were begun earlier, under the first lease.
 */
const WRITES: {
  readonly [M in StoreMethodsOf<"fencedWrite">]: Write | Readonly<Record<string, Write>>;
} = {
  publish: (store, fence) => store.publish(fence, [{ key: "headline", json: "1" }]),
  startAttempt: (store, fence) => store.startAttempt(fence, { stage: "next", attempt: 1, inputsHash: null }),
  finishAttempt: {
    "as completed": (store, fence) =>
      store.finishAttempt(fence, { stage: "open", attempt: 1, status: "completed", output: INLINE, ms: 1 }),
    "as failed": (store, fence) =>
      store.finishAttempt(fence, {
        stage: "open",
        attempt: 1,
        status: "failed",
        error: BOOM,
        isRecord: true,
        afterMs: 0,
      }),
  },
  reopenStage: (store, fence) => store.reopenStage(fence, "open", null),
  openWait: (store, fence) =>
    store.openWait(fence, { stage: "nap", kind: "sleep", due: { kind: "after", ms: 60_000 } }),
  saveCheckpoint: (store, fence) => store.saveCheckpoint(fence, { stage: "open", attempt: 1, json: "1" }),
  recordArtifact: (store, fence) =>
    store.recordArtifact(fence, { stage: "open", attempt: 1, name: "a.txt", sha256: "00", sizeBytes: 2 }),
  appendEvents: (store, fence) =>
    store.appendEvents(fence, [{ type: "log", data: { stage: "open", attempt: 1, message: "m" } }]),
  setProgress: (store, fence) => store.setProgress(fence, { items: null, label: "zombie" }),
  noteCode: (store, fence) => store.noteCode(fence, "ts:another"),
  noteDatasets: (store, fence) =>
    store.noteDatasets(fence, {
      stage: "open",
      attempt: 1,
      forget: "none",
      datasets: [{ name: "rows", contentSha256: ROW_SHA256, isSource: false }],
    }),
  openMap: {
    "of a new map": (store, fence) => openWith(store, fence, { stage: "another" }),
    "under another config": (store, fence) => openWith(store, fence, { configHash: "config-2", adoptConfig: true }),
  },
  commitMap: {
    "of intents": (store, fence) => store.commitMap(fence, commitOf({ intents: [intentOf(1, "b")] })),
    "of results": (store, fence) =>
      store.commitMap(fence, commitOf({ results: [ok(1, "b")], committedNanos: 250_000_000 })),
    "of failures": (store, fence) => store.commitMap(fence, commitOf({ failures: [failureOf("b", 1)] })),
  },
  placeItems: (store, fence) => store.placeItems(fence, STAGE, [{ key: "a", index: 7 }]),
  leaveOut: (store, fence) => store.leaveOut(fence, STAGE, ["z"]),
  finishMap: (store, fence) => store.finishMap(fence, STAGE),
  acquireResources: (store, fence) => store.acquireResources(fence, ["thing"]),
  report: {
    "as completed": (store, fence) => store.report(fence, { status: "completed", output: INLINE, stageCount: 1 }),
    "as paused": (store, fence) => store.report(fence, { status: "paused", reason: null, wakeInMs: null }),
    "as waiting": (store, fence) => store.report(fence, { status: "waiting", reason: "sleep nap" }),
    "as queued": (store, fence) => store.report(fence, { status: "queued", reason: null, wakeInMs: 0 }),
  },
};

const EACH_WRITE: readonly (readonly [name: string, write: Write])[] = Object.entries(WRITES).flatMap(
  ([name, writes]): (readonly [string, Write])[] =>
    typeof writes === "function"
      ? [[name, writes]]
      : Object.entries(writes).map(([how, write]) => [`${name} ${how}`, write] as const),
);

/** A run under a lease, with a stage and a map begun. */
async function begin(store: Store): Promise<{ readonly runId: RunId; readonly fence: Fence }> {
  const { runId, fence } = await startRun(store);
  await store.startAttempt(fence, { stage: "open", attempt: 1, inputsHash: null });
  await opened(store, fence);
  await commit(store, fence, { results: [ok(0, "a")], lowWater: 1, committedNanos: 250_000_000 });
  return { runId, fence };
}

/** Everything that a stale write could have changed. */
async function snapshot(store: Store, runId: RunId): Promise<unknown> {
  const run = await store.getRun(runId);
  return {
    // Expiry depends on the present time; everything else must stay the same.
    run: run === null ? null : { ...run, lease: run.lease?.token ?? null, timeoutAt: null },
    events: await store.listEvents(runId, { after: 0, limit: 1_000 }),
    attempts: await store.listAttempts(runId),
    artifacts: await store.listArtifacts(runId),
    checkpoint: await store.getCheckpoint(runId, "open"),
    maps: await store.listMaps(runId),
    items: await store.listItems(runId, STAGE, { limit: 100 }),
    intents: await store.listOpenIntents(runId, STAGE),
    failures: await store.listItemFailures(runId, STAGE, "b"),
    leftOut: await store.findLeftOut(runId, STAGE, ["z"]),
    datasets: await store.listDatasetUses(runId),
  };
}

type Loss = (store: Store, runId: RunId, fence: Fence, advance: (ms: number) => unknown) => Promise<Fence>;

/** Ways for a worker to lose its lease. Each returns the fence that the worker still believes in. */
const LOSSES: Readonly<Record<string, Loss>> = {
  "with an older token": async (_store, _runId, fence) => ({ ...fence, token: fence.token - 1 }),
  "with a token from the future": async (_store, _runId, fence) => ({ ...fence, token: fence.token + 1 }),
  "with the same token and another nonce": async (_store, _runId, fence) => ({ ...fence, nonce: "another-nonce" }),
  "after its own report": async (store, _runId, fence) => {
    await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
    return fence;
  },
  "after another worker claimed the run": async (store, _runId, fence) => {
    await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
    await claimOne(store, OTHER_TERMS);
    return fence;
  },
  "after the same worker claimed the run again": async (store, _runId, fence) => {
    await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
    await claimOne(store, TERMS);
    return fence;
  },
  "after a takeover of its silent lease": async (store, runId, fence, advance) => {
    await advance(STALL_MS + 1_000);
    expect(await store.recover({ runId, token: fence.token, isHolderDead: false, by: "s" }, RESUME_SILENT)).toBe(true);
    return fence;
  },
  "after the run was completed": async (store, _runId, fence) => {
    await store.report(fence, { status: "completed", output: INLINE, stageCount: 1 });
    return fence;
  },
  "after the run was deleted": async (store, runId, fence) => {
    await store.report(fence, { status: "cancelled", reason: null });
    await store.deleteRun(runId);
    return fence;
  },
};

export function exerciseFence(factory: StoreFactory): void {
  describe(`${factory.name}: fence`, () => {
    for (const [how, lose] of Object.entries(LOSSES)) {
      test(`refuses every write ${how}, and nothing changes`, () =>
        withStore(factory, async ({ store, advance }) => {
          for (const [name, write] of EACH_WRITE) {
            const { runId, fence } = await begin(store);
            const stale = await lose(store, runId, fence, advance);
            const before = await snapshot(store, runId);
            expect((await write(store, stale)).kind, name).toBe("leaseLost");
            expect(await snapshot(store, runId), name).toEqual(before);
            // Leave nothing to claim for the next write.
            await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
          }
        }));
    }

    test("a heartbeat with another token or nonce is answered as lost, and renews nothing", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await advance(1_000);
        for (const stale of [
          { ...fence, nonce: "another-nonce" },
          { ...fence, token: fence.token + 1 },
        ]) {
          const [answer] = await store.beat([{ ...stale, leaseMs: TERMS.leaseMs }]);
          expect(answer).toMatchObject({ kind: "lost" });
        }
        const facts = await store.getLease(runId);
        expect(facts?.silentForMs).toBeGreaterThanOrEqual(1_000);
        expect(await store.beat([{ ...fence, leaseMs: TERMS.leaseMs }])).toMatchObject([{ kind: "extended" }]);
      }));

    test("only the lease that took a resource can release it", () =>
      withStore(factory, async ({ store }) => {
        const { fence } = await startRun(store);
        const other = await startRun(store, { claim: OTHER_TERMS });
        expect(await store.acquireResources(fence, ["thing"])).toMatchObject({ kind: "acquired" });
        for (const stale of [
          { ...fence, nonce: "another-nonce" },
          { ...fence, token: fence.token + 1 },
        ]) {
          await store.releaseResources(stale, ["thing"]);
        }
        expect(await store.acquireResources(other.fence, ["thing"])).toMatchObject({ kind: "held" });
        await store.releaseResources(fence, ["thing"]);
        expect(await store.acquireResources(other.fence, ["thing"])).toMatchObject({ kind: "acquired" });
      }));

    test("reports who holds the run now, or that nobody does", () =>
      withStore(factory, async ({ store }) => {
        const { fence } = await startRun(store);
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        const progress = { items: null, label: null };
        expect(await store.setProgress(fence, progress)).toEqual({ kind: "leaseLost", heldBy: null });
        await claimOne(store, OTHER_TERMS);
        expect(await store.setProgress(fence, progress)).toEqual({ kind: "leaseLost", heldBy: "worker-b" });
      }));

    test("refuses a write to a run that never existed", () =>
      withStore(factory, async ({ store }) => {
        const fence = { runId: "no-such-run" as RunId, token: 1, nonce: "n" };
        for (const [, write] of EACH_WRITE) {
          expect(await write(store, fence)).toEqual({ kind: "leaseLost", heldBy: null });
        }
      }));

    test("accepts writes while a pause is pending, and reports the pause", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        const outcome = await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null });
        expect(outcome).toEqual({ kind: "written", wish: "pause" });
      }));

    test("refuses every write once a cancel or fail is pending, except the report that carries it out", () =>
      withStore(factory, async ({ store }) => {
        for (const wish of ["cancel", "fail"] as const) {
          for (const [name, write] of EACH_WRITE) {
            const { runId, fence } = await begin(store);
            await store.steer({ runId, wish, reason: "enough", by: "ada" });
            const before = await snapshot(store, runId);
            expect(await write(store, fence), name).toEqual({ kind: "cancelled", wish });
            expect(await snapshot(store, runId), name).toEqual(before);
            const outcome = await store.report(
              fence,
              wish === "cancel"
                ? { status: "cancelled", reason: null }
                : { status: "failed", reason: null, error: BOOM },
            );
            expect(outcome).toEqual({ kind: "written", wish });
            const run = await store.getRun(runId);
            expect(run).toMatchObject({ status: wish === "cancel" ? "cancelled" : "failed", reason: "enough" });
            expect(await store.listAttempts(runId)).toMatchObject([{ status: "interrupted" }]);
            await expectGapless(store, runId);
          }
        }
      }));

    test("tells a stale lease that it is lost, though a cancel of the run is pending", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        const progress = { items: null, label: null };
        for (const stale of [
          { ...fence, nonce: "another-nonce" },
          { ...fence, token: fence.token + 1 },
        ]) {
          expect(await store.setProgress(stale, progress)).toEqual({ kind: "leaseLost", heldBy: "worker-a" });
        }
      }));

    test("refuses a report of anything but the pending wish", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        const failed = await store.report(fence, { status: "failed", reason: null, error: BOOM });
        expect(failed).toEqual({ kind: "cancelled", wish: "cancel" });
        expect((await eventTypes(store, runId)).at(-1)).toBe("run.claimed");
      }));

    test("writes of one caller take effect in call order, and a refused one delays none", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const stale = { ...fence, token: 0 };
        const outcomes = await Promise.all([
          store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null }),
          store.startAttempt(stale, { stage: "b", attempt: 1, inputsHash: null }),
          store.finishAttempt(fence, { stage: "a", attempt: 1, status: "completed", output: INLINE, ms: 1 }),
          store.startAttempt(fence, { stage: "c", attempt: 1, inputsHash: null }),
          store.finishAttempt(fence, { stage: "c", attempt: 1, status: "completed", output: INLINE, ms: 1 }),
          store.report(fence, { status: "completed", output: INLINE, stageCount: 2 }),
          store.startAttempt(fence, { stage: "d", attempt: 1, inputsHash: null }),
        ]);
        expect(outcomes.map((outcome) => outcome.kind)).toEqual([
          "written",
          "leaseLost",
          "written",
          "written",
          "written",
          "written",
          "leaseLost",
        ]);
        expect(await eventTypes(store, runId)).toEqual([
          "run.created",
          "run.claimed",
          "stage.started",
          "stage.completed",
          "stage.started",
          "stage.completed",
          "run.completed",
        ]);
        await expectGapless(store, runId);
      }));
  });
}
