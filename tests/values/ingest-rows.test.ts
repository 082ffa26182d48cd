import { createHash } from "node:crypto";
import { openSource } from "@holdfast/dataset-files";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { makeScratch, type Scratch } from "../../packages/dataset-files/src/files.fixture.js";
import { makeWorkbook, textRows } from "../../packages/dataset-files/src/workbook.fixture.js";
import {
  type IngestOptions,
  type IngestSummary,
  ingestRows,
  type KeyedRow,
} from "../../packages/engine/src/dataset/ingest-rows.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

const anyRow = z.record(z.string(), z.unknown());

async function ingest<Row>(
  name: string,
  content: string | Uint8Array,
  options: IngestOptions<Row>,
): Promise<{ rows: readonly KeyedRow<Row>[]; summary: IngestSummary }> {
  const source = await openSource(await scratch.write(name, content));
  try {
    const ingesting = ingestRows(source, options);
    const rows: KeyedRow<Row>[] = [];
    for await (const batch of ingesting.batches()) rows.push(...batch);
    return { rows, summary: ingesting.summary() };
  } finally {
    await source.close();
  }
}

describe("ingesting rows", () => {
  test("keys, hashes and numbers what the schema makes of them", async () => {
    const schema = z.object({
      id: z.string(),
      n: z.coerce.number(),
      label: z.string().transform((text) => text === "yes"),
    });
    const { rows, summary } = await ingest("a.csv", "n,id,label\n1,x,yes\n2,y,no\n", { key: "id", schema });
    const json = '{"id":"x","label":true,"n":1}';
    const sha = (text: string | Buffer) => createHash("sha256").update(text).digest();
    expect(rows[0]).toMatchObject({
      index: 0,
      rowNumber: 2,
      key: "x",
      row: { id: "x", n: 1, label: true },
      rowJson: json,
      rowSha256: sha(json).toString("hex"),
      cellsSha256: sha('{"id":"x","label":"yes","n":"1"}').toString("hex"),
    });
    const part = (key: string, row: string) =>
      Buffer.concat([Buffer.from([0, 0, 0, key.length]), Buffer.from(key), sha(row)]);
    const content = Buffer.concat([part("x", json), part("y", '{"id":"y","label":false,"n":2}')]);
    expect(summary).toMatchObject({ rowCount: 2, skippedCount: 0, contentSha256: sha(content).toString("hex") });
  });

  test("gives one content hash to one content, whatever the file, its format and the order of its columns", async () => {
    const options = { key: "id", schema: anyRow };
    const hashes = [
      await ingest("a.csv", "id,t\n1,x\n2,\n", options),
      await ingest("b.csv", '"t";"id"\r\n"x";"1"\r\n"";"2"\r\n', options),
      await ingest("c.jsonl", '{"t":"x","id":"1"}\n{"id":"2","t":null}\n', options),
      await ingest(
        "d.xlsx",
        makeWorkbook({ sheets: [{ name: "S", rows: textRows([["id", "t"], ["1", "x"], ["2"]]) }] }),
        options,
      ),
    ].map(({ summary }) => summary);
    expect(new Set(hashes.map(({ contentSha256 }) => contentSha256)).size).toBe(1);
    expect(new Set(hashes.map(({ fileSha256 }) => fileSha256)).size).toBe(4);
    const moved = await ingest("e.csv", "id,t\n2,\n1,x\n", options);
    expect(moved.summary.contentSha256).not.toBe(hashes[0]?.contentSha256);
  });

  test("joins the columns of a composite key", async () => {
    const { rows } = await ingest("a.csv", "id,kind\n1,le\n1,cme\n", { key: ["id", "kind"], schema: anyRow });
    expect(rows.map(({ key }) => key)).toEqual(["1:le", "1:cme"]);
  });

  test("fails at the first bad row, with its place, having yielded nothing of its batch", async () => {
    const wide = z.object({ id: z.string(), n: z.coerce.number() });
    const failing = (content: string, key: string | string[] = "id") =>
      ingest("bad.csv", content, { key, schema: wide });
    await expect(failing("id,n\na,1\n,2\n")).rejects.toMatchObject({
      code: "ROW_INVALID",
      details: { rowNumber: 3, column: "id" },
    });
    await expect(failing("id,n\na,1\n  ,2\n")).rejects.toThrow(/row 3, column "id": the key is missing/);
    await expect(failing("id,n\na,1\nb,2\na,3\n")).rejects.toThrow(
      /row 4, column "id": the key "a" stands in row 2 already/,
    );
    await expect(failing("id,n\na,x\n")).rejects.toThrow(
      /row 2, column "n": the cell holds "x", where a number is expected.*--on-bad-row=skip/,
    );
    await expect(failing("id,n\na\n")).rejects.toThrow(/row 2: 1 cells/);
    await expect(failing(`id,n\n${"k".repeat(1_025)},1\n`)).rejects.toThrow(/longer than 1024 bytes/);
    await expect(failing("id,n\na,1\n", "key")).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: /no key column "key".*"id", "n"/,
    });
  });

  test("refuses a value that JSON cannot hold, and a key that is no text or number", async () => {
    const infinite = z.object({ id: z.string() }).transform(({ id }) => ({ id, n: Number.NaN }));
    await expect(ingest("a.csv", "id\n1\n", { key: "id", schema: infinite })).rejects.toThrow(
      /column "n": the schema gives a value that is NaN/,
    );
    const list = z.object({ id: z.string() }).transform(({ id }) => ({ id: [id] }));
    await expect(ingest("a.csv", "id\n1\n", { key: "id", schema: list })).rejects.toThrow(/the key is a list/);
  });

  test("skips bad rows when told to, and accounts for each", async () => {
    const schema = z.object({ id: z.string().nullable(), n: z.coerce.number() });
    const { rows, summary } = await ingest("skip.csv", 'id,n\na,1\nb,x\nc\n,4\na,5\nd,"6"7\ne,8\n', {
      key: "id",
      schema,
      onBadRow: "skip",
    });
    expect(rows.map(({ index, key, rowNumber }) => [index, key, rowNumber])).toEqual([
      [0, "a", 2],
      [1, "e", 8],
    ]);
    expect(summary).toMatchObject({ rowCount: 2, skippedCount: 5 });
    expect(summary.skipped).toEqual([
      { rowNumber: 3, reason: 'column "n": the cell holds "x", where a number is expected' },
      { rowNumber: 4, reason: "1 cells, where the header has 2" },
      { rowNumber: 5, reason: 'column "id": the key is missing' },
      { rowNumber: 6, reason: 'column "id": the key "a" stands in row 2 already' },
      { rowNumber: 7, reason: 'column "n": text follows the closing quote of cell 2' },
    ]);
  });

  test("does not skip what swallows the rest of the file", async () => {
    const options = { key: "id", schema: anyRow, onBadRow: "skip" } as const;
    await expect(ingest("open.csv", 'id,n\na,1\nb,"2\nc,3\n', options)).rejects.toThrow(
      /opened on line 3 is never closed/,
    );
  });

  test("passes warnings on, with row and column", async () => {
    const { summary } = await ingest("w.csv", `id,t\n1,${"x".repeat(32_767)}\n`, { key: "id", schema: anyRow });
    expect(summary).toMatchObject({ warningCount: 1, warnings: [{ rowNumber: 2, column: "t" }] });
  });

  test("gives no summary before the end", async () => {
    const source = await openSource(await scratch.write("a.csv", "id\n1\n"));
    expect(() => ingestRows(source, { key: "id", schema: anyRow }).summary()).toThrow(/not read to their end/);
    await source.close();
  });

  test("awaits schemas that answer later", async () => {
    const schema = z.object({ id: z.string() }).refine(async ({ id }) => id !== "2");
    await expect(ingest("a.csv", "id\n1\n2\n", { key: "id", schema })).rejects.toThrow(/row 3/);
  });
});
