import { createHash } from "node:crypto";
import { appendFile, chmod, mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isBadRow } from "@holdfast/core";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeScratch, readAll, type Scratch } from "./files.fixture.js";
import { openSource } from "./open-source.js";
import { makeWorkbook, textRows } from "./workbook.fixture.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

const MANY = `a,b\n${"1,2\n".repeat(200_000)}`;

describe("opening a dataset file", () => {
  test("tells its format, size and hash before any row", async () => {
    const content = "a,b\n1,2\n";
    const path = await scratch.write("plain.csv", content);
    const source = await openSource(path);
    const fileSha256 = createHash("sha256").update(content).digest("hex");
    expect(source).toMatchObject({ path, format: "csv", columns: ["a", "b"], sizeBytes: 8, fileSha256, warnings: [] });
    await source.close();
  });

  test("says what is wrong with a path that is no file", async () => {
    const folder = dirname(await scratch.write("x.csv", "a\n"));
    await mkdir(join(folder, "folder.csv"));
    await expect(openSource(join(folder, "nowhere.csv"))).rejects.toThrow(
      /nowhere\.csv: the file does not exist\. Check/,
    );
    await expect(openSource(join(folder, "x.csv", "y.csv"))).rejects.toThrow(/does not exist/);
    await expect(openSource(join(folder, "folder.csv"))).rejects.toThrow(/is a directory/);
    await expect(openSource("/dev/null")).rejects.toThrow(/no regular file/);
  });

  test("says so when it may not read the file", async () => {
    const path = await scratch.write("secret.csv", "a\n");
    await chmod(path, 0);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534); // root may read everything: be nobody for a moment
    try {
      await expect(openSource(path)).rejects.toMatchObject({
        code: "SOURCE_UNREADABLE",
        message: expect.stringMatching(/no permission to read it/),
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test("refuses a sheet for a file that has none", async () => {
    await expect(openSource(await scratch.write("s.csv", "a\n1\n"), { sheet: "S" })).rejects.toThrow(
      /csv file has no sheets/,
    );
  });

  test("gives its rows once only", async () => {
    const source = await openSource(await scratch.write("once.csv", "a\n1\n"));
    source.rows();
    expect(() => source.rows()).toThrow(/open the source again/);
    await source.close();
  });

  test("ends with an error when the file was appended to, rewritten or replaced meanwhile", async () => {
    for (const change of [
      (path: string) => appendFile(path, "5,6\n"),
      async (path: string) => {
        await writeFile(path, MANY.replaceAll("1", "3"));
        await utimes(path, new Date(), new Date((await stat(path)).mtimeMs + 5_000));
      },
    ]) {
      const path = await scratch.write("changing.csv", MANY);
      const source = await openSource(path);
      const reading = (async () => {
        let batches = 0;
        for await (const _ of source.rows()) if (batches++ === 0) await change(path);
      })();
      await expect(reading).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
      await source.close();
    }
  });

  test.each(["csv", "xlsx"])("stops when its signal aborts, with the signal's reason: %s", async (format) => {
    const rows = textRows(Array.from({ length: 5_000 }, (_, index) => [`v${index}`]));
    const content = format === "csv" ? MANY : makeWorkbook({ sheets: [{ name: "S", rows }] });
    const controller = new AbortController();
    const reason = new Error("enough");
    const source = await openSource(await scratch.write(`abort.${format}`, content), { signal: controller.signal });
    const reading = (async () => {
      for await (const _ of source.rows()) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    await source.close();
    await expect(openSource(source.path, { signal: controller.signal })).rejects.toBe(reason);
  });

  test("gives up a reader that shows no sign of life", async () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => `<t>${index}${"x".repeat(3_000)}</t>`);
    const path = await scratch.write(
      "slow.xlsx",
      makeWorkbook({ sheets: [{ name: "S", rows: textRows([["a"]]) }], texts }),
    );
    await expect(openSource(path, { silenceMsMax: 1 })).rejects.toThrow(/no progress for 0\.001 s/);
  });

  test("leaves no thread behind when rows are read in part", async () => {
    const rows = textRows(Array.from({ length: 5_000 }, (_, index) => [`v${index}`]));
    const source = await openSource(await scratch.write("part.xlsx", makeWorkbook({ sheets: [{ name: "S", rows }] })));
    for await (const batch of source.rows()) {
      expect(batch).toHaveLength(500);
      break;
    }
    await source.close();
  });
});

/** Damage as it happens and worse: bytes overwritten, cut out, doubled, swapped. */
const damage = (valid: Buffer) =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom("set", "cut", "double", "insert"),
        at: fc.nat(valid.length - 1),
        length: fc.integer({ min: 1, max: 64 }),
        byte: fc.oneof(fc.constantFrom(0, 0xff, 0x22, 0x0a, 0x0d, 0x2c, 0x3c, 0x80), fc.nat(255)),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((steps) =>
      steps.reduce((bytes, { kind, at, length, byte }) => {
        const from = Math.min(at, bytes.length);
        const end = Math.min(from + length, bytes.length);
        const middle = {
          set: Buffer.alloc(Math.min(length, 3, bytes.length - from), byte),
          cut: Buffer.alloc(0),
          double: Buffer.concat([bytes.subarray(from, end), bytes.subarray(from, end)]),
          insert: Buffer.alloc(length, byte),
        }[kind];
        const after = kind === "insert" ? from : kind === "set" ? from + middle.length : end;
        return Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(after)]);
      }, valid),
    );

const NAMES = ["id", "text", "n"];
const ROWS = Array.from({ length: 40 }, (_, index) => [`00${index}`, `text "${index}", é😀\nline`, `${index}`]);
const quoted = ROWS.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join());
const VALID: readonly (readonly [string, Buffer])[] = [
  ["csv", Buffer.from([NAMES.join(), ...quoted].join("\r\n"))],
  ["jsonl", Buffer.from(ROWS.map(([id, text, n]) => JSON.stringify({ id, text, n, o: [1, { a: 2 }] })).join("\n"))],
  [
    "xlsx",
    makeWorkbook({
      sheets: [{ name: "S", rows: textRows([NAMES, ...ROWS]) }],
      texts: ["<t>a</t>"],
      styleFormats: [0, 14],
    }),
  ],
  [
    "parquet",
    Buffer.from(
      parquetWriteBuffer({
        columnData: NAMES.map((name, at) => ({
          name,
          data: ROWS.map((cells) => cells[at] ?? ""),
          type: "STRING" as const,
        })),
      }),
    ),
  ],
];

/** Each run draws other damage; `npm run chaos -- --long` draws forty times as much. */
const isLong = process.env.LONG === "1";

describe("a damaged file", () => {
  test.each(VALID)("of format %s gives rows and named problems, never anything else", async (format, valid) => {
    const isThreaded = format === "xlsx" || format === "parquet";
    await fc.assert(
      fc.asyncProperty(damage(valid), async (bytes) => {
        const path = await scratch.write(`fuzz.${format}`, bytes);
        const { entries, errors, isWhole } = await readAll(path, { silenceMsMax: 5_000 });
        for (const { message, code } of errors) {
          expect(message.startsWith(path)).toBe(true);
          expect(message.length).toBeLessThan(1_000);
          expect(["SOURCE_UNREADABLE", "ROW_INVALID"]).toContain(code);
        }
        const numbers = entries.map(({ rowNumber }) => rowNumber);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        if (format === "xlsx" && isWhole && bytes.length === valid.length) {
          expect(entries.filter((entry) => !isBadRow(entry))).toHaveLength(ROWS.length); // checksums tell any difference
        }
      }),
      { numRuns: (isThreaded ? 25 : 250) * (isLong ? 40 : 1) },
    );
  });
});
