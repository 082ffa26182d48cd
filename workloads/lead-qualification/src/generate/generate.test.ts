import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ExcelJs from "exceljs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { numberOf } from "../prospect/cells.js";
import { findCountry } from "../prospect/countries.js";
import { readDomain } from "../prospect/key.js";
import { generateProspects, PROSPECT_COLUMNS } from "./prospects.js";
import { writeProspects } from "./write.js";

describe("synthetic prospects", () => {
  test("are the same for a seed, and the first rows do not depend on the total", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_294_967_295 }), fc.integer({ min: 1, max: 30 }), (seed, count) => {
        const few = [...generateProspects({ count, seed })];
        expect([...generateProspects({ count: count + 10, seed })].slice(0, count)).toEqual(few);
      }),
      { numRuns: 30 },
    );
  });

  test("have unique domains that nobody can own, are marked as synthetic, and have readable cells where filled in", () => {
    const rows = [...generateProspects({ count: 5_000, seed: 3 })];
    const domains = rows.map(({ domain }) => readDomain(domain));
    expect(new Set(domains).size).toBe(rows.length);
    for (const row of rows) {
      expect(readDomain(row.domain)).toMatch(/\.example$/);
      expect(row.source).toBe("synthetic");
      expect(row.description).not.toMatch(/[{}]|undefined/);
      if (row.country !== "") expect(findCountry(row.country)).not.toBeNull();
      for (const cell of [row.employees, row.revenue_usd])
        if (cell !== "") expect(numberOf(cell).value).toBeGreaterThanOrEqual(0);
    }
  });

  test("are distributed like companies: most small, some large, with gaps typical of lists", () => {
    const rows = [...generateProspects({ count: 10_000, seed: 4 })];
    const sizes = rows.flatMap(({ employees }) => numberOf(employees).value ?? []).sort((a, b) => a - b);
    const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(median).toBeGreaterThan(40);
    expect(median).toBeLessThan(110);
    expect(mean).toBeGreaterThan(1.5 * median);
    const missing = (field: "revenue_usd" | "country") => rows.filter((row) => row[field] === "").length / rows.length;
    expect(Math.abs(missing("revenue_usd") - 0.35)).toBeLessThan(0.03);
    expect(Math.abs(missing("country") - 0.02)).toBeLessThan(0.01);
  });
});

describe("a file of prospects", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "prospects-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const digest = async (path: string) =>
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex");

  test.each(["p.csv", "p.xlsx", "p.jsonl"])("has the same bytes for the same seed: %s", async (name) => {
    await writeProspects(join(folder, `1${name}`), { count: 700, seed: 7 });
    await writeProspects(join(folder, `2${name}`), { count: 700, seed: 7 });
    await writeProspects(join(folder, `3${name}`), { count: 700, seed: 8 });
    expect(await digest(join(folder, `2${name}`))).toBe(await digest(join(folder, `1${name}`)));
    expect(await digest(join(folder, `3${name}`))).not.toBe(await digest(join(folder, `1${name}`)));
  });

  test("as a workbook contains the generated rows and says that they are synthetic", async () => {
    const path = join(folder, "p.xlsx");
    await writeProspects(path, { count: 50, seed: 7 });
    const workbook = new ExcelJs.Workbook();
    await workbook.xlsx.readFile(path);
    expect(workbook.description).toMatch(/^Synthetic data\./);
    const [header, first] = workbook.getWorksheet("prospects")?.getSheetValues().slice(1) ?? [];
    expect((header as unknown[]).slice(1)).toEqual([...PROSPECT_COLUMNS]);
    const [row] = [...generateProspects({ count: 1, seed: 7 })];
    expect((first as unknown[])[2]).toBe(row?.domain);
  });

  test.each(["p.csv", "p.xlsx", "p.jsonl"])("does not exist after an aborted write: %s", async (name) => {
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error("stopped"));
    await expect(
      writeProspects(join(folder, name), { count: 5_000, seed: 1, signal: abort.signal, onProgress }),
    ).rejects.toThrow("stopped");
    expect(await readdir(folder)).toEqual([]);
  });

  test("is refused with a remedy if the name or the numbers are invalid", async () => {
    await expect(writeProspects(join(folder, "p.xls"), { count: 1, seed: 1 })).rejects.toThrow(
      /expected \.csv, \.xlsx or \.jsonl/,
    );
    for (const count of [0, 1.5, 2_000_000, Number.NaN]) {
      await expect(writeProspects(join(folder, "p.csv"), { count, seed: 1 })).rejects.toThrow(RangeError);
    }
    for (const seed of [-1, 2 ** 32]) {
      await expect(writeProspects(join(folder, "p.csv"), { count: 1, seed })).rejects.toThrow(RangeError);
    }
    expect(await readdir(folder)).toEqual([]);
  });
});
