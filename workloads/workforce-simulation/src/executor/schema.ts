// The results file: its tables, creating them for a run, and finding out what it contains.
import { dateValue, decimalValue } from "@duckdb/node-api";
import type { CensusRow } from "../census/row.js";
import { type Database, quote } from "../database/database.js";
import { DatabaseError } from "../database/failure.js";
import { FACTS } from "./facts.js";
import type { RunIdentity } from "./identity.js";

/** Tables of a simulation's file besides the facts. */
const OWN_TABLES = ["run", "years", "census"];

export interface StoredRun {
  readonly runId: string;
  readonly firstYear: number;
  readonly modelsHash: string;
  readonly censusDigest: string;
  readonly censusCount: number;
}

/** Returns what the file contains: nothing, or a simulation. Anything else is refused. */
export async function readStoredRun({ main }: Database, file: string): Promise<StoredRun | null> {
  const found = await main.rows(
    "SELECT table_name FROM duckdb_tables() WHERE database_name = 'sim' ORDER BY table_name",
  );
  const tables = found.map((row) => String(row.table_name));
  if (tables.length === 0) return null;
  const problem = foreignProblem(tables, file);
  if (problem !== null) throw new DatabaseError({ kind: "wrongUse", problem });
  const [row] = await main.rows("SELECT * FROM sim.run");
  if (row === undefined) return null;
  return {
    runId: String(row.run_id),
    firstYear: Number(row.first_year),
    modelsHash: String(row.models_hash),
    censusDigest: String(row.census_digest),
    censusCount: Number(row.census_count),
  };
}

/** Returns why a file with these tables is not ours; null if it is, or is empty. */
export function foreignProblem(tables: readonly string[], file: string): string | null {
  const foreign = tables.filter((table) => !OWN_TABLES.includes(table) && !FACTS.some((fact) => fact.table === table));
  if (tables.length === 0 || (foreign.length === 0 && tables.includes("run"))) return null;
  const names = (foreign.length > 0 ? foreign : tables).slice(0, 5).join(", ");
  return `${file} holds tables that are no simulation's (${names}), and nothing was changed in it; choose another file`;
}

/** Writes the run and its people into the file in place of its contents: in one transaction, so never half. */
export async function setUpFile(
  { main }: Database,
  of: RunIdentity,
  engine: string,
  people: Iterable<CensusRow>,
): Promise<void> {
  await main.run("BEGIN");
  try {
    for (const table of [...OWN_TABLES, ...FACTS.map((fact) => fact.table)]) {
      await main.run(`DROP TABLE IF EXISTS sim.${table}`);
    }
    await main.run(
      "CREATE TABLE sim.run (run_id VARCHAR, engine VARCHAR, first_year INTEGER, seed BIGINT, is_stochastic BOOLEAN, models_hash VARCHAR, " +
        "census_digest VARCHAR, census_count BIGINT, assumptions VARCHAR)",
    );
    await main.run(
      "CREATE TABLE sim.years (year INTEGER, key VARCHAR, digests VARCHAR, metrics VARCHAR, computed_ms INTEGER)",
    );
    await main.run(
      "CREATE TABLE sim.census (employee_id VARCHAR, birth_date DATE, hire_date DATE, level_id INTEGER, " +
        "annual_comp DECIMAL(12,2), deferral_rate DECIMAL(7,6), is_active BOOLEAN)",
    );
    for (const { table, columns } of FACTS) {
      const all = [["year", "INTEGER"] as const, ...columns].map(([name, type]) => `${name} ${type}`).join(", ");
      await main.run(`CREATE TABLE sim.${table} (${all})`);
    }
    await main.run(`INSERT INTO sim.run VALUES (${runValues(of, engine)})`);
    await appendCensus(main.raw, people);
    await main.run("COMMIT");
  } catch (thrown) {
    // An error inside a transaction does not end it here: without this, a later COMMIT would keep half of it.
    await main.run("ROLLBACK").catch(() => undefined);
    throw thrown;
  }
}

/** Assigns the file's results to another run that computes the same, and records this in the file. */
export async function adoptFile({ main }: Database, of: RunIdentity): Promise<void> {
  await main.run(`UPDATE sim.run SET run_id = ${quote(of.runId)}`);
}

function runValues({ runId, scenario, modelsHash, censusDigest, censusCount }: RunIdentity, engine: string): string {
  const texts = [runId, engine].map(quote).join(", ");
  return (
    `${texts}, ${scenario.firstYear}, ${scenario.seed}, ${scenario.isStochastic}, ${quote(modelsHash)}, ${quote(censusDigest)}, ${censusCount}, ` +
    quote(JSON.stringify(scenario.assumptions))
  );
}

async function appendCensus(connection: Database["main"]["raw"], people: Iterable<CensusRow>): Promise<void> {
  const appender = await connection.createAppender("census", "main", "sim");
  for (const person of people) {
    appender.appendVarchar(person.employee_id);
    appender.appendDate(dateValue(person.birth_day));
    appender.appendDate(dateValue(person.hire_day));
    appender.appendInteger(person.level_id);
    appender.appendDecimal(decimalValue(BigInt(person.comp_cents), 12, 2));
    appender.appendDecimal(decimalValue(BigInt(person.deferral_units), 7, 6));
    appender.appendBoolean(person.is_active);
    appender.endRow();
  }
  appender.flushSync();
  appender.closeSync();
}
