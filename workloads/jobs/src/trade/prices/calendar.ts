// Days on which a price is expected, to distinguish a gap from a weekend or a holiday.
import { dayOf } from "./dates.js";

/** `weekdays`: Monday to Friday; `every-day`: markets that never close. */
export const CALENDARS = ["weekdays", "every-day"] as const;
export type Calendar = (typeof CALENDARS)[number];

/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;
export const isWeekend = (day: number): boolean => weekdayOf(day) % 6 === 0;

/** If more than a twentieth of the days are on weekends, the market is open then. */
export function findCalendar(days: readonly number[]): Calendar {
  return days.filter(isWeekend).length > days.length / 20 ? "every-day" : "weekdays";
}

export interface Gap {
  /** Positions of the days around it. */
  readonly before: number;
  readonly after: number;
  /** Number of expected days without a price. */
  readonly missing: number;
  /** Those of them that are US market holidays. The others have no known reason. */
  readonly holidays: number;
}

/** Returns every stretch of expected days without a price, in order. */
export function findGaps(days: readonly number[], calendar: Calendar): Gap[] {
  const gaps: Gap[] = [];
  const holidays = new Map<number, ReadonlySet<number>>();
  for (let at = 1; at < days.length; at++) {
    const [from, to] = [days[at - 1] as number, days[at] as number];
    let [missing, known] = [0, 0];
    for (let day = from + 1; day < to; day++) {
      if (calendar === "weekdays" && isWeekend(day)) continue;
      missing++;
      const year = new Date(day * 86_400_000).getUTCFullYear();
      const ofYear = holidays.get(year) ?? usHolidays(year);
      holidays.set(year, ofYear);
      if (calendar === "weekdays" && ofYear.has(day)) known++;
    }
    if (missing > 0) gaps.push({ before: at - 1, after: at, missing, holidays: known });
  }
  return gaps;
}

/** Returns the days on which US markets and the sources of their prices close. Applies present rules to earlier years too. */
export function usHolidays(year: number): ReadonlySet<number> {
  const fixed = [
    [1, 1],
    [6, 19],
    [7, 4],
    [11, 11],
    [12, 24],
    [12, 25],
    [12, 31],
  ] as const;
  const days = fixed.map(([month, date]) => dayOf(year, month, date) as number);
  // A holiday on a Saturday is observed the day before, on a Sunday the day after.
  const observed = days.map((day) => (weekdayOf(day) === 6 ? day - 1 : weekdayOf(day) === 0 ? day + 1 : day));
  const nextNewYear = dayOf(year + 1, 1, 1) as number;
  const easter = easterOf(year);
  const thanksgiving = nthWeekday(year, 11, 4, 4);
  return new Set([
    ...observed,
    ...(weekdayOf(nextNewYear) === 6 ? [nextNewYear - 1] : []),
    nthWeekday(year, 1, 1, 3), // Martin Luther King
    nthWeekday(year, 2, 1, 3), // Washington
    easter - 2, // Good Friday
    nthWeekday(year, 6, 1, 1) - 7, // Memorial Day, the last Monday of May
    nthWeekday(year, 9, 1, 1), // Labor Day
    nthWeekday(year, 10, 1, 2), // Columbus
    thanksgiving,
    thanksgiving + 1,
  ]);
}

/** Returns the nth given weekday of a month; Sunday is 0. */
function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  const first = dayOf(year, month, 1) as number;
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (nth - 1) * 7;
}

/** Gregorian Easter Sunday, by the anonymous algorithm (Meeus, Astronomical Algorithms, chapter 8). */
function easterOf(year: number): number {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const [d, e] = [Math.floor(b / 4), b % 4];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const [i, k] = [Math.floor(c / 4), c % 4];
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  return dayOf(year, month, (h + l - 7 * m + 33 * month + 19) % 32) as number;
}
