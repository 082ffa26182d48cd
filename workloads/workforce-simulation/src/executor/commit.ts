// Writes a year into the file, whole or not at all: one transaction removes what the file has of that year and later
// ones, adds the facts in their order, and marks the year as done.
import { type Database, quote } from "../database/database.js";
import { FACTS } from "./facts.js";
import type { ComputedYear } from "./year.js";

/** Record of a committed year, besides its facts. */
export interface YearRecord {
  readonly year: number;
  readonly key: string;
  /** By table: number of rows and digest. */
  readonly digests: ComputedYear["digests"];
  /** Milliseconds that its models took when it was computed. */
  readonly computedMs: number;
  /** Figures as decimal texts. */
  readonly metrics: Readonly<Record<string, string>>;
}

/** Commits a year. @throws {DatabaseError} full, readonly, interrupted: the file is then unchanged. */
export async function commitYear({ writer }: Database, computed: ComputedYear, key: string): Promise<YearRecord> {
  const { year, tables, digests } = computed;
  const tableOf = (model: string) => tables.get(model)?.table ?? model;
  const figures = await writer.rows(
    `SELECT metric, value::VARCHAR AS value FROM ${tableOf("metrics")} ORDER BY metric`,
  );
  const metrics = Object.fromEntries(figures.map((row) => [String(row.metric), String(row.value)]));
  await writer.run("BEGIN");
  try {
    for (const table of [...FACTS.map((fact) => fact.table), "years"]) {
      await writer.run(`DELETE FROM sim.${table} WHERE year >= ${year}`);
    }
    for (const { table, model, columns, order } of FACTS) {
      const names = columns.map(([name]) => name).join(", ");
      await writer.run(
        `INSERT INTO sim.${table} SELECT ${year}, ${names} FROM ${tableOf(model)} ORDER BY ${order.join(", ")}`,
      );
    }
    const texts = [key, JSON.stringify(digests), JSON.stringify(metrics)].map(quote).join(", ");
    await writer.run(`INSERT INTO sim.years VALUES (${year}, ${texts}, ${Math.round(computed.wallMs)})`);
    await writer.end("COMMIT");
  } catch (thrown) {
    // An error inside a transaction does not end it here: without this, a later COMMIT would keep half a year.
    await writer.end("ROLLBACK").catch(() => undefined);
    throw thrown;
  }
  return { year, key, digests, metrics, computedMs: computed.wallMs };
}

/** Returns the years in the file, in order. */
export async function readYears({ main }: Database): Promise<readonly YearRecord[]> {
  const rows = await main.rows("SELECT year, key, digests, metrics, computed_ms FROM sim.years ORDER BY year");
  return rows.map((row) => ({
    year: Number(row.year),
    key: String(row.key),
    computedMs: Number(row.computed_ms),
    digests: JSON.parse(String(row.digests)),
    metrics: JSON.parse(String(row.metrics)),
  }));
}
