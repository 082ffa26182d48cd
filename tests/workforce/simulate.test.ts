/** The workforce simulation through the command, in real processes: one result in every mode, reports, files, a cache. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hashesOf, makeSimulations, outputOf } from "./harness.js";

/** Several runs of a real process each: a deadline that only a hang reaches. */
const LONG_MS = 600_000;
const SMALL = ["--years=2025-2027", "--employees=400"];

describe("a simulation", () => {
  test(
    "gives the same tables with 1, 2, 4 and 8 threads, chosen ones, and sequentially, without a locking error",
    async () => {
      const { run, simulate } = await makeSimulations();
      const few = ["--years=2025-2026", "--employees=400"];
      const first = await simulate(...few, "--run-id=r0", "--threads=4");
      expect(outputOf(first)).toMatchObject({ isBalanced: true, headcount: { length: 2 } });
      expect(Object.keys(hashesOf(first))).toHaveLength(6);
      const modes = [["--threads=1"], ["--threads=2"], ["--threads=8"], ["--threads=auto"], ["--force-sequential"]];
      for (const [place, mode] of modes.entries()) {
        const ended = await run(["start", "workforce-simulation", ...few, ...mode, `--run-id=r${place + 1}`, "--json"]);
        expect([mode, ended.code, hashesOf(JSON.parse(ended.stdout))]).toEqual([mode, 0, hashesOf(first)]);
        expect(ended.stderr).not.toMatch(/lock/i);
      }
    },
    LONG_MS,
  );

  test("takes years as a list, with commas, and as a range", async () => {
    const { simulate } = await makeSimulations();
    const years = [["--years", "2025", "2026"], ["--years", "2025,2026"], ["--years=2025-2026"]];
    for (const given of years) {
      expect(outputOf(await simulate(...given, "--employees", "100"))).toMatchObject({ years: [2025, 2026] });
    }
  });

  test("says how far it is, how long it will take, and what balances", async () => {
    const { run } = await makeSimulations();
    const { stderr, code } = await run(["start", "workforce-simulation", ...SMALL]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/year-2025: 1 of 3 years: \d+ people, payroll [\d.]+; about \d+ s left/);
    expect(stderr).toMatch(/2025: \d+ \+ \d+ hires − \d+ − \d+ = \d+; payroll/);
    expect(stderr).toMatch(/3 years computed in \d+ ms, coordination overhead/);
  });

  test("leaves a page, tables and a pointer to the newest result", async () => {
    const { simulate, path } = await makeSimulations();
    const run = await simulate(...SMALL, "--run-id=r", "--cola.rate=0.025");
    const folder = path(".holdfast/runs/r/stages/report/attempt-1");
    expect(await readdir(folder)).toEqual(
      expect.arrayContaining(["report.html", "report.json", "metrics.csv", "attribution.csv", "snapshot.parquet"]),
    );
    const page = await readFile(join(folder, "report.html"), "utf8");
    expect(page.match(/<svg /g)).toHaveLength(6);
    expect(page).not.toMatch(/<script|https?:\/\//);
    // What the results rest on comes first: value, default, source, changed.
    expect(page.match(/<h2>(.*?)<\/h2>/)?.[1]).toBe("Assumptions");
    expect(page.indexOf("<h2>Assumptions")).toBeLessThan(page.indexOf("<svg"));
    expect(page).toMatch(
      /<tr class="changed"><td>cola.rate<\/td><td>0.025<\/td><td>0.02<\/td><td>changed<\/td><td>WorldatWork/,
    );
    const report = JSON.parse(await readFile(join(folder, "report.json"), "utf8"));
    expect(Object.keys(report)[0]).toBe("assumptions");
    expect(report.assumptions[0]).toEqual({
      name: "cola.rate",
      value: 0.025,
      default: 0.02,
      source: expect.stringContaining("WorldatWork"),
      changed: true,
    });
    const metrics = await readFile(join(folder, "metrics.csv"), "utf8");
    expect(metrics).toContain(`2027,headcount_end,people,${outputOf(run).headcount[2]?.end}.000000`);
    const pointer = JSON.parse(await readFile(path(".holdfast/workforce-simulation.latest.json"), "utf8"));
    expect(pointer).toMatchObject({ runId: "r", database: outputOf(run).database });
  });

  test(
    "computes nothing when nothing changed, under a cache, and only what a change needs",
    async () => {
      const { simulate } = await makeSimulations();
      const cold = await simulate(...SMALL, "--cache", "--run-id=cold");
      const warm = await simulate(...SMALL, "--cache", "--run-id=warm");
      expect(hashesOf(warm)).toEqual(hashesOf(cold));
      expect(outputOf(warm).performance.cache.misses).toBe(0);
      expect(outputOf(warm).performance.cache.hits).toBe(
        outputOf(cold).performance.cache.hits + outputOf(cold).performance.cache.misses,
      );
      const longer = await simulate("--years=2025-2028", "--employees=400", "--cache", "--run-id=longer");
      const { hits, misses } = outputOf(longer).performance.cache;
      // Three years as they were, one computed; its hazards are those of the years before.
      expect(hits).toBeGreaterThan(3 * misses);
      expect(hashesOf(await simulate("--years=2025-2028", "--employees=400", "--run-id=plain"))).toEqual(
        hashesOf(longer),
      );
    },
    LONG_MS,
  );
});

describe("a census", () => {
  test("made up as .csv, .parquet and .xlsx gives one result, that of the people made up in the run", async () => {
    const { simulate, run, path } = await makeSimulations();
    const expected = hashesOf(await simulate("--years=2025", "--employees=300", "--seed=9"));
    for (const ending of ["csv", "parquet", "xlsx"]) {
      const file = path(`census.${ending}`);
      expect((await run(["generate", "census", "--employees=300", "--seed=9", `--out=${file}`])).code).toBe(0);
      const simulated = await simulate("--years=2025", `--census=${file}`, "--seed=9");
      expect([ending, hashesOf(simulated)]).toEqual([ending, expected]);
    }
  });

  test("has the same bytes for the same seed", async () => {
    const { run, path } = await makeSimulations();
    for (const name of ["a.csv", "b.csv", "a.parquet", "b.parquet"]) {
      await run(["generate", "census", "--employees=200", "--seed=3", `--out=${path(name)}`]);
    }
    expect(await readFile(path("a.csv"))).toEqual(await readFile(path("b.csv")));
    expect(await readFile(path("a.parquet"))).toEqual(await readFile(path("b.parquet")));
  });
});

test("two simulations are compared by figure and year", async () => {
  const { simulate, run } = await makeSimulations();
  await simulate("--years=2025", "--employees=200", "--run-id=a");
  await simulate("--years=2025", "--employees=200", "--run-id=b", "--cola.rate=0.04");
  const { stdout, code } = await run(["diff", "a", "b"]);
  expect(code).toBe(9);
  expect(stdout).toMatch(
    /Assumptions that differ: 1 of \d+\n +cola\.rate +0\.02 → 0\.04 .*default 0\.02, changed in b; source: WorldatWork/,
  );
  expect(stdout.indexOf("Assumptions that differ")).toBeLessThan(stdout.indexOf("Figures that differ"));
  expect(stdout).toMatch(/payroll +2025 +[\d.]+ → +[\d.]+ +\+[\d.]+ +\(\d\.\d\d %\)/);
});

describe("bad input", () => {
  const HEADER = "employee_id,birth_date,hire_date,level_id,annual_comp,deferral_rate,active";
  const row = (id: string, change: Partial<Record<"pay" | "hired", string>> = {}) =>
    `${id},1990-01-01,${change.hired ?? "2015-01-01"},1,${change.pay ?? "50000"},0.05,true`;

  test.each([
    ["without a column", "employee_id,birth_date\n1,1990-01-01", ["row 2", "hire_date"]],
    ["with an id twice", `${HEADER}\n${row("7")}\n${row("7")}`, ["row 3", "7"]],
    ["with negative pay", `${HEADER}\n${row("7", { pay: "-1" })}`, ["row 2", 'column "annual_comp"', "not above 0"]],
    ["with a date in the future", `${HEADER}\n${row("7", { hired: "2031-01-01" })}`, ["row 2", "hire_date", "future"]],
    ["without anybody active", `${HEADER}\n${row("7").replace("true", "false")}`, ["nobody who is active"]],
  ])("a census %s is refused with exit code 2, the place and the cure", async (_what, text, told) => {
    const { run, path } = await makeSimulations();
    await writeFile(path("census.csv"), `${text}\n`);
    const ended = await run(["start", "workforce-simulation", "--years=2025", `--census=${path("census.csv")}`]);
    expect(ended.code).toBe(2);
    for (const words of told) expect(ended.stderr + ended.stdout).toContain(words);
  });

  test.each([
    [["--years=2030-2025", "--employees=10"], "reversed"],
    [["--years=2025"], "no people"],
    [["--years=2025", "--employees=10", "--growth.headcount=3"], "growth.headcount"],
    [["--years=2025", "--employees=10", "--threads=0"], "threads"],
    [["--years=2025", "--census=/nowhere/census.csv"], "no such file"],
    [["--years=2025", "--employees=10", "--models=/nowhere"], "cannot be read"],
  ])("%j is refused with exit code 2", async (args, told) => {
    const { run } = await makeSimulations();
    const ended = await run(["start", "workforce-simulation", ...args]);
    expect([args, ended.code]).toEqual([args, 2]);
    expect(ended.stderr + ended.stdout).toContain(told);
  });
});
