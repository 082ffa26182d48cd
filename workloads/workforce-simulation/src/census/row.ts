// A person of the census as whole numbers (days since 1970, cents), so that nothing is rounded on the way into the
// database. `schema.ts` reads files into rows; `generate.ts` generates people.
import { createHash } from "node:crypto";

export interface CensusRow {
  readonly employee_id: string;
  /** Days since 1 January 1970. */
  readonly birth_day: number;
  readonly hire_day: number;
  readonly level_id: number;
  readonly comp_cents: number;
  /** Millionths: 0.06 is 60,000. */
  readonly deferral_units: number;
  readonly is_active: boolean;
}

export const CENSUS_COLUMNS = [
  "employee_id",
  "birth_date",
  "hire_date",
  "level_id",
  "annual_comp",
  "deferral_rate",
  "active",
] as const;

const DAY_MS = 86_400_000;

export function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** Formats a day: `2024-02-29`. */
export function isoDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Parses an ISO date into a day; null if it is not a date, such as 30 February. */
export function parseDay(text: string): number | null {
  const match = text.match(/^(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$/);
  if (match === null) return null;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  const at = dayOf(year, month, day);
  return isoDate(at) === `${match[1]}-${match[2]}-${match[3]}` ? at : null;
}

/** SHA-256 over the people ordered by ID: the same people give the same digest in any order. */
export function censusDigest(people: readonly CensusRow[]): string {
  const hash = createHash("sha256");
  const sorted = [...people].sort((a, b) =>
    a.employee_id < b.employee_id ? -1 : a.employee_id > b.employee_id ? 1 : 0,
  );
  for (const one of sorted) {
    const { employee_id, birth_day, hire_day, level_id, comp_cents, deferral_units, is_active } = one;
    hash.update(
      `${JSON.stringify(employee_id)} ${birth_day} ${hire_day} ${level_id} ${comp_cents} ${deferral_units} ${is_active}\n`,
    );
  }
  return hash.digest("hex");
}
