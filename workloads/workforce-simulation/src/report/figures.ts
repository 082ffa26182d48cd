// The figures of a whole simulation as plain data, and a check that they agree with each other, to the person and to
// the cent. Amounts are decimal texts; sums are computed in whole cents.
import { parseUnits } from "../config/decimal.js";
import type { SimulationProcess } from "../process/client.js";

type Rows = readonly Readonly<Record<string, unknown>>[];
/** Source of figures: the database's process, or a session in a test. */
export type ReadRows = (sql: string) => Promise<Rows>;

export type HeadcountRow = {
  readonly year: number;
  readonly start: number;
  readonly hires: number;
  readonly terminations: number;
  readonly newHireTerminations: number;
  readonly end: number;
};

export type AttributionRow = {
  readonly year: number;
  readonly sourceYear: number;
  readonly kind: string;
  readonly people: number;
  readonly payroll: string;
  readonly employerCost: string;
};

export type PyramidRow = {
  readonly year: number;
  readonly level: number;
  readonly headcount: number;
  readonly hires: number;
  readonly payroll: string;
};

export type Figures = {
  readonly years: number[];
  /** By year, then by name. */
  readonly metrics: Record<string, Record<string, string>>;
  readonly headcount: HeadcountRow[];
  readonly attribution: AttributionRow[];
  readonly pyramid: PyramidRow[];
};

/** The order in which causes of pay are listed and stacked. */
export const KINDS = ["census_base", "hire", "promotion", "merit", "cola"] as const;

export async function readFigures(read: ReadRows, years: readonly number[]): Promise<Figures> {
  const metrics: Record<string, Record<string, string>> = Object.fromEntries(years.map((year) => [year, {}]));
  for (const row of await read("SELECT year, metric, value::VARCHAR AS value FROM sim.metrics ORDER BY year, metric")) {
    const of = metrics[String(row.year)];
    if (of !== undefined) of[String(row.metric)] = String(row.value);
  }
  const attribution = await read(
    "SELECT year, source_year, source_kind, people::INTEGER AS people, payroll::VARCHAR AS payroll, " +
      "employer_cost::VARCHAR AS employer_cost FROM sim.attribution ORDER BY year, source_year, source_kind",
  );
  const pyramid = await read(
    "SELECT year, level_id, headcount::INTEGER AS headcount, hires::INTEGER AS hires, payroll::VARCHAR AS payroll " +
      "FROM sim.pyramid ORDER BY year, level_id",
  );
  const isAsked = (row: Rows[number]) => years.includes(Number(row.year));
  return {
    years: [...years],
    metrics,
    headcount: years.map((year) => headcountOf(year, metrics[String(year)] ?? {})),
    attribution: attribution.filter(isAsked).map((row) => ({
      year: Number(row.year),
      sourceYear: Number(row.source_year),
      kind: String(row.source_kind),
      people: Number(row.people),
      payroll: String(row.payroll),
      employerCost: String(row.employer_cost),
    })),
    pyramid: pyramid.filter(isAsked).map((row) => ({
      year: Number(row.year),
      level: Number(row.level_id),
      headcount: Number(row.headcount),
      hires: Number(row.hires),
      payroll: String(row.payroll),
    })),
  };
}

/** Reads figures through the database's process. */
export const readerOf =
  (process: SimulationProcess): ReadRows =>
  (sql) =>
    process.ask("rows", sql);

function headcountOf(year: number, of: Readonly<Record<string, string>>): HeadcountRow {
  const count = (name: string) => Number(of[name] ?? Number.NaN);
  return {
    year,
    start: count("headcount_start"),
    hires: count("hires"),
    terminations: count("terminations"),
    newHireTerminations: count("new_hire_terminations"),
    end: count("headcount_end"),
  };
}

/** A check over all years of values that must be equal, with the difference. If any is not zero, the report is not written. */
export type Balance = { readonly what: string; readonly year: number; readonly difference: string };

/** Returns every difference that is not zero. */
export function findImbalances({ years, headcount, attribution, pyramid, metrics }: Figures): Balance[] {
  const found: Balance[] = [];
  const check = (what: string, year: number, difference: bigint | number, unit = 1n) => {
    if (BigInt(difference) !== 0n) found.push({ what, year, difference: String(Number(difference) / Number(unit)) });
  };
  for (const [place, row] of headcount.entries()) {
    const { year, start, hires, terminations, newHireTerminations, end } = row;
    check("start + hires − terminations = end", year, start + hires - terminations - newHireTerminations - end);
    const next = headcount[place + 1];
    if (next !== undefined) check("the end of a year is the start of the next", year, end - next.start);
  }
  for (const year of years) {
    const amount = (name: string) => toCents(metrics[String(year)]?.[name] ?? "0");
    const rows = attribution.filter((row) => row.year === year);
    const levels = pyramid.filter((row) => row.year === year);
    check("attribution sums to payroll", year, sum(rows, (row) => row.payroll) - amount("payroll"), 100n);
    check(
      "attribution sums to employer cost",
      year,
      sum(rows, (row) => row.employerCost) - amount("employer_cost"),
      100n,
    );
    check("levels sum to payroll", year, sum(levels, (row) => row.payroll) - amount("payroll"), 100n);
    const end = headcount.find((row) => row.year === year)?.end ?? 0;
    check("levels sum to the headcount", year, levels.reduce((total, row) => total + row.headcount, 0) - end);
  }
  return found;
}

function sum<T>(rows: readonly T[], of: (row: T) => string): bigint {
  return rows.reduce((total, row) => total + toCents(of(row)), 0n);
}

/** Converts `12.340000` to 1234. Figures have six decimals, of which dollars use two. */
export function toCents(text: string): bigint {
  return parseUnits(text, 2) ?? 0n;
}
