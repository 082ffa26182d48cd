import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ExcelJs from "exceljs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { detectIpv } from "../local/ipv-baseline.js";
import { scorePredictions } from "../score/report.js";
import { generateNarratives } from "./cases.js";
import { writeNarratives } from "./write.js";

describe("synthetic narratives", () => {
  test("are the same for a seed, and the first rows do not depend on the total", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_294_967_295 }), fc.integer({ min: 1, max: 30 }), (seed, cases) => {
        const few = [...generateNarratives({ cases, seed })];
        const more = [...generateNarratives({ cases: cases + 10, seed })];
        expect(more.slice(0, cases)).toEqual(few);
      }),
      { numRuns: 30 },
    );
  });

  test("differ between seeds and between neighboring cases", () => {
    const one = [...generateNarratives({ cases: 500, seed: 1 })].map(({ le_narrative }) => le_narrative);
    const two = [...generateNarratives({ cases: 500, seed: 2 })].map(({ le_narrative }) => le_narrative);
    expect(one.filter((text, index) => text === two[index]).length).toBeLessThan(10);
    expect(new Set(one).size).toBeGreaterThan(450); // the forms of a missing report repeat
  });

  test("never have an unfilled slot, an empty text or a text too long for a workbook cell", () => {
    for (const { le_narrative, cme_narrative } of generateNarratives({ cases: 5_000, seed: 3 })) {
      for (const text of [le_narrative, cme_narrative]) {
        expect(text).not.toMatch(/[{}]|undefined/);
        expect(text.trim().length).toBeGreaterThan(5);
        expect(text.length).toBeLessThan(5_000);
      }
    }
  });

  test("have the label in about one case of four, unique IDs, and some missing narratives", () => {
    const rows = [...generateNarratives({ cases: 10_000, seed: 4 })];
    const share = rows.filter(({ ipv_manual }) => ipv_manual === 1).length / rows.length;
    expect(share).toBeGreaterThan(0.23);
    expect(share).toBeLessThan(0.27);
    expect(new Set(rows.map(({ incident_id }) => incident_id)).size).toBe(rows.length);
    const lone = rows.filter(
      ({ le_narrative, cme_narrative }) => Math.min(le_narrative.length, cme_narrative.length) < 60,
    );
    expect(lone.length / rows.length).toBeGreaterThan(0.03);
    expect(lone.length / rows.length).toBeLessThan(0.08);
  });

  test.each([1, 7, 11])("are neither trivial nor random for the lexicon baseline (seed %i)", async (seed) => {
    const predictions = [...generateNarratives({ cases: 4_000, seed })].flatMap((row) =>
      (["le", "cme"] as const).map((type) => ({
        key: `${row.incident_id}:${type}`,
        type,
        label: row.ipv_manual === 1,
        predicted: detectIpv(row[`${type}_narrative`]).ipv_detected,
      })),
    );
    const { overall } = await scorePredictions(predictions);
    expect(overall.f1.value).toBeGreaterThan(0.72);
    expect(overall.f1.value).toBeLessThan(0.92);
  });
});

describe("a file of narratives", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "generate-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const digest = async (path: string) =>
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex");

  test("as a workbook contains the generated rows, with zero-padded IDs, and says that they are synthetic", async () => {
    const path = join(folder, "n.xlsx");
    await writeNarratives(path, { cases: 300, seed: 7 });
    const workbook = new ExcelJs.Workbook();
    await workbook.xlsx.readFile(path);
    expect(workbook.title).toMatch(/synthetic/i);
    expect(workbook.description).toMatch(/^Synthetic data\./);
    const sheet = workbook.getWorksheet("narratives");
    const rows = sheet
      ?.getSheetValues()
      .slice(1)
      .map((row) => (row as unknown[]).slice(1));
    const expected = [...generateNarratives({ cases: 300, seed: 7 })].map((row) => Object.values(row));
    expect(rows).toEqual([["incident_id", "le_narrative", "cme_narrative", "ipv_manual", "synthetic"], ...expected]);
  });

  test.each(["n.xlsx", "n.csv"])("has the same bytes for the same seed: %s", async (name) => {
    await writeNarratives(join(folder, `1${name}`), { cases: 700, seed: 7 });
    await writeNarratives(join(folder, `2${name}`), { cases: 700, seed: 7 });
    await writeNarratives(join(folder, `3${name}`), { cases: 700, seed: 8 });
    expect(await digest(join(folder, `2${name}`))).toBe(await digest(join(folder, `1${name}`)));
    expect(await digest(join(folder, `3${name}`))).not.toBe(await digest(join(folder, `1${name}`)));
  });

  test.each(["n.xlsx", "n.csv"])("does not exist after an aborted write: %s", async (name) => {
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error("stopped"));
    await expect(
      writeNarratives(join(folder, name), { cases: 5_000, seed: 1, signal: abort.signal, onProgress }),
    ).rejects.toThrow("stopped");
    expect(await readdir(folder)).toEqual([]);
  });

  test("is refused with a remedy if the name or the numbers are invalid", async () => {
    await expect(writeNarratives(join(folder, "n.xls"), { cases: 1, seed: 1 })).rejects.toThrow(
      /expected \.xlsx or \.csv/,
    );
    for (const cases of [0, 1.5, 2_000_000, Number.NaN]) {
      await expect(writeNarratives(join(folder, "n.csv"), { cases, seed: 1 })).rejects.toThrow(RangeError);
    }
    for (const seed of [-1, 2 ** 32]) {
      await expect(writeNarratives(join(folder, "n.csv"), { cases: 1, seed })).rejects.toThrow(RangeError);
    }
    expect(await readdir(folder)).toEqual([]);
  });
});
