/** Queued runs that no worker ever took: listing them, and applying a decision about one. */
import { RECOVERY_DEFAULTS, type RecoverRequest, type RunId, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  eventTypes,
  expectGapless,
  newRun,
  resume,
  type StoreFactory,
  stampOf,
  startRun,
  statusOf,
  withStore,
} from "./factory.js";

const LIMIT_MS = 20_000;
const policy = { ...RECOVERY_DEFAULTS, startTimeoutMs: LIMIT_MS };
const GIVE_UP = { action: "fail", reason: "never started", uses: "nothing", afterMs: 0 } as const;

async function waitingRun(store: Store, limits: object = policy): Promise<RunId> {
  const create = newRun({ policy: { ...RECOVERY_DEFAULTS, ...limits } });
  await store.createRun(create);
  return create.id;
}

const idsOf = async (store: Store) =>
  (await store.listNeverStarted({ after: null, limit: 100 })).map((waiting) => waiting.runId);

export function exerciseNeverStarted(factory: StoreFactory): void {
  describe(`${factory.name}: runs that were never started`, () => {
    const about = (runId: RunId, change: Partial<RecoverRequest> = {}): RecoverRequest => ({
      runId,
      token: 0,
      about: "start",
      isHolderDead: false,
      by: "s",
      ...change,
    });

    test("a queued run above its limit is listed with its waiting time", () =>
      withStore(factory, async ({ store, advance }) => {
        const runId = await waitingRun(store);
        expect(await idsOf(store)).toEqual([]);
        await advance(LIMIT_MS);
        const [waiting] = await store.listNeverStarted({ after: null, limit: 10 });
        expect(waiting).toMatchObject({ runId, workflow: "brief", startTimeoutMs: LIMIT_MS });
        expect(waiting?.waitingForMs).toBeGreaterThanOrEqual(LIMIT_MS);
        expect(waiting?.waitingForMs).toBeLessThan(LIMIT_MS + 5_000);
      }));

    test("a run without a limit waits forever: the limit is off, or did not exist when the run was created", () =>
      withStore(factory, async ({ store, advance }) => {
        const { startTimeoutMs: _, ...older } = policy;
        const create = newRun();
        await store.createRun({ ...create, policy: JSON.parse(JSON.stringify({ ...older })) });
        const off = await waitingRun(store, { startTimeoutMs: null });
        await advance(7 * 24 * 60 * 60_000);
        expect(await idsOf(store)).toEqual([]);
        for (const runId of [create.id, off]) {
          expect(await store.recover(about(runId), GIVE_UP)).toBe(false);
          expect(await statusOf(store, runId)).toBe("queued");
        }
      }));

    test("only runs that no worker ever took are listed, not those that run, wait again, are paused or have ended", () =>
      withStore(factory, async ({ store, advance }) => {
        await startRun(store, { policy });
        const handedBack = await startRun(store, { policy });
        await store.report(handedBack.fence, { status: "queued", reason: null, wakeInMs: 0 });
        for (const wish of ["pause", "cancel"] as const) {
          const runId = await waitingRun(store);
          await store.steer({ runId, wish, reason: null, by: "ada" });
        }
        await advance(LIMIT_MS);
        expect(await idsOf(store)).toEqual([]);
        expect(await store.recover(about(handedBack.runId), GIVE_UP)).toBe(false);
        expect(await store.recover(about(handedBack.runId, { token: 1 }), GIVE_UP)).toBe(false);
      }));

    test("the wait begins when the run could first be claimed, and again after a pause", () =>
      withStore(factory, async ({ store, advance }) => {
        const runId = await waitingRun(store);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        await advance(LIMIT_MS);
        await resume(store, runId);
        expect(await idsOf(store)).toEqual([]);
        expect(await store.recover(about(runId), GIVE_UP)).toBe(false);
        await advance(LIMIT_MS);
        expect(await idsOf(store)).toEqual([runId]);
      }));

    test("each is listed once, page by page, across all workflows and limits", () =>
      withStore(factory, async ({ store, advance }) => {
        const ids: RunId[] = [];
        for (const [workflow, startTimeoutMs] of [
          ["brief", LIMIT_MS],
          ["brief", 1_000],
          ["other", LIMIT_MS],
          ["other", 1_000],
          ["brief", LIMIT_MS * 10],
        ] as const) {
          const limits = { ...policy, startTimeoutMs };
          const create = newRun({ workflow, policy: limits });
          await store.createRun(create);
          if (startTimeoutMs <= LIMIT_MS) ids.push(create.id);
        }
        await advance(LIMIT_MS);
        const seen: RunId[] = [];
        for (let page = 0; page < 3; page++) {
          const rows = await store.listNeverStarted({ after: seen.at(-1) ?? null, limit: 2 });
          seen.push(...rows.map((row) => row.runId));
        }
        expect(seen).toEqual([...ids].sort());
      }));

    test("a decision about one is applied once, with its event, and audited", () =>
      withStore(factory, async ({ store, advance }) => {
        const runId = await waitingRun(store);
        await advance(LIMIT_MS);
        const request = about(runId, { audit: stampOf("recover", "worker-a") });
        const answers = await Promise.all([store.recover(request, GIVE_UP), store.recover(request, GIVE_UP)]);
        expect(answers.sort()).toEqual([false, true]);
        expect(await store.getRun(runId)).toMatchObject({ status: "failed", reason: "never started", recoveries: 0 });
        expect(await eventTypes(store, runId)).toEqual(["run.created", "run.recovered", "run.failed"]);
        await expectGapless(store, runId);
        expect((await store.listAudit({ limit: 10 })).rows).toMatchObject([
          { action: "recover", runId, before: { status: "queued" }, after: { status: "failed" } },
        ]);
        expect((await store.countRuns({ windowMs: LIMIT_MS })).supervised).toEqual({ recovered: 0, failed: 1 });
        expect(await idsOf(store)).toEqual([]);
      }));

    test("a run may be paused for its user instead", () =>
      withStore(factory, async ({ store, advance }) => {
        const runId = await waitingRun(store);
        await advance(LIMIT_MS);
        expect(await store.recover(about(runId), { ...GIVE_UP, action: "pause" })).toBe(true);
        expect(await store.getRun(runId)).toMatchObject({ status: "paused", reason: "never started" });
      }));

    test("nothing happens to a run that was claimed or resumed since the decision", () =>
      withStore(factory, async ({ store, advance }) => {
        const runId = await waitingRun(store);
        await advance(LIMIT_MS);
        await claimOne(store);
        expect(await store.recover(about(runId), GIVE_UP)).toBe(false);
        expect(await store.recover(about(runId, { token: 1 }), GIVE_UP)).toBe(false);
        expect(await statusOf(store, runId)).toBe("running");
      }));

    test("the limit re-checked is the one that the decision was based on", () =>
      withStore(factory, async ({ store, advance }) => {
        const runId = await waitingRun(store, { startTimeoutMs: null });
        await advance(LIMIT_MS);
        expect(await store.recover(about(runId, { idleForMs: LIMIT_MS * 2 }), GIVE_UP)).toBe(false);
        expect(await store.recover(about(runId, { idleForMs: LIMIT_MS }), GIVE_UP)).toBe(true);
      }));

    test("a decision about a holder is not applied to a queued run, nor one about waiting to a running run", () =>
      withStore(factory, async ({ store, advance }) => {
        const runId = await waitingRun(store);
        const running = await startRun(store, { policy });
        await advance(LIMIT_MS);
        for (const subject of ["holder", "idle", undefined] as const) {
          expect(await store.recover(about(runId, { about: subject, isHolderDead: true }), GIVE_UP)).toBe(false);
        }
        expect(await store.recover(about(running.runId, { token: 1, isHolderDead: true }), GIVE_UP)).toBe(false);
      }));
  });
}
