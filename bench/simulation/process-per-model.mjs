/**
 * The baseline: every model in a process of its own, one after the other, each of which opens the file, runs its statement
 * and closes it; the models, the parameters and the results are those of the workload. Four at once, as was tried before,
 * they only meet each other's locks.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const DIST = new URL("../../workloads/workforce-simulation/dist/", import.meta.url).href;
const CHILD = join(import.meta.dirname, "model-process.mjs");

export async function runProcessPerModel({ folder, employees, years }) {
  const [{ assumptionsOf, simulationInput }, { loadModels }, { buildGraph }, facts, { sha256 }, { generateCensus }] =
    await Promise.all(
      ["input", "models/load", "graph/graph", "executor/facts", "executor/identity", "census/generate"].map(
        (name) => import(`${DIST}${name}.js`),
      ),
    );
  const input = simulationInput.parse({ years, employees });
  const assumptions = assumptionsOf(input);
  const firstYear = input.years[0];
  const { models } = await loadModels(null);
  const rules = { sources: facts.SOURCE_NAMES, carried: facts.CARRIED, roots: facts.ROOT_MODELS };
  const file = join(folder, "sim.duckdb");
  const plan = join(folder, "plan.json");
  writeFileSync(plan, JSON.stringify({ file, scenario: { firstYear, seed: input.seed, assumptions }, models }));
  await setUp(
    file,
    facts.FACTS,
    generateCensus({ employees, seed: input.seed, firstYear, levels: assumptions.levels }),
  );

  const ask = (...words) => JSON.parse(execFileSync(process.execPath, [CHILD, plan, ...words], { encoding: "utf8" }));
  const digests = [];
  let sqlMs = 0;
  const startedAt = performance.now();
  for (const year of input.years) {
    for (const { name } of buildGraph(models, year === firstYear, rules))
      sqlMs += ask("model", String(year), name).sqlMs;
    const committed = ask("commit", String(year));
    sqlMs += committed.sqlMs;
    digests.push(committed.digests);
  }
  const wallMs = performance.now() - startedAt;
  const hashes = Object.fromEntries(
    facts.FACTS.map(({ table, hashName }) => [hashName, sha256(JSON.stringify(digests.map((of) => of[table])))]),
  );
  return { wallMs, overheadMs: wallMs - sqlMs, hashes };
}

async function setUp(file, facts, people) {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(
    "CREATE TABLE census (employee_id VARCHAR, birth_date DATE, hire_date DATE, level_id INTEGER, annual_comp DECIMAL(12,2), " +
      "deferral_rate DECIMAL(6,4), is_active BOOLEAN)",
  );
  let values = [];
  const flush = async () => {
    if (values.length > 0) await connection.run(`INSERT INTO census VALUES ${values.join(", ")}`);
    values = [];
  };
  for (const one of people) {
    values.push(
      `('${one.employee_id}', DATE '1970-01-01' + ${one.birth_day}, DATE '1970-01-01' + ${one.hire_day}, ${one.level_id}, ` +
        `${one.comp_cents} * 0.01, ${one.deferral_units} * 0.0001, ${one.is_active})`,
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
