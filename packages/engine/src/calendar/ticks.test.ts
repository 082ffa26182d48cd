/** The instants of schedules over the clock changes of 2018, against a calculation of its own: minute by minute, from a table of the changes. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronTicks, everyTicks, type Ticks } from "./ticks.js";
import { systemZones, type Zone, type ZoneData } from "./zone.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const YEAR = { from: Date.UTC(2018, 0, 1), to: Date.UTC(2019, 0, 1) };

/** Offsets in hours, each from its instant on. */
const CHANGES: Readonly<Record<string, readonly (readonly [from: string, hours: number])[]>> = {
  "Europe/Oslo": [
    ["2017-10-29T01:00Z", 1],
    ["2018-03-25T01:00Z", 2],
    ["2018-10-28T01:00Z", 1],
  ],
  "America/Sao_Paulo": [
    ["2017-10-15T03:00Z", -2],
    ["2018-02-18T02:00Z", -3],
    ["2018-11-04T03:00Z", -2],
  ],
  "Australia/Lord_Howe": [
    ["2017-09-30T15:30Z", 11],
    ["2018-03-31T15:00Z", 10.5],
    ["2018-10-06T15:30Z", 11],
  ],
};
const ZONES = Object.keys(CHANGES);

/** Values of a field that are tested: `*`, steps, lists, ranges, numbers. */
function valuesOf(field: string, max: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [low = 0, high = low] = range === "*" ? [0, max] : range.split("-").map(Number);
    for (let value = low; value <= high; value += Number(step)) values.add(value);
  }
  return values;
}

/** Each minute of the year in order; `cron` restricts minute and hour alone. */
function reference(cron: string, zone: string): number[] {
  const [minuteField = "*", hourField = "*"] = cron.split(" ");
  const [minutes, hours] = [valuesOf(minuteField, 59), valuesOf(hourField, 23)];
  const isFixed = !`${minuteField}${hourField}`.includes("*");
  /** Of the minutes since 1970 by a local clock. */
  const isTime = (local: number) => minutes.has(local % 60) && hours.has(Math.floor(local / 60) % 24);
  /** Whether something is left of the window (hours in a row, or the whole day) to which a missing minute belongs. */
  const isLeft = (missing: number, gap: readonly [number, number]) => {
    if (hourField.includes("*")) return true;
    const hour = Math.floor(missing / 60) % 24;
    let [low, high] = [hour, hour];
    while (hours.has(low - 1)) low -= 1;
    while (hours.has(high + 1)) high += 1;
    const midnight = missing - (missing % 1_440);
    for (let local = midnight + low * 60; local < midnight + (high + 1) * 60; local++) {
      if (isTime(local) && (local < gap[0] || local >= gap[1])) return true;
    }
    return false;
  };
  const ticks: number[] = [];
  const seen = new Set<number>();
  const changes = (CHANGES[zone] ?? []).map(([from, h]) => ({ at: Date.parse(from) / MINUTE_MS, offset: h * 60 }));
  let offset = changes.shift()?.offset ?? 0;
  for (let at = YEAR.from / MINUTE_MS - 2_880; at < YEAR.to / MINUTE_MS; at++) {
    let isMadeUp = false;
    if (at === changes[0]?.at) {
      const before = at + offset;
      offset = changes.shift()?.offset ?? 0;
      for (let missing = before; missing < at + offset; missing++) {
        isMadeUp ||= isTime(missing) && (isFixed || !isLeft(missing, [before, at + offset]));
      }
    }
    const local = at + offset;
    const isOwn = isTime(local) && !(isFixed && seen.has(local));
    if (isOwn && isFixed) seen.add(local);
    if (isOwn || isMadeUp) ticks.push(at * MINUTE_MS);
  }
  return ticks.filter((at) => at >= YEAR.from);
}

function listTicks(ticks: Ticks, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = ticks.next(from - 1); at !== null && at < to; at = ticks.next(at)) found.push(at);
  return found;
}

const utc = (ticks: readonly number[]) => ticks.map((at) => new Date(at).toISOString().slice(0, 16));
const iso = (text: string) => Date.parse(text);

const EXPRESSIONS = [
  "30 2 * * *",
  "0,30 2 * * *",
  "*/30 2 * * *",
  "30 1-3 * * *",
  "0 0 * * *",
  "15 0-23/2 * * *",
  "0-20/10 2 * * *",
  "* 0 * * *",
  "*/20 1,2 * * *",
  "* 2 * * *",
  "30 * * * *",
  "15 */2 * * *",
  "10,40 0,1,2,3 * * *",
  "0-59 1-2 * * *",
];

describe("the year 2018", () => {
  test.each(ZONES)("a schedule every minute ticks at each minute of the year in %s", (zone) => {
    const ticks = cronTicks("* * * * *", zone, systemZones);
    const expected = reference("* * * * *", zone);
    expect(expected).toHaveLength(525_600);
    expect(ticks.count(YEAR.from - 1, YEAR.to - 1)).toBe(525_600);
    // All of the three days around each change, and the year by its steps.
    for (const [from] of CHANGES[zone] ?? []) {
      const [low, high] = [iso(from) - 36 * HOUR_MS, iso(from) + 36 * HOUR_MS];
      if (low < YEAR.from) continue;
      expect(listTicks(ticks, low, high)).toEqual(expected.filter((at) => at >= low && at < high));
    }
    for (const at of expected) if (at % (7 * HOUR_MS) === 0) expect(ticks.next(at - 1)).toBe(at);
  });

  test.each(ZONES)("lists, ranges and steps tick as calculated in %s", (zone) => {
    for (const cron of EXPRESSIONS) {
      const ticks = cronTicks(cron, zone, systemZones);
      const expected = reference(cron, zone);
      expect({ cron, ticks: utc(listTicks(ticks, YEAR.from, YEAR.to)) }).toEqual({ cron, ticks: utc(expected) });
      expect(ticks.count(YEAR.from - 1, YEAR.to - 1)).toBe(expected.length);
    }
  });

  test("in words: a missing time ticks once after the gap, a doubled one the first time", () => {
    const on = (cron: string, day: string) =>
      utc(listTicks(cronTicks(cron, "Europe/Oslo", systemZones), iso(`${day}T00:00Z`), iso(`${day}T12:00Z`)));
    expect(on("30 2 * * *", "2018-03-25")).toEqual(["2018-03-25T01:00"]);
    expect(on("0,30 2 * * *", "2018-03-25")).toEqual(["2018-03-25T01:00"]);
    expect(on("*/30 2 * * *", "2018-03-25")).toEqual(["2018-03-25T01:00"]);
    expect(on("30 1-3 * * *", "2018-10-28")).toEqual(["2018-10-28T00:30", "2018-10-28T02:30"]);
    expect(on("30 * * * *", "2018-10-28").slice(0, 3)).toEqual([
      "2018-10-28T00:30",
      "2018-10-28T01:30",
      "2018-10-28T02:30",
    ]);
  });
});

test("a day that a zone left out moves its ticks to the first instant of the next, once", () => {
  // Samoa went from 29 to 31 December 2011.
  const ticks = (cron: string) =>
    utc(listTicks(cronTicks(cron, "Pacific/Apia", systemZones), iso("2011-12-29T12:00Z"), iso("2012-01-01T12:00Z")));
  expect(ticks("0 6 * * *")).toEqual(["2011-12-29T16:00", "2011-12-30T10:00", "2011-12-30T16:00", "2011-12-31T16:00"]);
  expect(ticks("0 0 * * *")).toEqual(["2011-12-30T10:00", "2011-12-31T10:00", "2012-01-01T10:00"]);
});

test("an expression that never ticks, or not within five years, has no next instant", () => {
  const next = (cron: string) => cronTicks(cron, "UTC", systemZones).next(iso("2026-01-01T00:00Z"));
  expect(next("0 0 30 2 *")).toBeNull();
  expect(next("0 0 31 4,6,9,11 *")).toBeNull();
  expect(next("0 0 29 2 +1")).toBeNull(); // 29 February on a Monday: 2044
  expect(next("0 0 29 2 *")).toBe(iso("2028-02-29T00:00Z"));
});

test("a day of the month and a weekday that are both restricted tick on either; Sunday is also 7", () => {
  const ticks = (cron: string) =>
    utc(listTicks(cronTicks(cron, "UTC", systemZones), iso("2026-06-01T00:00Z"), iso("2026-06-10T00:00Z")));
  expect(ticks("0 9 2 * 1")).toEqual(["2026-06-01T09:00", "2026-06-02T09:00", "2026-06-08T09:00"]);
  expect(ticks("0 9 * * 7")).toEqual(ticks("0 9 * * 0"));
  expect(ticks("@weekly")).toEqual(["2026-06-07T00:00"]);
});

test.each([
  ["0 0 * *", /five fields are expected/],
  ["0 0 0 * * *", /five fields are expected/],
  ["60 * * * *", /not a cron expression/],
  ["0 24 * * *", /not a cron expression/],
  ["5-1 * * * *", /not a cron expression/],
  ["*/0 * * * *", /not a cron expression/],
  ["one * * * *", /not a cron expression/],
  ["@reboot", /five fields/],
])("%s is refused", (cron, message) => {
  expect(() => cronTicks(cron, "UTC", systemZones)).toThrow(message);
});

test.each(["Europe/Olso", "", "+01:00", "Mars/Phobos"])('the zone "%s" is refused', (zone) => {
  expect(() => cronTicks("0 0 * * *", zone, systemZones)).toThrow(/there is no time zone/);
});

test("ten years of missed minutes are counted, and the last one found, in milliseconds", () => {
  const ticks = cronTicks("* * * * *", "Europe/Oslo", systemZones);
  const [from, to] = [iso("2016-01-01T00:00Z"), iso("2026-01-01T00:00Z")];
  const startedMs = performance.now();
  expect(ticks.count(from, to)).toBe((to - from) / MINUTE_MS);
  expect(ticks.last(to, from)).toBe(to);
  // 60 ms on an idle machine; a loop over five million minutes takes a hundred times as long.
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});

test("a period ticks at its anchor plus whole periods, whenever it is asked", () => {
  const ticks = everyTicks(500, 3_000);
  expect(ticks.next(499)).toBe(500);
  expect(ticks.next(500)).toBe(3_500);
  expect(ticks.last(9_499, 0)).toBe(6_500);
  expect(ticks.last(6_499, 3_500)).toBeNull();
  expect(ticks.count(500, 9_500)).toBe(3);
});

const fields = fc.tuple(
  fc.constantFrom("*", "0", "30", "*/15", "0,20,40", "5-10", "59"),
  fc.constantFrom("*", "0", "2", "*/3", "1-3", "23", "0,2,12"),
  fc.constantFrom("*", "1", "25", "L", "*/10"),
  fc.constantFrom("*", "3", "10", "1-6"),
  fc.constantFrom("*", "0", "1-5", "SUN#L"),
);

test("any expression: instants ascend, lie after what was asked for, and are found backward and counted alike", () => {
  fc.assert(
    fc.property(
      fields,
      fc.constantFrom(...ZONES, "UTC", "Africa/Casablanca", "America/St_Johns", "Pacific/Apia", "Asia/Tehran"),
      fc.integer({ min: iso("2011-01-01T00:00Z"), max: iso("2027-01-01T00:00Z") }),
      (parts, zone, after) => {
        const ticks = cronTicks(parts.join(" "), zone, systemZones);
        let at = after;
        for (let step = 1; step <= 4; step++) {
          const next = ticks.next(at);
          if (next === null) return;
          expect(next).toBeGreaterThan(at);
          expect(ticks.last(next, at)).toBe(next);
          expect(ticks.last(next - 1, at)).toBeNull();
          expect(ticks.next(Math.floor((at + next) / 2))).toBe(next);
          expect(ticks.count(after, next)).toBe(step);
          at = next;
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("zone data of two versions give each their own instants", () => {
  const fixed = (version: string, hours: number): ZoneData => ({
    version,
    zone: (name): Zone => ({ name, offsetMs: () => hours * HOUR_MS }),
  });
  const [older, newer] = [fixed("2026a", 1), fixed("2026b", 2)];
  const at = iso("2026-06-01T00:00Z");
  expect(utc([cronTicks("0 6 * * *", "X", older).next(at) ?? 0])).toEqual(["2026-06-01T05:00"]);
  expect(utc([cronTicks("0 6 * * *", "X", newer).next(at) ?? 0])).toEqual(["2026-06-01T04:00"]);
  expect(cronTicks("0 6 * * *", "X", newer).localOf(iso("2026-06-01T04:00Z"))).toBe("2026-06-01T06:00");
  expect(cronTicks("* 6 * * *", "X", newer).localOf(at)).toBeNull();
});
