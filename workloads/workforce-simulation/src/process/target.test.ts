/**
 * What exists at the path of the results file, and whether it may be written: reported before anything is computed.
 * Detecting foreign tables in a DuckDB file needs its process: `tests/workforce/refusals.test.ts`.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, openSession } from "../executor/session.fixture.js";
import { checkTarget } from "./target.js";

test.each([
  ["an SQLite database", "SQLite format 3\u0000 and pages", "is an SQLite database"],
  ["a table of text", "employee_id,birth_date\n1,1990-01-01\n", "is not a valid DuckDB database"],
  ["a Parquet file", "PAR1 columns and a foot PAR1", "is a Parquet file"],
  ["a workbook", "PK\u0003\u0004 sheets", "is a workbook or another archive"],
  ["an empty file", "", "is empty"],
])("%s is refused and left as it was", async (_what, content, problem) => {
  const file = join(await makeFolder(), "results.duckdb");
  await writeFile(file, content);
  await expect(checkTarget(file)).rejects.toThrow(problem);
  expect(await readFile(file, "latin1")).toBe(content);
});

test("a folder, a path below a file and an unwritable path are refused", async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, "notes.txt"), "notes");
  await expect(checkTarget(folder)).rejects.toThrow(`is a folder, and nothing was changed. Name a file in it`);
  await expect(checkTarget(join(folder, "notes.txt", "sim.duckdb"))).rejects.toThrow("lies below a file");
  await expect(checkTarget("/proc/sim.duckdb")).rejects.toThrow("/proc cannot be written");
});

test("a path for a new file and the file of an earlier simulation are accepted; the check leaves nothing behind", async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, "deep"));
  await checkTarget(join(folder, "deep", "er", "sim.duckdb"));
  expect(await readdir(join(folder, "deep", "er"))).toEqual([]);
  const { session, file } = await openSession({ years: "2025" });
  // Held: a run that wants it waits, or is told who holds it.
  await checkTarget(file);
  await session.close();
  await checkTarget(file);
});
