/** Audit log: an entry with each requested change, and none without a change. */
import type { AuditRecord, RunId, Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  newRun,
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

async function entriesOf(store: Store, runId?: string): Promise<readonly AuditRecord[]> {
  return (await store.listAudit({ runId, limit: 100 })).rows;
}

/** Returns the newest entry of a run that has exactly `count` of them. */
async function newestOf(store: Store, runId: RunId, count: number): Promise<AuditRecord | undefined> {
  const entries = await entriesOf(store, runId);
  expect(entries).toHaveLength(count);
  return entries[0];
}

const RESTING = { generation: 1, recoveries: 0, retries: 0, wish: null };

export function exerciseAudit(factory: StoreFactory): void {
  describe(`${factory.name}: audit log`, () => {
    test("an entry states who started a run, how, when, and the resulting state", () =>
      withStore(factory, async ({ store }) => {
        const create = newRun({ owner: "bob", audit: stampOf("start", "ada", "for the report") });
        await store.createRun(create);
        const run = await store.getRun(create.id);
        expect(await entriesOf(store, create.id)).toEqual([
          {
            id: expect.any(Number),
            at: run?.createdAt,
            actor: { id: "ada", via: "http", requestId: "req-1" },
            action: "start",
            reason: "for the report",
            runId: create.id,
            workflow: "brief",
            owner: "bob",
            before: null,
            after: { ...RESTING, status: "queued" },
          },
        ]);
        const claimed = await startRun(store, { audit: stampOf("start") });
        expect((await newestOf(store, claimed.runId, 1))?.after).toMatchObject({ status: "running" });
        const forked = newRun({ forkedFrom: { runId: create.id, stage: "a", keeps: [] }, audit: stampOf("fork") });
        await store.createRun(forked);
        expect(await newestOf(store, forked.id, 1)).toMatchObject({ action: "fork", before: null });
      }));

    test("every change of a run is recorded with the state before and after it", () =>
      withStore(factory, async ({ store }) => {
        const { id: runId } = newRun();
        await store.createRun(newRun({ id: runId }));
        const steps: readonly [act: () => Promise<unknown>, entry: object][] = [
          [
            () => store.steer({ runId, wish: "pause", reason: null, by: "ada", audit: stampOf("pause") }),
            { action: "pause", before: { ...RESTING, status: "queued" }, after: { ...RESTING, status: "paused" } },
          ],
          [
            () => resume(store, runId, null, { audit: stampOf("resume") }),
            { action: "resume", before: { ...RESTING, status: "paused" }, after: { ...RESTING, status: "queued" } },
          ],
          [
            () => store.steer({ runId, wish: "fail", reason: "wrong", by: "ada", audit: stampOf("fail") }),
            { action: "fail", before: { ...RESTING, status: "queued" }, after: { ...RESTING, status: "failed" } },
          ],
          [
            () => restart(store, runId, { claim: TERMS, audit: stampOf("restart") }),
            {
              action: "restart",
              before: { ...RESTING, status: "failed" },
              after: { ...RESTING, generation: 2, status: "running" },
            },
          ],
          [
            () =>
              store.recover(
                { runId, token: 1, isHolderDead: true, by: "s", audit: stampOf("recover", "s") },
                RESUME_SILENT,
              ),
            {
              action: "recover",
              before: { ...RESTING, generation: 2, status: "running" },
              after: { ...RESTING, generation: 2, recoveries: 1, status: "queued" },
            },
          ],
          [
            () => store.resetRecoveries(runId, { audit: stampOf("resetRecoveries") }),
            {
              action: "resetRecoveries",
              before: { ...RESTING, generation: 2, recoveries: 1, status: "queued" },
              after: { ...RESTING, generation: 2, status: "queued" },
            },
          ],
          [
            () => store.deleteRun(runId, { audit: stampOf("delete") }),
            { action: "delete", before: { ...RESTING, generation: 2, status: "queued" }, after: null },
          ],
        ];
        for (const [place, [act, entry]] of steps.entries()) {
          await act();
          expect(await newestOf(store, runId, place + 1)).toMatchObject(entry);
        }
        // The run is gone, but its entries remain in the order of the changes.
        const ids = (await entriesOf(store, runId)).map((entry) => entry.id);
        expect(ids).toEqual([...ids].sort((a, b) => b - a));
      }));

    test("a request to a worker is recorded, with the wish in the state after it", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        const ask = (wish: "pause" | "cancel") =>
          store.steer({ runId, wish, reason: null, by: "ada", audit: stampOf(wish) });
        await ask("pause");
        expect(await newestOf(store, runId, 1)).toMatchObject({
          before: { status: "running", wish: null },
          after: { status: "running", wish: "pause" },
        });
        await ask("pause");
        expect(await newestOf(store, runId, 2)).toMatchObject({ before: { wish: "pause" }, after: { wish: "pause" } });
        await ask("cancel");
        expect(await newestOf(store, runId, 3)).toMatchObject({ before: { wish: "pause" }, after: { wish: "cancel" } });
        // A pause does not withdraw a cancel: nothing was requested, and nothing is recorded.
        expect((await ask("pause")).kind).toBe("asked");
        await newestOf(store, runId, 3);
      }));

    test("a refused request, or one without effect, writes no entry", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await runIn(store, "completed");
        const running = await startRun(store);
        const queued = await runIn(store, "queued");
        const key = newRun({ idempotencyKey: "k" });
        await store.createRun(key);
        const audit = stampOf("start");
        const nobody = "nobody" as RunId;
        await store.createRun(newRun({ id: runId, audit }));
        await store.createRun(newRun({ idempotencyKey: "k", audit }));
        for (const id of [runId, nobody]) {
          await store.steer({ runId: id, wish: "pause", reason: null, by: "ada", audit });
          await resume(store, id, null, { from: ["paused"], audit });
          await store.resetRecoveries(id, { audit });
          await store.recover({ runId: id, token: 1, isHolderDead: true, by: "s", audit }, RESUME_SILENT);
        }
        await restart(store, nobody, { audit });
        await restart(store, running.runId, { audit });
        await restart(store, queued.runId, { audit });
        await resume(store, running.runId, null, { audit });
        await store.deleteRun(nobody, { audit });
        await store.deleteRun(running.runId, { audit });
        await store.resetRecoveries(running.runId, { audit });
        await store.recover({ runId: running.runId, token: 1, isHolderDead: false, by: "s", audit }, RESUME_SILENT);
        await advance(STALL_MS + 1_000);
        await store.recover({ runId: running.runId, token: 7, isHolderDead: false, by: "s", audit }, RESUME_SILENT);
        await store.removeFinished(
          { runId: nobody, workflow: "brief", owner: null, status: "completed", finishedAt: 0 },
          stampOf("cleanup"),
        );
        expect(await entriesOf(store)).toEqual([]);
      }));

    test("a change without a stamp writes no entry", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "paused");
        await resume(store, runId, null, { audit: null });
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        await restart(store, runId);
        await store.deleteRun(runId);
        expect(await entriesOf(store)).toEqual([]);
      }));

    test("concurrent changes have one entry each, in the order in which they took effect", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "paused");
        const outcomes = await Promise.all(
          Array.from({ length: 6 }, (_, i) =>
            resume(store, runId, null, { from: ["paused"], audit: stampOf("resume", `user-${i}`) }),
          ),
        );
        const winners = outcomes.flatMap((outcome, i) => (outcome.kind === "queued" ? [`user-${i}`] : []));
        expect(winners).toHaveLength(1);
        expect((await entriesOf(store, runId)).map((entry) => entry.actor.id)).toEqual(winners);
      }));

    test("a denied request has its own entry, with the present state and none after it", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await runIn(store, "paused", { owner: "bob" });
        await store.appendAudit({ stamp: stampOf("denied", "eve", "delete"), runId });
        await store.appendAudit({ stamp: stampOf("denied", "eve"), runId: "no-such-run" });
        await store.appendAudit({ stamp: stampOf("denied", "eve"), runId: null });
        expect(await entriesOf(store)).toMatchObject([
          { action: "denied", runId: null, workflow: null, owner: null, before: null, after: null },
          { runId: "no-such-run", workflow: null, before: null, after: null },
          { runId, workflow: "brief", owner: "bob", reason: "delete", before: { status: "paused" }, after: null },
        ]);
      }));

    test("entries are read newest first, page by page, filtered by run, actor and action, alone and together", () =>
      withStore(factory, async ({ store }) => {
        const acts = (["pause", "cancel", "delete"] as const).flatMap((action) =>
          ["ada", "bob"].flatMap((actor) => ["run-x", "run-y"].map((runId) => ({ action, actor, runId }))),
        );
        for (const { action, actor, runId } of acts) await store.appendAudit({ stamp: stampOf(action, actor), runId });
        const told = acts.map(({ action, actor, runId }) => `${action} ${actor} ${runId}`).reverse();
        const read = async (filter: { runId?: string; actor?: string; action?: "pause" | "cancel" }) => {
          const seen: string[] = [];
          let cursor: string | undefined;
          for (let page = 0; page < 20; page++) {
            const { rows, next } = await store.listAudit({ ...filter, limit: 2, cursor });
            expect(rows.length).toBeLessThanOrEqual(2);
            seen.push(...rows.map(({ action, actor, runId }) => `${action} ${actor.id} ${runId}`));
            if (next === null) return seen;
            cursor = next;
          }
          throw new Error("the pages do not end");
        };
        expect(await read({})).toEqual(told);
        expect(await read({ runId: "run-x" })).toEqual(told.filter((line) => line.endsWith("run-x")));
        expect(await read({ actor: "bob" })).toEqual(told.filter((line) => line.includes("bob")));
        expect(await read({ action: "cancel" })).toEqual(told.filter((line) => line.startsWith("cancel")));
        expect(await read({ actor: "ada", action: "pause", runId: "run-y" })).toEqual(["pause ada run-y"]);
        expect(await read({ runId: "run-z" })).toEqual([]);
        await expect(store.listAudit({ limit: 2, cursor: "yesterday" })).rejects.toMatchObject({ code: "WRONG_USE" });
      }));

    test("old entries are removed, oldest first, in batches; their numbers are not reused", () =>
      withStore(factory, async ({ store, advance }) => {
        const stamp = stampOf("denied");
        for (let i = 0; i < 3; i++) await store.appendAudit({ stamp, runId: `old-${i}` });
        await advance(60_000);
        await store.appendAudit({ stamp, runId: "new" });
        const [newest] = await entriesOf(store);
        expect(await store.trimAudit(30_000, 2)).toBe(2);
        expect((await entriesOf(store)).map((entry) => entry.runId)).toEqual(["new", "old-2"]);
        expect(await store.trimAudit(30_000, 2)).toBe(1);
        expect(await store.trimAudit(30_000, 2)).toBe(0);
        await advance(60_000);
        expect(await store.trimAudit(30_000, 2)).toBe(1);
        expect(await entriesOf(store)).toEqual([]);
        await store.appendAudit({ stamp, runId: "later" });
        const [later] = await entriesOf(store);
        expect(later?.id).toBeGreaterThan(newest?.id ?? 0);
      }));
  });
}
