/** Run counts after every move, counts of supervision, and the facts from which health is judged. */
import { RUN_STATUSES, type RunId, type RunStatus, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  BOOM,
  claimOne,
  completeStage,
  INLINE,
  newRun,
  restart,
  resume,
  runIn,
  STALL_MS,
  type StoreFactory,
  startRun,
  TERMS,
  withStore,
} from "./factory.js";

const DAY_MS = 24 * 60 * 60_000;

async function countsOf(store: Store, owner?: string): Promise<Record<RunStatus, number>> {
  const { active, recent } = await store.countRuns({ windowMs: DAY_MS, owner });
  return { ...active, ...recent };
}

/** The same, by reading every run. */
async function recount(store: Store, owner?: string): Promise<Record<RunStatus, number>> {
  const { rows } = await store.listRuns({ owner, limit: 1_000 });
  const counts = Object.fromEntries(RUN_STATUSES.map((status) => [status, 0])) as Record<RunStatus, number>;
  for (const run of rows) counts[run.status] += 1;
  return counts;
}

export function exerciseCounts(factory: StoreFactory): void {
  describe(`${factory.name}: counts`, () => {
    test("are right after every move, for all runs and for an owner's", () =>
      withStore(factory, async ({ store, advance }) => {
        const { id: runId } = newRun();
        await runIn(store, "paused", { owner: "bob" });
        await runIn(store, "failed", { workflow: "other" });
        const fenceOf = async () => {
          const run = await store.getRun(runId);
          const outcome = await resume(store, runId, TERMS, {
            from: [...RUN_STATUSES],
            deadHolder: run?.lease ?? null,
          });
          if (outcome.kind !== "claimed") throw new Error(outcome.kind);
          return { runId, token: outcome.claim.token, nonce: outcome.claim.nonce };
        };
        const moves: readonly (() => Promise<unknown>)[] = [
          () => store.createRun(newRun({ id: runId, owner: "ada" })),
          () => store.steer({ runId, wish: "pause", reason: null, by: "ada" }),
          () => resume(store, runId),
          () => claimOne(store),
          async () => store.report(await fenceOf(), { status: "queued", reason: null, wakeInMs: 0 }),
          async () => store.report(await fenceOf(), { status: "paused", reason: null, wakeInMs: 1_000 }),
          async () => {
            await advance(2_000);
            await store.wakePaused(10);
          },
          async () => store.report(await fenceOf(), { status: "completed", output: INLINE, stageCount: 0 }),
          () => restart(store, runId),
          async () => store.report(await fenceOf(), { status: "failed", error: BOOM, reason: null }),
          () => resume(store, runId, TERMS),
          () =>
            store.recover(
              { runId, token: 5, isHolderDead: true, by: "s" },
              { action: "fail", reason: "often", uses: "nothing", afterMs: 0 },
            ),
          () => restart(store, runId),
          () => store.steer({ runId, wish: "cancel", reason: null, by: "ada" }),
          () => store.deleteRun(runId),
        ];
        for (const move of moves) {
          await move();
          expect(await countsOf(store)).toEqual(await recount(store));
          for (const owner of ["ada", "bob", "eve"])
            expect(await countsOf(store, owner)).toEqual(await recount(store, owner));
        }
        expect(await recount(store, "ada")).toMatchObject({ queued: 0, completed: 0, failed: 0, cancelled: 0 });
      }));

    test("of recent runs include those that ended within the window", () =>
      withStore(factory, async ({ store, advance }) => {
        await runIn(store, "completed");
        await advance(10_000);
        await runIn(store, "failed");
        await advance(10_000);
        await runIn(store, "cancelled");
        const recentOf = async (windowMs: number) => (await store.countRuns({ windowMs })).recent;
        expect(await recentOf(5_000)).toEqual({ completed: 0, failed: 0, cancelled: 1 });
        expect(await recentOf(15_000)).toEqual({ completed: 0, failed: 1, cancelled: 1 });
        expect(await recentOf(60_000)).toEqual({ completed: 1, failed: 1, cancelled: 1 });
      }));

    test("removed runs still count: the totals are the same before, during and after a cleanup", () =>
      withStore(factory, async ({ store, advance, openAgain }) => {
        const owners = ["ada", null] as const;
        for (const [i, status] of (["completed", "failed", "cancelled", "completed"] as const).entries()) {
          for (const owner of owners) await runIn(store, status, { owner, workflow: i === 3 ? "other" : "brief" });
          await advance(10_000);
        }
        await runIn(store, "queued", { owner: "ada" });
        const queries = [
          ...[5_000, 25_000, DAY_MS, 6 * DAY_MS, 30 * DAY_MS].map((windowMs) => ({ windowMs })),
          { windowMs: DAY_MS, owner: "ada" },
          { windowMs: DAY_MS, workflow: "other" },
          { windowMs: DAY_MS, workflow: "nowhere" },
          { windowMs: DAY_MS, owner: "ada", workflow: "brief", groupBy: ["workflow", "owner"] as const },
          { windowMs: 30 * DAY_MS, groupBy: ["owner"] as const },
          { windowMs: DAY_MS, groupBy: ["workflow"] as const },
        ];
        const totals = (of: Store) => Promise.all(queries.map((query) => of.countRuns(query)));
        const before = await totals(store);
        expect(before[2]?.recent).toEqual({ completed: 4, failed: 2, cancelled: 2 });
        expect(before.slice(5, 8).map(({ recent }) => recent.completed)).toEqual([2, 2, 0]);
        const none = { queued: 0, running: 0, waiting: 0, paused: 0 };
        expect(before[8]?.groups).toEqual([
          { ...none, workflow: "brief", owner: "ada", queued: 1, completed: 1, failed: 1, cancelled: 1 },
        ]);
        expect(before[9]?.groups).toEqual([
          { ...none, workflow: null, owner: null, completed: 2, failed: 1, cancelled: 1 },
          { ...none, workflow: null, owner: "ada", queued: 1, completed: 2, failed: 1, cancelled: 1 },
        ]);
        expect(before[10]?.groups.map(({ workflow, owner, completed }) => [workflow, owner, completed])).toEqual([
          ["brief", null, 2],
          ["other", null, 2],
        ]);
        for (;;) {
          const [run] = (await store.listFinished({ olderThanMs: 0, limit: 1 })).rows;
          if (run === undefined) break;
          expect(await store.removeFinished(run, null)).toBe(true);
          // A second cleanup with the same list: the run counts once.
          expect(await store.removeFinished(run, null)).toBe(false);
          expect(await totals(store)).toEqual(before);
          await store.deleteRemovedRows(1);
        }
        while ((await store.deleteRemovedRows(100)) > 0);
        expect(await totals(store)).toEqual(before);
        const again = (await openAgain?.()) ?? null;
        if (again !== null) {
          expect(await totals(again)).toEqual(before);
          await again.close();
        }
        // Weeks later the sums are kept by day, and long windows count them as before.
        await advance(20 * DAY_MS);
        const later = await store.countRuns({ windowMs: 30 * DAY_MS, groupBy: ["owner"] });
        while ((await store.deleteRemovedRows(3)) > 0);
        expect(await store.countRuns({ windowMs: 30 * DAY_MS, groupBy: ["owner"] })).toEqual(later);
        expect(later.groups).toEqual(before[9]?.groups);
        expect((await store.countRuns({ windowMs: 7 * DAY_MS })).recent.completed).toBe(0);
      }));

    test("a run that a person deletes, or that is reopened, does not count as ended", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "failed");
        const other = await runIn(store, "completed");
        await store.deleteRun(runId);
        await restart(store, other.runId);
        expect((await store.countRuns({ windowMs: DAY_MS })).recent).toEqual({ completed: 0, failed: 0, cancelled: 0 });
      }));

    test("supervision counts the runs it queued again and failed, across restarts of the store", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const decide = async (action: "resume" | "pause" | "fail", wish: "fail" | null = null) => {
          const { runId } = await startRun(store, { owner: "ada" });
          if (wish !== null) await store.steer({ runId, wish, reason: null, by: "ada" });
          const decision = { action, reason: "r", uses: "nothing", afterMs: 0 } as const;
          expect(await store.recover({ runId, token: 1, isHolderDead: true, by: "s" }, decision)).toBe(true);
          // Another supervisor with the same finding changes and counts nothing.
          expect(await store.recover({ runId, token: 1, isHolderDead: true, by: "s" }, decision)).toBe(false);
          return runId;
        };
        await decide("resume");
        const runId = await decide("resume");
        await decide("pause");
        await decide("fail");
        await decide("fail", "fail"); // at a person's request
        await store.deleteRun(runId);
        const expected = { recovered: 2, failed: 1 };
        expect((await store.countRuns({ windowMs: 1, owner: "bob" })).supervised).toEqual(expected);
        const again = (await openAgain?.()) ?? null;
        if (again !== null) {
          expect((await again.countRuns({ windowMs: 1 })).supervised).toEqual(expected);
          await again.close();
        }
      }));

    test("the facts of one running run equal those in the list; a run that is not running has none", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await startRun(store);
        await completeStage(store, fence, "a");
        const listed = (await store.listRunning({ after: null, limit: 10 })).find((one) => one.lease.runId === runId);
        const facts = await store.getRunningFacts(runId);
        expect(facts).toMatchObject({ policy: listed?.policy, lease: { runId, token: 1 }, facts: { hasRecord: true } });
        const { runId: queued } = await runIn(store, "queued");
        expect(await store.getRunningFacts(queued)).toBeNull();
        expect(await store.getRunningFacts("nobody")).toBeNull();
      }));

    test("activity counts from the last progress (running), from when it could be claimed (queued), or from the pause (paused)", () =>
      withStore(factory, async ({ store, advance }) => {
        const running = await startRun(store);
        const waiting = newRun();
        await store.createRun(waiting);
        const later = await startRun(store);
        await store.report(later.fence, { status: "queued", reason: null, wakeInMs: 60_000 });
        const { runId: paused } = await runIn(store, "paused");
        const { runId: completed } = await runIn(store, "completed");
        await advance(10_000);
        await store.setProgress(running.fence, { items: null, label: "x" });
        await advance(5_000);
        const ids = [running.runId, waiting.id, later.runId, paused, completed, "nobody"];
        const activity = await store.listActivityOf(ids);
        expect([...activity.keys()].sort()).toEqual([running.runId, waiting.id, later.runId, paused].sort());
        const between = (runId: string, status: string, low: number) => {
          const found = activity.get(runId);
          expect(found?.status).toBe(status);
          expect(found?.idleForMs).toBeGreaterThanOrEqual(low);
          // The test itself takes less than seconds.
          expect(found?.idleForMs).toBeLessThan(low + 5_000);
          return found;
        };
        expect(between(running.runId, "running", 5_000)?.running?.lease.token).toBe(1);
        expect(between(waiting.id, "queued", 15_000)?.running).toBeNull();
        expect(between(paused, "paused", 15_000)?.running).toBeNull();
        expect(activity.get(later.runId)).toEqual({ status: "queued", idleForMs: 0, running: null });
        await advance(STALL_MS);
        const silent = (await store.listActivityOf([running.runId])).get(running.runId);
        expect(silent?.running?.facts.isLeaseExpired).toBe(true);
        expect(await store.listActivityOf([])).toEqual(new Map());
      }));

    test("the attempts of a page of runs are read at once, with the same result as one by one", () =>
      withStore(factory, async ({ store }) => {
        const ids: RunId[] = [];
        for (const stages of [["a", "b"], [], ["c"]]) {
          const { runId, fence } = await startRun(store);
          for (const stage of stages) await completeStage(store, fence, stage);
          ids.push(runId);
        }
        const found = await store.listAttemptsOf([...ids, "nobody" as RunId]);
        for (const runId of ids) expect(found.get(runId)).toEqual(await store.listAttempts(runId));
        expect(found.get(ids[0] as RunId)?.map((attempt) => attempt.stage)).toEqual(["a", "b"]);
        expect(found.get("nobody" as RunId)).toEqual([]);
        expect(await store.listAttemptsOf([])).toEqual(new Map());
      }));
  });
}
