/** What the command and the server read through the library: maps, items, events, summaries, datasets and the store. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast, secret } from "holdfast";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let file = "";
let holdfast: Holdfast;

const workflow = defineWorkflow({
  name: "judge",
  input: z.object({ token: secret(z.string()), limit: z.coerce.number().default(7) }),
  stages: ["read", "judge", "write"],
  async run({ stage, map }) {
    const rows = await stage("read", ({ dataset }) =>
      dataset.ingest("rows", file, { key: "id", schema: z.object({ id: z.string(), text: z.string() }) }),
    );
    await map("judge", rows, { concurrency: 1, maxFailed: 5 }, async ({ text }, { spend }) => {
      await spend(0.01, async () => ({ value: null, usd: 0.002 }));
      if (text === "bad") throw Object.assign(new Error("no such word"), { category: "refusal" });
      return text.toUpperCase();
    });
    await stage("write", ({ log }) => log("written"));
  },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-facade-"));
  file = join(folder, "rows.csv");
  await writeFile(file, "id,text\na,one\nb,bad\nc,three\nd,bad\n");
  holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow] });
  await holdfast.run(workflow, { token: "hidden", limit: "9" }, { runId: "first" });
});
afterAll(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

describe("runs", () => {
  test("maps returns counts, errors by category and cost", async () => {
    expect(await holdfast.runs.maps("first")).toEqual([
      {
        stage: "judge",
        runId: "first",
        total: 4,
        ok: 2,
        failed: 2,
        errors: { refusal: 2 },
        costUsd: 0.008,
        unpriced: null,
        models: [],
        reservedUsd: 0,
        budgetUsd: null,
        startedAt: expect.any(Number),
        finishedAt: expect.any(Number),
      },
    ]);
  });

  test("maps of a fork names the run that holds the kept results", async () => {
    const fork = await holdfast.runs.fork("first", { from: "write", runId: "fork" });
    expect(await holdfast.runs.maps(fork.id)).toMatchObject([{ stage: "judge", runId: "first", ok: 2 }]);
    await holdfast.runs.cancel(fork.id);
  });

  test("items come in pages, filtered, with their positions", async () => {
    const first = await holdfast.runs.items("first", "judge", { limit: 3 });
    expect(first.rows.map(({ key, index, outcome }) => [key, index, outcome])).toEqual([
      ["a", 0, "ok"],
      ["b", 1, "error"],
      ["c", 2, "ok"],
    ]);
    const { rows, next } = await holdfast.runs.items("first", "judge", { limit: 3, cursor: first.next ?? "" });
    expect([rows.map(({ key }) => key), next]).toEqual([["d"], null]);
    const failed = await holdfast.runs.items("first", "judge", { outcome: "error", category: "refusal" });
    expect(failed.rows).toMatchObject([
      { key: "b", error: { message: "no such word" } },
      { key: "d", category: "refusal" },
    ]);
    expect(await holdfast.runs.items("first", "read")).toEqual({ rows: [], next: null });
  });

  test("events come in pages, filtered by type and stage", async () => {
    const two = await holdfast.runs.events("first", { limit: 2 });
    expect(two.map(({ seq, type }) => [seq, type])).toEqual([
      [1, "run.created"],
      [2, "run.claimed"],
    ]);
    const logs = await holdfast.runs.events("first", { type: "log", stage: "write" });
    expect(logs.map(({ data }) => data)).toMatchObject([{ message: "written" }]);
    expect(await holdfast.runs.events("first", { after: 10_000 })).toEqual([]);
  });

  test("a summary has all of a view except stages and output, and the cost", async () => {
    const { stages: _, output: __, progress, costUsd: whole, ...view } = await holdfast.runs.get("first");
    const { progress: counted, costUsd, ...summary } = await holdfast.runs.summary("first");
    expect(summary).toEqual(view);
    expect([costUsd, whole]).toEqual([0.008, 0.008]);
    expect({ ...counted, fraction: 1 }).toEqual(progress);
    const { published, ...listed } = summary;
    expect(published).toEqual([]);
    expect((await holdfast.runs.summaries({ idPrefix: "fir" })).rows).toEqual([
      { ...listed, costUsd, progress: counted },
    ]);
    await expect(holdfast.runs.summary("nobody")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  test("the input as given, and a changed one, show no secret", async () => {
    expect(await holdfast.runs.givenInput("first")).toEqual({ token: "[secret]", limit: "9" });
    expect(await holdfast.runs.previewInput("first", { token: "other" })).toEqual({
      isFit: true,
      input: { token: "[secret]", limit: 7 },
      changedSecrets: ["/token"],
    });
    expect(await holdfast.runs.previewInput("first", { token: "[secret]", limit: "x" })).toMatchObject({
      isFit: false,
      issues: [{ path: "limit" }],
    });
  });

  test("misspelled options are refused", async () => {
    for (const call of [
      () => holdfast.runs.items("first", "judge", { outcom: "ok" } as never),
      () => holdfast.runs.events("first", { form: 3 } as never),
      () => holdfast.runs.summaries({ statis: "paused" } as never),
      () => holdfast.datasets.ingest("rows", file, { key: "id", shema: null } as never),
      () => holdfast.storage.facts({ chek: true } as never),
      () => holdfast.management.recordDenied({ runID: "first", reason: "x" } as never),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "WRONG_USE" });
    }
  });
});

describe("datasets", () => {
  test("a version is listed, found by name and content, read row by row, and compared with its file", async () => {
    const [record] = await holdfast.datasets.list();
    expect(record).toMatchObject({ name: "rows", version: 1, rowCount: 4, keyColumns: ["id"] });
    const digest = record?.contentSha256 ?? "";
    expect(await holdfast.datasets.get("rows", digest)).toEqual(record);
    const entries = [];
    for await (const entry of holdfast.datasets.rows<{ id: string }>({ name: "rows", digest })) entries.push(entry);
    expect(entries.map(({ index, key, row }) => [index, key, row.id])).toEqual([
      [0, "a", "a"],
      [1, "b", "b"],
      [2, "c", "c"],
      [3, "d", "d"],
    ]);
    expect(await holdfast.datasets.verify("rows")).toMatchObject({ state: "same" });
    for (const call of [holdfast.datasets.get("none"), holdfast.datasets.verify("none")]) {
      await expect(call).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
    }
  });

  test("ingest reads a file once, stores a changed one as the next version, and refuses it if asked to", async () => {
    const other = join(folder, "other.csv");
    await writeFile(other, "id,text\na,one\n");
    const read = () => holdfast.datasets.ingest("other", other, { key: "id" });
    expect(await read()).toMatchObject({ isNew: true, record: { version: 1 }, since: null });
    expect(await read()).toMatchObject({ isNew: false, record: { version: 1 } });
    await writeFile(other, "id,text\na,two\nb,new\n");
    const refused = holdfast.datasets.ingest("other", other, { key: "id", onChange: "refuse" });
    await expect(refused).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    expect(await read()).toMatchObject({ since: { version: 1, changes: { changed: 1, added: 1, missing: 0 } } });
  });
});

describe("the store and the audit log", () => {
  test("facts, a backup, a check and a probe go through storage", async () => {
    expect(await holdfast.storage.facts({ check: true })).toMatchObject({ kind: "sqlite", problems: [] });
    await holdfast.storage.probe();
    const copy = join(folder, "copy.db");
    await holdfast.storage.backup(copy);
    await using opened = await openHoldfast({ dataDir: folder, url: `sqlite:${copy}`, workflows: [] });
    expect((await opened.runs.summary("first")).status).toBe("completed");
    await expect(holdfast.storage.backup(copy)).rejects.toMatchObject({ code: "WRONG_USE" });
  });

  test("a denied request is audited under its actor, without an id that no run can have", async () => {
    const { management } = holdfast.as({ id: "eve", via: "http", requestId: null });
    await management.recordDenied({ runId: "first", reason: "is another owner's run" });
    await management.recordDenied({ runId: "../etc", reason: "no id" });
    const { rows } = await holdfast.management.audit({ actor: "eve" });
    expect(rows).toMatchObject([
      { action: "denied", runId: null, reason: "no id" },
      { action: "denied", runId: "first" },
    ]);
  });
});
