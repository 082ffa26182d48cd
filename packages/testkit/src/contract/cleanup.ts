/** Removal of runs: which finished runs a cleanup lists, how it removes them, and the rows that remain. */
import type { FinishedQuery, FinishedRun, RunId, Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  BOOM,
  completeStage,
  INLINE,
  newRun,
  restart,
  resume,
  runIn,
  type StoreFactory,
  stampOf,
  startRun,
  withStore,
} from "./factory.js";
import { bad, commit, failureOf, intentOf, ok, opened, STAGE, usd } from "./map-pieces.js";

/** A paused run with rows in every table. */
async function fullRun(store: Store, id: string, stageCount = 3): Promise<RunId> {
  const { runId, fence } = await startRun(store, { id: id as RunId });
  for (let i = 0; i < stageCount; i++) {
    await completeStage(store, fence, `stage-${i}`);
    await store.saveCheckpoint(fence, { stage: `stage-${i}`, attempt: 1, json: "1" });
    const artifact = { stage: `stage-${i}`, attempt: 1, name: "a.txt", sha256: "00", sizeBytes: 1 };
    await store.recordArtifact(fence, artifact);
  }
  await opened(store, fence);
  await commit(store, fence, { intents: [intentOf(0, "a"), intentOf(1, "b"), intentOf(2, "c")] });
  await commit(store, fence, { failures: [failureOf("b", 1)], results: [ok(0, "a"), bad(1, "b", { attempt: 2 })] });
  await store.savePaid({
    ...{ runId, stage: STAGE, key: "c", configHash: "config-1", itemSha256: null },
    ...{ outputJson: "1", cost: usd(1), usageJson: null },
  });
  await store.acquireResources(fence, [`${runId}.db`]);
  await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
  return runId;
}

/** Everything recorded about a run. */
async function everythingOf(store: Store, runId: RunId) {
  const stages = ["stage-0", "stage-1", "stage-2"];
  return {
    run: await store.getRun(runId),
    attempts: await store.listAttempts(runId),
    history: await store.loadHistory(runId),
    events: await store.listEvents(runId, { after: 0, limit: 1_000 }),
    checkpoints: await Promise.all(stages.map((stage) => store.getCheckpoint(runId, stage))),
    artifacts: await store.listArtifacts(runId),
    maps: await store.listMaps(runId),
    items: await store.listItems(runId, STAGE, { limit: 100 }),
    failures: await store.listItemFailures(runId, STAGE, "b"),
    intents: await store.listOpenIntents(runId, STAGE),
    paid: await store.listPaid(runId, STAGE, "config-1"),
  };
}

async function purgeAll(store: Store, rowsMax: number): Promise<number> {
  let total = 0;
  for (let turn = 0; turn < 1_000; turn++) {
    const count = await store.deleteRemovedRows(rowsMax);
    if (count === 0) return total;
    expect(count).toBeLessThanOrEqual(rowsMax);
    total += count;
  }
  throw new Error("purging does not end");
}

/** IDs from all pages of the list. */
async function finishedIds(store: Store, query: Partial<FinishedQuery> = {}, limit = 2): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 100; page++) {
    const { rows, next } = await store.listFinished({ olderThanMs: 0, ...query, limit, cursor });
    seen.push(...rows.map((row) => row.runId));
    if (next === null) return seen;
    cursor = next;
  }
  throw new Error("the pages do not end");
}

async function finishedRun(store: Store, runId: RunId): Promise<FinishedRun> {
  const { rows } = await store.listFinished({ olderThanMs: 0, limit: 1_000 });
  const found = rows.find((row) => row.runId === runId);
  if (found === undefined) throw new Error(`${runId} is not finished`);
  return found;
}

export function exerciseCleanup(factory: StoreFactory): void {
  describe(`${factory.name}: cleanup`, () => {
    test("finished runs are listed page by page in the order in which they ended, oldest first", () =>
      withStore(factory, async ({ store, advance }) => {
        const ids: string[] = [];
        for (const status of ["failed", "completed", "cancelled", "completed"] as const) {
          const workflow = ids.length % 2 === 0 ? "brief" : "other";
          ids.push((await runIn(store, status, { workflow, owner: "ada" })).runId);
          await advance(1_000);
        }
        for (const status of ["queued", "running", "paused"] as const) await runIn(store, status);
        for (const limit of [1, 2, 3, 10]) expect(await finishedIds(store, {}, limit)).toEqual(ids);
        const run = await store.getRun(ids[0] ?? "");
        expect((await store.listFinished({ olderThanMs: 0, limit: 1 })).rows).toEqual([
          { runId: ids[0], workflow: "brief", owner: "ada", status: "failed", finishedAt: run?.finishedAt },
        ]);
        await expect(store.listFinished({ olderThanMs: 0, limit: 1, cursor: "7" })).rejects.toMatchObject({
          code: "WRONG_USE",
        });
      }));

    test("runs that ended in the same millisecond are listed once each", () =>
      withStore(factory, async ({ store }) => {
        const held = [];
        for (let i = 0; i < 7; i++) held.push(await startRun(store, { workflow: i % 2 === 0 ? "brief" : "other" }));
        await Promise.all(
          held.map(({ fence }) => store.report(fence, { status: "completed", output: INLINE, stageCount: 0 })),
        );
        expect((await finishedIds(store)).sort()).toEqual(held.map(({ runId }) => runId).sort());
      }));

    test("age is measured from the end of the run, by the store's clock", () =>
      withStore(factory, async ({ store, advance }) => {
        const old = await startRun(store);
        const { runId: first } = await runIn(store, "completed");
        await advance(60_000);
        await store.report(old.fence, { status: "failed", error: BOOM, reason: null });
        expect(await finishedIds(store, { olderThanMs: 30_000 })).toEqual([first]);
        expect(await finishedIds(store, { olderThanMs: 0 })).toEqual([first, old.runId]);
        expect(await finishedIds(store, { olderThanMs: 120_000 })).toEqual([]);
      }));

    test("the list can be filtered by state, workflow and owner", () =>
      withStore(factory, async ({ store, advance }) => {
        const by: Record<string, string> = {};
        for (const status of ["completed", "failed", "cancelled"] as const) {
          for (const [workflow, owner] of [
            ["brief", "ada"],
            ["other", null],
          ] as const) {
            by[`${status} ${workflow}`] = (await runIn(store, status, { workflow, owner })).runId;
            await advance(1);
          }
        }
        expect(await finishedIds(store, { statuses: ["failed", "cancelled"], workflow: "brief" })).toEqual([
          by["failed brief"],
          by["cancelled brief"],
        ]);
        expect(await finishedIds(store, { owner: "ada", statuses: ["completed"] })).toEqual([by["completed brief"]]);
        expect(await finishedIds(store, { owner: "ada" })).toHaveLength(3);
        expect(await finishedIds(store, { statuses: ["queued", "paused"] })).toEqual([]);
        expect(await finishedIds(store, { statuses: [] })).toEqual([]);
        expect(await finishedIds(store, { workflow: "none" })).toEqual([]);
      }));

    test("keepLast leaves out the newest of each workflow, whatever their state and owner", () =>
      withStore(factory, async ({ store, advance }) => {
        const ids: Record<"brief" | "other", string[]> = { brief: [], other: [] };
        for (const status of ["failed", "completed", "cancelled", "completed"] as const) {
          for (const workflow of ["brief", "other"] as const) {
            ids[workflow].push((await runIn(store, status, { workflow, owner: status })).runId);
            await advance(1);
          }
        }
        const [brief, other] = [ids.brief, ids.other];
        expect(await finishedIds(store, { keepLast: 2 })).toEqual([brief[0], other[0], brief[1], other[1]]);
        expect(await finishedIds(store, { keepLast: 3, workflow: "other" })).toEqual([other[0]]);
        expect(await finishedIds(store, { keepLast: 3, statuses: ["completed"] })).toEqual([]);
        expect(await finishedIds(store, { keepLast: 4 })).toEqual([]);
        expect(await finishedIds(store, { keepLast: 0 })).toHaveLength(8);
      }));

    test("a removed run disappears for every reader at once, and its ID is free", () =>
      withStore(factory, async ({ store }) => {
        const runId = await fullRun(store, "gone");
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        const found = await finishedRun(store, runId);
        expect(await store.removeFinished(found, null)).toBe(true);
        const nothing = {
          ...{ run: null, attempts: [], history: [], events: [], checkpoints: [null, null, null], artifacts: [] },
          ...{ maps: [], items: [], failures: [], intents: [], paid: [] },
        };
        expect(await everythingOf(store, runId)).toEqual(nothing);
        expect((await store.listRuns({ limit: 10 })).rows).toEqual([]);
        expect(await finishedIds(store)).toEqual([]);
        expect(await store.findRunIds("gone", 10)).toEqual([]);
        // Except in statistics: the run did end.
        expect((await store.countRuns({ windowMs: 60_000 })).recent.cancelled).toBe(1);
        expect((await store.facts()).runCounts.cancelled).toBe(0);
        // A new run with the same ID sees nothing of the old one, before and after its rows are deleted.
        await store.createRun(newRun({ id: runId }));
        const fresh = await everythingOf(store, runId);
        expect({ ...fresh, run: null, events: [] }).toEqual(nothing);
        expect(fresh.events).toHaveLength(1);
        expect(await purgeAll(store, 4)).toBeGreaterThan(20);
        expect(await everythingOf(store, runId)).toEqual(fresh);
      }));

    test("a removal is audited with the last state, and a second one changes nothing", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "failed", { owner: "bob" });
        const found = await finishedRun(store, runId);
        expect(await store.removeFinished(found, stampOf("cleanup"))).toBe(true);
        expect(await store.removeFinished(found, stampOf("cleanup"))).toBe(false);
        expect((await store.listAudit({ limit: 10 })).rows).toMatchObject([
          { action: "cleanup", runId, workflow: "brief", owner: "bob", before: { status: "failed" }, after: null },
        ]);
      }));

    test("a run reopened since it was listed is kept, even if it has ended again", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await runIn(store, "failed");
        const found = await finishedRun(store, runId);
        await resume(store, runId);
        expect(await store.removeFinished(found, stampOf("cleanup"))).toBe(false);
        await advance(1_000);
        await store.steer({ runId, wish: "fail", reason: null, by: "ada" });
        expect(await store.removeFinished(found, stampOf("cleanup"))).toBe(false);
        await restart(store, runId);
        expect(await store.removeFinished(found, stampOf("cleanup"))).toBe(false);
        expect((await store.getRun(runId))?.status).toBe("queued");
        expect((await store.listAudit({ limit: 10 })).rows).toEqual([]);
        await store.deleteRun(runId);
        await runIn(store, "failed", { id: runId });
        expect(await store.removeFinished(found, null)).toBe(false);
      }));

    test("two concurrent cleanups remove each run once", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const ids: string[] = [];
        for (let i = 0; i < 12; i++) ids.push((await runIn(store, "completed")).runId);
        const other = (await openAgain?.()) ?? store;
        const cleanUp = async (by: Store, name: string) => {
          const { rows } = await by.listFinished({ olderThanMs: 0, limit: 100 });
          const removed = await Promise.all(rows.map((row) => by.removeFinished(row, stampOf("cleanup", name))));
          return rows.filter((_, place) => removed[place]).map((row) => row.runId as string);
        };
        const [mine, theirs] = await Promise.all([cleanUp(store, "a"), cleanUp(other, "b")]);
        expect([...mine, ...theirs].sort()).toEqual([...ids].sort());
        const audited = (await store.listAudit({ limit: 100 })).rows.map((entry) => entry.runId);
        expect([...audited].sort()).toEqual([...ids].sort());
        expect((await store.facts()).runCounts.completed).toBe(0);
        if (other !== store) await other.close();
      }));

    test("purging deletes rows of removed runs only, in steps, until none are left", () =>
      withStore(factory, async ({ store }) => {
        const ids: RunId[] = [];
        for (let i = 0; i < 5; i++) ids.push(await fullRun(store, `run-${i}-of-purge`));
        const kept = [ids[0], ids[2], ids[4]] as RunId[];
        expect(await store.deleteRemovedRows(100)).toBe(0);
        await store.deleteRun(ids[1] as RunId);
        await store.deleteRun(ids[3] as RunId);
        // The newest run's number is the one that could be reused.
        await store.deleteRun(await fullRun(store, "newest"));
        const later = await fullRun(store, "later");
        const before = await Promise.all([...kept, later].map((runId) => everythingOf(store, runId)));
        for (let turn = 0; (await store.deleteRemovedRows(3)) > 0; turn++) {
          expect(turn).toBeLessThan(100);
          if (turn % 5 === 0) {
            expect(await Promise.all([...kept, later].map((runId) => everythingOf(store, runId)))).toEqual(before);
          }
        }
        expect(await store.deleteRemovedRows(100)).toBe(0);
        expect(await Promise.all([...kept, later].map((runId) => everythingOf(store, runId)))).toEqual(before);
      }));

    test("purging nothing is no error, and concurrent purges delete different rows", () =>
      withStore(factory, async ({ store }) => {
        expect(await store.deleteRemovedRows(1)).toBe(0);
        expect(await store.deleteRemovedRows(0)).toBe(0);
        await store.deleteRun(await fullRun(store, "a"));
        const total = (await Promise.all([1, 2, 3, 4].map(() => store.deleteRemovedRows(5)))).reduce(
          (sum, one) => sum + one,
          0,
        );
        expect(total).toBe(20);
        expect(await purgeAll(store, 100)).toBeGreaterThan(0);
      }));

    test("a fork keeps what it copied when its origin is removed and purged", () =>
      withStore(factory, async ({ store }) => {
        const origin = await fullRun(store, "origin");
        const keeps = ["stage-0", "stage-1"];
        const fork = newRun({ forkedFrom: { runId: origin, stage: "stage-2", keeps } });
        await store.createRun(fork);
        const before = await store.loadHistory(fork.id);
        await store.deleteRun(origin);
        await purgeAll(store, 7);
        expect(await store.loadHistory(fork.id)).toEqual(before);
        expect(before.map((entry) => entry.stage).sort()).toEqual(keeps);
      }));

    test("a probe of a sound store succeeds and leaves nothing behind", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        const before = await store.getRun(runId);
        await store.probe();
        await store.probe();
        const { head, updatedAt } = (await store.getRun(runId)) ?? { head: 0, updatedAt: 0 };
        expect({ head, updatedAt }).toEqual({ head: before?.head, updatedAt: before?.updatedAt });
        await store.close();
        await expect(store.probe()).rejects.toMatchObject({ code: "STORE_CLOSED" });
      }));
  });
}
