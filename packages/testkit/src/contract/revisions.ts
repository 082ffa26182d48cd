/**
 * The revision of a run: it changes with every change of control and nothing else, and protects requests meant for
 * another one.
 */
import { type ChangeTerms, type RunId, revisionOf, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  completeStage,
  LEASE_MS,
  newRun,
  OTHER_TERMS,
  RESUME_SILENT,
  restart,
  resume,
  runIn,
  STALL_MS,
  type StoreFactory,
  stampOf,
  startRun,
  TERMS,
  withStore,
} from "./factory.js";
import { commit, ok, opened } from "./map-pieces.js";

async function revisionIn(store: Store, runId: RunId): Promise<string> {
  const run = await store.getRun(runId);
  if (run === null) throw new Error(`${runId} is not there`);
  return revisionOf(run);
}

export function exerciseRevisions(factory: StoreFactory): void {
  describe(`${factory.name}: revision`, () => {
    test("changes with every move, wish, claim, recovery, reset and restart, and never repeats", () =>
      withStore(factory, async ({ store }) => {
        const { id: runId } = newRun();
        await store.createRun(newRun({ id: runId }));
        const steer = (wish: "pause" | "cancel" | "fail", reason: string | null = null) =>
          store.steer({ runId, wish, reason, by: "ada" });
        const moves: readonly [what: string, move: () => Promise<unknown>][] = [
          ["pause", () => steer("pause")],
          ["resume", () => resume(store, runId)],
          ["the same pause again", () => steer("pause")],
          ["the same resume again", () => resume(store, runId)],
          ["another way to go", () => resume(store, runId, null, { through: "a" })],
          ["claim", () => claimOne(store)],
          ["wish", () => steer("pause", "lunch")],
          ["another reason", () => steer("pause", "dinner")],
          ["another wish", () => steer("cancel")],
          [
            "recovery that carries it out",
            () =>
              store.recover(
                { runId, token: 1, isHolderDead: true, by: "s" },
                { action: "cancel", reason: "dead", uses: "nothing", afterMs: 0 },
              ),
          ],
          ["restart", () => restart(store, runId, { claim: TERMS })],
          ["recovery", () => store.recover({ runId, token: 2, isHolderDead: true, by: "s" }, RESUME_SILENT)],
          ["reset", () => store.resetRecoveries(runId, {})],
          ["claim by another", () => claimOne(store, OTHER_TERMS)],
          [
            "take-over",
            () => resume(store, runId, TERMS, { from: ["running"], isByPerson: false, deadHolder: { token: 3 } }),
          ],
          ["reset of a running run", () => store.resetRecoveries(runId, {})],
        ];
        const seen = [await revisionIn(store, runId)];
        for (const [what, move] of moves) {
          await move();
          const revision = await revisionIn(store, runId);
          expect(seen, what).not.toContain(revision);
          seen.push(revision);
        }
      }));

    test("stays the same while the run executes: heartbeats, stages, events, progress, checkpoints, items", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        const revision = await revisionIn(store, runId);
        const works: readonly [what: string, work: () => Promise<unknown>][] = [
          ["beat", () => store.beat([{ ...fence, leaseMs: LEASE_MS }])],
          ["stage", () => completeStage(store, fence, "a")],
          ["failure", () => store.startAttempt(fence, { stage: "b", attempt: 1, inputsHash: null })],
          [
            "retry",
            () =>
              store.finishAttempt(fence, {
                ...{ stage: "b", attempt: 1, status: "failed", isRecord: false, afterMs: 0 },
                error: { name: "E", message: "m" },
              }),
          ],
          ["event", () => store.appendEvents(fence, [{ type: "log", data: { stage: "b", attempt: 1, message: "m" } }])],
          ["progress", () => store.setProgress(fence, { items: null, label: "x" })],
          ["checkpoint", () => store.saveCheckpoint(fence, { stage: "b", attempt: 1, json: "1" })],
          ["map", () => opened(store, fence)],
          ["item", () => commit(store, fence, { results: [ok(0, "a")], lowWater: 1 })],
          ["resource", () => store.acquireResources(fence, ["duck.db"])],
          ["time", async () => advance(STALL_MS + 1_000)],
        ];
        for (const [what, work] of works) {
          await work();
          expect(await revisionIn(store, runId), what).toBe(revision);
        }
      }));

    test("stays the same while nothing happens, even when a waiting run becomes due", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 60_000 });
        const revision = await revisionIn(store, runId);
        await advance(120_000);
        expect((await store.getRun(runId))?.wakeAt).toBeNull();
        expect(await revisionIn(store, runId)).toBe(revision);
      }));

    test("differs for a run created under the ID of a deleted one", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await startRun(store, { id: "again" as RunId });
        const revision = await revisionIn(store, runId);
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        await store.recover(
          { runId, token: 1, isHolderDead: true, by: "s" },
          { action: "cancel", reason: "dead", uses: "nothing", afterMs: 0 },
        );
        await store.deleteRun(runId);
        await advance(1_000);
        await startRun(store, { id: runId });
        expect(await revisionIn(store, runId)).not.toBe(revision);
      }));

    type Act = (store: Store, runId: RunId, terms: ChangeTerms) => Promise<{ readonly kind: string }>;
    const ACTS: readonly [name: string, from: "queued" | "paused" | "running", act: Act][] = [
      ["requeue", "paused", (store, runId, terms) => resume(store, runId, null, terms)],
      ["restart", "paused", (store, runId, terms) => restart(store, runId, terms)],
      [
        "steer",
        "queued",
        (store, runId, terms) => store.steer({ runId, wish: "cancel", reason: null, by: "ada", ...terms }),
      ],
      [
        "steer of a running run",
        "running",
        (store, runId, terms) => store.steer({ runId, wish: "pause", reason: null, by: "ada", ...terms }),
      ],
      ["deleteRun", "paused", (store, runId, terms) => store.deleteRun(runId, terms)],
      ["resetRecoveries", "running", (store, runId, terms) => store.resetRecoveries(runId, terms)],
    ];

    test.each(ACTS)("%s applies only to the revision that the caller saw", (_, from, act) =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, from);
        const audit = stampOf("delete");
        const before = await store.getRun(runId);
        const events = await store.listEvents(runId, { after: 0, limit: 100 });
        const found = await revisionIn(store, runId);
        expect(await act(store, runId, { ifRevision: "1-other", audit })).toEqual({
          kind: "changed",
          revision: found,
          status: from,
        });
        const withoutTime = (run: typeof before) => ({ ...run, lease: null });
        expect(withoutTime(await store.getRun(runId))).toEqual(withoutTime(before));
        expect(await store.listEvents(runId, { after: 0, limit: 100 })).toEqual(events);
        expect((await store.listAudit({ limit: 1 })).rows).toEqual([]);
        expect(["changed", "refused", "notFound"]).not.toContain(
          (await act(store, runId, { ifRevision: found, audit })).kind,
        );
      }),
    );

    test("of two callers who saw the same revision, one acts and the other gets the present one", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "queued");
        const ifRevision = await revisionIn(store, runId);
        const steer = (wish: "pause" | "cancel") => store.steer({ runId, wish, reason: null, by: "ada", ifRevision });
        const outcomes = await Promise.all([steer("pause"), steer("cancel")]);
        expect(outcomes).toEqual([
          { kind: "moved", from: "queued" },
          { kind: "changed", revision: await revisionIn(store, runId), status: "paused" },
        ]);
      }));

    test("an unknown run is not found, whatever the revision", () =>
      withStore(factory, async ({ store }) => {
        for (const [, , act] of ACTS) {
          expect(await act(store, "nobody" as RunId, { ifRevision: "1-x" })).toEqual({ kind: "notFound" });
        }
      }));
  });
}
