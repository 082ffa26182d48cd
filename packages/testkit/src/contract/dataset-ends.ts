/** Removal of dataset versions, erasure of keys, and rewriting the store without removed data. */
import type { DatasetRow, Fence, RunId, Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { completeStage, newRun, OTHER_TERMS, type StoreFactory, stampOf, startRun, withStore } from "./factory.js";
import { bad, commit, failureOf, intentOf, ok, opened, STAGE, usd } from "./map-pieces.js";

const rowOf = (index: number, key = `key-${index}`): DatasetRow => ({
  index,
  key,
  rowSha256: index.toString(16).padStart(64, "c"),
  json: JSON.stringify({ name: `name of ${key}` }),
});
const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => rowOf(i));

const ALL = { from: 0, limit: 100 };

async function ingest(
  store: Store,
  name: string,
  contentSha256: string,
  rows: readonly DatasetRow[],
  change: { readonly fileSha256?: string; readonly isReading?: boolean } = {},
) {
  const { datasetId } = await store.beginDataset(name);
  await store.appendDataset(datasetId, rows);
  return store.finishDataset(datasetId, {
    ...{ name, path: `/data/${name}.csv`, sizeBytes: 10, fileSha256: contentSha256, contentSha256, shapeSha256: "5a" },
    ...{ keyColumns: ["id"], sheet: null, rowCount: rows.length, changeReason: null },
    skipped: [{ rowNumber: 9, reason: "anna@example.org is there twice" }],
    ...change,
  });
}

const uses = (store: Store, fence: Fence, name: string, contentSha256: string, isSource = false, stage = STAGE) =>
  store.noteDatasets(fence, {
    ...{ stage, attempt: isSource ? 0 : 1, forget: "none" },
    datasets: [{ name, contentSha256, isSource }],
  });

/** A run that has read the dataset, in the given state. */
async function runOver(store: Store, contentSha256: string, end: "completed" | "paused" | null): Promise<RunId> {
  const { fence, runId } = await startRun(store);
  await uses(store, fence, "people", contentSha256);
  if (end === "completed") {
    await store.report(fence, { status: "completed", output: { kind: "inline", json: "null" }, stageCount: 0 });
  }
  if (end === "paused") await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
  return runId;
}

const emptied = async (store: Store) => {
  while ((await store.deleteRemovedRows(3)) > 0);
};

export function exerciseDatasetEnds(factory: StoreFactory): void {
  describe(`${factory.name}: dataset removal`, () => {
    test("a version disappears for every reader at once, with its rows; others stay, and its number is never reused", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "people", "c1", rowsOf(5));
        const second = await ingest(store, "people", "c2", rowsOf(4));
        const third = await ingest(store, "people", "c3", rowsOf(2));
        const audit = stampOf("datasetDelete", "ada", "old");
        expect(await store.removeDataset({ name: "people", version: 3, audit })).toEqual({
          kind: "removed",
          versions: [third],
        });
        expect(await store.listRows("people", "c3", ALL)).toEqual([]);
        expect(await store.getDataset("people", "c3")).toBeNull();
        expect(await store.getDataset("people")).toEqual(second);
        // Its rows may still exist, but no other version gets its place.
        await ingest(store, "others", "o1", rowsOf(1));
        await emptied(store);
        expect(await store.listRows("others", "o1", ALL)).toEqual(rowsOf(1));
        expect(await store.listRows("people", "c2", ALL)).toEqual(rowsOf(4));
        const { rows } = await store.listAudit({ action: "datasetDelete", limit: 9 });
        expect(rows).toMatchObject([{ actor: { id: "ada" }, reason: "dataset people, version 3: old", runId: null }]);
        expect(await store.removeDataset({ name: "people", version: 3, audit })).toEqual({ kind: "notFound" });
        expect(await store.removeDataset({ name: "nobody", version: null, audit })).toEqual({ kind: "notFound" });
      }));

    test("all versions of a name are removed with their readings under other schemas, or none is", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "people", "c1", rowsOf(3));
        await ingest(store, "people", "r1", rowsOf(3), { fileSha256: "c1", isReading: true });
        await ingest(store, "people", "c2", rowsOf(3));
        const runId = await runOver(store, "r1", "paused");
        const all = { name: "people", version: null, audit: null };
        const user = { runId, workflow: "brief", status: "paused", contentSha256: "r1" };
        expect(await store.removeDataset(all)).toEqual({ kind: "inUse", runs: [user] });
        expect(await store.removeDataset({ ...all, version: 1 })).toEqual({ kind: "inUse", runs: [user] });
        expect((await store.listDatasets()).map(({ version }) => version)).toEqual([1, 2]);
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        expect(await store.removeDataset(all)).toMatchObject({ kind: "removed", versions: [{}, {}] });
        expect(await store.getDataset("people", "r1")).toBeNull();
        expect(await store.listDatasets()).toEqual([]);
      }));

    test("an unfinished run keeps its version, and so does a finished one if only unused versions are to be removed", () =>
      withStore(factory, async ({ store }) => {
        for (const content of ["c1", "c2", "c3"]) await ingest(store, "people", content, rowsOf(2));
        const running = await runOver(store, "c1", null);
        const completed = await runOver(store, "c2", "completed");
        const remove = (version: number, isUnusedOnly: boolean) =>
          store.removeDataset({ name: "people", version, isUnusedOnly, audit: null });
        expect(await remove(1, false)).toMatchObject({ kind: "inUse", runs: [{ runId: running, status: "running" }] });
        expect(await remove(2, true)).toMatchObject({ kind: "inUse", runs: [{ runId: completed }] });
        expect(await remove(3, true)).toMatchObject({ kind: "removed" });
        expect(await remove(2, false)).toMatchObject({ kind: "removed" });
        const users = (contentSha256?: string) => store.listDatasetUsers("people", { contentSha256, limit: 9 });
        expect((await users()).map((user) => user.runId)).toEqual([running, completed]);
        expect((await users("c1")).map((user) => user.runId)).toEqual([running]);
        expect((await store.listDatasetUsers("people", { limit: 1 })).length).toBe(1);
      }));

    test("a version can be removed despite its users if another version has the same content", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "people", "c1", rowsOf(2));
        await ingest(store, "people", "c1", rowsOf(2));
        await runOver(store, "c1", null);
        const remove = (version: number) => store.removeDataset({ name: "people", version, audit: null });
        expect(await remove(1)).toMatchObject({ kind: "removed" });
        expect(await remove(2)).toMatchObject({ kind: "inUse" });
        expect(await store.listRows("people", "c1", ALL)).toEqual(rowsOf(2));
      }));
  });

  describe(`${factory.name}: erased keys`, () => {
    const KEY = "anna@example.org";
    const OTHER = "joanna@example.org";

    /** Two versions with the key, and a paused run with every kind of record about it. */
    async function worked(store: Store) {
      const rows = [rowOf(0, KEY), rowOf(1, OTHER), rowOf(2, "carl@example.org")];
      await ingest(store, "people", "c1", rows);
      await ingest(store, "people", "c2", [...rows, rowOf(3, "dora@example.org")]);
      const { fence, runId } = await startRun(store);
      await uses(store, fence, "people", "c1", true);
      await opened(store, fence, { sourceDigest: "c1", total: 3 });
      await commit(store, fence, {
        intents: [intentOf(0, KEY), intentOf(1, OTHER), intentOf(2, "carl@example.org")],
        failures: [failureOf(KEY, 1), failureOf(OTHER, 1)],
        results: [ok(0, KEY, { attempt: 2 }), bad(1, OTHER, { attempt: 2 })],
        lowWater: 2,
        total: 3,
        pages: [{ index: 0, before: "", keys: [KEY, OTHER] }],
        events: [{ type: "log", data: { message: `item ${KEY} and ${OTHER}`, data: { keys: [KEY, OTHER] } } as never }],
      });
      const paid = { runId, stage: STAGE, configHash: "config-1", itemSha256: null, usageJson: null, cost: usd(1) };
      await store.savePaid({ ...paid, key: KEY, outputJson: '"late"' });
      await completeStage(store, fence, "read");
      await store.saveCheckpoint(fence, { stage: "read", attempt: 1, json: JSON.stringify({ seen: [KEY] }) });
      await store.saveCheckpoint(fence, { stage: "other", attempt: 1, json: JSON.stringify({ seen: [OTHER] }) });
      await store.publish(fence, [{ key: "last", json: JSON.stringify({ seen: [KEY, OTHER] }) }]);
      await store.report(fence, { status: "paused", reason: `waits for ${KEY}`, wakeInMs: null });
      return { runId, paid };
    }

    const erase = (store: Store, ...keys: string[]) =>
      store.eraseKeys({ name: "people", keys, audit: stampOf("datasetErase", "ada", "asked for it") });

    const traces = {
      ...{ rows: 2, results: 1, failures: 1, attempts: 1, paid: 1, checkpoints: 1, erasedBefore: 0 },
      ...{ sources: ["/data/people.csv"], stays: [] },
    };

    test("disappear from every version and every run that read the dataset, and a preview counts the same", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await worked(store);
        const found = await store.findKeyTraces("people", [KEY]);
        expect(found).toMatchObject({ ...traces, runs: [runId] });
        expect(await erase(store, KEY)).toEqual({ kind: "erased", traces: found });
        for (const content of ["c1", "c2"]) {
          const rows = await store.listRows("people", content, ALL);
          expect(rows.map((row) => row.index)).toEqual(content === "c1" ? [1, 2] : [1, 2, 3]);
          expect(await store.getDataset("people", content)).toMatchObject({
            rowCount: rows.length + 1,
            erasedCount: 1,
          });
          expect((await store.findRows("people", content, [KEY])).size).toBe(0);
        }
        expect((await store.listItems(runId, STAGE, { limit: 9 })).map(({ key }) => key)).toEqual([OTHER]);
        expect(await store.getMap(runId, STAGE)).toMatchObject({ okCount: 0, errorCount: 1, total: 2, lowWater: 2 });
        expect(await store.listItemFailures(runId, STAGE, KEY)).toEqual([]);
        expect(await store.listItemFailures(runId, STAGE, OTHER)).toHaveLength(1);
        expect((await store.listOpenIntents(runId, STAGE)).map(({ key }) => key)).not.toContain(KEY);
        expect(await store.listPaid(runId, STAGE, "config-1")).toEqual([]);
        expect(await store.getCheckpoint(runId, "read")).toBeNull();
        expect(await store.getCheckpoint(runId, "other")).not.toBeNull();
        const told = JSON.stringify([
          await store.listEvents(runId, { after: 0, limit: 99 }),
          await store.getRun(runId),
          await store.listPublished(runId),
          await store.listItemPages(runId, STAGE),
          await store.listDatasets(),
          await store.listAudit({ limit: 99 }),
        ]);
        expect(told.match(/\banna@example\.org/g)).toBeNull();
        expect(told).toContain(OTHER);
      }));

    test("leave a tombstone: no ingest and no late answer restores them, and a second erasure finds nothing", () =>
      withStore(factory, async ({ store }) => {
        const { runId, paid } = await worked(store);
        await erase(store, KEY);
        expect(await store.countErased("people")).toBe(1);
        expect([...(await store.findErased(["people"], [KEY, OTHER])).keys()]).toEqual([KEY]);
        expect((await store.findErased(["others"], [KEY])).size).toBe(0);
        await ingest(store, "people", "c3", [rowOf(0, OTHER), rowOf(1, KEY), rowOf(2, "new@example.org")]);
        expect((await store.listRows("people", "c3", ALL)).map(({ key }) => key)).toEqual([OTHER, "new@example.org"]);
        expect(await store.getDataset("people")).toMatchObject({ rowCount: 3, erasedCount: 1 });
        await store.savePaid({ ...paid, key: KEY, outputJson: '"later"' });
        await store.savePaid({ ...paid, key: `${KEY}:part`, outputJson: '"later"' });
        await store.savePaid({ ...paid, key: OTHER, outputJson: '"late"' });
        expect((await store.listPaid(runId, STAGE, "config-1")).map(({ key }) => key)).toEqual([OTHER]);
        const nothing = { rows: 0, results: 0, failures: 0, attempts: 0, paid: 0, checkpoints: 0 };
        expect(await erase(store, KEY)).toMatchObject({ kind: "erased", traces: { ...nothing, erasedBefore: 1 } });
        // Deleting the dataset keeps the tombstones.
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        await store.removeDataset({ name: "people", version: null, audit: null });
        await ingest(store, "people", "c4", [rowOf(0, KEY)]);
        expect(await store.listRows("people", "c4", ALL)).toEqual([]);
      }));

    test("of rows that a map expanded are erased with all their parts, but without items of other rows or datasets", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "people", "c1", [rowOf(0, "a"), rowOf(1, "a:own"), rowOf(2, "b")]);
        await ingest(store, "others", "o1", [rowOf(0, "a")]);
        const { fence, runId } = await startRun(store);
        await uses(store, fence, "people", "c1", true);
        await opened(store, fence, { sourceDigest: "c1/x,y", total: 6 });
        const keys = ["a:x", "a:y", "a:own:x", "b:x", "a:own"];
        await commit(store, fence, { results: keys.map((key, i) => ok(i, key)) });
        await uses(store, fence, "others", "o1", true, "of-others");
        await opened(store, fence, { stage: "of-others", sourceDigest: "o1", total: 1 });
        await commit(store, fence, { stage: "of-others", results: [ok(0, "a")] });
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        expect(await erase(store, "a")).toMatchObject({ traces: { rows: 1, results: 2 } });
        expect((await store.listItems(runId, STAGE, { limit: 9 })).map(({ key }) => key)).toEqual([
          "a:own",
          "a:own:x",
          "b:x",
        ]);
        expect((await store.listItems(runId, "of-others", { limit: 9 })).map(({ key }) => key)).toEqual(["a"]);
      }));

    test("disappear from forks, while records made by user code stay and are listed", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "people", "c1", [rowOf(0, KEY)]);
        const { fence, runId } = await startRun(store, { inputJson: JSON.stringify({ only: KEY }) });
        await uses(store, fence, "people", "c1");
        await store.startAttempt(fence, { stage: "read", attempt: 1, inputsHash: null });
        const output = { kind: "inline", json: JSON.stringify({ best: KEY }) } as const;
        await store.finishAttempt(fence, { stage: "read", attempt: 1, status: "completed", output, ms: 1 });
        await store.report(fence, { status: "completed", output, stageCount: 1 });
        const fork = await store.createRun(newRun({ claim: OTHER_TERMS }));
        expect(fork.kind).toBe("created");
        const { traces: found } = (await erase(store, KEY)) as { traces: { stays: unknown } };
        expect(found.stays).toEqual([
          { runId, what: "input", stage: null },
          { runId, what: "output", stage: "read" },
          { runId, what: "output", stage: null },
        ]);
        expect(await store.getStageRecord(runId, "read")).toMatchObject({ output });
      }));

    test("are not erased while a run that reads the dataset executes, and an unknown dataset is not found", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "people", "c1", [rowOf(0, KEY)]);
        const runId = await runOver(store, "c1", null);
        expect(await erase(store, KEY)).toEqual({ kind: "held", runs: [runId] });
        expect(await store.listRows("people", "c1", ALL)).toHaveLength(1);
        expect(await store.countErased("people")).toBe(0);
        const nobody = await store.eraseKeys({ name: "nobody", keys: [KEY], audit: null });
        expect([nobody, await store.findKeyTraces("nobody", [KEY])]).toEqual([{ kind: "notFound" }, null]);
        expect((await store.listAudit({ limit: 9 })).rows).toEqual([]);
      }));
  });

  describe(`${factory.name}: compacting`, () => {
    test("rewrites the store, smaller, with all its contents; refused while a lease is in force", () =>
      withStore(factory, async ({ store, advance }) => {
        await ingest(store, "people", "c1", rowsOf(5));
        await ingest(
          store,
          "people",
          "c2",
          Array.from({ length: 3_000 }, (_, i) => rowOf(i)),
        );
        await store.removeDataset({ name: "people", version: 2, audit: null });
        while ((await store.deleteRemovedRows(1_000)) > 0);
        const { runId } = await startRun(store);
        expect(await store.compact()).toEqual({ kind: "held", runs: [runId] });
        // No more heartbeats: the lease has expired.
        await advance(120_000);
        const outcome = await store.compact();
        expect(outcome).toMatchObject({ kind: "compacted", isLogEmpty: true });
        if (outcome.kind !== "compacted") return;
        expect(outcome.afterBytes).toBeLessThan(outcome.beforeBytes);
        expect(await store.listRows("people", "c1", ALL)).toEqual(rowsOf(5));
        expect((await store.facts({ check: true })).problems).toEqual([]);
        expect(await store.getRun(runId)).toMatchObject({ status: "running" });
      }));
  });
}
