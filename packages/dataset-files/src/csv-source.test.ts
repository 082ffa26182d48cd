import { parse as parseWithCsvParse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BadFile, makeScratch, readAll, type Scratch } from "./files.fixture.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

describe("reading csv", () => {
  test("keeps text as it stands: leading zeros, blanks, quotes, line breaks, emoji", async () => {
    const path = await scratch.write("text.csv", 'id,text\r\n007,"  a ""b""\r\nc, d 😀 "\r\n008, plain \r\n');
    const { rows, columns } = await readAll(path);
    expect(columns).toEqual(["id", "text"]);
    expect(rows).toEqual([
      { rowNumber: 2, cells: { id: "007", text: '  a "b"\r\nc, d 😀 ' } },
      { rowNumber: 3, cells: { id: "008", text: " plain " } },
    ]);
  });

  test("takes \\n, \\r\\n and \\r as line breaks, also mixed in one file", async () => {
    const path = await scratch.write("breaks.csv", "a,b\r1,2\r\n3,4\n5,6\r7,8");
    expect((await readAll(path)).rows.map(({ cells }) => Object.values(cells).join())).toEqual([
      "1,2",
      "3,4",
      "5,6",
      "7,8",
    ]);
  });

  test("counts blank lines and skips them, and gives null for empty cells", async () => {
    const path = await scratch.write("blank.csv", '\n\na,b\n\n1,\n,,\n""\n,\n3,""\n\n');
    const { rows, errors } = await readAll(path);
    expect(rows).toEqual([
      { rowNumber: 5, cells: { a: "1", b: null } },
      { rowNumber: 9, cells: { a: "3", b: null } },
    ]);
    expect(errors).toEqual([]);
  });

  test.each([
    [";", "id;text\n1;a,b\n2;c\n"],
    ["\t", "id\ttext\n1\ta,b\n2\tc\n"],
    ["|", "id|text\n1|a,b\n2|c\n"],
    ["; declared as Excel does", "sep=;\nid;text\n1;a,b\n2;c\n"],
  ])("finds out that cells are separated by %s", async (_, content) => {
    const { rows, columns } = await readAll(await scratch.write("separated.csv", content));
    expect(columns).toEqual(["id", "text"]);
    expect(rows.map(({ cells }) => cells.text)).toEqual(["a,b", "c"]);
  });

  test("is not misled by other separators inside the header's cells", async () => {
    const path = await scratch.write("header.csv", "id,notes (a;b;c)\n1,x\n2,y\n");
    expect((await readAll(path)).columns).toEqual(["id", "notes (a;b;c)"]);
  });

  test("takes tabs in a .tsv file whatever the header looks like, and quotes inside its cells as they are", async () => {
    const path = await scratch.write("named.tsv", 'a,b\tc\n5" pipe\t2\n');
    expect((await readAll(path)).rows[0]?.cells).toEqual({ "a,b": '5" pipe', c: "2" });
  });

  test("drops a byte order mark", async () => {
    expect((await readAll(await scratch.write("bom.csv", "\uFEFFid,b\n1,2\n"))).columns).toEqual(["id", "b"]);
  });

  test("reads 5,000 columns", async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `c${index}`);
    const { rows } = await readAll(await scratch.write("wide.csv", `${names.join()}\n${names.join()}\n`));
    expect(rows[0]?.cells).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });

  test("warns of a text of exactly 32,767 characters", async () => {
    const { rows } = await readAll(
      await scratch.write("cut.csv", `a,b\n${"x".repeat(32_767)},1\n${"x".repeat(32_768)},1\n`),
    );
    expect(rows.map(({ warnings }) => warnings?.[0]?.column)).toEqual(["a", undefined]);
  });

  test("reads the same whatever falls on the border between two reads", async () => {
    for (let shift = 0; shift < 12; shift++) {
      const filler = "f".repeat(256 * 1024 - 20 + shift);
      const expected = ["é😀x", 'q"\r\n"', "last"];
      const content = `a,b\r\n${filler},"é😀x"\r\n1,"q""\r\n"""\r\n2,last`;
      const { rows, errors } = await readAll(await scratch.write("border.csv", content));
      expect(errors).toEqual([]);
      expect(rows.map(({ cells }) => cells.b)).toEqual(expected);
    }
  });

  test("goes on after a bad row, in order", async () => {
    const { entries } = await readAll(await scratch.write("order.csv", 'a,b\n1,2\n3\n4,"x"y\n5,6\n'));
    expect(entries.map((entry) => [entry.rowNumber, "problem" in entry])).toEqual([
      [2, false],
      [3, true],
      [4, true],
      [5, false],
    ]);
  });

  test("reads what csv-parse reads, for any table", async () => {
    const cell = fc.string({
      unit: fc.constantFrom("a", "é", "😀", " ", ",", '"', "\n", "\r\n", ";", "0"),
      maxLength: 8,
    });
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom("\n", "\r\n"), async (rows, lineBreak) => {
        const quote = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
        const content = ["a,b,c", ...rows.map((cells) => cells.map(quote).join())].join(lineBreak);
        const path = await scratch.write("any.csv", content);
        const theirs = parseWithCsvParse(content, { from_line: 2, record_delimiter: lineBreak }) as string[][];
        const expected = theirs.filter((cells) => cells.some((text) => text !== ""));
        const ours = (await readAll(path)).rows.map(({ cells }) => Object.values(cells).map((text) => text ?? ""));
        expect(ours).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

const ROW = "ROW_INVALID";
const FILE = "SOURCE_UNREADABLE";
const CASES: readonly BadFile[] = [
  { title: "is empty", content: "", code: FILE, says: /the file is empty/ },
  { title: "holds blank lines only", content: "\n\r\n\n", code: FILE, says: /blank lines only/ },
  {
    title: "is UTF-16 with a mark",
    content: Buffer.from("\uFEFFa,b\n1,2\n", "utf16le"),
    code: FILE,
    says: /UTF-16/,
    place: { line: 1 },
  },
  {
    title: "is UTF-16 without a mark",
    content: Buffer.from("id,text\n1,two\n", "utf16le"),
    code: FILE,
    says: /UTF-16/,
  },
  { title: "is UTF-16 big-endian", content: bytes([0xfe, 0xff, 0, 0x61]), code: FILE, says: /UTF-16/ },
  {
    title: "is Windows-1252",
    content: bytes("a,b\n1,2\n3,caf", [0xe9], "\n"),
    code: FILE,
    says: /not UTF-8 \(byte 0xe9\)/,
    place: { line: 3 },
  },
  {
    title: "has a damaged character far into it",
    content: bytes("a,b\n", "1,é\n".repeat(100_000), "2,", [0xc3], "\n"),
    code: FILE,
    says: /not UTF-8/,
    place: { line: 100_002 },
  },
  {
    title: "has a NUL byte",
    content: bytes("a,b\n1,2\n3,", [0], "\n"),
    code: FILE,
    says: /NUL byte/,
    place: { line: 3 },
  },
  {
    title: "is a workbook",
    content: bytes([0x50, 0x4b, 3, 4], "xx"),
    code: FILE,
    says: /named \.csv, but is a workbook/,
  },
  { title: "is parquet", content: "PAR1xxxx", code: FILE, says: /is a parquet file/ },
  { title: "is compressed", content: bytes([0x1f, 0x8b, 8, 0]), code: FILE, says: /gzip.*Unpack/ },
  { title: "is a web page", content: "<html><table></table></html>", code: FILE, says: /web page/ },
  { title: "is a PDF", content: "%PDF-1.7", code: FILE, says: /PDF/ },
  {
    title: "has two columns of one name",
    content: "id,a,a\n1,2,3\n",
    code: FILE,
    says: /columns 2 and 3 have the same name/,
    place: { rowNumber: 1, column: "a" },
  },
  { title: "has columns that differ in blanks only", content: "id,a, a\n1,2,3\n", code: FILE, says: /same name/ },
  { title: "has a column without a name", content: ",a\n1,2\n", code: FILE, says: /column 1 has no name/ },
  { title: "has an empty header", content: ",,\n1,2,3\n", code: FILE, says: /header is empty/ },
  { title: "has a reserved column name", content: "id,__proto__\n1,2\n", code: FILE, says: /__proto__/ },
  {
    title: "leaves a quote open in the header",
    content: 'id,"a\n1,2\n',
    code: ROW,
    says: /never closed/,
    place: { rowNumber: 1, line: 1 },
  },
  {
    title: "has a stray quote in the header",
    content: 'id,a"b\n1,2\n',
    code: FILE,
    says: /in the header, a quote stands inside/,
  },
  {
    title: "has a row with a cell too few",
    content: "a,b\n1,2\n3\n",
    code: ROW,
    says: /1 cells, where the header has 2.*commas/,
    place: { rowNumber: 3, line: 3 },
  },
  {
    title: "has a row with a cell too many",
    content: "a,b\n1,2\n3,4,5\n",
    code: ROW,
    says: /3 cells, where the header has 2/,
    place: { rowNumber: 3 },
  },
  { title: "has a delimiter too many at a row's end", content: "a,b\n1,2,\n", code: ROW, says: /3 cells/ },
  {
    title: "numbers lines after cells with line breaks",
    content: 'a,b\n"x\ny\nz",2\n3\n',
    code: ROW,
    says: /row 3, line 5/,
    place: { rowNumber: 3, line: 5 },
  },
  {
    title: "never closes a quote",
    content: 'a,b\n1,2\n3,"open\n4,5\n6,7\n',
    code: ROW,
    says: /quote opened on line 3 is never closed/,
    place: { rowNumber: 3, line: 3 },
  },
  {
    title: "never closes a quote opened on a later line of its row",
    content: 'a,b\n"x\ny","open\n4,5\n',
    code: ROW,
    says: /quote opened on line 3/,
    place: { rowNumber: 2 },
  },
  {
    title: "has text after a closing quote",
    content: 'a,b\n1,"x"y\n',
    code: ROW,
    says: /text follows the closing quote/,
    place: { rowNumber: 2, line: 2, column: "b" },
  },
  {
    title: "has a quote inside a bare cell",
    content: 'a,b\n1,5" pipe\n',
    code: ROW,
    says: /quote stands inside/,
    place: { line: 2, column: "b" },
  },
  {
    title: "has a blank before a quote",
    content: 'a,b\n1, "x, y"\n',
    code: ROW,
    says: /quote stands inside/,
    place: { column: "b" },
  },
  {
    title: "has a line beyond 16 MiB",
    content: Buffer.concat([Buffer.from("a,b\n1,2\n"), Buffer.alloc(17 * 1024 ** 2, 0x78)]),
    code: ROW,
    says: /more than 16777216 bytes/,
    place: { rowNumber: 3, line: 3 },
  },
  { title: "is named .xlsx", name: "x.xlsx", content: "a,b\n1,2\n", code: FILE, says: /no workbook/ },
  { title: "is named .parquet", name: "x.parquet", content: "a,b\n1,2\n", code: FILE, says: /PAR1/ },
  {
    title: "has a name that says nothing",
    name: "x.dat",
    content: "a,b\n1,2\n",
    code: FILE,
    says: /format .* not known/,
  },
  { title: "is named .xls", name: "x.xls", content: "a,b\n1,2\n", code: FILE, says: /\.xls/ },
];

describe("a csv file that", () => {
  test.each(CASES)("$title is refused with its place", async ({ content, says, code, name, place = {} }) => {
    const path = await scratch.write(name ?? "bad.csv", content);
    const { errors } = await readAll(path);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(says);
    expect(errors[0]?.message.startsWith(path)).toBe(true);
    expect(errors[0]).toMatchObject({ code, details: { path, ...place } });
  });
});
