/** Real-life price files: usable data is used with a note, unusable data is refused with its rows. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sampleFile } from "../input/samples.js";
import { type CheckOptions, checkPrices, type Finding } from "./check.js";
import { dayText } from "./dates.js";
import { PricesUnusableError } from "./errors.js";

const OPTIONS: CheckOptions = { dateFormat: "detect", calendar: "detect", onBadRow: "fail", onSplit: "fail" };

function check(file: string | Uint8Array, options: Partial<CheckOptions> = {}) {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const { days, closes, rows, findings } = checkPrices(bytes, "p.csv", { ...OPTIONS, ...options });
  return { days: days.map(dayText), closes, rows, findings };
}

const csv = (...rows: readonly string[]) => `Date,Close\n${rows.join("\n")}\n`;
const told = (findings: readonly Finding[]) => findings.map(({ kind, tone, rows }) => [kind, tone, ...rows]);

function refused(file: string | Uint8Array, options: Partial<CheckOptions> = {}) {
  try {
    check(file, options);
  } catch (error) {
    if (!(error instanceof PricesUnusableError)) throw error;
    return [error.details.problem, ...error.details.rows, error.message] as const;
  }
  throw new Error("it was taken");
}

/** Monday 5 January 2026 and the following days. */
const MONDAY = csv("2026-01-05,10", "2026-01-06,11", "2026-01-07,12");
const CLEAN = { days: ["2026-01-05", "2026-01-06", "2026-01-07"], closes: [10, 11, 12] };

describe("a price file", () => {
  test("that is clean has no findings", () => {
    expect(check(MONDAY)).toEqual({ ...CLEAN, rows: [2, 3, 4], findings: [] });
  });

  test.each<readonly [what: string, file: string | Uint8Array, kinds: readonly string[]]>([
    ["a byte order mark", `\ufeff${MONDAY}`, []],
    ["line ends of Windows", MONDAY.replaceAll("\n", "\r\n"), []],
    ["semicolons", MONDAY.replaceAll(",", ";"), []],
    ["tabs", MONDAY.replaceAll(",", "\t"), []],
    ["semicolons and decimal commas", "Datum;Schluss\n05.01.2026;10,00\n06.01.2026;11,00\n07.01.2026;12,00\n", []],
    ["UTF-16", new Uint8Array(Buffer.from(`\ufeff${MONDAY}`, "utf16le")), ["encoding"]],
    ["quotes", 'Date,"Close (USD, daily)"\n"2026-01-05","10"\n2026-01-06,"11"\n2026-01-07,12\n', []],
    ["other columns", "Open,Trade Date,Last\n1,2026-01-05,10\n1,2026-01-06,11\n1,2026-01-07,12\n", []],
    [
      "a close and an adjusted one",
      "Date,Close,Adj Close\n2026-01-05,20,10\n2026-01-06,22,11\n2026-01-07,24,12\n",
      ["columns"],
    ],
    ["a name of its own", "Date,DCOILWTICO\n2026-01-05,10\n2026-01-06,11\n2026-01-07,12\n", ["columns"]],
    ["times of day", MONDAY.replaceAll(/(-0\d),/g, "$1T00:00:00Z,"), []],
    ["compact dates", csv("20260105,10", "20260106,11", "20260107,12"), []],
    ["names of months", csv("05 Jan 2026,10", "06-Jan-26,11", '"Jan 7, 2026",12'), []],
    ["currency signs and thousands", csv("2026-01-05,$10.00", '2026-01-06,"$11.00"', "2026-01-07,USD 12"), []],
    ["the day first, as only daily steps tell", csv("05/01/2026,10", "06/01/2026,11", "07/01/2026,12"), ["dateFormat"]],
    ["the newest day first", csv("2026-01-07,12", "2026-01-06,11", "2026-01-05,10"), ["order"]],
    ["empty lines", MONDAY.replaceAll("\n", "\n\n"), []],
  ])("with %s is read", (_, file, kinds) => {
    const { days, closes, findings } = check(file);
    expect({ days, closes }).toEqual(CLEAN);
    expect(findings.map(({ kind, tone }) => [kind, tone])).toEqual(kinds.map((kind) => [kind, "info"]));
  });

  test("with thousands separators is read correctly, in either notation", () => {
    expect(check(csv('2026-01-05,"1,234.50"', '2026-01-06,"1,235"')).closes).toEqual([1_234.5, 1_235]);
    expect(check("Date;Close\n2026-01-05;1.234,50\n2026-01-06;1.235,00\n").closes).toEqual([1_234.5, 1_235]);
  });
});

describe("unusable data is refused, with its rows and a remedy", () => {
  test.each<readonly [what: string, problem: string, rows: readonly number[], file: string | Uint8Array]>([
    ["nothing in it", "empty", [], ""],
    ["a header alone", "empty", [], "Date,Close\n"],
    ["bytes of a picture", "encoding", [], new Uint8Array([137, 80, 78, 71, 0, 0, 1])],
    ["no date", "columns", [], "Name,Close,High\na,1,2\n"],
    ["no price", "columns", [], "Date,Open,High\n2026-01-05,1,2\n"],
    ["a day that is none", "dates", [3], csv("2026-01-05,10", "2026-02-30,11", "2026-01-07,12")],
    ["a text for a day", "dates", [3, 4], csv("2026-01-05,10", "soon,11", ",12", "2026-01-07,12")],
    ["a text for a price", "numbers", [3], csv("2026-01-05,10", "2026-01-06,eleven", "2026-01-07,12")],
    ["two numbers for a price", "numbers", [3], csv("2026-01-05,10", "2026-01-06,11 12.5", "2026-01-07,12")],
    ["Infinity for a price", "numbers", [3], csv("2026-01-05,10", "2026-01-06,Infinity", "2026-01-07,12")],
    ["a day with two prices", "duplicates", [3], csv("2026-01-05,10", "2026-01-05,11", "2026-01-07,12")],
    ["days that go back", "order", [4], csv("2026-01-05,10", "2026-01-07,11", "2026-01-06,12")],
    ["days of two readings", "dateFormat", [2, 3], csv("03/04/2026,10", "05/02/2026,12")],
    [
      "a split",
      "split",
      [6],
      csv(...["100", "101", "100", "101", "50.4", "50.2", "50.5"].map((close, at) => `2026-01-0${at + 1},${close}`)),
    ],
  ])("%s", (_, problem, rows, file) => {
    const [found, ...rest] = refused(file);
    expect([found, ...rest.slice(0, -1)]).toEqual([problem, ...rows]);
    const message = String(rest.at(-1));
    expect(message).toMatch(/^Prices p\.csv: .*\. [A-Z].*\.$/);
    for (const row of rows) expect(message).toContain(`row ${row}`);
  });

  test("a requested column that does not exist is reported with the existing ones", () => {
    expect(refused(MONDAY, { priceColumn: "Settle" })[1]).toContain('"Settle" is no column; there are "Date", "Close"');
    expect(check(MONDAY.replace("Close", "Preis neu"), { priceColumn: "preis neu" }).closes).toEqual([10, 11, 12]);
  });

  test("many rows are counted, three of them named", () => {
    const bad = Array.from({ length: 30 }, (_, at) => `2026-03-${String(at + 1).padStart(2, "0")},x`);
    const message = refused(csv("2026-01-05,10", ...bad)).at(-1);
    expect(message).toContain('row 3 ("x"), row 4 ("x"), row 5 ("x") and 27 more');
  });
});

describe("data used at the user's request is a warning with its rows", () => {
  test("bad rows are left out, days sorted, the first of two prices kept", () => {
    const rows = ["2026-01-05,10", "soon,11", "2026-01-07,x", "2026-01-08,13", "2026-01-06,11", "2026-01-06,12"];
    const { days, closes, findings } = check(csv(...rows), { onBadRow: "skip", calendar: "every-day" });
    expect([days, closes]).toEqual([
      ["2026-01-05", "2026-01-06", "2026-01-08"],
      [10, 11, 13],
    ]);
    expect(told(findings)).toEqual([
      ["badDates", "warning", 3],
      ["badNumbers", "warning", 4],
      ["order", "warning", 6],
      ["duplicates", "warning", 7],
      ["gaps", "warning", 5],
    ]);
  });

  test("a split is adjusted or kept unchanged, including one for ten", () => {
    const closes = ["100", "101", "100", "101", "50.4", "50.2", "50.5"];
    const split = csv(...closes.map((close, at) => `2026-01-0${at + 1},${close}`));
    expect(check(split, { onSplit: "adjust" }).closes.slice(0, 5)).toEqual([50, 50.5, 50, 50.5, 50.4]);
    expect(told(check(split, { onSplit: "keep" }).findings)).toContainEqual(["splits", "warning", 6]);
    const reverse = csv(...["5", "5.1", "5", "50.5", "50", "51"].map((close, at) => `2026-01-0${at + 1},${close}`));
    expect(refused(reverse).at(-1)).toContain("1 for 10");
    expect(check(reverse, { onSplit: "adjust" }).closes.slice(0, 4)).toEqual([50, 51, 50, 50.5]);
  });

  test("a jump among jumps is not a split, and is reported", () => {
    const wild = csv(...["100", "62", "110", "55", "100", "52"].map((close, at) => `2026-01-0${at + 1},${close}`));
    const { findings } = check(wild, { calendar: "every-day" });
    expect(told(findings)).toEqual([["jumps", "warning", 4, 5, 6, 7]]);
  });

  test("a price of zero or below stays, with a note that no return exists", () => {
    const { closes, findings } = check(csv("2026-01-05,10", "2026-01-06,-3.2", "2026-01-07,0", "2026-01-08,9"));
    expect(closes).toEqual([10, -3.2, 0, 9]);
    expect(told(findings)).toEqual([["notPositive", "warning", 3, 4]]);
    expect(findings[0]?.text).toMatch(
      /row 3 \(2026-01-06 at -3\.2\) and row 4.*No return exists.*lost more than everything/,
    );
  });

  test("a day without a price is distinguished from an unreadable one", () => {
    const { days, findings } = check(
      csv("2026-01-05,10", "2026-01-06,.", "2026-01-07,", "2026-01-08,n/a", "2026-01-09,12"),
    );
    expect(days).toEqual(["2026-01-05", "2026-01-09"]);
    expect(told(findings)[0]).toEqual(["absent", "info", 3, 4, 5]);
  });
});

describe("gaps", () => {
  test("do not exist on weekends, are notes on holidays, and are warnings elsewhere, with the next row", () => {
    // Friday to Monday; Martin Luther King Day, Monday 19 January 2026.
    expect(check(csv("2026-01-09,10", "2026-01-12,11")).findings).toEqual([]);
    expect(told(check(csv("2026-01-16,10", "2026-01-20,11")).findings)).toEqual([["gaps", "info"]]);
    const { findings } = check(csv("2026-01-05,10", "2026-01-06,10", "2026-01-20,11"));
    expect(told(findings)).toEqual([["gaps", "warning", 4]]);
    expect(findings[0]?.text).toContain("2026-01-06 to 2026-01-20, 9 weekdays missing");
  });

  test("in a market that never closes include weekends", () => {
    const days = Array.from({ length: 28 }, (_, at) => `2026-02-${String(at + 1).padStart(2, "0")},${10 + at / 100}`);
    expect(check(csv(...days)).findings).toEqual([]);
    expect(told(check(csv(...days.filter((_, at) => at !== 13 && at !== 14))).findings)).toEqual([
      ["gaps", "warning", 15],
    ]);
  });

  test("with a weekend price in a weekday market give a warning", () => {
    const days = Array.from({ length: 30 }, (_, at) => new Date(Date.UTC(2026, 1, 1 + at)))
      .filter((day) => day.getUTCDay() % 6 !== 0 || day.getUTCDate() === 14)
      .map((day) => `${day.toISOString().slice(0, 10)},10`);
    expect(told(check(csv(...days)).findings)[0]).toEqual(["weekends", "warning", 12]);
  });
});

test("the included oil prices: one day below zero, two jumps, gaps mostly on holidays", () => {
  const { days, closes, findings } = check(readFileSync(sampleFile("wti-daily")));
  expect([days.length, days[0], days.at(-1)]).toEqual([10_226, "1986-01-02", "2026-08-18"]);
  expect(closes[days.indexOf("2020-04-20")]).toBe(-36.98);
  expect(findings.map(({ kind, rows }) => [kind, rows[0]])).toEqual([
    ["notPositive", 8645],
    ["gaps", expect.any(Number)],
    ["jumps", 8632],
  ]);
  expect(check(readFileSync(sampleFile("brent-daily"))).days).toHaveLength(9_958);
});
