/** A schedule's timing in words: "weekdays at 06:00", "every 6 h". Where no short phrase says it, the fields are named. */
import type { ScheduleTiming } from "@holdfast/core";
import { type CronRule, parseCron } from "./cron.js";

const DAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];
const MONTHS = "January February March April May June July August September October November December".split(" ");
/** Times that are listed one by one. */
const TIMES_MAX = 4;

/** Never throws: an expression that cannot be parsed is its own words. */
export function wordTiming(timing: ScheduleTiming): string {
  if (timing.everyMs !== undefined) return `every ${wordPeriod(timing.everyMs)}`;
  try {
    return wordCron(parseCron(timing.cron));
  } catch {
    return timing.cron;
  }
}

function wordPeriod(ms: number): string {
  for (const [unit, size] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ] as const) {
    if (ms % size === 0) return `${ms / size} ${unit}`;
  }
  return `${ms} ms`;
}

function wordCron(rule: CronRule): string {
  const [, , dayOfMonth, month, weekday] = rule.fields;
  const times = wordTimes(rule);
  const isAnyDay = isAny(dayOfMonth);
  const isAnyWeekday = isAny(weekday);
  const within = isAny(month) ? "" : `, in ${wordList(month, MONTHS, 1)}`;
  if (isAnyDay && isAnyWeekday) {
    return rule.windows === null ? `${within === "" ? "daily " : ""}${times}${within}` : `${times}${within}`;
  }
  if (isAnyDay) return `${wordWeekdays(weekday)} ${times}${within}`;
  const days = `on day ${dayOfMonth === "L" ? "last" : dayOfMonth} of the month`;
  if (isAnyWeekday) return `${times} ${days}${within}`;
  const joint = weekday.startsWith("+") ? "if it is one of" : "and on";
  return `${times} ${days}, ${joint} ${wordWeekdays(weekday.replace("+", ""))}${within}`;
}

function wordTimes({ fields, minutes, windows }: CronRule): string {
  const [minute, hour] = fields;
  if (windows !== null) {
    const ofMinute = isAny(minute)
      ? "every minute"
      : /^\*\/\d+$/.test(minute)
        ? `every ${minute.slice(2)} minutes`
        : `at minute ${minute}`;
    if (isAny(hour)) return ofMinute.startsWith("at") ? `${ofMinute} of every hour` : ofMinute;
    return `${ofMinute} of hour ${hour}`;
  }
  const clock = (at: number) => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
  if (minutes.length <= TIMES_MAX) return `at ${minutes.map(clock).join(", ")}`;
  return `at minute ${minute} of hour ${hour}`;
}

const isAny = (field: string) => field === "*" || field === "?";

function wordWeekdays(field: string): string {
  if (/^(1-5|mon-fri)$/i.test(field)) return "weekdays";
  return wordList(field, DAYS, 0);
}

/** Numbers as names; anything else as it is written. */
function wordList(field: string, names: readonly string[], first: number): string {
  const parts = field.split(",");
  if (!parts.every((part) => /^\d+$/.test(part))) return field;
  return parts.map((part) => names[(Number(part) - first) % names.length] ?? part).join(", ");
}
