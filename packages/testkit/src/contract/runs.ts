/** Creating, reading, listing and deleting runs. */
import type { RunId } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  completeStage,
  eventTypes,
  holderOf,
  INLINE,
  newRun,
  resume,
  runIn,
  type StoreFactory,
  startRun,
  statusOf,
  TERMS,
  withStore,
} from "./factory.js";

export function exerciseRuns(factory: StoreFactory): void {
  describe(`${factory.name}: runs`, () => {
    test("a created run is queued, reads back unchanged, and its first event records the creation", () =>
      withStore(factory, async ({ store }) => {
        const create = newRun({
          version: "2",
          owner: "ada",
          inputJson: '{"topic":"tides","n":[1,2]}',
          givenJson: '{"topic":"tides"}',
          stages: [{ name: "gather", title: "Gather", kind: "primary" }],
          through: "gather",
          forkedFrom: { runId: "run-before" as RunId, stage: "gather", keeps: [] },
        });
        expect(await store.createRun(create)).toEqual({ kind: "created", claim: null });
        const run = await store.getRun(create.id);
        expect(run).toMatchObject({
          id: create.id,
          workflow: "brief",
          version: "2",
          generation: 1,
          status: "queued",
          reason: null,
          owner: "ada",
          input: { topic: "tides", n: [1, 2] },
          given: { topic: "tides" },
          stages: create.stages,
          policy: create.policy,
          through: "gather",
          startedAt: null,
          finishedAt: null,
          wakeAt: null,
          retries: 0,
          recoveries: 0,
          lastError: null,
          lease: null,
          wish: null,
          directive: null,
          outputFile: null,
          error: null,
          head: 1,
          forkedFrom: { runId: "run-before", stage: "gather" },
          progress: { done: 0, total: 1, failed: 0, ratePerS: null, etaMs: null, label: null },
        });
        const [event] = await store.listEvents(create.id, { after: 0, limit: 10 });
        expect(event).toMatchObject({
          runId: create.id,
          seq: 1,
          type: "run.created",
          data: { workflow: "brief", version: "2", owner: "ada", forkedFrom: { runId: "run-before", stage: "gather" } },
        });
        expect(event?.at).toBe(run?.createdAt);
      }));

    test("an unknown run reads as null", () =>
      withStore(factory, async ({ store }) => {
        expect(await store.getRun("no-such-run")).toBeNull();
        expect(await store.getLease("no-such-run")).toBeNull();
        expect(await store.deleteRun("no-such-run" as RunId)).toEqual({ kind: "notFound" });
      }));

    test("an ID is used once", () =>
      withStore(factory, async ({ store }) => {
        const create = newRun();
        await store.createRun(create);
        expect(await store.createRun({ ...create, workflow: "other" })).toEqual({ kind: "idTaken", runId: create.id });
        expect((await store.getRun(create.id))?.workflow).toBe("brief");
      }));

    test("an ID that differs only in case is refused: both would share a folder", () =>
      withStore(factory, async ({ store }) => {
        for (const [first, second] of [
          ["upper-1", "UPPER-1"],
          ["Mixed-2", "mixed-2"],
          ["Mixed-3", "mIXED-3"],
        ] as const) {
          await store.createRun(newRun({ id: first as RunId }));
          expect(await store.createRun(newRun({ id: second as RunId }))).toEqual({ kind: "idTaken", runId: first });
          expect(await store.getRun(second)).toBeNull();
        }
        expect(await store.createRun(newRun({ id: "Mixed-4" as RunId }))).toMatchObject({ kind: "created" });
      }));

    test("of many concurrent creations of one ID, exactly one wins", () =>
      withStore(factory, async ({ store }) => {
        const create = newRun();
        const outcomes = await Promise.all(Array.from({ length: 8 }, () => store.createRun(create)));
        expect(outcomes.filter((outcome) => outcome.kind === "created")).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome.kind === "idTaken")).toHaveLength(7);
      }));

    test("an idempotency key returns the run it created, per owner and workflow", () =>
      withStore(factory, async ({ store }) => {
        const first = newRun({ idempotencyKey: "k", owner: "ada" });
        await store.createRun(first);
        const again = await store.createRun(newRun({ idempotencyKey: "k", owner: "ada" }));
        expect(again).toEqual({ kind: "existing", runId: first.id, isSameUse: true });
        for (const other of [{ owner: "bob" }, { owner: null }, { owner: "ada", workflow: "other" }]) {
          expect((await store.createRun(newRun({ idempotencyKey: "k", ...other }))).kind).toBe("created");
        }
        const nobody = await store.createRun(newRun({ idempotencyKey: "k", owner: null }));
        expect(nobody.kind).toBe("existing");
      }));

    test("a run created with a claim is running in the same transaction", () =>
      withStore(factory, async ({ store }) => {
        const { runId, claim } = await startRun(store);
        expect(claim).toMatchObject({ token: 1, isReopening: false });
        expect(claim.run).toMatchObject({ status: "running", head: 2, lease: { holder: "worker-a", token: 1 } });
        expect(claim.nonce.length).toBeGreaterThan(8);
        expect(await eventTypes(store, runId)).toEqual(["run.created", "run.claimed"]);
        expect(await store.claim({ ...TERMS, workflows: ["brief"], limit: 10 })).toEqual([]);
      }));

    test("IDs are found by prefix, newest first", () =>
      withStore(factory, async ({ store }) => {
        for (const id of ["abc-1", "abc-2", "abd-1", "ab"]) await store.createRun(newRun({ id: id as RunId }));
        expect(await store.findRunIds("abc", 10)).toEqual(["abc-2", "abc-1"]);
        expect(await store.findRunIds("ab", 2)).toEqual(["ab", "abd-1"]);
        expect(await store.findRunIds("abc-1", 10)).toEqual(["abc-1"]);
        expect(await store.findRunIds("x", 10)).toEqual([]);
      }));

    test("a list is newest first, and its pages together contain every run once", () =>
      withStore(factory, async ({ store }) => {
        const ids: string[] = [];
        for (let i = 0; i < 7; i++) {
          const create = newRun();
          ids.unshift(create.id);
          await store.createRun(create);
        }
        const seen: string[] = [];
        let cursor: string | undefined;
        for (let page = 0; page < 3; page++) {
          const { rows, next } = await store.listRuns({ limit: 3, cursor });
          seen.push(...rows.map((run) => run.id));
          expect(next === null).toBe(page === 2);
          cursor = next ?? undefined;
        }
        expect(seen).toEqual(ids);
      }));

    test("a page that ends with the last run has no next page", () =>
      withStore(factory, async ({ store }) => {
        for (let i = 0; i < 3; i++) await store.createRun(newRun());
        expect((await store.listRuns({ limit: 3 })).next).toBeNull();
      }));

    test("an invalid cursor is refused", () =>
      withStore(factory, async ({ store }) => {
        await expect(store.listRuns({ limit: 3, cursor: "x'; DROP" })).rejects.toMatchObject({ code: "WRONG_USE" });
      }));

    test("a list can be filtered by status, workflow and owner, alone and together", () =>
      withStore(factory, async ({ store }) => {
        const statuses = ["queued", "running", "paused", "completed", "failed", "cancelled"] as const;
        for (const status of statuses) {
          await runIn(store, status);
          await runIn(store, status, { workflow: "other", owner: "ada" });
        }
        for (const status of statuses) {
          const { rows } = await store.listRuns({ status, limit: 10 });
          expect(rows.map((run) => [run.status, run.workflow])).toEqual([
            [status, "other"],
            [status, "brief"],
          ]);
          expect((await store.listRuns({ status, workflow: "brief", limit: 10 })).rows).toHaveLength(1);
          expect((await store.listRuns({ status, owner: "ada", workflow: "other", limit: 10 })).rows).toHaveLength(1);
          expect((await store.listRuns({ status, owner: "ada", workflow: "brief", limit: 10 })).rows).toEqual([]);
        }
        expect((await store.listRuns({ owner: "ada", limit: 10 })).rows).toHaveLength(6);
        expect((await store.listRuns({ workflow: "unknown", limit: 10 })).rows).toEqual([]);
      }));

    test("a list can be filtered by several states, by the beginning of the ID and by the time of the last change", () =>
      withStore(factory, async ({ store, advance }) => {
        const ids: string[] = [];
        for (const status of ["completed", "failed", "paused", "running", "queued", "cancelled"] as const) {
          ids.unshift((await runIn(store, status, { id: `list-${status}` as RunId, owner: "ada" })).runId);
        }
        await runIn(store, "failed", { id: "other-1" as RunId, owner: "bob" });
        const idsOf = async (query: Parameters<typeof store.listRuns>[0]) => {
          const seen: string[] = [];
          let cursor: string | undefined;
          for (let page = 0; page < 20; page++) {
            const { rows, next } = await store.listRuns({ ...query, cursor });
            seen.push(...rows.map((run) => run.id));
            if (next === null) return seen;
            cursor = next;
          }
          throw new Error("the pages do not end");
        };
        for (const limit of [1, 2, 10]) {
          expect(await idsOf({ idPrefix: "list-", limit })).toEqual(ids);
          expect(await idsOf({ statuses: ["failed", "running", "queued"], limit })).toEqual([
            "other-1",
            "list-queued",
            "list-running",
            "list-failed",
          ]);
          expect(await idsOf({ statuses: ["failed", "paused"], idPrefix: "list-", limit })).toEqual([
            "list-paused",
            "list-failed",
          ]);
          expect(await idsOf({ statuses: ["failed", "running"], owner: "ada", workflow: "brief", limit })).toEqual([
            "list-running",
            "list-failed",
          ]);
        }
        expect(await idsOf({ idPrefix: "list-c", limit: 5 })).toEqual(["list-cancelled", "list-completed"]);
        expect(await idsOf({ idPrefix: "none", limit: 5 })).toEqual([]);
        expect(await idsOf({ statuses: [], limit: 5 })).toEqual([]);
        expect(await idsOf({ status: "failed", statuses: ["paused"], limit: 5 })).toEqual([]);
        expect(await idsOf({ status: "failed", statuses: ["paused", "failed"], owner: "ada", limit: 5 })).toEqual([
          "list-failed",
        ]);
        await advance(10_000);
        await store.steer({ runId: "list-paused" as RunId, wish: "cancel", reason: null, by: "ada" });
        const { runId, fence } = await startRun(store, { id: "late" as RunId });
        const since = (await store.getRun("list-paused"))?.updatedAt ?? 0;
        await store.setProgress(fence, { items: null, label: "x" });
        for (const limit of [1, 10]) {
          expect(await idsOf({ updatedSince: since, limit })).toEqual([runId, "list-paused"]);
          expect(await idsOf({ updatedSince: since, statuses: ["cancelled"], limit })).toEqual(["list-paused"]);
          expect(await idsOf({ updatedSince: since, status: "running", limit })).toEqual([runId]);
          expect(await idsOf({ updatedSince: since, owner: "ada", idPrefix: "list", limit })).toEqual(["list-paused"]);
          expect(await idsOf({ updatedSince: 0, workflow: "brief", limit })).toHaveLength(8);
        }
        expect(await idsOf({ updatedSince: since + 3_600_000, limit: 5 })).toEqual([]);
      }));

    test("paused and failed runs with something to resume from are resumable", () =>
      withStore(factory, async ({ store }) => {
        for (const status of ["paused", "failed", "completed", "queued"] as const) await runIn(store, status);
        const expected: string[] = [];
        for (const status of ["paused", "failed", "cancelled"] as const) {
          const { runId, fence } = await startRun(store);
          await completeStage(store, fence, "gather");
          if (status === "paused") await store.report(fence, { status, reason: null, wakeInMs: null });
          else if (status === "failed") {
            await store.report(fence, { status, reason: null, error: { name: "E", message: "m" } });
          } else await store.report(fence, { status, reason: null });
          if (status !== "cancelled") expected.unshift(runId);
        }
        const first = await store.listRuns({ isResumable: true, limit: 1 });
        const second = await store.listRuns({ isResumable: true, limit: 1, cursor: first.next ?? undefined });
        expect([...first.rows, ...second.rows].map((run) => run.id)).toEqual(expected);
        expect(second.next).toBeNull();
      }));

    test("a run that is not running is deleted with all its records", () =>
      withStore(factory, async ({ store }) => {
        for (const status of ["queued", "paused", "completed", "failed", "cancelled"] as const) {
          const { runId, fence } = await startRun(store);
          await completeStage(store, fence, "gather");
          await store.saveCheckpoint(fence, { stage: "gather", attempt: 1, json: "1" });
          const artifact = { stage: "gather", attempt: 1, name: "a.txt", sha256: "00", sizeBytes: 1 };
          await store.recordArtifact(fence, artifact);
          await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
          if (status === "queued") await resume(store, runId, null, { from: ["paused"] });
          else if (status === "cancelled") await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
          else if (status === "failed") await store.steer({ runId, wish: "fail", reason: null, by: "ada" });
          else if (status === "completed") {
            const outcome = await resume(store, runId, TERMS, { from: ["paused"] });
            if (outcome.kind !== "claimed") throw new Error(outcome.kind);
            const { token, nonce } = outcome.claim;
            await store.report({ runId, token, nonce }, { status, output: INLINE, stageCount: 1 });
          }
          expect(await store.deleteRun(runId)).toEqual({ kind: "moved", from: status });
          expect(await store.getRun(runId)).toBeNull();
          expect(await store.listEvents(runId, { after: 0, limit: 10 })).toEqual([]);
          expect(await store.listAttempts(runId)).toEqual([]);
          expect(await store.listArtifacts(runId)).toEqual([]);
          expect(await store.getCheckpoint(runId, "gather")).toBeNull();
          // The ID is free again, and the new run sees nothing of the old one.
          expect((await store.createRun(newRun({ id: runId }))).kind).toBe("created");
          expect(await store.loadHistory(runId)).toEqual([]);
          await store.deleteRun(runId);
        }
        expect((await store.facts()).runCounts).toEqual({
          queued: 0,
          running: 0,
          waiting: 0,
          paused: 0,
          completed: 0,
          failed: 0,
          cancelled: 0,
        });
      }));

    test("a running run is not deleted", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        expect(await store.deleteRun(runId)).toEqual({ kind: "refused", status: "running" });
        expect(await statusOf(store, runId)).toBe("running");
      }));

    test("a run is not deleted before its forks, unless requested", () =>
      withStore(factory, async ({ store }) => {
        const { runId: origin } = await runIn(store, "completed");
        const forkOf = async (id: string) => {
          const forkedFrom = { runId: origin, stage: "gather", keeps: [] };
          await store.createRun({ ...newRun({ id: id as RunId }), forkedFrom });
          return id as RunId;
        };
        const forks = [await forkOf("fork-1"), await forkOf("fork-2")];
        expect(await store.deleteRun(origin)).toEqual({ kind: "forked", forks });
        expect(await statusOf(store, origin)).toBe("completed");
        const gone = { kind: "moved", from: "queued" };
        expect(await store.deleteRun("fork-1" as RunId)).toEqual(gone);
        expect(await store.deleteRun(origin)).toEqual({ kind: "forked", forks: ["fork-2"] });
        expect(await store.deleteRun(origin, { evenIfForked: true })).toEqual({ kind: "moved", from: "completed" });
        expect(await store.deleteRun("fork-2" as RunId)).toEqual(gone);
      }));

    test("facts count runs by status, and a sound store has no problems", () =>
      withStore(factory, async ({ store }) => {
        await runIn(store, "queued");
        await runIn(store, "running");
        await runIn(store, "completed");
        await runIn(store, "completed");
        const facts = await store.facts({ check: true });
        expect(facts).toMatchObject({
          kind: store.kind,
          location: store.location,
          problems: [],
          runCounts: { queued: 1, running: 1, paused: 0, completed: 2, failed: 0, cancelled: 0 },
        });
        expect(facts.sizeBytes).toBeGreaterThan(0);
      }));

    test("a closed store refuses every call, and closing twice is no error", () =>
      withStore(factory, async ({ store }) => {
        const waiting = store.createRun(newRun());
        await store.close();
        expect((await waiting).kind).toBe("created");
        await expect(store.createRun(newRun())).rejects.toMatchObject({ code: "STORE_CLOSED" });
        await expect(store.getRun("x")).rejects.toMatchObject({ code: "STORE_CLOSED" });
        await store.close();
      }));

    test("an unusual holder and unusual texts read back unchanged", () =>
      withStore(factory, async ({ store }) => {
        const text = 'quote " backslash \\ newline \n null-ish \u0001 emoji 🌊 surrogate-safe é';
        const terms = { holder: { ...holderOf("wörker 🌊"), pid: 4_194_304 }, leaseMs: 60_000 };
        const { runId } = await startRun(store, { inputJson: JSON.stringify({ text }), claim: terms });
        const run = await store.getRun(runId);
        expect(run?.input).toEqual({ text });
        expect(run?.lease).toMatchObject({ holder: "wörker 🌊", pid: 4_194_304 });
      }));
  });
}
