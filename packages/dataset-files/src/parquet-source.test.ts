import { fileURLToPath } from "node:url";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BadFile, makeScratch, readAll, type Scratch } from "./files.fixture.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

const IDS = Array.from({ length: 1_200 }, (_, index) => `id-${index}`);
const write = (columnData: Parameters<typeof parquetWriteBuffer>[0]["columnData"], rowGroupSize?: number) =>
  Buffer.from(parquetWriteBuffer({ columnData, ...(rowGroupSize === undefined ? {} : { rowGroupSize }) }));
const whole = write([
  { name: "id", data: IDS, type: "STRING" },
  { name: "n", data: IDS.map((_, index) => index), type: "INT32" },
]);

describe("reading parquet", () => {
  test.each(["snappy", "gzip"])("reads what DuckDB writes, packed with %s", async (codec) => {
    const path = fileURLToPath(new URL(`./testdata/duckdb-${codec}.parquet`, import.meta.url));
    const { rows, errors } = await readAll(path);
    expect(errors).toEqual([]);
    expect(rows).toHaveLength(3);
    expect(rows[2]).toEqual({
      rowNumber: 3,
      cells: {
        id: "003",
        note: null,
        amount: 4.11,
        big: "9007199254740996",
        n: 3,
        ratio: 1,
        day: "2024-03-03",
        at: "2024-02-29T13:45:00.123456",
        at_utc: "2024-02-29T13:45:00Z",
        flag: false,
        list: "[3,4]",
        obj: '{"a":3,"b":"x"}',
        none: null,
      },
    });
  });

  test("numbers rows across row groups and batches", async () => {
    const path = await scratch.write("groups.parquet", write([{ name: "id", data: IDS, type: "STRING" }], 700));
    const { rows } = await readAll(path);
    expect(rows.map(({ rowNumber }) => rowNumber)).toEqual(IDS.map((_, index) => index + 1));
    expect(rows.map(({ cells }) => cells.id)).toEqual(IDS);
  });

  test("reads a file without rows", async () => {
    const { columns, rows, isWhole } = await readAll(
      await scratch.write("none.parquet", write([{ name: "id", data: [], type: "STRING" }])),
    );
    expect({ columns, rows, isWhole }).toEqual({ columns: ["id"], rows: [], isWhole: true });
  });

  test("names the row and column of a number that JSON cannot hold", async () => {
    const data = [1, Number.POSITIVE_INFINITY, 3];
    const { rows, errors } = await readAll(
      await scratch.write("inf.parquet", write([{ name: "n", data, type: "DOUBLE" }])),
    );
    expect(rows).toHaveLength(2);
    expect(errors[0]).toMatchObject({ code: "ROW_INVALID", details: { rowNumber: 2, column: "n" } });
  });
});

const patched = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(whole);
  change(bytes);
  return bytes;
};
const FILE = "SOURCE_UNREADABLE";
const DAMAGED = /damaged or cut off/;
const CASES: readonly BadFile[] = [
  { title: "is empty", content: "", code: FILE, says: /empty/ },
  { title: "is text", content: "a,b\n1,2\n", code: FILE, says: /PAR1/ },
  { title: "is a workbook", content: Buffer.from("504b0304ffff", "hex"), code: FILE, says: /PAR1/ },
  { title: "holds its mark only", content: "PAR1", code: FILE, says: DAMAGED },
  { title: "holds its two marks only", content: "PAR1PAR1", code: FILE, says: DAMAGED },
  { title: "is encrypted", content: "PAREabcdabcdPARE", code: FILE, says: /encrypted/ },
  { title: "is encrypted with a plain head", content: "PAR1abcdabcdPARE", code: FILE, says: /encrypted/ },
  { title: "is cut off by a byte", content: whole.subarray(0, -1), code: FILE, says: /end mark PAR1 is missing/ },
  { title: "is cut off in the middle", content: whole.subarray(0, whole.length >> 1), code: FILE, says: DAMAGED },
  {
    title: "has lost its middle",
    content: Buffer.concat([whole.subarray(0, 100), whole.subarray(-200)]),
    code: FILE,
    says: DAMAGED,
  },
  {
    title: "claims a footer longer than itself",
    content: patched((bytes) => bytes.writeUInt32LE(0x7fffffff, bytes.length - 8)),
    code: FILE,
    says: /footer is longer/,
  },
  {
    title: "claims an empty footer",
    content: patched((bytes) => bytes.writeUInt32LE(0, bytes.length - 8)),
    code: FILE,
    says: DAMAGED,
  },
  {
    title: "claims a footer too short",
    content: patched((bytes) => bytes.writeUInt32LE(20, bytes.length - 8)),
    code: FILE,
    says: DAMAGED,
  },
  {
    title: "has a footer of zeros",
    content: patched((bytes) =>
      bytes.fill(0, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8), bytes.length - 8),
    ),
    code: FILE,
    says: DAMAGED,
  },
  {
    title: "has a footer of ones",
    content: patched((bytes) =>
      bytes.fill(0xff, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8), bytes.length - 8),
    ),
    code: FILE,
    says: DAMAGED,
  },
  {
    title: "has a damaged page",
    content: patched((bytes) => bytes.fill(0xff, 4, 200)),
    code: FILE,
    says: DAMAGED,
    place: { rowNumber: 1 },
  },
  {
    title: "has two columns of one name",
    content: write([
      { name: "a", data: ["x"], type: "STRING" },
      { name: "a", data: ["y"], type: "STRING" },
    ]),
    code: FILE,
    says: /same name/,
    place: { column: "a" },
  },
];

describe("a parquet file that", () => {
  test.each(CASES)("$title is refused with its place", async ({ content, says, code, place = {} }) => {
    const path = await scratch.write("bad.parquet", content);
    const { errors, rows } = await readAll(path);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(says);
    expect(errors[0]).toMatchObject({ code, details: { path, ...place } });
    expect(rows).toEqual([]);
  });
});
