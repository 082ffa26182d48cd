// Checks a price file: days in order, one price each, and everything odd about it by row. Data that cannot be trusted
// is an error; the treatment of usable data is a finding that stays beside the result.
import { plural } from "holdfast/extend";
import { type Calendar, findCalendar, findGaps, isWeekend } from "./calendar.js";
import { type AskedColumns, findColumns } from "./columns.js";
import { type DateFormat, dayText, findDateFormat, readDay } from "./dates.js";
import { type NamedRow, nameRows, PricesUnusableError } from "./errors.js";
import { adjustForSplits, findSteps, splitWords } from "./jumps.js";
import { findNotation, isAbsent, readNumber } from "./numbers.js";
import { readTable, type Table } from "./table.js";

/** More rows are not daily prices: a market of 200 years has 50,000. */
const ROWS_MAX = 100_000;

export interface CheckOptions extends AskedColumns {
  readonly dateFormat: DateFormat | "detect";
  readonly calendar: Calendar | "detect";
  readonly onBadRow: "fail" | "skip";
  readonly onSplit: "fail" | "adjust" | "keep";
}

export type FindingKind =
  | "encoding"
  | "columns"
  | "dateFormat"
  | "badDates"
  | "absent"
  | "badNumbers"
  | "order"
  | "duplicates"
  | "notPositive"
  | "gaps"
  | "weekends"
  | "jumps"
  | "splits";

/** Something odd about the file, and how it was handled. */
export interface Finding {
  readonly kind: FindingKind;
  readonly tone: "info" | "warning";
  readonly text: string;
  /** Rows of the file that show it, the first 20. */
  readonly rows: readonly number[];
}

/** Daily prices: ascending days with one price each. Prices at or below zero are included; the backtest handles them. */
export interface Prices {
  /** Days since 1970. */
  readonly days: readonly number[];
  readonly closes: readonly number[];
  /** Row of each in the file. */
  readonly rows: readonly number[];
  readonly findings: readonly Finding[];
}

export interface CheckedPrices extends Prices {
  /** Name of the file, without its folders. */
  readonly file: string;
  /** SHA-256 of the file as read. */
  readonly sha256: string;
}

interface Entry {
  readonly row: number;
  readonly day: number;
  readonly close: number;
}

/** Checks a file. @throws {PricesUnusableError} PRICES_UNUSABLE, naming the rows. */
export function checkPrices(bytes: Uint8Array, file: string, options: CheckOptions): Prices {
  return new PriceCheck(file, options).run(bytes);
}

class PriceCheck {
  private readonly findings: Finding[] = [];

  constructor(
    private readonly file: string,
    private readonly options: CheckOptions,
  ) {}

  run(bytes: Uint8Array): Prices {
    const table = readTable(bytes, this.file);
    if (table.rows.length > ROWS_MAX) {
      throw new PricesUnusableError(
        this.file,
        "empty",
        `there are ${table.rows.length} rows, at most ${ROWS_MAX} are read`,
      );
    }
    if (table.encoding !== null) this.tell("encoding", "info", `The file is read as ${table.encoding}.`);
    const entries = this.once(this.ordered(this.entries(table)));
    const [days, rows] = [entries.map(({ day }) => day), entries.map(({ row }) => row)];
    const closes = this.judged(entries);
    return { days, closes, rows, findings: this.findings };
  }

  private tell(kind: FindingKind, tone: Finding["tone"], text: string, rows: readonly NamedRow[] = []): void {
    this.findings.push({ kind, tone, text, rows: rows.slice(0, 20).map(({ row }) => row) });
  }

  /** Leaves out rows at the user's request; otherwise reports an error. */
  private refuse(kind: FindingKind & ("badDates" | "badNumbers"), what: string, rows: readonly NamedRow[]): void {
    if (rows.length === 0) return;
    const problem = kind === "badDates" ? "dates" : "numbers";
    if (this.options.onBadRow === "fail") throw new PricesUnusableError(this.file, problem, what, rows);
    this.tell(
      kind,
      "warning",
      `${plural(rows.length, "row is", "rows are")} left out, ${what}: ${nameRows(rows)}.`,
      rows,
    );
  }

  private entries(table: Table): Entry[] {
    const { date, price, note } = findColumns(table.header, this.file, this.options);
    if (note !== null) this.tell("columns", "info", note);
    const cells = table.rows.map(({ row, cells: own }) => {
      return { row, text: (own[date] ?? "").trim(), priceText: (own[price] ?? "").trim() };
    });
    const format = this.formatOf(cells);
    const dated = cells.map((cell) => ({ ...cell, day: readDay(cell.text, format) }));
    const named = (text: string) => (text === "" ? "empty" : `"${text.slice(0, 30)}"`);
    const undated = dated.filter(({ day }) => day === null).map(({ row, text }) => ({ row, what: named(text) }));
    this.refuse("badDates", "the date cannot be read", undated);
    const withDay = dated.filter((cell): cell is typeof cell & { day: number } => cell.day !== null);
    const absent = withDay.filter(({ priceText }) => isAbsent(priceText));
    if (absent.length > 0) {
      const rows = absent.map(({ row, day }) => ({ row, what: dayText(day) }));
      this.tell("absent", "info", `${plural(rows.length, "day has", "days have")} no price: ${nameRows(rows)}.`, rows);
    }
    const present = withDay.filter(({ priceText }) => !isAbsent(priceText));
    const notation = findNotation(present.map(({ priceText }) => priceText));
    const read = present.map((cell) => ({ ...cell, close: readNumber(cell.priceText, notation) }));
    const unread = read.filter(({ close }) => close === null);
    const what = unread.map(({ row, priceText }) => ({ row, what: named(priceText) }));
    this.refuse("badNumbers", "the price is no number", what);
    return read.flatMap(({ row, day, close }) => (close === null ? [] : [{ row, day, close }]));
  }

  private formatOf(cells: readonly { readonly row: number; readonly text: string }[]): DateFormat {
    if (this.options.dateFormat !== "detect") return this.options.dateFormat;
    const { format, note } = findDateFormat(
      cells.filter(({ text }) => text !== ""),
      this.file,
    );
    if (note !== null) this.tell("dateFormat", "info", note);
    return format;
  }

  /** Some vendors put the newest first; days in mixed order are a mistake. */
  private ordered(entries: readonly Entry[]): readonly Entry[] {
    const back = entries.filter(({ day }, at) => day < (entries[at - 1]?.day ?? day));
    if (back.length === 0) return entries;
    if (entries.every(({ day }, at) => day <= (entries[at - 1]?.day ?? day))) {
      this.tell("order", "info", "The file has its newest day first; it is read from its end.");
      return [...entries].reverse();
    }
    const rows = back.map(({ row, day }) => ({ row, what: dayText(day) }));
    const what = "days are not in order, these come after a later one";
    if (this.options.onBadRow === "fail") throw new PricesUnusableError(this.file, "order", what, rows);
    this.tell("order", "warning", `The rows were sorted by date, since ${what}: ${nameRows(rows)}.`, rows);
    return [...entries].sort((a, b) => a.day - b.day || a.row - b.row);
  }

  private once(entries: readonly Entry[]): Entry[] {
    const kept: Entry[] = [];
    const [alike, unlike]: [NamedRow[], NamedRow[]] = [[], []];
    for (const entry of entries) {
      const before = kept.at(-1);
      if (before?.day !== entry.day) {
        kept.push(entry);
        continue;
      }
      const what = `${dayText(entry.day)}: ${entry.close}, and ${before.close} in row ${before.row}`;
      if (before.close === entry.close) alike.push({ row: entry.row, what: dayText(entry.day) });
      else unlike.push({ row: entry.row, what });
    }
    if (alike.length > 0) {
      const text = `${plural(alike.length, "day stands", "days stand")} there twice with one price: ${nameRows(alike)}.`;
      this.tell("duplicates", "warning", text, alike);
    }
    if (unlike.length > 0) {
      const what = "a day has two prices";
      if (this.options.onBadRow === "fail") throw new PricesUnusableError(this.file, "duplicates", what, unlike);
      this.tell(
        "duplicates",
        "warning",
        `The first price of a day is kept where there are two: ${nameRows(unlike)}.`,
        unlike,
      );
    }
    return kept;
  }

  /** Returns the prices to use, after all checks that need them in order. */
  private judged(entries: readonly Entry[]): readonly number[] {
    const at = (index: number) => entries[index] as Entry;
    const named = (index: number): NamedRow => ({ row: at(index).row, what: dayText(at(index).day) });
    const notPositive = entries.filter(({ close }) => close <= 0);
    if (notPositive.length > 0) {
      const rows = notPositive.map(({ row, day, close }) => ({ row, what: `${dayText(day)} at ${close}` }));
      const text =
        `${plural(rows.length, "price is", "prices are")} zero or below: ${nameRows(rows)}. No return exists into or out of ` +
        "such a day, so neither counts for any strategy or for holding. Who held then lost more than everything.";
      this.tell("notPositive", "warning", text, rows);
    }
    this.lookForGaps(entries, named);
    const closes = entries.map(({ close }) => close);
    const steps = findSteps(closes);
    const splits = steps.filter(({ split }) => split !== null);
    const jumps = steps.filter(({ split }) => split === null);
    const word = (step: (typeof steps)[number]): NamedRow => {
      const { row, what } = named(step.at);
      const percent = `${step.ratio > 1 ? "+" : ""}${((step.ratio - 1) * 100).toFixed(0)} %`;
      return { row, what: step.split === null ? `${what}, ${percent}` : `${what}, ${splitWords(step.split)}` };
    };
    if (jumps.length > 0) {
      const rows = jumps.map(word);
      const text = `${plural(rows.length, "price differs", "prices differ")} from the day before by over 40 %: ${nameRows(rows)}.`;
      this.tell("jumps", "warning", `${text} They are taken as they are.`, rows);
    }
    if (splits.length === 0) return closes;
    const rows = splits.map(word);
    const what = "steps look like splits that prices were not adjusted for";
    if (this.options.onSplit === "fail") throw new PricesUnusableError(this.file, "split", what, rows);
    const done = this.options.onSplit === "adjust" ? "Earlier prices were adjusted." : "They are taken as they are.";
    this.tell(
      "splits",
      "warning",
      `${plural(rows.length, "step looks", "steps look")} like a split: ${nameRows(rows)}. ${done}`,
      rows,
    );
    return this.options.onSplit === "adjust" ? adjustForSplits(closes, splits) : closes;
  }

  private lookForGaps(entries: readonly Entry[], named: (index: number) => NamedRow): void {
    const days = entries.map(({ day }) => day);
    const calendar = this.options.calendar === "detect" ? findCalendar(days) : this.options.calendar;
    if (calendar === "weekdays") {
      const rows = entries.flatMap(({ day }, index) => (isWeekend(day) ? [named(index)] : []));
      if (rows.length > 0) {
        this.tell(
          "weekends",
          "warning",
          `${plural(rows.length, "day is", "days are")} on a weekend: ${nameRows(rows)}.`,
          rows,
        );
      }
    }
    const gaps = findGaps(days, calendar);
    const unexplained = gaps.filter(({ missing, holidays }) => missing > holidays);
    if (gaps.length === 0) return;
    const longest = gaps.reduce((a, b) => (b.missing > a.missing ? b : a));
    const around = ({ before, after }: (typeof gaps)[number]) => {
      return `${dayText(days[before] as number)} to ${dayText(days[after] as number)}`;
    };
    const unit = calendar === "weekdays" ? "weekday" : "day";
    const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
    const rows = [...unexplained]
      .sort((a, b) => b.missing - b.holidays - (a.missing - a.holidays))
      .map((gap) => ({ row: named(gap.after).row, what: `${around(gap)}, ${plural(gap.missing, unit)} missing` }));
    const total = `${plural(missing, unit)} without a price in ${plural(gaps.length, "gap")}, the longest ${longest.missing} (${around(longest)})`;
    const reason =
      rows.length === 0
        ? "; each is at a holiday of United States markets."
        : calendar === "every-day"
          ? `: ${nameRows(rows)}.`
          : `; ${gaps.length - rows.length} at holidays of United States markets, ${rows.length} not: ${nameRows(rows)}.`;
    this.tell("gaps", rows.length === 0 ? "info" : "warning", `${total}${reason}`, rows);
  }
}
