/** Datasets whose file has changed, through the library with a real store. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datasetFiles } from "@holdfast/dataset-files";
import { ingestDataset, verifyDataset } from "@holdfast/engine";
import { anyRow, defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { makeWorkbook, textRows } from "../../packages/dataset-files/src/workbook.fixture.js";

let folder = "";
let file = "";
let holdfast: Holdfast;
const calls: string[] = [];
let stopAt = "";
let stop = () => {};

const row = z.object({ id: z.string(), a: z.string().nullable(), b: z.string().nullable() });
const workflow = defineWorkflow({
  name: "judge",
  input: z.object({}),
  stages: ["read", "judge", "count"],
  async run({ stage, map }) {
    const rows = await stage("read", ({ dataset }) => dataset.ingest("rows", file, { key: "id", schema: row }));
    const expand = { parts: ["a", "b"], item: (given: z.output<typeof row>, part: string) => given[part as "a" | "b"] };
    const results = await map("judge", rows, { expand, concurrency: 1, maxFailed: 5 }, (text, { key }) => {
      calls.push(key);
      if (key === stopAt) stop();
      if (text === "fails") throw new Error("no");
      return text.length;
    });
    return stage("count", { inputs: { results } }, async () => ({ total: results.total, ok: results.ok }));
  },
});

/** Writes rows `r<i>`, each with a narrative in `a` and every third one also in `b`, with the values of `change` replaced. */
async function write(ids: readonly number[], change: Readonly<Record<string, string>> = {}): Promise<void> {
  const lines = ids.map(
    (i) => `r${i},${change[`r${i}:a`] ?? `a${i}`},${change[`r${i}:b`] ?? (i % 3 === 0 ? `b${i}` : "")}`,
  );
  await writeFile(file, `id,a,b\n${lines.join("\n")}\n`);
}

const TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-datasets-"));
  file = join(folder, "rows.csv");
  calls.length = 0;
  stopAt = "";
  holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow], stageFiles: false });
});
afterEach(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

async function startAndStop(at: string): Promise<void> {
  stopAt = at;
  const first = await holdfast.startHere(workflow, {}, { runId: "r" });
  stop = () => first.drain();
  await first.done;
  stopAt = "";
  expect((await first.handle.status()).status).toBe("paused");
}

async function resumed(how: Parameters<Holdfast["resumeHere"]>[1]) {
  const run = await holdfast.resumeHere("r", how);
  await run.done;
  return run.handle.status();
}

describe("a source file that was changed in place", () => {
  test("is refused, then read again and its changed rows redone if a redo is accepted; counters refer to its rows", async () => {
    await write(TEN);
    await startAndStop("r6:a");
    const before = calls.length;
    // r1 and r3 are removed, r2 changes, r6 loses its second narrative, r20 is new and comes first: every position
    // changes.
    await write([20, 0, 2, 4, 5, 6, 7, 8, 9], { "r2:a": "other", "r6:b": "" });
    await expect(holdfast.resumeHere("r")).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    const plan = await holdfast.plan("r", { accept: "redo" });
    expect(plan.drift).toMatchObject([
      { what: "dataset", stage: "read", now: "another file: rows 2 changed, 1 added, 2 missing" },
    ]);
    // What the map does depends on the rows that `read` finds.
    expect([plan.redoes, plan.unknown, plan.itemCalls]).toEqual([["read"], ["judge", "count"], null]);
    const ended = await resumed({ accept: "redo", plan });
    // r20, r0 (two narratives), r2, r4 to r9, and the second one of r9.
    expect(ended).toMatchObject({ status: "completed", output: { total: 11, ok: 11 } });
    expect(ended.progress).toMatchObject({ done: 11, total: 11, failed: 0 });
    const again = calls.slice(before);
    // r6's row changed, so its first narrative is redone although its text is the same.
    expect([...again].sort()).toEqual(["r20:a", "r2:a", "r6:a", "r7:a", "r8:a", "r9:a", "r9:b"].sort());
    expect((await holdfast.store.listDatasets()).map(({ version, changeReason }) => [version, changeReason])).toEqual([
      [1, null],
      [2, "accepted by a resume"],
    ]);
  });

  test("continues with the rows as they were read if reuse is accepted", async () => {
    await write(TEN);
    await startAndStop("r6:a");
    await write([0, 1], { "r0:a": "other" });
    const ended = await resumed({ accept: "reuse" });
    expect(ended).toMatchObject({ status: "completed", output: { total: 14, ok: 14 } });
    expect(new Set(calls).size).toBe(14);
    expect(await holdfast.store.listDatasets()).toHaveLength(1);
  });

  test("leaves no result or failure of removed rows; the other rows are found at their new positions", async () => {
    await write(TEN, { "r1:a": "fails", "r9:a": "fails" });
    const first = await holdfast.startHere(workflow, {}, { runId: "r" });
    await first.done;
    expect((await first.handle.status()).progress).toMatchObject({ done: 14, failed: 2 });
    await write([0, 5, 9], { "r9:a": "fails" });
    calls.length = 0;
    const shrunk = await resumed({ only: "stale", accept: "redo" });
    expect([shrunk.status, shrunk.progress]).toMatchObject(["completed", { done: 5, total: 5, failed: 1 }]);
    expect(calls).toEqual([]);
    // Its position differs from when it failed.
    expect((await resumed({ only: "errors" })).status).toBe("completed");
    expect(calls).toEqual(["r9:a"]);
  });
});

describe("a new run over a file that changed since the last", () => {
  const linesOf = async (runId: string) => {
    const lines: string[] = [];
    for await (const { type, data } of (await holdfast.handle(runId)).events())
      if (type === "log") lines.push(String((data as { message: unknown }).message));
    return lines;
  };
  const night = async (runId: string) => {
    const run = await holdfast.startHere(workflow, {}, { runId });
    await run.done;
    return run.handle.status();
  };

  test("reads the file as the next version, says what changed, and leaves the first run its rows", async () => {
    await write(TEN);
    await startAndStop("r6:a");
    await write([0, 2, 4, 20], { "r2:a": "other" });
    const second = await night("second");
    expect(second).toMatchObject({ status: "completed", output: { total: 5, ok: 5 } });
    expect(await linesOf("second")).toContain("dataset rows: since version 1, 1 changed, 1 added, 7 gone");
    expect((await holdfast.store.listDatasets()).map(({ version, changeReason }) => [version, changeReason])).toEqual([
      [1, null],
      [2, null],
    ]);
    // The first run continues with the rows that it read, as before: only once that is accepted.
    await expect(holdfast.resumeHere("r")).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    expect(await resumed({ accept: "reuse" })).toMatchObject({ status: "completed", output: { total: 14, ok: 14 } });
  });

  test("the name is the dataset: a file of another night is its next version", async () => {
    for (const [name, ids] of [
      ["2026-11-28.csv", [1, 2, 3]],
      ["2026-11-29.csv", [2, 3, 4, 5]],
    ] as const) {
      file = join(folder, name);
      await write(ids);
      await night(name);
    }
    expect(await linesOf("2026-11-29.csv")).toContain("dataset rows: since version 1, 0 changed, 2 added, 1 gone");
    // The same rows under a new path, with last night's file removed: the run's own file is on record.
    await rm(file);
    file = join(folder, "2026-11-30.csv");
    await write([2, 3, 4, 5]);
    await night("third");
    expect((await holdfast.store.listDatasets()).map(({ path }) => path)).toEqual(
      ["2026-11-28.csv", "2026-11-29.csv", "2026-11-30.csv"].map((name) => join(folder, name)),
    );
  });

  test("a restart reads the current file too; an interrupted attempt keeps its version", async () => {
    await write(TEN);
    expect((await night("r")).output).toMatchObject({ total: 14 });
    await write([0]);
    const again = await holdfast.runs.restart("r");
    await holdfast.work({ untilIdle: true });
    expect((await again.status()).output).toMatchObject({ total: 2 });
  });

  test("is refused if the workflow requires the file unchanged", async () => {
    const strict = defineWorkflow({
      name: "strict",
      input: z.object({}),
      run: ({ stage }) =>
        stage("read", ({ dataset }) => dataset.ingest("rows", file, { key: "id", schema: row, onChange: "refuse" })),
    });
    await using of = await openHoldfast({ dataDir: join(folder, "strict"), workflows: [strict] });
    const end = async (runId: string) => {
      await (await of.startHere(strict, {}, { runId })).done.catch(() => undefined);
      return of.runs.get(runId);
    };
    await write(TEN);
    expect((await end("first")).status).toBe("completed");
    expect((await end("second")).status).toBe("completed");
    await write([0, 1]);
    const refused = await end("third");
    expect(refused).toMatchObject({ status: "failed", error: { details: { error: { code: "DATASET_CHANGED" } } } });
  });
});

test("a dataset is compared with the sheet that it was read from, without naming it again", async () => {
  const book = join(folder, "book.xlsx");
  const save = (text: string) =>
    writeFile(
      book,
      makeWorkbook({
        sheets: [
          { name: "Notes", rows: textRows([["note"], ["nothing"]]) },
          {
            name: "Cases",
            rows: textRows([
              ["id", "text"],
              ["1", text],
            ]),
          },
        ],
      }),
    );
  await save("one");
  const request = { name: "cases", file: book, key: "id", schema: anyRow, onBadRow: "fail", sheet: "Cases" } as const;
  await ingestDataset({ store: holdfast.store, datasetFiles }, request);
  await save("two");
  expect(await verifyDataset({ store: holdfast.store, datasetFiles }, "cases")).toMatchObject({
    state: "changed",
    changes: { changed: 1 },
  });
  await expect(verifyDataset({ store: holdfast.store, datasetFiles }, "cases", { sheet: "Notes" })).rejects.toThrow(
    'no key column "id"',
  );
});
