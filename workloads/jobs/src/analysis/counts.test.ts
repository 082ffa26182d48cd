import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Corpus, findBoundary, keynessOf } from "./corpus.js";
import { dateIn } from "./dates.js";
import { findEncoding, readPieces } from "./encoding.js";
import { Measure } from "./measure.js";
import { countNames, mergeNames } from "./names.js";
import { toneOf } from "./tone.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "counts-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function readAs(bytes: Buffer) {
  const file = path.join(folder, "file.txt");
  writeFileSync(file, bytes);
  const { signal } = new AbortController();
  const handle = await open(file);
  try {
    const found = await findEncoding(handle, signal);
    let text = "";
    if (found.binary === null) for await (const piece of readPieces(handle, found.encoding, signal)) text += piece;
    return { ...found, text };
  } finally {
    await handle.close();
  }
}

const swapped = (text: string) => Buffer.from(text, "utf16le").swap16();
const PROSE = "Blåbærsyltetøy is a jam. The café in Tromsø sells it.\n".repeat(40);

describe("an encoding", () => {
  test.each([
    ["UTF-8", Buffer.from(PROSE), "utf-8", null],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${PROSE}`), "utf-8", null],
    ["UTF-16, little-endian, with a mark", Buffer.from(`\ufeff${PROSE}`, "utf16le"), "utf-16le", null],
    ["UTF-16, big-endian, with a mark", swapped(`\ufeff${PROSE}`), "utf-16be", null],
    ["UTF-16, little-endian, without one", Buffer.from(PROSE, "utf16le"), "utf-16le", "no mark"],
    ["UTF-16, big-endian, without one", swapped(PROSE), "utf-16be", "no mark"],
    ["Latin-1", Buffer.from(PROSE, "latin1"), "windows-1252", "Windows-1252"],
  ])("%s is told, and the text is whole", async (_, bytes, encoding, note) => {
    const found = await readAs(bytes);
    expect([found.encoding, found.text]).toEqual([encoding, PROSE]);
    if (note === null) expect(found.note).toBeNull();
    else expect(found.note).toContain(note);
  });

  test("of Cyrillic in UTF-16 without a byte order mark is detected by its blanks", async () => {
    const text = "Союз нерушимый республик свободных. ".repeat(40);
    expect(await readAs(Buffer.from(text, "utf16le"))).toMatchObject({ encoding: "utf-16le", text });
  });

  test("of damaged UTF-8 is detected as UTF-8: broken bytes are left out and counted", async () => {
    const bytes = Buffer.concat([
      Buffer.from(PROSE),
      Buffer.from([0xff, 0xc3]),
      Buffer.from(PROSE),
      Buffer.from([0xe2, 0x82]),
    ]);
    const found = await readAs(bytes);
    expect(found).toMatchObject({
      encoding: "utf-8",
      text: PROSE + PROSE,
      note: "4 bytes are no UTF-8 and were left out",
    });
  });

  test("of text with stray NUL bytes is detected; binary data is rejected", async () => {
    const stray = await readAs(Buffer.concat([Buffer.from(PROSE), Buffer.from([0, 0]), Buffer.from(PROSE)]));
    expect(stray).toMatchObject({ encoding: "utf-8", text: PROSE + PROSE, note: "2 NUL bytes were left out" });
    const binary = Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 7) % 256));
    expect((await readAs(binary)).binary).toMatch(/it is no text: \d+ % of its bytes are controls/);
  });

  test("is detected across chunks, and pieces end at line ends", async () => {
    const long = `${"æ".repeat(99)}\n`.repeat(6_000);
    const { text, encoding } = await readAs(Buffer.from(`x${long}`));
    expect([encoding, text === `x${long}`]).toEqual(["utf-8", true]);
  });
});

test("names are runs of capitalized words inside sentences, never words that only begin them", () => {
  const counts = { inside: new Map(), atStart: new Map() };
  countNames(
    "However, the United States and the House of Representatives met. Congress spoke to Simón de Bolívar. We told Congress. THE END OF EVERYTHING came.",
    counts,
  );
  expect([...mergeNames(counts)].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ["Congress", 2],
    ["House of Representatives", 1],
    ["Simón de Bolívar", 1],
    ["United States", 1],
  ]);
});

test("tone is the sum of the word weights, and a negation reverses the sign", () => {
  const { positive, negative, hits, best, worst } = toneOf(
    "This is a good day. It was a terrible war. The plan is never good.",
  );
  expect([positive, negative, hits]).toEqual([3, -8, 4]);
  expect([best?.text, worst?.text]).toEqual(["This is a good day.", "It was a terrible war."]);
  expect(toneOf("The table has four legs.")).toMatchObject({ positive: 0, negative: 0, best: null, worst: null });
});

test.each([
  ["1862_abraham_lincoln_r.txt", "1862"],
  ["minutes 2024-03-05.md", "2024-03-05"],
  ["2024/report-20240305-final.txt", "2024-03-05"],
  ["2023-07.txt", "2023-07"],
  ["2021/notes.txt", "2021"],
  ["notes.txt", null],
  ["invoice-99182024123.txt", null],
])("the date in the name %s is %s", (name, date) => {
  expect(dateIn(name)).toBe(date);
});

test("terms are words as written, without common ones, in any script; property names are words too", () => {
  const measure = new Measure(new Set(["ignored"]));
  measure.add("The Nation's nation and constructor __proto__ ignored. 東京は大きい都市です。");
  const { terms, words, sentences } = measure.result();
  const counts = new Map(terms);
  expect([
    counts.get("nation"),
    counts.get("constructor"),
    counts.get("proto"),
    counts.has("ignored"),
    counts.has("the"),
  ]).toEqual([2, 1, 1, false, false]);
  expect(counts.get("東京")).toBe(1);
  expect([words > 10, sentences]).toEqual([true, 2]);
});

test("keyness is Dunning's log-likelihood, signed by the later half", () => {
  // 10 in 1,000 versus 40 in 1,000: 2 × (10 ln(10/25) + 40 ln(40/25)) = 19.274…
  expect(keynessOf(10, 1_000, 40, 1_000)).toBeCloseTo(19.275, 2);
  expect(keynessOf(40, 1_000, 10, 1_000)).toBeCloseTo(-19.275, 2);
  expect(keynessOf(10, 1_000, 10, 1_000)).toBe(0);
});

test("documents are divided into halves at a date, never all on one side", () => {
  expect(findBoundary(["1990", "1991", "1992", "1993"])).toEqual({ date: "1991", labels: ["to 1991", "from 1992"] });
  expect(findBoundary(["1990", "1991", "1991", "1991"])).toEqual({ date: "1990", labels: ["to 1990", "from 1991"] });
  expect([findBoundary(["1990", "1990"]), findBoundary([])]).toEqual([null, null]);
});

test("tf-idf is 0 for a term in every document, and otherwise depends on its share", () => {
  const corpus = new Corpus(null);
  const figures = (text: string) => {
    const measure = new Measure();
    measure.add(text);
    return measure.result();
  };
  corpus.add({ name: "a", date: null }, figures("salmon salmon port harbor"));
  corpus.add({ name: "b", date: null }, figures("port harbor ferry quay"));
  const tfIdf = Object.fromEntries(corpus.terms().map((row) => [row.term, row.tfIdf]));
  expect(tfIdf).toMatchObject({
    port: 0,
    harbor: 0,
    salmon: Math.round(1e6 * 0.5 * Math.log(2)) / 1000,
    ferry: Math.round(1e6 * 0.25 * Math.log(2)) / 1000,
  });
});
