/** Signals: kept until a wait of their name takes the oldest; a signal and a timeout give one outcome. */
import { type Fence, type RunId, SIGNALS_MAX, type SignalOutcome, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  eventTypes,
  expectGapless,
  type Held,
  NAP_MS,
  newRun,
  restart,
  resume,
  runIn,
  type StoreFactory,
  stampOf,
  startRun,
  statusOf,
  withStore,
} from "./factory.js";

/** Sends the number `payload`; the hash of its content is its text. */
export function sendTo(
  store: Store,
  runId: string,
  name: string,
  payload: number,
  idempotencyKey: string | null = null,
): Promise<SignalOutcome> {
  return store.sendSignal({
    ...{ runId: runId as RunId, name, payloadJson: String(payload), idempotencyKey, by: "ada" },
    contentHash: `${name} ${payload}`,
    audit: stampOf("signal", "ada", name),
  });
}

const waitFor = (store: Store, fence: Fence, stage: string, signals: readonly string[] = [stage], ms = NAP_MS) =>
  store.openWait(fence, { stage, kind: "signal", due: { kind: "after", ms }, signals });

const took = (name: string, payload: number) => ({
  kind: "settled",
  record: { outcome: "completed", output: { kind: "inline", json: JSON.stringify({ name, payload }) } },
});

const TIMED_OUT = { kind: "settled", record: { outcome: "completed", output: { kind: "inline", json: "null" } } };

/** A run that waits for the signal `paid`, and nothing else. */
async function waiting(store: Store, signals?: readonly string[]): Promise<Held> {
  const started = await startRun(store);
  await waitFor(store, started.fence, "paid", signals);
  await store.report(started.fence, { status: "waiting", reason: "signal paid" });
  return started;
}

const keptOf = async (store: Store, runId: RunId) =>
  (await store.listKeptSignals(runId)).map(({ name, payloadJson }) => [name, Number(payloadJson)]);

export function exerciseSignals(factory: StoreFactory): void {
  describe(`${factory.name}: signals`, () => {
    test("signals that come early are kept in order, and each wait takes the oldest of its names", () =>
      withStore(factory, async ({ store }) => {
        const { id: runId } = newRun();
        await store.createRun(newRun({ id: runId }));
        for (const [name, n] of [
          ["paid", 1],
          ["sent", 2],
          ["paid", 3],
        ] as const) {
          expect(await sendTo(store, runId, name, n)).toEqual({ kind: "kept" });
        }
        expect(await statusOf(store, runId)).toBe("queued");
        const [first] = await store.listKeptSignals(runId);
        expect(first).toEqual({ name: "paid", payloadJson: "1", sentAt: expect.any(Number), by: "ada" });
        const { fence } = await claimOne(store);
        expect(await waitFor(store, fence, "paid")).toMatchObject(took("paid", 1));
        expect(await waitFor(store, fence, "any", ["sent", "paid"])).toMatchObject(took("sent", 2));
        expect(await keptOf(store, runId)).toEqual([["paid", 3]]);
        expect(await waitFor(store, fence, "more", ["paid"])).toMatchObject(took("paid", 3));
        expect(await waitFor(store, fence, "last", ["paid"])).toMatchObject({ kind: "open", leftMs: NAP_MS });
        await expectGapless(store, runId);
      }));

    test("a signal that is waited for ends the wait and queues the run in one transaction", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await waiting(store);
        expect(await sendTo(store, runId, "other", 1)).toEqual({ kind: "kept" });
        expect(await statusOf(store, runId)).toBe("waiting");
        expect(await sendTo(store, runId, "paid", 2)).toEqual({ kind: "consumed" });
        expect(await store.getRun(runId)).toMatchObject({ status: "queued", reason: null, wakeAt: null });
        const events = await store.listEvents(runId, { after: 0, limit: 100 });
        expect(events.slice(-4).map(({ type }) => type)).toEqual([
          ...["run.waiting", "signal.taken", "stage.completed", "run.woken"],
        ]);
        expect(events.at(-3)?.data).toEqual({
          ...{ stage: "paid", name: "paid", by: "ada", sentAt: expect.any(Number) },
        });
        expect(await store.listAttempts(runId)).toMatchObject([
          { status: "completed", isRecord: true, wait: { kind: "signal", signals: ["paid"] } },
        ]);
        const { fence } = await claimOne(store);
        expect(await waitFor(store, fence, "paid")).toMatchObject(took("paid", 2));
        expect(await keptOf(store, runId)).toEqual([["other", 1]]);
        await expectGapless(store, runId);
      }));

    test("while a worker has the run a signal is kept for it: its next look takes it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        expect(await waitFor(store, fence, "paid")).toMatchObject({ kind: "open" });
        expect(await sendTo(store, runId, "paid", 1)).toEqual({ kind: "kept" });
        expect(await waitFor(store, fence, "paid")).toMatchObject(took("paid", 1));
        expect(await waitFor(store, fence, "paid")).toMatchObject(took("paid", 1));
        expect((await store.getRun(runId))?.progress.done).toBe(1);
        await expectGapless(store, runId);
      }));

    test("a signal that comes between the last look and the report is seen by the report: the run is queued", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await waitFor(store, fence, "paid");
        await waitFor(store, fence, "second", ["paid"]);
        await sendTo(store, runId, "paid", 1);
        await store.report(fence, { status: "waiting", reason: null });
        expect(await statusOf(store, runId)).toBe("queued");
        expect(await store.listAttempts(runId)).toMatchObject([
          { stage: "paid", status: "completed" },
          { stage: "second", status: "waiting" },
        ]);
        await expectGapless(store, runId);
      }));

    test("after its timeout a wait ends without a signal, and a later one is kept", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await waiting(store);
        await advance(NAP_MS);
        expect((await store.wakeWaits(10)).woken).toEqual([runId]);
        expect((await eventTypes(store, runId)).slice(-3)).toEqual(["wait.timed_out", "stage.completed", "run.woken"]);
        expect(await sendTo(store, runId, "paid", 1)).toEqual({ kind: "kept" });
        const { fence } = await claimOne(store);
        expect(await waitFor(store, fence, "paid")).toMatchObject(TIMED_OUT);
        expect(await waitFor(store, fence, "again", ["paid"])).toMatchObject(took("paid", 1));
        await expectGapless(store, runId);
      }));

    test("a signal and a timeout at one instant give one of the two, whoever is first, and the signal is not lost", () =>
      withStore(factory, async ({ store, advance, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        const runs: RunId[] = [];
        for (let n = 0; n < 6; n++) runs.push((await waiting(store)).runId);
        await advance(NAP_MS);
        const [sent] = await Promise.all([
          Promise.all(runs.map((runId, n) => sendTo(n % 2 === 0 ? other : store, runId, "paid", n))),
          store.wakeWaits(10),
        ]);
        // On a loaded machine a sender may have been first everywhere, or nowhere.
        await store.wakeWaits(10);
        if (other !== store) await other.close();
        for (const [n, runId] of runs.entries()) {
          expect(await statusOf(store, runId)).toBe("queued");
          const types = (await eventTypes(store, runId)).filter((type) => /^signal|^wait\.|woken/.test(type));
          const isConsumed = sent[n]?.kind === "consumed";
          expect(types).toEqual([isConsumed ? "signal.taken" : "wait.timed_out", "run.woken"]);
          expect(await keptOf(store, runId)).toEqual(isConsumed ? [] : [["paid", n]]);
          await expectGapless(store, runId);
        }
      }));

    test("two senders at once: one of their signals ends the wait, the other is kept", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const { runId } = await waiting(store);
        const other = openAgain === null ? store : await openAgain();
        const sent = await Promise.all([sendTo(store, runId, "paid", 1), sendTo(other, runId, "paid", 2)]);
        if (other !== store) await other.close();
        expect(sent.map(({ kind }) => kind).sort()).toEqual(["consumed", "kept"]);
        expect(await keptOf(store, runId)).toHaveLength(1);
        await expectGapless(store, runId);
      }));

    test("while a run is paused its waits are recorded and nothing is queued; no signal overtakes an older one", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await waiting(store);
        await store.steer({ runId, wish: "pause", reason: "lunch", by: "ada" });
        expect(await sendTo(store, runId, "paid", 1)).toEqual({ kind: "consumed" });
        expect(await statusOf(store, runId)).toBe("paused");
        await resume(store, runId);
        const { fence } = await claimOne(store);
        expect(await waitFor(store, fence, "paid")).toMatchObject(took("paid", 1));
        await waitFor(store, fence, "more", ["paid"]);
        await sendTo(store, runId, "paid", 2);
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        // What came while a worker had the run goes first: the wait takes it now, and the new one is kept.
        expect(await sendTo(store, runId, "paid", 3)).toEqual({ kind: "kept" });
        expect(await keptOf(store, runId)).toEqual([["paid", 3]]);
        expect(await statusOf(store, runId)).toBe("paused");
        await expectGapless(store, runId);
      }));

    test("what was kept before the instant goes before it, also in a run that was paused meanwhile", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await waitFor(store, fence, "paid");
        await sendTo(store, runId, "paid", 1);
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        await advance(NAP_MS);
        expect((await store.wakeWaits(10)).settled).toEqual([{ runId, stage: "paid" }]);
        expect(await eventTypes(store, runId)).toContain("signal.taken");
        expect(await keptOf(store, runId)).toEqual([]);
      }));

    test("the same key is taken once in the life of a run, and answers as it stands", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await waiting(store);
        expect(await sendTo(store, runId, "paid", 1, "key")).toEqual({ kind: "consumed" });
        expect(await sendTo(store, runId, "paid", 1, "key")).toEqual({ kind: "consumed" });
        expect(await sendTo(store, runId, "paid", 2, "key")).toEqual({ kind: "keyReused" });
        expect(await sendTo(store, runId, "paid", 3, "next")).toEqual({ kind: "kept" });
        expect(await sendTo(store, runId, "paid", 3, "next")).toEqual({ kind: "kept" });
        expect(await keptOf(store, runId)).toEqual([["paid", 3]]);
        expect((await store.listAudit({ runId, limit: 100 })).rows).toHaveLength(2);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        await restart(store, runId);
        expect(await sendTo(store, runId, "paid", 1, "key")).toEqual({ kind: "consumed" });
        // What no wait took is still there for the new generation.
        const { fence } = await claimOne(store);
        expect(await waitFor(store, fence, "paid")).toMatchObject(took("paid", 3));
        expect(await sendTo(store, runId, "paid", 3, "next")).toEqual({ kind: "consumed" });
        await store.report(fence, { status: "cancelled", reason: null });
        expect(await sendTo(store, runId, "paid", 3, "next")).toEqual({ kind: "consumed" });
      }));

    test("a run that ended and one that does not exist take no signal, and nothing is written", () =>
      withStore(factory, async ({ store }) => {
        for (const status of ["completed", "failed", "cancelled"] as const) {
          const { runId } = await runIn(store, status);
          const head = (await store.getRun(runId))?.head;
          expect(await sendTo(store, runId, "paid", 1)).toEqual({ kind: "ended", status });
          expect(await keptOf(store, runId)).toEqual([]);
          expect((await store.getRun(runId))?.head).toBe(head);
        }
        expect(await sendTo(store, "nobody", "paid", 1)).toEqual({ kind: "notFound" });
        expect((await store.listAudit({ limit: 100 })).rows).toEqual([]);
      }));

    test(`a run keeps ${SIGNALS_MAX} signals and refuses more, but for one that is waited for`, () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await waiting(store);
        const sent = await Promise.all(Array.from({ length: SIGNALS_MAX }, (_, n) => sendTo(store, runId, "other", n)));
        expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set(["kept"]));
        expect(await sendTo(store, runId, "other", -1)).toEqual({ kind: "full" });
        expect(await sendTo(store, runId, "paid", -2)).toEqual({ kind: "consumed" });
        const kept = await keptOf(store, runId);
        expect(kept).toHaveLength(SIGNALS_MAX);
        expect(kept[0]).toEqual(["other", 0]);
        expect(kept.at(-1)).toEqual(["other", SIGNALS_MAX - 1]);
      }));

    test("a wait opened again by changed code waits for the names of now, and keeps its instant", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await waitFor(store, fence, "paid");
        await advance(NAP_MS / 2);
        await sendTo(store, runId, "sent", 1);
        expect(await waitFor(store, fence, "paid", ["paid"])).toMatchObject({ kind: "open" });
        expect(await waitFor(store, fence, "paid", ["sent"])).toMatchObject(took("sent", 1));
        expect(await store.listAttempts(runId)).toMatchObject([{ attempt: 1, wait: { signals: ["sent"] } }]);
      }));

    test("a fork keeps what a wait took, and a deleted run leaves no signal", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await waiting(store);
        await sendTo(store, runId, "paid", 1, "key");
        await sendTo(store, runId, "more", 2);
        const forkedFrom = { runId, stage: "next", keeps: ["paid"] };
        await store.createRun(newRun({ id: "forked" as RunId, forkedFrom }));
        expect(await store.listAttempts("forked" as RunId)).toMatchObject([
          { isRecord: true, wait: { kind: "signal", signals: ["paid"] } },
        ]);
        expect(await keptOf(store, "forked" as RunId)).toEqual([]);
        expect(await store.deleteRun("forked" as RunId)).toMatchObject({ kind: "moved" });
        expect(await store.deleteRun(runId, { evenIfForked: true })).toMatchObject({ kind: "moved" });
        expect(await store.listKeptSignals(runId)).toEqual([]);
        await store.deleteRemovedRows(1_000);
        expect((await store.facts({ check: true })).problems).toEqual([]);
      }));
  });
}
