import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { csvCell, csvLine, visibleControls } from "./csv.js";
import { correctness, EXPORT_COLUMNS, type ExportRow } from "./rows.js";
import { writeCsvExport, writeJsonExport } from "./write.js";

describe("a CSV cell", () => {
  test.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["+1", "'+1"],
    ["-1+1|cmd", "'-1+1|cmd"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\n=1"`],
    ["＝1", "'＝1"],
  ])("that would be a formula is text: %j", (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  test("of a number is a number, even a negative one, and no number at all is empty", () => {
    expect([csvCell(-0.5), csvCell(0), csvCell(Number.NaN), csvCell(null), csvCell(undefined), csvCell(true)]).toEqual([
      "-0.5",
      "0",
      "",
      "",
      "",
      "1",
    ]);
  });

  test("shows control characters instead of passing them to a terminal", () => {
    expect(visibleControls("a\u001b[31mb\u0000\u007f\u009bc\r\nd\te\ud800")).toBe("a␛[31mb␀␡\ufffdc\nd\te\ufffd");
  });

  test("never starts a formula and never carries a control character, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const inner = csvCell(text).replace(/^"/, "");
        expect(inner).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim
        expect(inner).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });

  test("reads back as it was, up to the apostrophe and the pictures", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (texts) => {
        const expected = texts
          .map((text) => visibleControls(text))
          .map((text) => (/^[=+\-@\t\n＝＋－＠]/.test(text) ? `'${text}` : text));
        expect(readCsvLine(csvLine(texts))).toEqual(expected);
      }),
    );
  });
});

/** The grammar of RFC 4180 for one record, written for the test. */
function readCsvLine(line: string): string[] {
  const cells: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n)/y;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) throw new Error(`no record: ${JSON.stringify(line)}`);
    cells.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
    if (match[3] === "\r\n") return cells;
  }
}

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

  test("as CSV has a header and a line per row; a failed item has no answer", async () => {
    const path = join(folder, "deep/er/p.csv");
    const written = await writeCsvExport(path, [ok, failed]);
    const text = await readFile(path, "utf8");
    expect(text).toBe(
      `${EXPORT_COLUMNS.join(",")}\r\n` +
        `0007,le,1,0,0,ok,,,0.75,"'=cmd; said ""no""","two\nlines",local,1\r\n` +
        `0008,le,1,,,error,timeout,no answer in 60 s,,,,,3\r\n`,
    );
    expect(written).toEqual({ rows: 2, bytes: Buffer.byteLength(text) });
  });

  test("as JSON reads back as the rows, also when there are none", async () => {
    const path = join(folder, "p.json");
    await writeJsonExport(path, [ok, failed]);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual([ok, failed]);
    await writeJsonExport(path, []);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual([]);
  });

  test("that breaks off leaves the old file and no other", async () => {
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
