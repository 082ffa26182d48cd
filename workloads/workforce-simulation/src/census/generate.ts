// Generates people: the same number and seed give the same people, whatever the names of the levels. Ages, service and
// pay have plausible distributions but support no findings.
import { seededRandom } from "holdfast/extend";
import type { Assumptions } from "../config/assumptions.js";
import { unitsOf } from "../config/decimal.js";
import { type CensusRow, dayOf } from "./row.js";

export interface GenerateCensus {
  readonly employees: number;
  readonly seed: number;
  /** The people are employed on 1 January of this year. */
  readonly firstYear: number;
  readonly levels: Assumptions["levels"];
}

/** Shares of people by level, lowest first. Each further level has a quarter of the one below. */
const LEVEL_SHARES = [0.38, 0.28, 0.19, 0.11, 0.04];
/** Deferral rates in millionths, with the percentage of people who have them. The others have none. */
const DEFERRALS = [
  [30_000, 22],
  [40_000, 10],
  [50_000, 10],
  [60_000, 14],
  [80_000, 8],
  [100_000, 6],
] as const;
const TEN_DOLLARS = 1_000n;
/** Percentage of people in the file who have left, as in real files. */
const INACTIVE_PERCENT = 2;

export function* generateCensus(options: GenerateCensus): Generator<CensusRow> {
  const { employees, seed } = options;
  const digits = Math.max(6, String(employees).length);
  for (let number = 1; number <= employees; number++) {
    // Each person has a separate random stream, so adding people never changes the existing ones.
    yield person(`E${String(number).padStart(digits, "0")}`, randomOf(seed, number), options);
  }
}

function person(employee_id: string, random: () => number, { firstYear, levels }: GenerateCensus): CensusRow {
  const jan1 = dayOf(firstYear, 1, 1);
  const place = pickLevel(random(), levels.length);
  const level = levels[place] as Assumptions["levels"][number];
  // Higher levels are older; ages range from 20 to 67 years.
  const age = Math.min(67, 20 + place * 4 + 38 * triangle(random, random));
  const birth_day = jan1 - Math.floor(age * 365.25);
  const workedYears = Math.max(0, age - 19);
  const shortness = random();
  const service = Math.min(workedYears, 30 * shortness * shortness);
  const hire_day = Math.min(jan1, jan1 - 1 - Math.floor(service * 365.25));
  const position = Math.min(0.98, 0.08 + 0.5 * random() + 0.02 * Math.min(service, 15));
  const comp_cents = payAt(level, position);
  return {
    employee_id,
    birth_day,
    hire_day,
    level_id: level.id,
    comp_cents,
    deferral_units: pickDeferral(random() * 100),
    is_active: random() * 100 >= INACTIVE_PERCENT,
  };
}

/** Pay at a position in the band, rounded to ten dollars, in whole cents. */
function payAt({ min, max }: Assumptions["levels"][number], position: number): number {
  const [floor, ceiling] = [unitsOf(min, 2), unitsOf(max, 2)];
  const cents = floor + ((ceiling - floor) * unitsOf(position, 6)) / 1_000_000n;
  const rounded = ((cents + TEN_DOLLARS / 2n) / TEN_DOLLARS) * TEN_DOLLARS;
  return Number(rounded < floor ? floor : rounded);
}

function pickLevel(draw: number, count: number): number {
  const shares = Array.from({ length: count }, (_, place) => LEVEL_SHARES[place] ?? 0.04 / 4 ** (place - 4));
  const total = shares.reduce((sum, share) => sum + share, 0);
  let at = 0;
  for (const [place, share] of shares.entries()) {
    at += share / total;
    if (draw < at) return place;
  }
  return count - 1;
}

function pickDeferral(draw: number): number {
  let at = 0;
  for (const [units, percent] of DEFERRALS) {
    at += percent;
    if (draw < at) return units;
  }
  return 0;
}

const triangle = (a: () => number, b: () => number) => (a() + b()) / 2;

/** A random stream for each person, seeded by a mix of seed and number. */
const randomOf = (seed: number, number: number) =>
  seededRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number, 0xc2b2ae35));
