// Reads days as files write them into days since 1970 in UTC. If two readings are possible, the whole column decides,
// never a single row, and nothing is guessed.
import { type NamedRow, PricesUnusableError } from "./errors.js";

export const DATE_FORMATS = ["ymd", "dmy", "mdy"] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

const DAY_MS = 86_400_000;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Formats a day: "2026-01-31". */
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

export function dayOf(year: number, month: number, date: number): number | null {
  if (year < 1_000 || year > 9_999) return null;
  const instant = new Date(Date.UTC(year, month - 1, date));
  const isThere = instant.getUTCMonth() === month - 1 && instant.getUTCDate() === date;
  return isThere ? instant.getTime() / DAY_MS : null;
}

/** Returns the day that a text names under a format; null if it names none. A time of day after it is ignored. */
export function readDay(text: string, format: DateFormat): number | null {
  const given = text.trim().replace(/[T ]\d{1,2}:\d{2}.*$/, "");
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(given);
  if (compact !== null) return dayOf(Number(compact[1]), Number(compact[2]), Number(compact[3]));
  const named = readNamedMonth(given);
  if (named !== undefined) return named;
  const parts = /^(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})\.?$/.exec(given);
  if (parts === null) return null;
  const [a, b, c] = parts.slice(1).map(Number) as [number, number, number];
  const isYearFirst = (parts[1] ?? "").length === 4;
  if (isYearFirst) return (parts[3] ?? "").length > 2 ? null : dayOf(a, b, c);
  if (format === "ymd" || (parts[1] ?? "").length > 2) return null;
  // Nobody who writes dots puts the month first.
  if (format === "mdy" && given.includes(".")) return null;
  const year = (parts[3] ?? "").length <= 2 ? century(c) : c;
  return format === "dmy" ? dayOf(year, b, a) : dayOf(year, a, b);
}

/** 31 Jan 2026, 31-Jan-26, Jan 31, 2026; undefined if there is no month name. */
function readNamedMonth(text: string): number | null | undefined {
  const words = text.toLowerCase().match(/\p{L}+|\d+/gu) ?? [];
  const at = words.findIndex((word) => MONTHS.includes(word.slice(0, 3)) && /^\p{L}+$/u.test(word));
  if (at < 0 || words.length !== 3) return undefined;
  const month = MONTHS.indexOf((words[at] ?? "").slice(0, 3)) + 1;
  const [first = "", second = ""] = words.filter((_, index) => index !== at);
  const [date, year] = first.length === 4 ? [second, first] : [first, second];
  return dayOf(year.length <= 2 ? century(Number(year)) : Number(year), month, Number(date));
}

/** Two-digit years of a price history: up to 69 are 20xx, others 19xx. */
const century = (year: number) => (year < 70 ? 2_000 + year : 1_900 + year);

/**
 * Returns the format under which the column contains days. If two formats can read all of it, the one whose days are in
 * order is used; if both or neither are, it is ambiguous.
 *
 * @throws {PricesUnusableError} PRICES_UNUSABLE, naming rows with two readings.
 */
export function findDateFormat(
  cells: readonly { readonly row: number; readonly text: string }[],
  file: string,
): { readonly format: DateFormat; readonly note: string | null } {
  const read = DATE_FORMATS.map((format) => {
    const days = cells.map(({ text }) => readDay(text, format));
    return { format, days, known: days.filter((day) => day !== null).length };
  });
  const most = Math.max(...read.map(({ known }) => known));
  const best = read.filter(({ known }) => known === most);
  // Formats that read every row the same are equivalent.
  const distinct = best.filter(({ days }, at) => !best.slice(0, at).some((one) => isSame(one.days, days)));
  const [first, second] = distinct;
  if (first === undefined || second === undefined) return { format: first?.format ?? "ymd", note: null };
  const inOrder = distinct.filter(({ days }) => isInOrder(days));
  const daily = inOrder.filter(({ days }) => isDaily(days));
  const [only] = inOrder.length === 1 ? inOrder : daily.length === 1 ? daily : [];
  if (only !== undefined) {
    const words = only.format === "dmy" ? "day before month" : "month before day";
    return { format: only.format, note: `Dates are read with the ${words}: only so are they daily and in order.` };
  }
  const unclear: NamedRow[] = cells
    .map(({ row, text }, at) => ({ row, what: text, isTwo: first.days[at] !== second.days[at] }))
    .filter(({ isTwo }) => isTwo);
  throw new PricesUnusableError(file, "dateFormat", "dates could be day-month or month-day", unclear);
}

const isSame = (a: readonly (number | null)[], b: readonly (number | null)[]) => a.every((day, at) => day === b[at]);

function isInOrder(days: readonly (number | null)[]): boolean {
  const known = days.filter((day) => day !== null);
  const steps = known.slice(1).map((day, at) => day - (known[at] ?? 0));
  return steps.every((step) => step >= 0) || steps.every((step) => step <= 0);
}

/** Most steps are a few days. In the wrong format, days of one month would be months apart. */
function isDaily(days: readonly (number | null)[]): boolean {
  const known = days.filter((day) => day !== null);
  const steps = known.slice(1).map((day, at) => Math.abs(day - (known[at] ?? 0)));
  return steps.filter((step) => step <= 7).length > steps.length / 2;
}
