/**
 * Durations, ages and instants as people read them. Durations and ages have two units at the most; the full instant with its
 * zone is for tooltips and for what is copied.
 */
const NBSP = " ";
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;
const DAY = 24 * H;
const two = (value: number) => String(value).padStart(2, "0");

/** The zone in which instants are told. A choice of the reader's; `settings/` keeps it. */
export type Zone = "local" | "utc";
let zone: Zone = "local";
export const setZone = (next: Zone): void => {
  zone = next;
};

/** What the zone adds to UTC now, in milliseconds. */
export const zoneOffsetMs = (): number => (zone === "utc" ? 0 : -new Date().getTimezoneOffset() * MIN);

/** The instant as a date whose local fields are those of the zone. */
function inZone(at: number): Date {
  const date = new Date(at);
  return zone === "utc" ? new Date(at + date.getTimezoneOffset() * MIN) : date;
}

/** 415 ms, 7.5 s, 4 min 33 s, 2 h 04, 3 days. */
export function duration(ms: number): string {
  if (ms < S) return `${Math.max(0, Math.round(ms))}${NBSP}ms`;
  if (ms < 9.95 * S) return `${(ms / S).toFixed(1)}${NBSP}s`;
  if (ms < MIN - S / 2) return `${Math.round(ms / S)}${NBSP}s`;
  if (ms < H - S / 2) {
    const total = Math.round(ms / S);
    const seconds = total % 60;
    const minutes = `${Math.floor(total / 60)}${NBSP}min`;
    return seconds === 0 || total >= 30 * 60 ? minutes : `${minutes} ${two(seconds)}${NBSP}s`;
  }
  if (ms < 2 * DAY) {
    const total = Math.round(ms / MIN);
    const hours = `${Math.floor(total / 60)}${NBSP}h`;
    return total % 60 === 0 ? hours : `${hours} ${two(total % 60)}`;
  }
  return `${Math.round(ms / DAY)} days`;
}

/** 3–4 min: the unit once where both have the same; rounded to what can be meant. */
export function durationRange([low, high]: readonly [number, number]): string {
  const unit = high < 90 * S ? S : high < 2 * H ? MIN : high < 2 * DAY ? H : DAY;
  const name = unit === S ? "s" : unit === MIN ? "min" : unit === H ? "h" : "days";
  if (unit === H) {
    const [from, to] = [hoursOf(low), hoursOf(high)];
    return from === to ? from : `${from}–${to}`;
  }
  const from = Math.max(1, Math.round(low / unit));
  const to = Math.max(from, Math.round(high / unit));
  return from === to ? `${to}${NBSP}${name}` : `${from}–${to}${NBSP}${name}`;
}

/** To five minutes: 1 h 05. */
function hoursOf(ms: number): string {
  const fives = Math.max(1, Math.round(ms / (5 * MIN)));
  return `${Math.floor(fives / 12)}${NBSP}h ${two((fives % 12) * 5)}`;
}

/** 38 s, 26 min, 11 h; yesterday 18:40; then the date. */
export function age(at: number, nowMs: number): string {
  const ms = Math.max(0, nowMs - at);
  if (ms < MIN) return `${Math.floor(ms / S)}${NBSP}s`;
  if (ms < H) return `${Math.floor(ms / MIN)}${NBSP}min`;
  if (isSameDay(at, nowMs)) return `${Math.floor(ms / H)}${NBSP}h`;
  if (isSameDay(at, nowMs - DAY)) return clock(at).slice(0, 5);
  return day(at, nowMs);
}

/** How long ago, within a sentence: "26 min ago", "yesterday 18:40". */
export function ago(at: number, nowMs: number): string {
  if (isSameDay(at, nowMs) || nowMs - at < H) return `${age(at, nowMs)} ago`;
  return isSameDay(at, nowMs - DAY) ? `yesterday ${clock(at).slice(0, 5)}` : day(at, nowMs);
}

/** 14:06:28 */
export function clock(at: number): string {
  const date = inZone(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** 14:06:28.114 */
export const clockMs = (at: number): string =>
  `${clock(at)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;

/** 14:05 today, else with the day. */
export function until(at: number, nowMs: number): string {
  const time = clock(at).slice(0, 5);
  return isSameDay(at, nowMs) ? time : `${day(at, nowMs)} ${time}`;
}

/** 28 November, with the year where it is another. */
export function day(at: number, nowMs: number): string {
  const isThisYear = inZone(at).getFullYear() === inZone(nowMs).getFullYear();
  return inZone(at).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    ...(isThisYear ? {} : { year: "numeric" }),
  });
}

/** Today, Yesterday, or the weekday; null where the date says it. */
export function dayWord(at: number, nowMs: number): string | null {
  if (isSameDay(at, nowMs)) return "Today";
  if (isSameDay(at, nowMs - DAY)) return "Yesterday";
  return nowMs - at < 6 * DAY ? inZone(at).toLocaleDateString("en-GB", { weekday: "long" }) : null;
}

export const dayKey = (at: number): string => inZone(at).toDateString();

const isSameDay = (a: number, b: number) => dayKey(a) === dayKey(b);

/** The instant whole, with its zone, for tooltips and copies. */
export function instant(at: number): string {
  const date = inZone(at);
  const minutes = zone === "utc" ? 0 : -date.getTimezoneOffset();
  const suffix = `${minutes < 0 ? "−" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockMs(at)} ${suffix}`;
}
