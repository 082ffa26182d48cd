/** What stages depend on and what datasets contain, through the library with a real store. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datasetFiles } from "@holdfast/dataset-files";
import { ingestDataset, verifyDataset } from "@holdfast/engine";
import { anyRow, type DatasetRef, defineWorkflow, type Holdfast, openHoldfast, type RunContext } from "holdfast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let file = "";
let holdfast: Holdfast | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-uses-"));
  file = join(folder, "rows.csv");
});
afterEach(async () => {
  await holdfast?.close();
  holdfast = null;
  await rm(folder, { recursive: true, force: true });
});

const row = z.object({ id: z.string(), n: z.coerce.number() });
type Row = z.output<typeof row>;
const write = (...rows: string[]) => writeFile(file, `id,n\n${rows.join("\n")}\n`);

async function opened(run: (context: RunContext<object, string>) => Promise<unknown>): Promise<Holdfast> {
  const workflow = defineWorkflow({ name: "w", input: z.object({}), run: run as never });
  holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow], stageFiles: false });
  return holdfast;
}

/** Starts the run and stops it at the stage "stop", which waits until it is told to continue. */
async function startAndStop(of: Holdfast): Promise<void> {
  const [workflow] = of.workflows;
  const run = await of.startHere(workflow as never, {} as never, { runId: "r" });
  for await (const event of run.handle.events({ follow: true })) {
    if (event.type === "stage.started" && event.data.stage === "stop") break;
  }
  run.abort();
  await run.done;
  isStopping = false;
}
let isStopping = true;
beforeEach(() => {
  isStopping = true;
});
const stop = ({ stage }: RunContext<object, string>) =>
  stage("stop", ({ signal }) =>
    isStopping
      ? new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
      : undefined,
  );

async function resumed(of: Holdfast, how: Parameters<Holdfast["resumeHere"]>[1] = {}) {
  const run = await of.resumeHere("r", how);
  await run.done;
  return run.handle.status();
}

const ingest = ({ stage }: RunContext<object, string>, name: string, wrap: (ref: DatasetRef<Row>) => unknown) =>
  stage(name, async ({ dataset }) => wrap(await dataset.ingest("rows", file, { key: "id", schema: row })) as never);

describe("a stage depends on the datasets that it uses", () => {
  test.each([
    ["deep in its output", (ref: unknown) => ({ x: { a: [ref] } })],
    ["beside much else", (ref: unknown) => ({ ref, text: "x".repeat(70_000) })],
    ["nowhere in its output", () => "read"],
  ])("with the reference %s: a changed file is refused before anything is done", async (_, wrap) => {
    await write("a,1", "b,2");
    const of = await opened(async (context) => {
      await ingest(context, "read", wrap);
      await stop(context);
    });
    await startAndStop(of);
    await write("a,1", "b,3", "c,4");
    await expect(of.resumeHere("r")).rejects.toMatchObject({
      code: "DATASET_CHANGED",
      details: { dataset: "rows", changed: 1, added: 1, missing: 0 },
    });
    expect((await of.plan("r", { accept: "redo" })).drift).toMatchObject([{ what: "dataset", stage: "read" }]);
    expect((await resumed(of, { accept: "redo" })).status).toBe("completed");
    expect(await of.store.listDatasetUses("r" as never)).toMatchObject([
      { stage: "read" },
      { stage: "read", attempt: 2 },
    ]);
  });

  test("which it opened, or whose rows it read: it runs again, once, if a redo is accepted", async () => {
    await write("a,1", "b,2");
    const ran: string[] = [];
    const of = await opened(async (context) => {
      const { stage } = context;
      const ref = (await ingest(context, "read", (found) => found)) as DatasetRef<Row>;
      const sum = await stage("sum", async ({ rows }) => {
        ran.push("sum");
        let total = 0;
        for await (const { row: one } of rows(ref)) total += one.n;
        return total;
      });
      await stage("idle", () => void ran.push("idle"));
      await stage("look", async ({ dataset }) => {
        ran.push("look");
        return (await dataset.open("rows", row)).rows;
      });
      await stop(context);
      return sum;
    });
    await startAndStop(of);
    ran.length = 0;
    await write("a,1", "b,40");
    expect((await of.plan("r", { accept: "redo" })).redoes).toEqual(expect.arrayContaining(["read", "sum", "look"]));
    expect(await resumed(of, { accept: "redo" })).toMatchObject({ status: "completed", output: 41 });
    expect(ran).toEqual(["sum", "look"]);
  });

  test("and an attempt that was interrupted after reading continues with those rows if reuse is accepted", async () => {
    await write("a,1", "b,2");
    const of = await opened(({ stage }) =>
      stage("stop", async ({ dataset, signal }) => {
        const { rows } = await dataset.ingest("rows", file, { key: "id", schema: row });
        if (isStopping) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        return rows;
      }),
    );
    const [workflow] = of.workflows;
    const run = await of.startHere(workflow as never, {} as never, { runId: "r" });
    while ((await of.store.listDatasetUses("r" as never)).length === 0) await new Promise(setImmediate);
    run.abort();
    await run.done;
    isStopping = false;
    await write("a,1", "b,3", "c,4");
    await expect(of.resumeHere("r")).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    expect(await resumed(of, { accept: "reuse" })).toMatchObject({ status: "completed", output: 2 });
  });

  test("a map's items too: if a dataset that they looked up has changed, every result is redone", async () => {
    await write("a,1", "b,2");
    const calls: string[] = [];
    const of = await opened(async (context) => {
      const { map, stage } = context;
      const prices = (await ingest(context, "read", (found) => found)) as DatasetRef<Row>;
      const each = await map(
        "each",
        () => ["x", "y", "z"],
        { key: (name: string) => name, concurrency: 1 },
        async (name, { rows }) => {
          calls.push(name);
          let total = 0;
          for await (const { row: one } of rows(prices)) total += one.n;
          return total;
        },
      );
      await stop(context);
      return stage("all", { inputs: { each } }, async ({ results }) => {
        const found: number[] = [];
        for await (const result of results(each)) if (result.outcome === "ok") found.push(result.output);
        return found;
      });
    });
    await startAndStop(of);
    expect(calls).toEqual(["x", "y", "z"]);
    await write("a,1", "b,20");
    await expect(of.resumeHere("r")).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    expect(await resumed(of, { accept: "redo" })).toMatchObject({ status: "completed", output: [21, 21, 21] });
    expect(calls).toEqual(["x", "y", "z", "x", "y", "z"]);
    expect((await of.store.listDatasetUses("r" as never)).filter(({ stage }) => stage === "each")).toHaveLength(1);
  });

  test("a fork has the datasets that its kept stages depend on", async () => {
    await write("a,1");
    const workflow = defineWorkflow({
      name: "forked",
      input: z.object({}),
      stages: ["read", "stop"],
      async run(context) {
        await ingest(context as never, "read", () => null);
        await stop(context as never);
      },
    });
    isStopping = false;
    holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow], stageFiles: false });
    await (await holdfast.startHere(workflow, {}, { runId: "r" })).done;
    await holdfast.runs.fork("r", { from: "stop", runId: "f" });
    expect(await holdfast.store.listDatasetUses("f" as never)).toEqual(
      await holdfast.store.listDatasetUses("r" as never),
    );
  });
});

describe("a later comparison with a file", () => {
  const skipping = { name: "rows", key: "id", schema: row as never, onBadRow: "skip" as const };

  test("does not treat rows that were left out as new ones, at whatever position", async () => {
    const { store } = await opened(async () => null);
    await write("a,1", "b,none", ",3", "c,4", "c,5", "b,7");
    const { record } = await ingestDataset({ store, datasetFiles }, { ...skipping, file });
    expect([record.rowCount, record.skipped.length]).toEqual([3, 3]);
    await writeFile(file, 'id,n\n"b","none"\na,1\n,3\nb,7\nc,4\nc,5\n');
    expect(await verifyDataset({ store, datasetFiles }, "rows")).toMatchObject({ state: "resaved" });
    await write("b,none", "a,2", ",3", "b,7", "c,4", "d,8", "e,none");
    const { state, changes } = await verifyDataset({ store, datasetFiles }, "rows");
    expect({ state, ...changes }).toMatchObject({ state: "changed", changed: 1, added: 2, missing: 0 });
    expect(changes.firstKeys).toEqual({ changed: ["a"], added: ["d", "e"], missing: [] });
  });

  test("recognizes rows whose key a schema made from their cells", async () => {
    const { store } = await opened(async () => null);
    await write("A 1,1", "B 2,2", "C 3,3");
    const keyed = row.transform(({ id, n }) => ({ id: id.toLowerCase().replace(" ", "-"), n }));
    await ingestDataset({ store, datasetFiles }, { ...skipping, schema: keyed as never, file });
    await write("C 3,3", "A 1,1", "B 2,2");
    expect((await verifyDataset({ store, datasetFiles }, "rows")).state).toBe("resaved");
    await write("C 3,3", "B 2,2", "D 4,4");
    expect((await verifyDataset({ store, datasetFiles }, "rows")).changes).toMatchObject({
      changed: 0,
      added: 1,
      missing: 1,
      firstKeys: { added: ["D 4"], missing: ["a-1"] },
    });
  });

  test("composite keys stay distinct, whatever their parts contain", async () => {
    const { store } = await opened(async () => null);
    await writeFile(file, "x,y,n\na:b,c,1\na,b:c,2\na\\,b,3\na,\\b,4\n");
    await ingestDataset(
      { store, datasetFiles },
      { name: "pairs", key: ["x", "y"], schema: anyRow, onBadRow: "fail", file },
    );
    const rows = await store.listRows("pairs", (await store.getDataset("pairs"))?.contentSha256 ?? "", {
      from: 0,
      limit: 9,
    });
    expect(rows.map(({ key }) => key)).toEqual(["a\\:b:c", "a:b\\:c", "a\\\\:b", "a:\\\\b"]);
    const jsonl = join(folder, "odd.jsonl");
    for (const [key, flaw] of [
      ["a\\u0000x", "holds a NUL character"],
      ["a\\ud83d", "holds half of a character"],
    ]) {
      await writeFile(jsonl, `{"x":"${key}"}\n`);
      const bad = ingestDataset(
        { store, datasetFiles },
        { name: "odd", key: "x", schema: anyRow, onBadRow: "fail", file: jsonl },
      );
      await expect(bad).rejects.toMatchObject({
        code: "ROW_INVALID",
        message: expect.stringContaining(flaw as string),
      });
    }
  });
});

describe("bad rows", () => {
  test("are reported all at once, as they are in the file, with the way to leave them out", async () => {
    const { store } = await opened(async () => null);
    const schema = z.object({
      id: z.string(),
      n: z.number(),
      kind: z.enum(["x", "y"]),
      note: z.string().min(3, "a note needs three letters"),
    });
    const good = Array.from({ length: 30 }, (_, i) => JSON.stringify({ id: `g${i}`, n: i, kind: "x", note: "fine" }));
    const lines = [
      '{"id":"a","n":"12 EUR","kind":"x","note":"fine"}',
      '{"id":"b","n":null,"kind":"x","note":"fine"}',
      '{"id":"c","kind":"x","note":"fine"}',
      '{"id":"d","n":1,"kind":"z","note":"fine"}',
      '{"id":"e","n":1,"kind":"x","note":"no"}',
      '{"id":"g0","n":1,"kind":"x","note":"fine"}',
      "{broken",
    ];
    const jsonl = join(folder, "rows.jsonl");
    await writeFile(jsonl, [...good, ...lines].join("\n"));
    const failed = await ingestDataset(
      { store, datasetFiles },
      {
        name: "rows",
        file: jsonl,
        key: "id",
        schema: schema as never,
        onBadRow: "fail",
      },
    ).catch((error) => error);
    expect(failed.code).toBe("ROW_INVALID");
    expect(failed.message.split("\n").slice(0, 7)).toEqual([
      `${jsonl}: 7 rows cannot be used:`,
      '  row 31, column "n": the cell holds "12 EUR", where a number is expected',
      '  row 32, column "n": the cell is empty, where a number is expected',
      '  row 33, column "n": the row has no such column, where a number is expected',
      '  row 34, column "kind": the cell holds "z", where one of "x", "y" is expected',
      '  row 35, column "note": a note needs three letters',
      '  row 36, column "id": the key "g0" stands in row 1 already',
    ]);
    expect(failed.message).toMatch(
      /\n {2}row 37: invalid JSON \(.+\)\. \nCorrect them, or leave such rows out with --on-bad-row=skip\.$/,
    );
    expect(failed.details).toMatchObject({ path: jsonl, rowNumber: 31, column: "n", count: 7 });
    expect(await store.getDataset("rows")).toBeNull();
  });

  test("beyond twenty are counted", async () => {
    const { store } = await opened(async () => null);
    await write(...Array.from({ length: 50 }, (_, i) => `k${i},x${i}`));
    const failed = await ingestDataset(
      { store, datasetFiles },
      {
        name: "rows",
        file,
        key: "id",
        schema: row as never,
        onBadRow: "fail",
      },
    ).catch((error) => error);
    expect(failed.details).toMatchObject({ count: 50, rows: { length: 20 } });
    expect(failed.message).toContain("50 rows cannot be used:\n  row 2, column");
    expect(failed.message).toContain("\n  and 30 more. ");
  });
});

describe("a dataset opened under a schema", () => {
  const open = (schema: z.ZodType) => async (context: RunContext<object, string>) =>
    context.stage("open", async ({ dataset, rows }) => {
      const ref = await dataset.open("rows", schema);
      const found: unknown[] = [];
      for await (const one of rows(ref)) found.push(one.row);
      return { found, digest: ref.digest } as never;
    });

  async function started(schema: z.ZodType) {
    const of = await opened(open(schema));
    await write("a,1", "b,2");
    await ingestDataset(
      { store: of.store, datasetFiles },
      { name: "rows", file, key: "id", schema: anyRow, onBadRow: "fail" },
    );
    const run = await of.startHere(of.workflows[0] as never, {} as never, { runId: "r" });
    await run.done;
    return { of, run: await run.handle.status() };
  }

  test("returns the rows as parsed by the schema, and the dataset stays as it was", async () => {
    const { of, run } = await started(row);
    expect(run.output).toMatchObject({
      found: [
        { id: "a", n: 1 },
        { id: "b", n: 2 },
      ],
    });
    expect(await of.store.listDatasets()).toHaveLength(1);
    expect(await of.store.getDataset("rows")).toMatchObject({ version: 1 });
  });

  test("that changes nothing returns the dataset itself", async () => {
    const { of, run } = await started(z.object({ id: z.string(), n: z.string() }));
    expect(run.output).toMatchObject({ digest: (await of.store.getDataset("rows"))?.contentSha256 });
  });

  test("that does not accept its rows is refused, naming their keys", async () => {
    const { run } = await started(z.object({ id: z.string(), n: z.number() }));
    expect(run.status).toBe("failed");
    expect(run.error?.message).toMatch(
      /2 rows cannot be used:\n {2}row "a", column "n": the cell holds "1", where a number is expected\n {2}row "b"/,
    );
  });
});
