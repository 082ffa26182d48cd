import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { correctness, EXPORT_COLUMNS, type ExportRow } from "./rows.js";
import { writeCsvExport, writeJsonExport } from "./write.js";

describe("an export", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "export-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const ok: ExportRow = {
    case_key: "0007",
    narrative_type: "le",
    label: 1,
    predicted: 0,
    correct: correctness(1, 0),
    outcome: "ok",
    category: null,
    error: null,
    confidence: 0.75,
    indicators: ["=cmd", 'said "no"'],
    rationale: "two\nlines",
    method: "local",
    attempts: 1,
  };
  const failed: ExportRow = {
    ...ok,
    case_key: "0008",
    predicted: null,
    correct: correctness(1, null),
    outcome: "error",
    category: "timeout",
    error: "no answer in 60 s",
    confidence: null,
    indicators: [],
    rationale: null,
    method: null,
    attempts: 3,
  };

  test("as CSV has a header and one line per row; a failed item has no answer", async () => {
    const path = join(folder, "p.csv");
    const written = await writeCsvExport(path, [ok, failed]);
    const text = await readFile(path, "utf8");
    expect(text).toBe(
      `${EXPORT_COLUMNS.join(",")}\r\n` +
        `0007,le,1,0,0,ok,,,0.75,"'=cmd; said ""no""","two\nlines",local,1,\r\n` +
        `0008,le,1,,,error,timeout,no answer in 60 s,,,,,3,\r\n`,
    );
    expect(written).toEqual({ rows: 2, bytes: Buffer.byteLength(text) });
  });

  test("as JSON reads back as the rows, even if there are none", async () => {
    const path = join(folder, "p.json");
    await writeJsonExport(path, [ok, failed]);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual([ok, failed]);
    await writeJsonExport(path, []);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual([]);
  });

  test("that fails halfway leaves the old file and no other", async () => {
    const path = join(folder, "p.csv");
    await writeFile(path, "old");
    async function* breaking() {
      yield ok;
      throw new Error("the database went away");
    }
    await expect(writeCsvExport(path, breaking())).rejects.toThrow("the database went away");
    expect(await readdir(folder)).toEqual(["p.csv"]);
    expect(await readFile(path, "utf8")).toBe("old");
  });

  test("that is aborted leaves nothing", async () => {
    const path = join(folder, "p.json");
    const abort = new AbortController();
    function* rows() {
      yield ok;
      abort.abort(new Error("stopped"));
      yield ok;
    }
    await expect(writeJsonExport(path, rows(), { signal: abort.signal })).rejects.toThrow("stopped");
    expect(await readdir(folder)).toEqual([]);
  });
});
