/** Datasets: versions by name and content, rows by position and key, and unfinished ingests. */
import type { DatasetRow, Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { type StoreFactory, startRun, withStore } from "./factory.js";

const DAY_MS = 24 * 3_600_000;

const rowOf = (index: number, value = ""): DatasetRow => ({
  index,
  // Keys in a different order than positions.
  key: `key-${99 - index}`,
  rowSha256: index.toString(16).padStart(64, "c"),
  json: JSON.stringify({ name: `é ${index}${value}` }),
});

const rowsOf = (count: number, value = ""): DatasetRow[] => Array.from({ length: count }, (_, i) => rowOf(i, value));

const recordOf = (name: string, contentSha256: string, rowCount: number) => ({
  name,
  path: "/data/companies.csv",
  sizeBytes: 2 ** 40,
  fileSha256: "f1",
  contentSha256,
  shapeSha256: "5a",
  keyColumns: ["country", "name"],
  sheet: "2024",
  rowCount,
  skipped: [{ rowNumber: 7, reason: "no name" }],
  changeReason: null,
});

async function ingest(store: Store, name: string, contentSha256: string, rows: readonly DatasetRow[]) {
  const { datasetId } = await store.beginDataset(name);
  await store.appendDataset(datasetId, rows);
  return store.finishDataset(datasetId, recordOf(name, contentSha256, rows.length));
}

const ALL = { from: 0, limit: 100 };

export function exerciseDatasets(factory: StoreFactory): void {
  describe(`${factory.name}: datasets`, () => {
    test("readers see a dataset once it is finished, unchanged", () =>
      withStore(factory, async ({ store }) => {
        const { datasetId } = await store.beginDataset("companies");
        const rows = rowsOf(5);
        await store.appendDataset(datasetId, rows.slice(0, 3));
        await store.appendDataset(datasetId, rows.slice(3));
        expect(await store.getDataset("companies")).toBeNull();
        expect(await store.getDataset("companies", "c1")).toBeNull();
        expect(await store.listDatasets()).toEqual([]);
        expect(await store.listRows("companies", "c1", ALL)).toEqual([]);
        const record = await store.finishDataset(datasetId, recordOf("companies", "c1", 5));
        const made = { version: 1, erasedCount: 0, ingestedAt: expect.any(Number) };
        expect(record).toEqual({ ...recordOf("companies", "c1", 5), ...made });
        expect(await store.getDataset("companies")).toEqual(record);
        expect(await store.listDatasets()).toEqual([record]);
        expect(await store.listRows("companies", "c1", ALL)).toEqual(rows);
      }));

    test("versions are counted per name, and each content stays readable under its hash", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "companies", "c1", rowsOf(2, "old"));
        await ingest(store, "people", "c1", rowsOf(1));
        await ingest(store, "companies", "c2", rowsOf(3, "new"));
        const versions = (await store.listDatasets()).map(({ name, version, contentSha256 }) => [
          name,
          version,
          contentSha256,
        ]);
        expect(versions).toEqual([
          ["companies", 1, "c1"],
          ["companies", 2, "c2"],
          ["people", 1, "c1"],
        ]);
        expect(await store.getDataset("companies")).toMatchObject({ version: 2, contentSha256: "c2" });
        expect(await store.getDataset("companies", "c1")).toMatchObject({ version: 1, rowCount: 2 });
        expect(await store.getDataset("companies", "c3")).toBeNull();
        expect(await store.getDataset("nobody")).toBeNull();
        expect(await store.listRows("companies", "c1", ALL)).toEqual(rowsOf(2, "old"));
        expect(await store.listRows("companies", "c2", ALL)).toEqual(rowsOf(3, "new"));
        expect(await store.listRows("people", "c2", ALL)).toEqual([]);
        // The first content returns: the newest version with it answers.
        await ingest(store, "companies", "c1", rowsOf(2, "old"));
        expect(await store.getDataset("companies", "c1")).toMatchObject({ version: 3 });
        expect(await store.getDataset("companies")).toMatchObject({ version: 3 });
      }));

    test("rows are read in pages by position, and hashes by key", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "companies", "c1", rowsOf(12));
        const read = async (from: number, limit: number) =>
          (await store.listRows("companies", "c1", { from, limit })).map((row) => row.index);
        expect([await read(0, 5), await read(5, 5), await read(10, 5), await read(12, 5)]).toEqual([
          [0, 1, 2, 3, 4],
          [5, 6, 7, 8, 9],
          [10, 11],
          [],
        ]);
        const hashes = await store.findRows("companies", "c1", [rowOf(11).key, "nobody", rowOf(0).key]);
        expect(hashes).toEqual(new Map([11, 0].map((i) => [rowOf(i).key, rowOf(i).rowSha256])));
        expect((await store.findRows("companies", "c2", [rowOf(0).key])).size).toBe(0);
      }));

    test("the rows that a version left out are recorded with it; null if they were not given", () =>
      withStore(factory, async ({ store }) => {
        const leftOut = ["ab".repeat(32), "cd".repeat(32)];
        const { datasetId } = await store.beginDataset("companies");
        await store.finishDataset(datasetId, { ...recordOf("companies", "c1", 0), leftOut });
        await ingest(store, "companies", "c2", rowsOf(1));
        expect(await store.listLeftOut("companies", "c1")).toEqual(leftOut);
        expect(await store.listLeftOut("companies", "c2")).toBeNull();
        expect(await store.listLeftOut("nobody", "c1")).toBeNull();
      }));

    test("a reading of a version is found by its content, but is neither listed nor the newest version", () =>
      withStore(factory, async ({ store }) => {
        await ingest(store, "companies", "c1", rowsOf(2));
        for (const [version, content] of [
          [-1, "r1"],
          [-2, "r2"],
        ] as const) {
          const { datasetId } = await store.beginDataset("companies");
          await store.appendDataset(datasetId, rowsOf(2, content));
          const record = await store.finishDataset(datasetId, {
            ...recordOf("companies", content, 2),
            isReading: true,
          });
          expect(record.version).toBe(version);
        }
        expect(await store.getDataset("companies")).toMatchObject({ version: 1, contentSha256: "c1" });
        expect(await store.listRows("companies", "r1", ALL)).toEqual(rowsOf(2, "r1"));
        expect((await store.listDatasets()).map(({ version }) => version)).toEqual([1]);
        expect((await ingest(store, "companies", "c2", rowsOf(3))).version).toBe(2);
      }));

    test("a stage's use of a dataset is noted once, under its attempt, and disappears with its generation", () =>
      withStore(factory, async ({ store }) => {
        const { fence, runId } = await startRun(store);
        const note = (stage: string, attempt: number, forget: "none" | "source" | "all", ...asked: string[]) =>
          store.noteDatasets(fence, {
            stage,
            attempt,
            forget,
            datasets: asked.map((one) => ({ name: "companies", contentSha256: one, isSource: one.startsWith("s") })),
          });
        const noted = async () =>
          (await store.listDatasetUses(runId)).map(({ stage, attempt, contentSha256 }) => [
            stage,
            attempt,
            contentSha256,
          ]);
        const written = { kind: "written", wish: null };
        expect(await note("read", 1, "none", "c1", "c2")).toEqual(written);
        expect(await note("each", 0, "source", "s1")).toEqual(written);
        expect(await note("each", 0, "none", "c1")).toEqual(written);
        expect(await note("read", 2, "none", "c1")).toEqual(written);
        expect(await noted()).toEqual([
          ["read", 2, "c1"],
          ["read", 1, "c2"],
          ["each", 0, "s1"],
          ["each", 0, "c1"],
        ]);
        await note("each", 0, "source", "s2");
        expect((await noted()).slice(2)).toEqual([
          ["each", 0, "c1"],
          ["each", 0, "s2"],
        ]);
        await note("each", 0, "all", "s3");
        expect((await noted()).slice(2)).toEqual([["each", 0, "s3"]]);
        const lost = await store.noteDatasets(
          { ...fence, token: 9 },
          { stage: "x", attempt: 1, forget: "all", datasets: [] },
        );
        expect(lost).toMatchObject({ kind: "leaseLost" });
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        await store.restart({ runId, by: "ada", version: "1", stages: null, claim: null, input: null });
        expect(await noted()).toEqual([]);
      }));

    test("a dropped ingest leaves nothing, and a finished dataset cannot be dropped", () =>
      withStore(factory, async ({ store }) => {
        const { datasetId } = await store.beginDataset("companies");
        await store.appendDataset(datasetId, rowsOf(4, "dropped"));
        await store.dropDataset(datasetId);
        await store.dropDataset(datasetId);
        expect(await store.listDatasets()).toEqual([]);
        const { datasetId: next } = await store.beginDataset("companies");
        await store.appendDataset(next, rowsOf(1));
        const record = await store.finishDataset(next, recordOf("companies", "c1", 1));
        expect(record.version).toBe(1);
        await store.dropDataset(next);
        expect(await store.listRows("companies", "c1", ALL)).toEqual(rowsOf(1));
      }));

    test("an ingest that was dropped or has ended accepts no rows and cannot end again", () =>
      withStore(factory, async ({ store }) => {
        const { datasetId: dropped } = await store.beginDataset("companies");
        await store.dropDataset(dropped);
        await expect(store.appendDataset(dropped, rowsOf(1))).rejects.toThrow(/ingest/);
        await expect(store.finishDataset(dropped, recordOf("companies", "c1", 1))).rejects.toThrow(/ingest/);
        const { datasetId } = await store.beginDataset("companies");
        await store.appendDataset(datasetId, rowsOf(1));
        const record = await store.finishDataset(datasetId, recordOf("companies", "c1", 1));
        await expect(store.appendDataset(datasetId, [rowOf(1)])).rejects.toThrow(/ingest/);
        await expect(store.finishDataset(datasetId, recordOf("companies", "c2", 2))).rejects.toThrow(/ingest/);
        expect(await store.listDatasets()).toEqual([record]);
        expect(await store.listRows("companies", "c1", ALL)).toEqual(rowsOf(1));
      }));

    test("an abandoned ingest of the same name is invisible, during a live one and after it", () =>
      withStore(factory, async ({ store, advance }) => {
        const { datasetId: abandoned } = await store.beginDataset("companies");
        await store.appendDataset(abandoned, rowsOf(4, "abandoned"));
        const record = await ingest(store, "companies", "c1", rowsOf(2));
        expect(record.version).toBe(1);
        expect(await store.listDatasets()).toEqual([record]);
        expect(await store.listRows("companies", "c1", ALL)).toEqual(rowsOf(2));
        await advance(2 * DAY_MS);
        expect((await ingest(store, "companies", "c2", rowsOf(3))).version).toBe(2);
        expect(await store.listRows("companies", "c1", ALL)).toEqual(rowsOf(2));
        expect(await store.listRows("companies", "c2", ALL)).toEqual(rowsOf(3));
        await expect(store.finishDataset(abandoned, recordOf("companies", "c3", 4))).rejects.toThrow(/ingest/);
      }));

    test("a process that resumes its abandoned ingest does not write into another's", () =>
      withStore(factory, async ({ store, advance }) => {
        const { datasetId: abandoned } = await store.beginDataset("companies");
        await advance(2 * DAY_MS);
        const { datasetId } = await store.beginDataset("people");
        await expect(store.appendDataset(abandoned, rowsOf(1, "late"))).rejects.toThrow(/ingest/);
        await store.dropDataset(abandoned);
        await store.appendDataset(datasetId, rowsOf(2));
        await store.finishDataset(datasetId, recordOf("people", "c1", 2));
        expect(await store.listRows("people", "c1", ALL)).toEqual(rowsOf(2));
      }));

    test("two concurrent ingests of a name become two versions, each with its own rows", () =>
      withStore(factory, async ({ store }) => {
        const records = await Promise.all([
          ingest(store, "companies", "c1", rowsOf(3, "one")),
          ingest(store, "companies", "c2", rowsOf(3, "two")),
        ]);
        expect(new Set(records.map((record) => record.version))).toEqual(new Set([1, 2]));
        expect(await store.listRows("companies", "c1", ALL)).toEqual(rowsOf(3, "one"));
        expect(await store.listRows("companies", "c2", ALL)).toEqual(rowsOf(3, "two"));
      }));
  });
}
