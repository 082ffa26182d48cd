/**
 * What the in-process modes are compared with: every model in a process of its own, which opens the file, runs its
 * statement and closes it; the models, the parameters and the results are those of the workload. One after the other it is
 * the requirement's sequential fallback. Several at once it is the way that failed: a process that finds the file held is
 * told "Conflicting lock is held". There it died; here it tries again, since otherwise there would be no result to measure,
 * and every such error is counted.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";

const DIST = new URL("../../workloads/workforce-simulation/dist/", import.meta.url).href;
const CHILD = join(import.meta.dirname, "model-process.mjs");
const execute = promisify(execFile);

/** `processCount` 1: one after the other. */
export async function runProcessPerModel({ folder, employees, years, processCount }) {
  const [
    { assumptionsOf, simulationInput },
    { loadModels },
    { buildGraph },
    facts,
    { sha256 },
    { generateCensus },
    { runGraph },
  ] = await Promise.all(
    [
      "input",
      "models/load",
      "graph/graph",
      "executor/facts",
      "executor/identity",
      "census/generate",
      "graph/run-graph",
    ].map((name) => import(`${DIST}${name}.js`)),
  );
  const input = simulationInput.parse({ years, employees });
  const assumptions = assumptionsOf(input);
  const firstYear = input.years[0];
  const { models } = await loadModels(null);
  const rules = { sources: facts.SOURCE_NAMES, carried: facts.CARRIED, roots: facts.ROOT_MODELS };
  const file = join(folder, "sim.duckdb");
  const plan = join(folder, "plan.json");
  writeFileSync(
    plan,
    JSON.stringify({ file, scenario: { firstYear, seed: input.seed, isStochastic: false, assumptions }, models }),
  );
  await setUp(
    file,
    facts.FACTS,
    generateCensus({ employees, seed: input.seed, firstYear, levels: assumptions.levels }),
  );

  const met = { models: 0, refusedProcesses: 0, lockErrors: 0, lockWaitMs: 0, sqlMs: 0 };
  const ask = async (...words) => {
    const { stdout } = await execute(process.execPath, [CHILD, plan, ...words]);
    const { sqlMs, lockErrors, lockWaitMs, ...rest } = JSON.parse(stdout);
    if (words[0] === "model") met.models++;
    met.refusedProcesses += lockErrors > 0 ? 1 : 0;
    met.lockErrors += lockErrors;
    met.lockWaitMs += lockWaitMs;
    met.sqlMs += sqlMs; // the file's lock keeps the statements of two processes apart: the sum is the union
    return rest;
  };
  const digests = [];
  const startedAt = performance.now();
  for (const year of input.years) {
    const tasks = buildGraph(models, year === firstYear, rules).map(({ name, needs }) => ({
      name,
      needs,
      run: async () => void (await ask("model", String(year), name)),
    }));
    await runGraph(tasks, { slots: processCount, wayOf: () => 0, onFailure: () => {} });
    digests.push((await ask("commit", String(year))).digests);
  }
  const wallMs = performance.now() - startedAt;
  const hashes = Object.fromEntries(
    facts.FACTS.map(({ table, hashName }) => [hashName, sha256(JSON.stringify(digests.map((of) => of[table])))]),
  );
  return { wallMs, overheadMs: wallMs - met.sqlMs, ...met, hashes };
}

async function setUp(file, facts, people) {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(
    "CREATE TABLE census (employee_id VARCHAR, birth_date DATE, hire_date DATE, level_id INTEGER, annual_comp DECIMAL(12,2), " +
      "deferral_rate DECIMAL(7,6), is_active BOOLEAN)",
  );
  let values = [];
  const flush = async () => {
    if (values.length > 0) await connection.run(`INSERT INTO census VALUES ${values.join(", ")}`);
    values = [];
  };
  for (const one of people) {
    values.push(
      `('${one.employee_id}', DATE '1970-01-01' + ${one.birth_day}, DATE '1970-01-01' + ${one.hire_day}, ${one.level_id}, ` +
        `${one.comp_cents} * 0.01, ${one.deferral_units} * 0.000001, ${one.is_active})`,
    );
    if (values.length === 1_000) await flush();
  }
  await flush();
  for (const { table, columns } of facts) {
    const all = [["year", "INTEGER"], ...columns].map(([name, type]) => `${name} ${type}`).join(", ");
    await connection.run(`CREATE TABLE fct_${table} (${all})`);
  }
  connection.closeSync();
  instance.closeSync();
}
