// Parses the years of a simulation as people write them: `2024 2025`, `2024,2025`, `2024-2033`, or any mixture. The
// result is one unbroken ascending sequence.
import { plural } from "holdfast/extend";

/** Range of years in which the assumptions make sense; four digits. */
const YEAR_RANGE = { min: 1950, max: 2150 } as const;
/** A working life, after which nobody of the census is left. */
const YEARS_MAX = 50;

export type ParsedYears =
  | { readonly ok: true; readonly years: readonly number[] }
  | { readonly ok: false; readonly problem: string };

export function parseYears(given: readonly (string | number)[]): ParsedYears {
  const years: number[] = [];
  for (const word of given.flatMap((one) => String(one).split(/[\s,]+/))) {
    if (word === "") continue;
    const range = word.match(/^(\d{4})(?:\s*(?:-|–|\.\.)\s*(\d{4}))?$/);
    if (range === null) return refuse(`"${word}" is no year and no range; write 2025, 2025,2026 or 2025-2034`);
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    if (to < from) return refuse(`the range ${word} is reversed; write ${to}-${from}`);
    if (from < YEAR_RANGE.min || to > YEAR_RANGE.max) {
      return refuse(`${word} is outside ${YEAR_RANGE.min} to ${YEAR_RANGE.max}`);
    }
    for (let year = from; year <= to; year++) years.push(year);
  }
  if (years.length === 0) return refuse("no year is given; write 2025, 2025,2026 or 2025-2034");
  if (years.length > YEARS_MAX)
    return refuse(`${plural(years.length, "year is", "years are")} given, at most ${YEARS_MAX} can be simulated`);
  for (const [place, year] of years.entries()) {
    const before = years[place - 1];
    if (before === undefined || year === before + 1) continue;
    if (year === before) return refuse(`${year} is given twice`);
    if (year < before) return refuse(`${year} comes after ${before}; write the years in rising order`);
    return refuse(`${before + 1} is missing between ${before} and ${year}; each year starts from the one before`);
  }
  return { ok: true, years };
}

function refuse(problem: string): ParsedYears {
  return { ok: false, problem };
}
