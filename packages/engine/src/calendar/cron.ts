/**
 * A cron expression as local days and minutes of the day. The library parses it and knows the calendar (lists, steps, last
 * days, nth weekdays); it is asked in UTC only, where it has no clock change to deal with. `ticks.ts` has the zones.
 */
import { WrongUseError } from "@holdfast/core";
import { Cron } from "croner";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The search for a day ends here, in days: five years. 29 February comes every four. */
const SEARCH_DAYS = 5 * 366;

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** A parsed expression. Days count local days from 1970-01-01. */
export interface CronRule {
  /** The five fields, nicknames replaced. */
  readonly fields: readonly [minute: string, hour: string, dayOfMonth: string, month: string, weekday: string];
  /** Minutes of a day at which it ticks, ascending. */
  readonly minutes: readonly number[];
  /**
   * With `*` in minute or hour, the expression follows elapsed time; these are its windows within a day, each a list of
   * minutes. Null without: then each minute is a fixed local time.
   */
  readonly windows: readonly (readonly number[])[] | null;
  /** Whether it ticks on this day. */
  isDay(day: number): boolean;
  /** First day from this one on; null if there is none within five years. */
  nextDay(day: number): number | null;
  /** Last day up to this one and not before `since`; null if there is none. */
  previousDay(day: number, since: number): number | null;
}

/** @throws {WrongUseError} WRONG_USE — saying what is wrong with it. */
export function parseCron(expression: string): CronRule {
  const text = NICKNAMES[expression.trim().toLowerCase()] ?? expression;
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    const problem = `cron: five fields are expected (minute, hour, day of month, month, weekday), "${expression}" has ${fields.length}`;
    throw new WrongUseError({ problem });
  }
  const [minute, hour, dayOfMonth, month, weekday] = fields as [string, string, string, string, string];
  const days = open(`0 0 ${dayOfMonth} ${month} ${weekday}`, expression);
  const isEveryDay = [dayOfMonth, month, weekday].every(isAny);
  const minutes = minutesOf(open(`${minute} * * * *`, expression), open(`0 ${hour} * * *`, expression));
  const isDay = (day: number) => isEveryDay || days.match(new Date(day * DAY_MS));
  return {
    fields: [minute, hour, dayOfMonth, month, weekday],
    minutes,
    windows: hasStar(minute) || hasStar(hour) ? windowsOf(minutes, hasStar(hour)) : null,
    isDay,
    nextDay: (day) => {
      if (isDay(day)) return day;
      const found = days.nextRun(new Date(day * DAY_MS));
      const next = found === null ? null : Math.floor(found.getTime() / DAY_MS);
      return next === null || next - day > SEARCH_DAYS ? null : next;
    },
    previousDay: (day, since) => {
      for (let at = day; at >= since; at--) if (isDay(at)) return at;
      return null;
    },
  };
}

function open(expression: string, given: string): Cron {
  try {
    return new Cron(expression, { mode: "5-part", timezone: "UTC", paused: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^CronPattern: /, "") : String(cause);
    throw new WrongUseError({ problem: `cron: "${given}" is not a cron expression (${reason})` }, { cause });
  }
}

/** `?` is another way to write it. */
const hasStar = (field: string) => /[*?]/.test(field);
const isAny = (field: string) => field === "*" || field === "?";

function minutesOf(ofHour: Cron, ofDay: Cron): number[] {
  const minutes = matches(ofHour, 60, MINUTE_MS);
  return matches(ofDay, 24, HOUR_MS).flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
}

const matches = (cron: Cron, count: number, stepMs: number) =>
  Array.from({ length: count }, (_, at) => at).filter((at) => cron.match(new Date(at * stepMs)));

/** A window is the whole day where the hour has a `*`, else hours that follow each other. */
function windowsOf(minutes: readonly number[], isWholeDay: boolean): readonly (readonly number[])[] {
  if (isWholeDay) return [minutes];
  const windows: number[][] = [];
  let lastHour = Number.NEGATIVE_INFINITY;
  for (const minute of minutes) {
    const hour = Math.floor(minute / 60);
    if (hour > lastHour + 1) windows.push([]);
    windows.at(-1)?.push(minute);
    lastHour = hour;
  }
  return windows;
}
