/**
 * Invalid input is refused before the first stage, naming file, row, column and remedy; unusual but valid input is
 * accepted.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import type { RunView } from "holdfast";
import { describe, expect, test } from "vitest";
import { makeSimulations, outputOf, type Simulations } from "./harness.js";

const SMALL = ["start", "workforce-simulation", "--years=2025", "--employees=50"];

async function isRefused({ run, json }: Simulations, args: readonly string[], told: string): Promise<void> {
  const ended = await run([...SMALL, ...args, "--run-id=r"]);
  expect([args, ended.code, ended.stderr + ended.stdout]).toEqual([args, 2, expect.stringContaining(told)]);
  // Reported before a run was created, or by a run that began no stage.
  const runs = await json<{ rows: readonly RunView[] } | readonly RunView[]>(["runs"]);
  for (const { id } of "rows" in runs ? runs.rows : runs) {
    const { stages } = await json<RunView>(["show", id]);
    expect(stages.flatMap(({ attempts }) => attempts)).toEqual([]);
  }
}

describe("--db", () => {
  test("a folder, a table and an SQLite database are refused, and left as they were", async () => {
    const simulations = await makeSimulations();
    const { path } = simulations;
    await mkdir(path("folder.duckdb"));
    await writeFile(path("notes.duckdb"), "SQLite format 3\u0000 and more");
    await isRefused(simulations, [`--db=${path("results.csv")}`], "is no name for a DuckDB file");
    await isRefused(simulations, [`--db=${path("folder.duckdb")}`], "is a folder");
  });

  test("a DuckDB file with foreign tables or views is refused, naming them, and left as it was", async () => {
    const simulations = await makeSimulations();
    const file = simulations.path("sales.duckdb");
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run("CREATE TABLE sales AS SELECT 1 AS amount; CREATE VIEW recent AS SELECT * FROM sales");
    connection.closeSync();
    instance.closeSync();
    const before = await readFile(file);
    await isRefused(simulations, [`--db=${file}`], "holds tables that are no simulation's (recent, sales)");
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  test("an SQLite database is refused, and left as it was", async () => {
    const simulations = await makeSimulations();
    const file = simulations.path("store.db");
    await writeFile(file, "SQLite format 3\u0000 and more");
    await isRefused(simulations, [`--db=${file}`], "is an SQLite database");
    expect(await readFile(file, "latin1")).toBe("SQLite format 3\u0000 and more");
  });
});

test("a folder of models that has none is refused", async () => {
  const simulations = await makeSimulations();
  await mkdir(simulations.path("models"));
  await isRefused(simulations, [`--models=${simulations.path("models")}`], "the folder holds no models");
});

test("an invalid cell is reported with its file, row, column and remedy, using the file's own header", async () => {
  const { run, path } = await makeSimulations();
  const header = "Employee ID,BIRTH_DATE,Hire Date,Level_Id,Annual_Comp,Deferral-Rate,ACTIVE";
  const rows = ["1,1990-01-01,2015-01-01,1,50000,0.05,true", "2,1990-01-01,1995-02-01,1,50000,0.05,true"];
  await writeFile(path("census.csv"), `${header}\n${rows.join("\n")}\n3,1990-01-01,2015-01-01,1,0x10000,0.05,true\n`);
  const ended = await run(["start", "workforce-simulation", "--years=2025", `--census=${path("census.csv")}`]);
  const told = ended.stderr + ended.stdout;
  expect([ended.code, told]).toEqual([2, expect.stringContaining("census.csv")]);
  expect(told).toContain('row 3, column "Hire Date": 1995-02-01 is a hire at the age of 5');
  expect(told).toContain('row 4, column "Annual_Comp": "0x10000" is no amount. Write dollars a year as 85000');
  await writeFile(path("census.csv"), `${header}\n${rows[0]}\n`);
  expect((await run(["start", "workforce-simulation", "--years=2025", `--census=${path("census.csv")}`])).code).toBe(0);
});

test("a census is planned with the number of people it has, before anything is computed", async () => {
  const { run, path } = await makeSimulations();
  expect((await run(["generate", "census", "--employees=20000", `--out=${path("c.csv")}`])).code).toBe(0);
  // Enough for 10,000 people, and too little for 20,000.
  const args = ["start", "workforce-simulation", "--years=2025", "--memory-limit-mb=345"];
  const ended = await run([...args, `--census=${path("c.csv")}`]);
  expect([ended.code, ended.stderr + ended.stdout]).toEqual([
    2,
    expect.stringMatching(/20,?000 people need at least \d+ MB of memory, 345 MB are allowed/),
  ]);
});

test("a list is accepted in the form that help prints", async () => {
  const { simulate, run } = await makeSimulations();
  const help = (await run(["start", "workforce-simulation", "--help"])).stdout;
  const printed = help.match(/--match=JSON .*\(default (\[.*\]), may be repeated\)/)?.[1] ?? "";
  expect(JSON.parse(printed)).toHaveLength(2);
  const ended = await simulate("--years=2025", "--employees=50", `--match=${printed}`);
  expect(outputOf(ended)).toMatchObject({ isBalanced: true });
});
