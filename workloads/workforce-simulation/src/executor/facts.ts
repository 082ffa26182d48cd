// The facts of a year in the file: which model fills which table, in which order, under which hash. A table's digest is
// its number of rows with the sum and the exclusive-or of a hash of each row: equal for equal rows in any order.
export interface FactTable {
  /** Name of the table in the file. */
  readonly table: string;
  /** Model whose rows it stores. */
  readonly model: string;
  /** Name of its hash in the output of a run. */
  readonly hashName: string;
  /** Columns with their types, after the year. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Order in which rows are stored. */
  readonly order: readonly string[];
}

const columns = (text: string) =>
  [...text.matchAll(/(\w+) (\w+(?:\([\d,]+\))?)/g)].map(([, name = "", type = ""]) => [name, type] as const);

export const FACTS: readonly FactTable[] = [
  {
    table: "snapshot",
    model: "snapshot",
    hashName: "snapshotHash",
    columns: columns(
      "employee_id VARCHAR, birth_date DATE, hire_date DATE, left_on DATE, is_active BOOLEAN, is_new BOOLEAN, level_id INTEGER, age INTEGER, tenure INTEGER, annual_comp DECIMAL(12,2), pay DECIMAL(14,2), is_enrolled BOOLEAN, deferral_rate DECIMAL(7,6), enrolled_on DATE, is_opted_out BOOLEAN, deferral DECIMAL(14,2), employer_match DECIMAL(14,2), employer_core DECIMAL(14,2), is_hce BOOLEAN",
    ),
    order: ["employee_id"],
  },
  {
    table: "events",
    model: "events",
    hashName: "factsHash",
    columns: columns(
      "event_id VARCHAR, kind VARCHAR, employee_id VARCHAR, happened_on DATE, level_id INTEGER, amount DECIMAL(12,2), deferral_rate DECIMAL(7,6)",
    ),
    order: ["happened_on", "kind", "employee_id"],
  },
  {
    table: "ledger",
    model: "ledger_new",
    hashName: "ledgerHash",
    columns: columns(
      "employee_id VARCHAR, source_year INTEGER, source_kind VARCHAR, effective_on DATE, delta DECIMAL(12,2)",
    ),
    order: ["employee_id", "source_kind"],
  },
  {
    table: "attribution",
    model: "attribution",
    hashName: "attributionHash",
    columns: columns(
      "source_year INTEGER, source_kind VARCHAR, people BIGINT, payroll DECIMAL(18,2), employer_cost DECIMAL(18,2)",
    ),
    order: ["source_year", "source_kind"],
  },
  {
    table: "pyramid",
    model: "pyramid",
    hashName: "pyramidHash",
    columns: columns("level_id INTEGER, headcount BIGINT, hires BIGINT, payroll DECIMAL(18,2)"),
    order: ["level_id"],
  },
  {
    table: "metrics",
    model: "metrics",
    hashName: "metricsHash",
    columns: columns("metric VARCHAR, unit VARCHAR, value DECIMAL(24,6)"),
    order: ["metric"],
  },
];

/** Models whose rows the next year reads. */
export const CARRIED = ["state", "ledger"] as const;
export const INVARIANTS_MODEL = "invariants";
/** Tables that `src` may name. */
export const SOURCE_NAMES = [
  "census",
  "levels",
  "age_bands",
  "tenure_bands",
  "hire_ages",
  "raise_months",
  "match_tiers",
  "core_tiers",
] as const;

export const ROOT_MODELS = [...new Set([...FACTS.map(({ model }) => model), ...CARRIED, INVARIANTS_MODEL])];

/** Number of rows and digest of one table in one year, as text. */
export interface Digest {
  readonly rows: number;
  readonly digest: string;
}

export function digestSql({ columns: all }: Pick<FactTable, "columns">, table: string): string {
  const hash = `hash(${all.map(([name]) => name).join(", ")})`;
  return (
    `SELECT count(*)::INTEGER AS rows, coalesce(sum(h), 0)::VARCHAR || '-' || coalesce(bit_xor(h), 0)::VARCHAR AS digest ` +
    `FROM (SELECT ${hash} AS h FROM ${table})`
  );
}

/** Rows of earlier years that the next year reads, taken from the file: the starting point of a resume. */
export const CARRIED_FROM_FILE: Readonly<Record<(typeof CARRIED)[number], (year: number) => string>> = {
  state: (year) =>
    `SELECT employee_id, birth_date, hire_date, level_id, annual_comp, is_enrolled, deferral_rate, enrolled_on, is_opted_out, ` +
    `pay AS prior_pay FROM sim.snapshot WHERE year = ${year} AND is_active`,
  ledger: (year) =>
    `SELECT l.employee_id, l.source_year, l.source_kind, l.effective_on, l.delta FROM sim.ledger l ` +
    `SEMI JOIN (SELECT employee_id FROM sim.snapshot WHERE year = ${year} AND is_active) s USING (employee_id) ` +
    `WHERE l.year <= ${year}`,
};
