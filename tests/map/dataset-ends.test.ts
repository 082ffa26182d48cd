/** How datasets end, through the library with a real store: deleted, removed by retention, and keys erased for privacy. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

const ANNA = "anna@example.org";
const JOANNA = "joanna@example.org";
/** A text that only Anna's row contains. */
const STREET = "Fliederweg 77";

let folder = "";
let file = "";
let holdfast: Holdfast;
let calls: string[] = [];
let stopAt = "";
let stop = () => {};

const readRows = { key: "id" as const, schema: z.object({ id: z.string(), street: z.string() }) };

const judge = defineWorkflow({
  name: "judge",
  input: z.object({ expand: z.boolean().default(false) }),
  stages: ["read", "judge", "count"],
  async run({ stage, map, input }) {
    const rows = await stage("read", ({ dataset }) => dataset.ingest("people", file, readRows));
    const expand = { parts: ["a", "b"], item: (_: unknown, part: string) => part };
    const options = { concurrency: 1, batch: { results: 1 }, maxFailed: 5, ...(input.expand && { expand }) };
    const results = await map("judge", rows, options, async (_, { key }) => {
      calls.push(key);
      if (key === stopAt) stop();
      return key.length;
    });
    return stage("count", { inputs: { results } }, async () => ({ total: results.total, ok: results.ok }));
  },
});

/** The same over a list that user code makes of the rows. */
const listed = defineWorkflow({
  name: "listed",
  input: z.object({}),
  async run({ stage, map }) {
    const rows = await stage("read", ({ dataset }) => dataset.ingest("people", file, readRows));
    const again = await stage("again", async ({ rows: readAgain }) => {
      let count = 0;
      for await (const _ of readAgain(rows)) count++;
      return count;
    });
    const items = [JOANNA, ANNA, "carl@example.org", "dora@example.org"];
    const options = { key: (item: string) => item, concurrency: 1, batch: { results: 1 } };
    const results = await map("judge", items, options, async (_, { key }) => {
      calls.push(key);
      if (key === stopAt) stop();
      return key.length;
    });
    return { again, total: results.total, ok: results.ok };
  },
});

async function write(...ids: readonly string[]): Promise<void> {
  const lines = ids.map((id) => `${id},${id === ANNA ? STREET : "elsewhere"}`);
  await writeFile(file, `id,street\n${lines.join("\n")}\n`);
}

const open = () => openHoldfast({ dataDir: folder, workflows: [judge, listed], stageFiles: false });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-ends-"));
  file = join(folder, "people.csv");
  [calls, stopAt, stop] = [[], "", () => {}];
  await write(JOANNA, ANNA, "carl@example.org", "dora@example.org");
  holdfast = await open();
});
afterEach(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(workflow: typeof judge | typeof listed, runId: string, input = {}) {
  const started = await holdfast.startHere(workflow as typeof judge, input, { runId });
  stop = () => started.drain();
  await started.done;
  return started.handle.status();
}

async function resumed(runId: string) {
  const again = await holdfast.resumeHere(runId);
  await again.done;
  return again.handle.status();
}

/** The text of every file of the store, and of nothing else. */
async function bytesOfStore(): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("holdfast.db"));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), "latin1")))).join("");
}

describe("an erased key", () => {
  test("is in no byte of the store's files, and other places that may contain it are listed", async () => {
    await run(judge, "first");
    await write(JOANNA, ANNA, "carl@example.org", "dora@example.org", "emil@example.org");
    await run(judge, "second");
    expect(await bytesOfStore()).toContain(STREET);
    const shown = await holdfast.datasets.erase("people", ANNA, { checkOnly: true });
    expect(shown).toMatchObject({ rows: 2, results: 2, isCheckOnly: true, compaction: null, sources: [file] });
    expect(await bytesOfStore()).toContain(STREET);
    const { files: _, isCheckOnly: __, compaction: ___, ...counts } = shown;
    const done = await holdfast.datasets.erase("people", ANNA, { reason: "asked for by letter" });
    expect(done).toMatchObject({ ...counts, isCheckOnly: false, compaction: { kind: "compacted", isLogEmpty: true } });
    const bytes = await bytesOfStore();
    expect(bytes).not.toContain(STREET);
    expect(bytes.match(/(?<!jo)anna@example\.org/g)).toBeNull();
    expect(bytes).toContain(JOANNA);
    const { rows: entries } = await holdfast.management.audit({ action: "datasetErase" });
    expect(entries).toHaveLength(1);
    expect(entries[0]?.reason).toMatch(/^dataset people, erased-[0-9a-f]{16}: asked for by letter$/);
  });

  test("is not paid for again: not by a resume, a new run, a fork, a restart, or a new version that contains it", async () => {
    stopAt = JOANNA;
    expect(await run(judge, "first")).toMatchObject({ status: "paused" });
    stopAt = "";
    await holdfast.datasets.erase("people", ANNA);
    calls = [];
    expect(await holdfast.plan("first")).toMatchObject({ maps: [{ stage: "judge", items: 2 }] });
    const { status, output } = await resumed("first");
    expect([status, output]).toEqual(["completed", { total: 3, ok: 3 }]);
    expect(await run(judge, "second")).toMatchObject({ output: { total: 3, ok: 3 } });
    await write(ANNA, "emil@example.org");
    expect(await run(judge, "third")).toMatchObject({ output: { total: 1, ok: 1 } });
    const fork = await holdfast.runs.fork("second", { from: "judge", runId: "fork" });
    await holdfast.work({ untilIdle: true });
    expect(await fork.status()).toMatchObject({ status: "completed" });
    await holdfast.runs.restart("second");
    await holdfast.work({ untilIdle: true });
    expect(calls).not.toContain(ANNA);
    expect(await holdfast.datasets.list()).toMatchObject([
      { rowCount: 4, erasedCount: 1 },
      { rowCount: 2, erasedCount: 1 },
    ]);
  });

  test("that a source file still contains does not count as a change of the file", async () => {
    stopAt = "carl@example.org";
    await run(judge, "first");
    stopAt = "";
    await holdfast.datasets.erase("people", ANNA);
    // Saved again with the same rows: the file is compared row by row.
    await writeFile(file, `${await readFile(file, "utf8")}\n`);
    expect(await holdfast.datasets.verify("people")).toMatchObject({ state: "resaved" });
    expect(await resumed("first")).toMatchObject({ status: "completed", output: { total: 3, ok: 3 } });
    expect(calls.filter((key) => key === ANNA)).toHaveLength(1);
  });

  test("is erased with all items of its row, done or not", async () => {
    stopAt = `${ANNA}:a`;
    await run(judge, "first", { expand: true });
    stopAt = "";
    expect(calls).toEqual([`${JOANNA}:a`, `${JOANNA}:b`, `${ANNA}:a`]);
    expect(await holdfast.datasets.erase("people", ANNA)).toMatchObject({ results: 1 });
    expect(await resumed("first")).toMatchObject({ status: "completed", output: { total: 6, ok: 6 } });
    expect(calls.filter((key) => key.startsWith(ANNA))).toHaveLength(1);
  });

  test("is skipped in a list that a run makes of its rows, without further action", async () => {
    stopAt = ANNA;
    expect(await run(listed, "first")).toMatchObject({ status: "paused" });
    stopAt = "";
    await holdfast.datasets.erase("people", ANNA);
    expect(await resumed("first")).toMatchObject({ status: "completed", output: { again: 4, total: 3, ok: 3 } });
    expect(await run(listed, "second")).toMatchObject({ output: { again: 3, total: 3, ok: 3 } });
    expect(calls.filter((key) => key === ANNA)).toHaveLength(1);
    expect((await bytesOfStore()).match(/(?<!jo)anna@example\.org/g)).toBeNull();
  });

  test("is not erased while a running run reads it, nor with a reason that names it", async () => {
    let refused: unknown = null;
    stop = () => {};
    const started = await holdfast.startHere(judge, {}, { runId: "first" });
    stopAt = JOANNA;
    stop = () => {
      refused = holdfast.datasets.erase("people", ANNA).catch((error: { code: string }) => error.code);
    };
    await started.done;
    expect(await refused).toBe("DATASET_IN_USE");
    const reason = `of ${ANNA}`;
    const wrong = await holdfast.datasets.erase("people", ANNA, { reason }).catch((error: Error) => error);
    expect(wrong).toMatchObject({ code: "WRONG_USE" });
    expect((wrong as Error).message).not.toContain(ANNA);
    await expect(holdfast.datasets.erase("nobody", ANNA)).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
    await expect(holdfast.datasets.erase("people", [])).rejects.toMatchObject({ code: "WRONG_USE" });
  });
});

describe("a dataset that is deleted", () => {
  test("is removed with its rows; refused while an unfinished run reads it, and shown first", async () => {
    stopAt = JOANNA;
    await run(judge, "first");
    const refused = { code: "DATASET_IN_USE", details: { runs: [{ runId: "first", status: "paused" }] } };
    for (const checkOnly of [true, false]) {
      await expect(holdfast.datasets.delete("people", { checkOnly })).rejects.toMatchObject(refused);
    }
    await holdfast.runs.cancel("first");
    const shown = await holdfast.datasets.delete("people", { checkOnly: true });
    expect(shown).toMatchObject({ rows: 4, versions: [{ version: 1 }], finishedRuns: [{ runId: "first" }] });
    expect(await holdfast.datasets.list()).toHaveLength(1);
    expect(await holdfast.datasets.delete("people")).toEqual({ ...shown, isCheckOnly: false });
    expect(await holdfast.datasets.list()).toEqual([]);
    await expect(holdfast.datasets.delete("people")).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
  });

  test("is reported missing by name to a run that reads its rows again, and never treated as one without rows", async () => {
    stopAt = JOANNA;
    await run(judge, "first");
    await holdfast.runs.cancel("first");
    await holdfast.datasets.delete("people");
    stopAt = "";
    const { status, error } = await resumed("first");
    expect([status, error?.message]).toEqual(["failed", expect.stringContaining("Dataset people has no version")]);
  });

  test("is removed by cleanup and retention once no run needs it, as the plan shows", async () => {
    await run(judge, "first");
    await write("emil@example.org");
    await run(judge, "second");
    await holdfast.datasets.ingest("never-read", file, readRows);
    const { management } = holdfast;
    expect((await management.cleanup({ olderThanDays: 1, checkOnly: true })).datasets.count).toBe(0);
    const kept = await management.cleanup({ olderThanDays: 0, keepLast: 1, checkOnly: true });
    expect(kept).toMatchObject({ count: 1, datasets: { count: 2, rows: 5 } });
    expect((await management.cleanup({ olderThanDays: 0, owner: "ada" })).datasets.count).toBe(0);
    await expect(
      management.cleanup({ olderThanDays: 0, keepLast: 1, planId: `${kept.planId.slice(0, -1)}_` }),
    ).rejects.toMatchObject({ code: "PLAN_STALE" });
    const done = await management.cleanup({ olderThanDays: 0, keepLast: 1, planId: kept.planId });
    expect(done).toMatchObject({ count: 1, datasets: kept.datasets });
    expect((await holdfast.datasets.list()).map(({ name, version }) => [name, version])).toEqual([["people", 2]]);
  });
});

test("the store is compacted to the size of its contents, and not while a run is held", async () => {
  await run(judge, "first");
  let refused: unknown = null;
  stopAt = JOANNA;
  const started = await holdfast.startHere(judge, {}, { runId: "second" });
  stop = () => {
    refused = holdfast.storage.compact().catch((error: { code: string }) => error.code);
  };
  await started.done;
  expect(await refused).toBe("STORE_IN_USE");
  const { beforeBytes, afterBytes, isLogEmpty } = await holdfast.storage.compact();
  expect([afterBytes <= beforeBytes, isLogEmpty]).toEqual([true, true]);
  expect((await holdfast.storage.facts({ check: true })).problems).toEqual([]);
});
