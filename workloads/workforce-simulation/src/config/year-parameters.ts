// Parameters that a year's models read: scalars by dotted path, and the small tables (`src`) made from lists. Computed
// in whole cents, so that every machine gets the same figures.
import type { Assumptions } from "./assumptions.js";
import { compoundText, growUnits, unitsOf, unitsText } from "./decimal.js";
import { LIMIT_STEPS, LIMITS, type YearLimits } from "./defaults.js";

/** Values by name, as compiled into SQL. */
export type Parameters = Readonly<Record<string, unknown>>;

/** A decimal with more digits than a number can hold, and its type. */
export class ExactNumber {
  constructor(
    readonly text: string,
    readonly type: string,
  ) {}
}

export interface SourceColumn {
  readonly name: string;
  readonly type: string;
}
/** A configured list as a table. */
export interface SourceTable {
  readonly columns: readonly SourceColumn[];
  readonly rows: readonly (readonly (string | number | boolean)[])[];
}

export interface Scenario {
  readonly firstYear: number;
  readonly seed: number;
  /** Whether leavers and hires are drawn by their probabilities instead of being apportioned. */
  readonly isStochastic: boolean;
  readonly assumptions: Assumptions;
}

/** More years than any age or service. */
const ENDLESS_YEARS = 999;
/** 1.5 to the power of 50 has nine digits before the decimal point, seven are left for people, and a DECIMAL holds 38. */
const FACTOR_DECIMALS = 22;
const FACTOR_TYPE = `DECIMAL(31,${FACTOR_DECIMALS})`;

export function yearParameters({ assumptions, firstYear, seed, isStochastic }: Scenario, year: number): Parameters {
  const growthYears = year - firstYear + 1;
  const limits = limitsOf(assumptions, year);
  const lookback =
    knownLimits(assumptions.limits.byYear)[String(year - 1)] === undefined && year === firstYear ? year : year - 1;
  return {
    ...assumptions,
    seed,
    firstYear,
    isStochastic,
    year: {
      // Based on the headcount of the first 1 January: rounding year by year would keep 16 people at 16 forever.
      targetFactor: new ExactNumber(
        compoundText(assumptions.growth.headcount, growthYears, FACTOR_DECIMALS),
        FACTOR_TYPE,
      ),
      cola: assumptions.cola.byYear[String(year)] ?? assumptions.cola.rate,
      limits,
      lookbackThreshold: limitsOf(assumptions, lookback).highlyCompensated,
    },
  };
}

/** The published limits, overridden by the scenario's. */
export function knownLimits(own: Readonly<Record<string, YearLimits>>): Readonly<Record<string, YearLimits>> {
  return { ...LIMITS, ...own };
}

/** Returns the known year whose limits apply to a year, or from which they grow. */
export function baseYearOf(own: Readonly<Record<string, YearLimits>>, year: number): number {
  const known = Object.keys(knownLimits(own))
    .map(Number)
    .sort((a, b) => a - b);
  return known.filter((one) => one <= year).at(-1) ?? (known[0] as number);
}

/**
 * Returns the limits of a year. After the last known year they grow by the assumed rate from the unrounded amount, and
 * are rounded down to the legal step of each. A gap between known years uses the earlier year.
 */
export function limitsOf({ limits }: Assumptions, year: number): YearLimits {
  const byYear = knownLimits(limits.byYear);
  const base = baseYearOf(limits.byYear, year);
  const given = byYear[String(base)] as YearLimits;
  const last = Math.max(...Object.keys(byYear).map(Number));
  if (base >= year || base !== last) return given;
  const entries = Object.entries(given) as [keyof YearLimits, number][];
  return Object.fromEntries(
    entries.map(([name, dollars]) => {
      const cents = growUnits(unitsOf(dollars, 2), limits.growth, year - base);
      const step = BigInt(LIMIT_STEPS[name]) * 100n;
      return [name, Number(((cents / step) * step) / 100n)];
    }),
  ) as unknown as YearLimits;
}

export function yearSources({ assumptions, firstYear }: Scenario, year: number): Readonly<Record<string, SourceTable>> {
  const { levels, ageBands, tenureBands, newHires, raiseMonths, match, core, bandGrowth } = assumptions;
  const grown = (dollars: number) => unitsText(growUnits(unitsOf(dollars, 2), bandGrowth, year - firstYear), 2);
  const to = (list: readonly { readonly from: number }[], place: number) => list[place + 1]?.from ?? ENDLESS_YEARS;
  return {
    levels: table(
      "level_id INTEGER, level_name VARCHAR, level_rank INTEGER, is_top BOOLEAN, pay_floor DECIMAL(12,2), pay_ceiling DECIMAL(12,2), merit_rate DECIMAL(7,6), hire_from DECIMAL(7,6), hire_to DECIMAL(7,6)",
      shares(levels.map((level) => ({ ...level, share: level.hireShare }))).map(
        ({ of: level, from, to: until }, place) => [
          level.id,
          level.name,
          place + 1,
          place === levels.length - 1,
          grown(level.min),
          grown(level.max),
          level.merit,
          from,
          until,
        ],
      ),
    ),
    age_bands: table(
      "band INTEGER, label VARCHAR, from_years INTEGER, to_years INTEGER, termination DECIMAL(6,4), promotion DECIMAL(6,4), opt_out DECIMAL(7,6), voluntary DECIMAL(7,6)",
      ageBands.map((band, place) => [
        place + 1,
        band.label,
        band.from,
        to(ageBands, place),
        band.termination,
        band.promotion,
        band.optOut,
        band.voluntary,
      ]),
    ),
    tenure_bands: table(
      "band INTEGER, label VARCHAR, from_years INTEGER, to_years INTEGER, termination DECIMAL(6,4), promotion DECIMAL(6,4), merit DECIMAL(6,4)",
      tenureBands.map((band, place) => [
        place + 1,
        band.label,
        band.from,
        to(tenureBands, place),
        band.termination,
        band.promotion,
        band.merit,
      ]),
    ),
    hire_ages: table(
      "age INTEGER, from_share DECIMAL(7,6), to_share DECIMAL(7,6)",
      shares(newHires.ages).map(({ of, from, to }) => [of.age, from, to]),
    ),
    raise_months: table(
      "month INTEGER, from_share DECIMAL(7,6), to_share DECIMAL(7,6)",
      shares(raiseMonths).map(({ of, from, to }) => [of.month, from, to]),
    ),
    match_tiers: table(
      "from_share DECIMAL(7,6), to_share DECIMAL(7,6), match_rate DECIMAL(7,6)",
      match.map((tier, place) => [match[place - 1]?.upTo ?? 0, tier.upTo, tier.rate]),
    ),
    core_tiers: table(
      "from_years INTEGER, to_years INTEGER, core_rate DECIMAL(7,6)",
      core.map((tier, place) => [tier.from, to(core, place), tier.rate]),
    ),
  };
}

function table(columns: string, rows: SourceTable["rows"]): SourceTable {
  const parsed = [...columns.matchAll(/(\w+) (\w+(?:\([\d,]+\))?)/g)];
  return { columns: parsed.map(([, name, type]) => ({ name: name ?? "", type: type ?? "" })), rows };
}

/** Turns shares into consecutive ranges of [0, 1), so that a draw falls into exactly one of them. */
function shares<T extends { readonly share: number }>(list: readonly T[]): { of: T; from: number; to: number }[] {
  const MILLION = 1_000_000;
  let at = 0;
  return list.map((of, place) => {
    const from = at;
    at = place === list.length - 1 ? MILLION : at + Math.round(of.share * MILLION);
    return { of, from: from / MILLION, to: at / MILLION };
  });
}
