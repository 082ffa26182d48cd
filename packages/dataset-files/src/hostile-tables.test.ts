/** Tables that are small, or no tables, and cost their reader much: refused at once, or read in time that grows with their size. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeScratch, readAll, type Scratch } from "./files.fixture.js";
import { hashSource } from "./hash-source.js";
import { readXlsxCell } from "./xlsx-cell.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

/** The longest that the event loop stood still while the file was read. */
async function timed(path: string) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const from = performance.now();
  const { rows, errors } = await readAll(path);
  delay.disable();
  return { rows, message: errors[0]?.message ?? "", ms: performance.now() - from, loopMsMax: delay.max / 1e6 };
}

describe("comma-separated text", () => {
  test("with a quote that is never closed, in which quotes stand, is refused within its limit in linear time", async () => {
    const path = await scratch.write("quotes.csv", `a,b\n1,"${`${'""'.repeat(50)}\n`.repeat(175_000)}`);
    const { message, ms } = await timed(path);
    expect(message).toMatch(/the quote opened on line 2 is (never closed|not closed within 16777216 characters)/);
    // Reading it from its beginning for each block took 64 times as long.
    expect(ms).toBeLessThan(20_000);
  });

  test("with a cell of many blocks is read whole, also where it is closed at the very end", async () => {
    for (const [size, tail] of [
      [300_000, ""],
      [700_000, "\n2,x\n"],
      [5_000_000, ""],
      [15_900_000, "\n2,x\n"],
    ] as const) {
      const path = await scratch.write("cell.csv", `a,b\n1,"${"y\n".repeat(size / 2)}"${tail}`);
      const { rows, message } = await timed(path);
      expect(message).toBe("");
      expect(String(rows[0]?.cells.b).length).toBe(size);
      expect(rows).toHaveLength(tail === "" ? 1 : 2);
    }
  });

  test("with more columns than a sheet can have is refused by its header", async () => {
    const header = Array.from({ length: 100_000 }, (_, at) => `c${at}`).join(",");
    const { message } = await timed(await scratch.write("wide.csv", `${header}\n${"1,".repeat(99_999)}1\n`));
    expect(message).toMatch(/the header has 100000 columns, at most 16384 are read/);
    const line = `{${Array.from({ length: 20_000 }, (_, at) => `"c${at}":1`).join(",")}}`;
    expect((await timed(await scratch.write("wide.jsonl", line))).message).toMatch(
      /the object has 20000 keys, at most 16384/,
    );
  });
});

test("a line of JSON that is nested without end is one bad row, whatever is done with it", async () => {
  const deep = `{"id":1,"a":${"[".repeat(500_000)}${"]".repeat(500_000)}}`;
  const { rows, message, loopMsMax } = await timed(await scratch.write("deep.jsonl", `{"id":0}\n${deep}\n{"id":2}\n`));
  expect(rows.map(({ cells }) => cells.id)).toEqual([0, 2]);
  expect(message).toMatch(/row 2, column "a": the value is .*nested more than 200 levels deep/);
  expect(loopMsMax).toBeLessThan(3_000);
});

describe("a parquet file", () => {
  test("whose page claims to unpack to gigabytes is refused before it is unpacked", async () => {
    // One page of texts that are all alike, packed to almost nothing: its claim is the truth.
    const text = "x".repeat(1024 * 1024);
    const file = parquetWriteBuffer({
      columnData: [
        { name: "a", data: Array.from({ length: 300 }, (_, at) => `${text}${at}`), type: "STRING", encoding: "PLAIN" },
      ],
      codec: "GZIP",
      compressors: { GZIP: (input: Uint8Array) => new Uint8Array(gzipSync(input)) },
      pageSize: 2 ** 31,
    } as never);
    const path = await scratch.write("bomb.parquet", new Uint8Array(file as ArrayBuffer));
    const { message, loopMsMax } = await timed(path);
    expect(message).toMatch(
      /a page would unpack to 3\d{8} bytes, at most 268435456 are read\. Write it with smaller row groups/,
    );
    expect(loopMsMax).toBeLessThan(3_000);
  });

  test("with one long text for many rows reaches the caller in batches of bounded size", async () => {
    const text = "x".repeat(400_000);
    const file = parquetWriteBuffer({
      columnData: [{ name: "a", data: Array.from({ length: 400 }, () => text), type: "STRING" }],
    } as never);
    const path = await scratch.write("shared.parquet", new Uint8Array(file as ArrayBuffer));
    const { rows, message } = await timed(path);
    expect(message).toBe("");
    expect(rows).toHaveLength(400);
  });
});

test("a pipe, which has no end, is refused before it is read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-pipe-"));
  const pipe = join(folder, "p.csv");
  try {
    execFileSync("mkfifo", [pipe]);
    await expect(hashSource(pipe)).rejects.toThrow("it is no regular file. A dataset is read twice");
    expect((await readAll(pipe)).errors[0]?.message).toMatch(/no regular file/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe("a cell of type date", () => {
  const read = (value: string) =>
    readXlsxCell({ type: "d", style: undefined, value, inline: null, hasFormula: false }, [], {
      dateKinds: [],
      is1904: false,
    });

  test.each(["2024-02-29", "2024-02-29T23:59:59.5", "2024-02-29T10:00Z", "1900-01-01", "T10:30:00", "10:30"])(
    "%s is one",
    (value) => {
      expect(read(value)).toEqual({ ok: true, value });
    },
  );

  test.each([
    "hello",
    "2024-02-30",
    "2023-02-29",
    "2024-13-01",
    "2024-00-10",
    "2024-02-29T24:01",
    "2024-2-9",
    "",
    "T",
    "20240229",
  ])("%j is none", (value) => {
    const cell = read(value);
    if (value === "") expect(cell).toEqual({ ok: true, value: null });
    else
      expect(cell).toEqual({ ok: false, what: `"${value}" is no date`, cure: "Enter the date again, as 2026-01-31" });
  });
});
