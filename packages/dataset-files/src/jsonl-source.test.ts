import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BadFile, makeScratch, readAll, type Scratch } from "./files.fixture.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

describe("reading jsonl", () => {
  test("keeps values as they are, and nested ones as their JSON text with sorted keys", async () => {
    const path = await scratch.write(
      "a.jsonl",
      '\uFEFF{"id":"007","n":1.5,"t":true,"z":null,"e":""}\r\n\n{"id":"8","o":{"b":[1,{}],"a":"😀"}}',
    );
    const { rows, columns } = await readAll(path);
    expect(columns).toEqual(["id", "n", "t", "z", "e"]);
    expect(rows).toEqual([
      { rowNumber: 1, cells: { id: "007", n: 1.5, t: true, z: null, e: "" } },
      { rowNumber: 3, cells: { id: "8", o: '{"a":"😀","b":[1,{}]}' } },
    ]);
  });

  test("knows the format of a file whose name says nothing", async () => {
    expect((await readAll(await scratch.write("rows.txt", ' {"a":1}\n'))).rows).toHaveLength(1);
  });

  test("takes large numbers that are exact", async () => {
    const { rows, errors } = await readAll(
      await scratch.write("big.jsonl", '{"a":9007199254740991,"b":1e300,"c":12345678901234567000}\n'),
    );
    expect(errors).toEqual([]);
    expect(rows[0]?.cells.c).toBe(12345678901234567000);
  });

  test("takes \\n, \\r\\n and \\r as line breaks, also mixed in one file", async () => {
    const path = await scratch.write("breaks.jsonl", '{"a":1}\r{"a":2}\r\n\r\n{"a":3}\n{"a":4}\r{"a":5}\r');
    const { rows, errors } = await readAll(path);
    expect(errors).toEqual([]);
    expect(rows.map(({ rowNumber, cells }) => [rowNumber, cells.a])).toEqual([
      [1, 1],
      [2, 2],
      [4, 3],
      [5, 4],
      [6, 5],
    ]);
  });

  test("goes on after a line too long, and knows the numbers of the lines after it", async () => {
    const long = `{"a":"${"x".repeat(17 * 1024 ** 2)}"}`;
    const { rows, errors } = await readAll(await scratch.write("long.jsonl", `{"a":1}\n${long}\n{"a":2}\nnope\n`));
    expect(rows.map(({ rowNumber, cells }) => [rowNumber, cells.a])).toEqual([
      [1, 1],
      [3, 2],
    ]);
    expect(errors.map(({ details }) => details.line)).toEqual([2, 4]);
  });
});

const ROW = "ROW_INVALID";
const FILE = "SOURCE_UNREADABLE";
const second = (line: string) => `{"id":1}\n${line}\n{"id":3}\n`;
const SECOND_LINE = { rowNumber: 2, line: 2 };
const CASES: readonly BadFile[] = [
  { title: "is empty", content: "", code: FILE, says: /empty/ },
  { title: "holds blank lines only", content: "\n \n", code: FILE, says: /blank lines only/ },
  { title: "is one JSON array", content: '[{"id":1},\n', code: FILE, says: /one JSON array/ },
  { title: "is UTF-16", content: Buffer.from('\uFEFF{"a":1}\n', "utf16le"), code: FILE, says: /UTF-16/ },
  {
    title: "is not UTF-8",
    content: Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]),
    code: FILE,
    says: /not UTF-8 \(byte 0xff\)/,
    place: { line: 2 },
  },
  { title: "has a NUL byte", content: '{"a":1}\n\u0000\n', code: FILE, says: /NUL/, place: { line: 2 } },
  { title: "is a workbook", content: "PK\u0003\u0004", code: FILE, says: /workbook/ },
  { title: "is parquet", content: "PAR1", code: FILE, says: /parquet/ },
  { title: "is compressed with zstd", content: Buffer.from("28b52ffd00", "hex"), code: FILE, says: /zstd/ },
  {
    title: "has a line that is no JSON",
    content: second("nope"),
    code: ROW,
    says: /invalid JSON \(unexpected "o"\)/,
    place: SECOND_LINE,
  },
  { title: "has a line cut short", content: second('{"id":2'), code: ROW, says: /invalid JSON/, place: SECOND_LINE },
  { title: "ends within a line", content: '{"id":1}\n{"id":', code: ROW, says: /invalid JSON/, place: SECOND_LINE },
  {
    title: "has two objects on a line",
    content: second('{"id":2}{"id":3}'),
    code: ROW,
    says: /near character 9/,
    place: SECOND_LINE,
  },
  {
    title: "has a comma after an object",
    content: second('{"id":2},'),
    code: ROW,
    says: /invalid JSON/,
    place: SECOND_LINE,
  },
  {
    title: "has a comma before the end of an object",
    content: second('{"id":2,}'),
    code: ROW,
    says: /invalid JSON/,
    place: SECOND_LINE,
  },
  { title: "has single quotes", content: second("{'id':2}"), code: ROW, says: /invalid JSON/, place: SECOND_LINE },
  { title: "has a bare key", content: second("{id:2}"), code: ROW, says: /invalid JSON/, place: SECOND_LINE },
  { title: "has NaN", content: second('{"id":NaN}'), code: ROW, says: /invalid JSON/, place: SECOND_LINE },
  { title: "has a bad escape", content: second('{"id":"\\x"}'), code: ROW, says: /invalid JSON/, place: SECOND_LINE },
  {
    title: "has a raw tab in a text",
    content: second('{"id":"\t"}'),
    code: ROW,
    says: /invalid JSON/,
    place: SECOND_LINE,
  },
  { title: "has an array on a line", content: second("[1,2]"), code: ROW, says: /holds an array/, place: SECOND_LINE },
  { title: "has a number on a line", content: second("5"), code: ROW, says: /holds a number/, place: SECOND_LINE },
  { title: "has a text on a line", content: second('"x"'), code: ROW, says: /holds a string/, place: SECOND_LINE },
  { title: "has null on a line", content: second("null"), code: ROW, says: /holds null/, place: SECOND_LINE },
  {
    title: "has an id too large to be exact",
    content: second('{"id":12345678901234567891}'),
    code: ROW,
    says: /more digits/,
    place: { ...SECOND_LINE, column: "id" },
  },
  {
    title: "has a number beyond all",
    content: second('{"id":2,"o":{"a":1e999}}'),
    code: ROW,
    says: /Infinity/,
    place: { ...SECOND_LINE, column: "o" },
  },
  { title: "has a reserved key", content: second('{"__proto__":2}'), code: ROW, says: /reserved/, place: SECOND_LINE },
  {
    title: "is nested too deep",
    content: second(`{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`),
    code: ROW,
    says: /200 levels/,
    place: SECOND_LINE,
  },
  { title: "has a comment", content: second("// no"), code: ROW, says: /invalid JSON/, place: SECOND_LINE },
];

describe("a jsonl file that", () => {
  test.each(CASES)("$title is refused with its place", async ({ content, says, code, place = {} }) => {
    const path = await scratch.write("bad.jsonl", content);
    const { errors, rows } = await readAll(path);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(says);
    expect(errors[0]).toMatchObject({ code, details: { path, ...place } });
    if (typeof content === "string" && content.endsWith('{"id":3}\n')) expect(rows).toHaveLength(2);
  });
});
