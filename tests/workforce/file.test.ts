/** Who may have a results' file: one process at a time, the others wait or are refused by name, and the lock is never lost. */
import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import type { Problem } from "../cli/harness.js";
import { makeSimulations, type Simulations } from "./harness.js";

/** Long enough to be met at work: it is killed or let go, never waited for. */
const LONG = ["start", "workforce-simulation", "--years=2025-2064", "--employees=2000", "--run-id=holder"];
const SHORT = ["start", "workforce-simulation", "--years=2025", "--employees=50"];

async function holdFile({ spawn, path }: Simulations) {
  const file = path("shared.duckdb");
  const holder = spawn([...LONG, `--db=${file}`]);
  await holder.says(/stage year-2025 started/);
  return { file, holder };
}

describe("a file that another run holds", () => {
  test("is refused with exit code 6, naming run, host, pid and since when; the refused run goes on when it is free", async () => {
    const simulations = await makeSimulations();
    const { file, holder } = await holdFile(simulations);
    const ended = await simulations.run([...SHORT, `--db=${file}`, "--run-id=second", "--json"]);
    const problem = JSON.parse(ended.stdout) as Problem;
    expect([ended.code, problem.code]).toEqual([6, "RESOURCE_HELD"]);
    expect(problem.detail).toContain(`run holder`);
    expect(problem.detail).toContain(`host ${hostname()}, pid ${holder.child.pid}`);
    expect(problem.detail).toMatch(/since \d{4}-\d\d-\d\dT/);
    holder.child.kill("SIGTERM");
    expect((await holder.ended).code).toBe(75);
    expect((await simulations.run(["resume", "second"])).code).toBe(0);
  });

  test("is waited for with --wait", async () => {
    const simulations = await makeSimulations();
    const { file, holder } = await holdFile(simulations);
    const second = simulations.spawn([...SHORT, `--db=${file}`, "--wait"]);
    await second.says(/run claimed by/);
    holder.child.kill("SIGTERM");
    await holder.ended;
    expect((await second.ended).code).toBe(0);
  });

  test("is refused to a run of another store by DuckDB's own lock, naming the process, its command line and its run", async () => {
    const simulations = await makeSimulations();
    const { file, holder } = await holdFile(simulations);
    const elsewhere = { env: { HOLDFAST_DATA_DIR: simulations.path("elsewhere") } };
    const ended = await simulations.run([...SHORT, `--db=${file}`], elsewhere);
    expect(ended.code).toBe(6);
    expect(ended.stderr).toMatch(/is held by run holder, \S*node\S* .*main\.js.* \(host \S+, pid \d+\) since \d{4}-/);
    holder.child.kill("SIGKILL");
    await holder.ended;
  });
});

test("a file that a foreign program holds is refused with its pid, from DuckDB's own words", async () => {
  const { run, path } = await makeSimulations();
  const instance = await DuckDBInstance.create(path("foreign.duckdb"));
  try {
    const ended = await run([...SHORT, `--db=${path("foreign.duckdb")}`]);
    expect(ended.code).toBe(6);
    expect(ended.stderr).toContain(`pid ${process.pid}`);
    expect(ended.stderr).not.toContain("since");
  } finally {
    instance.closeSync();
  }
});

test("the lock on the file is there through the whole run", async () => {
  const { spawn, path } = await makeSimulations();
  const file = path("watched.duckdb");
  const run = spawn(["start", "workforce-simulation", "--years=2025-2030", "--employees=1500", `--db=${file}`]);
  await run.says(/stage year-2025 started/);
  const { ino } = await stat(file);
  let isReporting = false;
  void run.says(/stage report started/).then(() => {
    isReporting = true;
  });
  const holders = new Set<string>();
  let looks = 0;
  while (!isReporting) {
    const locks = await readFile("/proc/locks", "utf8");
    const lock = locks.split("\n").find((line) => line.includes(`:${ino} `) && line.includes("WRITE"));
    if (isReporting) break; // it may have ended between the look and now
    expect(lock, `look ${looks}`).toBeDefined();
    holders.add(lock?.trim().split(/\s+/)[4] ?? "");
    looks++;
  }
  expect((await run.ended).code).toBe(0);
  expect(looks).toBeGreaterThan(10);
  expect(holders.size).toBe(1);
});
