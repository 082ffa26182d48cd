/** Claims and heartbeats: which worker gets a run, and for how long. */
import { describe, expect, test } from "vitest";
import {
  claimOne,
  completeStage,
  eventTypes,
  expectGapless,
  holderOf,
  LEASE_MS,
  newRun,
  OTHER_TERMS,
  restart,
  resume,
  runIn,
  STALL_MS,
  type StoreFactory,
  startRun,
  TERMS,
  withStore,
} from "./factory.js";

export function exerciseClaim(factory: StoreFactory): void {
  describe(`${factory.name}: claim`, () => {
    test("gives a run to exactly one of two workers that claim at once", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        await store.createRun(newRun());
        const claims = await Promise.all([
          store.claim({ ...TERMS, workflows: ["brief"], limit: 1 }),
          other.claim({ ...OTHER_TERMS, workflows: ["brief"], limit: 1 }),
        ]);
        expect(claims.flat()).toHaveLength(1);
        if (other !== store) await other.close();
      }));

    test("gives each of many runs to exactly one of many workers", () =>
      withStore(factory, async ({ store }) => {
        const runCount = 40;
        await Promise.all(Array.from({ length: runCount }, () => store.createRun(newRun())));
        const claims = await Promise.all(
          Array.from({ length: 16 }, (_, i) =>
            store.claim({ holder: holderOf(`worker-${i}`), leaseMs: LEASE_MS, workflows: ["brief"], limit: 3 }),
          ),
        );
        const ids = claims.flat().map((claim) => claim.run.id);
        expect(ids).toHaveLength(runCount);
        expect(new Set(ids).size).toBe(runCount);
        // The runs of one claim may share a nonce, those of two never.
        const nonces = claims.flatMap((ofOne) => [...new Set(ofOne.map(({ nonce }) => nonce))]);
        expect(new Set(nonces).size).toBe(nonces.length);
      }));

    test("takes the oldest first, across several workflows, up to the limit", () =>
      withStore(factory, async ({ store, advance }) => {
        const ids: string[] = [];
        for (const workflow of ["a", "b", "a", "c", "b"]) {
          const create = newRun({ workflow });
          if (workflow !== "c") ids.push(create.id);
          await store.createRun(create);
          await advance(10);
        }
        const claims = await store.claim({ ...TERMS, workflows: ["b", "a"], limit: 3 });
        expect(claims.map((claim) => claim.run.id)).toEqual(ids.slice(0, 3));
      }));

    test("ignores runs of other workflows", () =>
      withStore(factory, async ({ store }) => {
        await store.createRun(newRun({ workflow: "other" }));
        expect(await store.claim({ ...TERMS, workflows: ["brief"], limit: 5 })).toEqual([]);
        expect(await store.claim({ ...TERMS, workflows: [], limit: 5 })).toEqual([]);
      }));

    test("returns the run, its lease, the next token and a fresh nonce, and writes the event", () =>
      withStore(factory, async ({ store }) => {
        const create = newRun();
        await store.createRun(create);
        const { claim, runId } = await claimOne(store);
        expect(claim).toMatchObject({ token: 1, isReopening: false, run: { status: "running", head: 2 } });
        expect(claim.run.startedAt).toBeTypeOf("number");
        expect(claim.run.lease).toMatchObject({ holder: "worker-a", host: "host-1", pid: 101, token: 1 });
        const events = await store.listEvents(runId, { after: 1, limit: 10 });
        expect(events).toMatchObject([
          { type: "run.claimed", data: { holder: "worker-a", host: "host-1", pid: 101, token: 1 } },
        ]);
      }));

    test("raises the token with every claim, and never repeats a nonce", () =>
      withStore(factory, async ({ store }) => {
        const { runId, claim, fence } = await startRun(store);
        await store.report(fence, { status: "failed", reason: null, error: { name: "E", message: "m" } });
        const nonces = [claim.nonce];
        for (let token = 2; token <= 4; token++) {
          await resume(store, runId);
          const next = await claimOne(store);
          expect(next.claim.token).toBe(token);
          nonces.push(next.claim.nonce);
          await store.report(next.fence, { status: "paused", reason: null, wakeInMs: null });
        }
        expect(new Set(nonces).size).toBe(4);
        await expectGapless(store, runId);
      }));

    test("interrupts the attempts that an earlier holder left open", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null });
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        await claimOne(store, OTHER_TERMS);
        const attempts = await store.listAttempts(runId);
        expect(attempts).toMatchObject([{ stage: "gather", attempt: 1, status: "interrupted", holder: "worker-a" }]);
        expect(attempts[0]?.finishedAt).toBeTypeOf("number");
        const [history] = await store.loadHistory(runId);
        expect(history).toMatchObject({ lastAttempt: 1, failedCount: 0, record: null });
      }));

    test("keeps the time of the first start across later claims", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, claim, fence } = await startRun(store);
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        await advance(1_000);
        const later = await claimOne(store);
        expect(later.claim.run.startedAt).toBe(claim.run.startedAt);
        const since = (await store.getRun(runId))?.lease?.since;
        expect(since).toBeGreaterThanOrEqual((claim.run.lease?.since ?? 0) + 1_000);
      }));
  });

  describe(`${factory.name}: heartbeats`, () => {
    test("a heartbeat extends the lease and returns the pending wish", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        const before = (await store.getRun(runId))?.lease?.expiresAt ?? 0;
        await advance(10_000);
        expect(await store.beat([{ ...fence, leaseMs: LEASE_MS }])).toEqual([{ kind: "extended", wish: null }]);
        expect((await store.getRun(runId))?.lease?.expiresAt).toBeGreaterThanOrEqual(before + 9_000);
        for (const wish of ["pause", "cancel"] as const) {
          await store.steer({ runId, wish, reason: null, by: "ada" });
          expect(await store.beat([{ ...fence, leaseMs: LEASE_MS }])).toEqual([{ kind: "extended", wish }]);
        }
      }));

    test("heartbeats are answered individually, in order", () =>
      withStore(factory, async ({ store }) => {
        const first = await startRun(store);
        const lost = await startRun(store);
        const third = await startRun(store);
        await store.report(lost.fence, { status: "paused", reason: null, wakeInMs: null });
        const beats = [first, lost, third].map(({ fence }) => ({ ...fence, leaseMs: LEASE_MS }));
        expect(await store.beat(beats)).toEqual([
          { kind: "extended", wish: null },
          { kind: "lost", heldBy: null },
          { kind: "extended", wish: null },
        ]);
        expect(await store.beat([])).toEqual([]);
      }));

    test("a heartbeat of an older claim is lost, and says who holds the run now", () =>
      withStore(factory, async ({ store }) => {
        const { fence } = await startRun(store);
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        await claimOne(store, OTHER_TERMS);
        expect(await store.beat([{ ...fence, leaseMs: LEASE_MS }])).toEqual([{ kind: "lost", heldBy: "worker-b" }]);
      }));

    test("a lease says who holds it, for how long it has been silent, and when it is expired", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        const fresh = await store.getLease(runId);
        expect(fresh).toMatchObject({ runId, workflow: "brief", token: 1, isExpired: false });
        expect(fresh?.holderIdentity).toEqual(TERMS.holder);
        await advance(STALL_MS - 1_000);
        const silent = await store.getLease(runId);
        expect(silent?.isExpired).toBe(false);
        expect(silent?.silentForMs).toBeGreaterThanOrEqual(STALL_MS - 1_000);
        await store.beat([{ ...fence, leaseMs: LEASE_MS }]);
        await advance(STALL_MS - 1_000);
        expect((await store.getLease(runId))?.isExpired).toBe(false);
        await advance(2_000);
        expect((await store.getLease(runId))?.isExpired).toBe(true);
        // No worker took it over yet, so the holder keeps it when it comes back.
        expect(await store.beat([{ ...fence, leaseMs: LEASE_MS }])).toEqual([{ kind: "extended", wish: null }]);
        expect((await store.getLease(runId))?.isExpired).toBe(false);
      }));

    test("a lease shorter than the stall limit expires when its time is up", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await startRun(store, { claim: { ...TERMS, leaseMs: 3_000 } });
        await advance(2_000);
        expect((await store.getLease(runId))?.isExpired).toBe(false);
        await advance(1_100);
        expect((await store.getLease(runId))?.isExpired).toBe(true);
      }));

    test("a fenced write counts as a sign of life", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await advance(STALL_MS - 1_000);
        await store.appendEvents(fence, [{ type: "log", data: { stage: "a", attempt: 1, message: "here" } }]);
        await advance(STALL_MS - 1_000);
        expect((await store.getLease(runId))?.isExpired).toBe(false);
      }));

    test("only a running run has a lease", () =>
      withStore(factory, async ({ store }) => {
        for (const status of ["queued", "paused", "completed", "failed", "cancelled"] as const) {
          const { runId } = await runIn(store, status);
          expect(await store.getLease(runId)).toBeNull();
          expect((await store.getRun(runId))?.lease).toBeNull();
          expect((await eventTypes(store, runId)).at(0)).toBe("run.created");
        }
      }));

    test("takes its worker's code if nothing was recorded yet, and otherwise keeps the code that recorded it", () =>
      withStore(factory, async ({ store }) => {
        const codes = (code: string) => ({ codes: { brief: code, other: "js:other" } });
        const { runId, fence, claim } = await startRun(store, { claim: { ...TERMS, ...codes("js:a") } });
        expect(claim.run.code).toBe("js:a");
        const handBack = (of: typeof fence) => store.report(of, { status: "queued", reason: null, wakeInMs: 0 });
        await handBack(fence);
        const second = await claimOne(store, { ...TERMS, ...codes("js:b") } as typeof TERMS);
        expect(second.claim.run.code).toBe("js:b");
        await completeStage(store, second.fence, "gather");
        await handBack(second.fence);
        const third = await claimOne(store, { ...TERMS, ...codes("js:c") } as typeof TERMS);
        expect(third.claim.run.code).toBe("js:b");
        expect(await store.noteCode(second.fence, "js:c")).toMatchObject({ kind: "leaseLost" });
        expect(await store.noteCode(third.fence, "js:c")).toEqual({ kind: "written", wish: null });
        expect((await store.getRun(runId))?.code).toBe("js:c");
        await store.report(third.fence, { status: "paused", reason: null, wakeInMs: null });
        // A claim without code keeps the run's code. A restart resets it.
        await restart(store, runId);
        expect((await claimOne(store)).claim.run.code).toBe("js:c");
        await store.createRun(newRun());
        expect((await claimOne(store)).claim.run.code).toBeNull();
      }));
  });
}
