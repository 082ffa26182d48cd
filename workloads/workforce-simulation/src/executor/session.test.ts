/** The result is the same whatever the threads, the order, the memory and the interruptions; a year is never partly written. */
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { generateCensus } from "../census/generate.js";
import { loadModels } from "../models/load.js";
import { FACTS } from "./facts.js";
import { digestsOf, makeFile, openSession, runAll, simulate } from "./session.fixture.js";

const YEARS = "2025-2027";
/** Far longer than a turn of the event loop takes without: nearly all the time of a statement is then one of interrupts. */
const INTERRUPTING_MS = 2;

describe("a simulation", () => {
  test("gives the same digests on 1, 2, 4 and 8 connections, with 1 and 4 threads, and sequentially", async () => {
    const expected = digestsOf(await runAll({ years: YEARS, isSequential: true }));
    for (const [connections, threads] of [
      [1, 1],
      [2, 1],
      [4, 4],
      [8, 2],
    ] as const) {
      expect(digestsOf(await runAll({ years: YEARS, connections, threads }))).toEqual(expected);
    }
  });

  test("gives the same digests with little memory", async () => {
    const wish = { years: "2025-2026", employees: 3_000 };
    const expected = digestsOf(await runAll(wish));
    expect(digestsOf(await runAll({ ...wish, memoryLimitBytes: 150_000_000 }))).toEqual(expected);
  });

  test("gives different results for a different seed", async () => {
    const [one] = await runAll({ years: "2025" });
    const [other] = await runAll({ years: "2025", seed: 8 });
    expect(other?.digests.events).not.toEqual(one?.digests.events);
  });

  test("continues after any year in a new process as if it had never stopped", async () => {
    const expected = digestsOf(await runAll({ years: YEARS }));
    for (const stopAfter of [1, 2]) {
      const { session, file, years, censusDigest } = await openSession({ years: YEARS });
      await simulate(session, years.slice(0, stopAfter));
      await session.close();
      const again = await openSession({ years: YEARS, file, goOnWith: censusDigest });
      await simulate(again.session, years.slice(stopAfter));
      expect(digestsOf(await again.session.years())).toEqual(expected);
      await again.session.close();
    }
  });

  test("stores its rows in order, even after a resume: exports use the stored order", async () => {
    const { session, file, years, censusDigest } = await openSession({ years: YEARS });
    await simulate(session, years.slice(0, 2));
    await session.close();
    const again = await openSession({ years: YEARS, file, goOnWith: censusDigest, threads: 4 });
    await simulate(again.session, years.slice(2));
    for (const { table, order } of FACTS) {
      const key = `row(${["year", ...order].join(", ")})`;
      const before = `lag(${key}) OVER (ORDER BY rowid)`;
      const [row] = await again.session.rows(
        `SELECT count(*)::INTEGER AS rows, (count(*) FILTER (own < earlier))::INTEGER AS behind ` +
          `FROM (SELECT ${key} AS own, ${before} AS earlier FROM sim.${table})`,
      );
      expect([table, row?.behind]).toEqual([table, 0]);
      expect(row?.rows).toBeGreaterThan(0);
    }
    await again.session.close();
  });

  test("leaves nothing of a year whose commit was interrupted at any point", async () => {
    // Large enough that statements outlast event loop turns on a busy machine, so that an interrupt hits a running one.
    const { session, years } = await openSession({ years: YEARS, employees: 2_000 });
    await simulate(session, years.slice(0, 1));
    await session.compute(2026);
    const tables = ["snapshot", "events", "ledger", "attribution", "pyramid", "metrics", "years"];
    const outcomes = new Set<string>();
    // From the first statement of the commit to its last: each time the interrupts begin some turns of the event loop
    // later.
    for (let quiet = 0; !outcomes.has("committed"); quiet = Math.ceil(quiet * 1.1) + 1) {
      let ended = "";
      const settled = session.commit(2026).then(
        () => "committed",
        () => "rolled back",
      );
      void settled.then((how) => {
        ended = how;
      });
      for (let turn = 0; ended === ""; turn++) {
        // A statement runs in a thread of its own, and one that ends between two turns would be missed.
        const until = turn < quiet ? 0 : performance.now() + INTERRUPTING_MS;
        while (performance.now() < until) session.interrupt();
        await new Promise((resolve) => setImmediate(resolve));
      }
      outcomes.add(ended);
      for (const table of tables) {
        const [row] = await session.rows(`SELECT count(DISTINCT year)::INTEGER AS years FROM sim.${table}`);
        expect([table, row?.years, ended]).toEqual([table, ended === "committed" ? 2 : 1, ended]);
      }
    }
    expect(outcomes).toContain("rolled back");
    await session.close();
  });

  test("never commits a year if the previous one is not in the file", async () => {
    const { session } = await openSession({ years: YEARS });
    await session.compute(2025);
    await session.compute(2026);
    await expect(session.commit(2026)).rejects.toThrow("year 2025 is not in the file");
    expect(await session.years()).toEqual([]);
    await session.close();
  });

  test("does not write a year that violates an invariant, and names the invariant", async () => {
    const { models } = await loadModels(null);
    const broken = models.map((model) =>
      model.name === "ev_term"
        ? { ...model, text: model.text.replace("ELSE place <= leavers", "ELSE place < leavers") }
        : model,
    );
    const { session } = await openSession({ years: "2025", models: broken });
    await expect(session.compute(2025)).rejects.toThrow("'as many leave and come as planned'");
    expect(await session.years()).toEqual([]);
    await session.close();
  });

  test("reports pay beyond its column in words, by year and model, without SQL", async () => {
    // Raises of 95 % a year on 90 million exceed ten billion dollars in the seventh year.
    const levels = [{ id: 1, name: "One", min: 1, max: 99_999_999, merit: 0.45, hireShare: 1 }];
    const assumptions = { levels, cola: { rate: 0.5 }, bandGrowth: 0, termination: { base: 0 } };
    const people = [...generateCensus({ employees: 5, seed: 1, firstYear: 2025, levels })].map((person) => ({
      ...person,
      comp_cents: 9_000_000_000,
      is_active: true,
    }));
    const told = await runAll({ years: "2025-2040", people, assumptions }).catch((thrown: Error) => thrown.message);
    expect(told).toMatch(/^year 203\d: a number in model \w+ grew beyond what its column holds; pay and raises end at/);
    expect(told).not.toMatch(/SELECT|CREATE|CAST|DECIMAL/);
  });

  test.each([
    ["a firm that shrinks faster than people leave", { growth: { headcount: -0.3 } }],
    ["a firm that stands still", { growth: { headcount: 0 }, termination: { base: 0 } }],
    [
      "a firm that grows by half, with many new hires leaving",
      { growth: { headcount: 0.5 }, newHires: { terminationRate: 0.9 } },
    ],
    ["a plan without automatic enrolment", { autoEnrol: { isOn: false }, escalation: { share: 1 } }],
    ["a plan with a waiting period of a year", { eligibility: { waitDays: 365 } }],
    ["hazards at their upper bound", { termination: { base: 0.9 }, promotion: { base: 0.6 } }],
    [
      "a match of twice the pay, within section 415(c)",
      { match: [{ upTo: 1, rate: 1 }], autoEnrol: { rate: 0.9 }, escalation: { cap: 1, step: 0.1 } },
    ],
  ])("holds its invariants for %s", async (_name, assumptions) => {
    const records = await runAll({ years: "2027-2029", assumptions, seed: 11, employees: 200 });
    expect(records.map(({ year }) => year)).toEqual([2027, 2028, 2029]);
  });

  test.each([
    ["growing", { growth: { headcount: 0.05 } }],
    ["shrinking faster than people leave", { growth: { headcount: -0.3 } }],
  ])("holds its invariants where a firm, %s, is drawn instead of apportioned", async (_name, assumptions) => {
    const wish = { years: "2025-2028", assumptions, isStochastic: true, employees: 100, censusSeed: 1 };
    const ends = await Promise.all(
      [1, 2].map(async (seed) => (await runAll({ ...wish, seed })).map(({ metrics }) => Number(metrics.headcount_end))),
    );
    expect(ends[0]).not.toEqual(ends[1]);
  });

  test("satisfies its invariants for any seed", async () => {
    for (const seed of [100, 101, 102])
      expect(await runAll({ years: "2024-2025", seed, employees: 150 })).toHaveLength(2);
  });
});

describe("a results file", () => {
  test("with other contents is refused and left unchanged", async () => {
    const file = await makeFile();
    const other = await DuckDBInstance.create(file);
    const connection = await other.connect();
    await connection.run("CREATE TABLE sales AS SELECT 1 AS amount");
    connection.closeSync();
    other.closeSync();
    await expect(openSession({ file })).rejects.toMatchObject({
      failure: { kind: "wrongUse", problem: expect.stringContaining("tables that are no simulation's (sales)") },
    });
  });

  test("whose results another run has replaced is not continued", async () => {
    const { session, file, years, censusDigest } = await openSession({ years: "2025-2026" });
    await simulate(session, years.slice(0, 1));
    await session.close();
    const other = await openSession({ file, years: "2025-2026", runId: "run-other" });
    await other.session.close();
    await expect(openSession({ file, years: "2025-2026", goOnWith: censusDigest })).rejects.toMatchObject({
      failure: { kind: "wrongUse", problem: expect.stringContaining("holds run run-other") },
    });
  });

  test("can be open only once in a process", async () => {
    const { session, file } = await openSession();
    await expect(openSession({ file })).rejects.toThrow("open in this process already");
    await session.close();
  });
});
