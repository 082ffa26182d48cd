// What a year's models read: scalar parameters by dotted path, and the small tables (`src`) made of lists. Computed in
// whole cents, so that every machine gets the same figures.
import type { Assumptions } from "./assumptions.js";
import { LIMIT_STEPS, LIMITS, type YearLimits } from "./defaults.js";

/** Values by name, as they are compiled into SQL. */
export type Parameters = Readonly<Record<string, unknown>>;

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
  readonly assumptions: Assumptions;
}

/** Beyond any age or service. */
const ENDLESS_YEARS = 999;

export function yearParameters({ assumptions, firstYear, seed }: Scenario, year: number): Parameters {
  const limits = limitsOf(assumptions, year);
  const lookback =
    knownLimits(assumptions.limits.byYear)[String(year - 1)] === undefined && year === firstYear ? year : year - 1;
  return {
    ...assumptions,
    seed,
    firstYear,
    year: {
      cola: assumptions.cola.byYear[String(year)] ?? assumptions.cola.rate,
      limits,
      lookbackThreshold: limitsOf(assumptions, lookback).highlyCompensated,
    },
  };
}

/** The published limits, with those of the scenario over them. */
export function knownLimits(own: Readonly<Record<string, YearLimits>>): Readonly<Record<string, YearLimits>> {
  return { ...LIMITS, ...own };
}

/**
 * The limits of a year. After the last known one they grow by the assumed rate from the unrounded amount and are rounded
 * down to the step that the law gives each of them; a gap between known years takes the year before.
 */
export function limitsOf({ limits }: Assumptions, year: number): YearLimits {
  const byYear = knownLimits(limits.byYear);
  const known = Object.keys(byYear)
    .map(Number)
    .sort((a, b) => a - b);
  const base = known.filter((one) => one <= year).at(-1) ?? known[0];
  const given = byYear[String(base)] as YearLimits;
  if (base === undefined || base >= year || base !== known.at(-1)) return given;
  const entries = Object.entries(given) as [keyof YearLimits, number][];
  return Object.fromEntries(
    entries.map(([name, dollars]) => {
      let cents = Math.round(dollars * 100);
      for (let at = base; at < year; at++) cents = Math.round(cents * (1 + limits.growth));
      const step = LIMIT_STEPS[name] * 100;
      return [name, (Math.floor(cents / step) * step) / 100];
    }),
  ) as unknown as YearLimits;
}

export function yearSources({ assumptions, firstYear }: Scenario, year: number): Readonly<Record<string, SourceTable>> {
  const { levels, ageBands, tenureBands, newHires, raiseMonths, match, core, bandGrowth } = assumptions;
  const grown = (dollars: number) => {
    let cents = Math.round(dollars * 100);
    for (let at = firstYear; at < year; at++) cents = Math.round(cents * (1 + bandGrowth));
    return cents / 100;
  };
  const to = (list: readonly { readonly from: number }[], place: number) => list[place + 1]?.from ?? ENDLESS_YEARS;
  return {
    levels: table(
      "level_id INTEGER, level_name VARCHAR, level_rank INTEGER, is_top BOOLEAN, pay_floor DECIMAL(12,2), pay_ceiling DECIMAL(12,2), merit_rate DECIMAL(7,6), hire_share DECIMAL(7,6)",
      levels.map((level, place) => [
        level.id,
        level.name,
        place + 1,
        place === levels.length - 1,
        grown(level.min),
        grown(level.max),
        level.merit,
        level.hireShare,
      ]),
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

/** Shares as consecutive ranges of [0, 1): a draw falls into exactly one of them. */
function shares<T extends { readonly share: number }>(list: readonly T[]): { of: T; from: number; to: number }[] {
  const MILLION = 1_000_000;
  let at = 0;
  return list.map((of, place) => {
    const from = at;
    at = place === list.length - 1 ? MILLION : at + Math.round(of.share * MILLION);
    return { of, from: from / MILLION, to: at / MILLION };
  });
}
