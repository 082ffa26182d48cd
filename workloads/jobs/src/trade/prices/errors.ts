// Problems of a price file, with the rows that show them. Nothing was computed. Correct the file, or set the option
// that says what is meant.

/** Maximum rows named in a message, which also gives their number. */
const ROWS_SHOWN = 3;

/** Possible problems, each with its remedy. */
const CURES = {
  encoding: "Save it as UTF-8 text.",
  empty: "A header and one row a day are expected.",
  columns: "Name the columns with --date-column and --price-column.",
  dateFormat: "Say which is meant with --date-format.",
  dates: "Correct the dates, or leave the rows out with --on-bad-row=skip.",
  numbers: "Correct the prices, or leave the rows out with --on-bad-row=skip.",
  duplicates: "Keep one price a day, or keep each day's first with --on-bad-row=skip.",
  order: "Sort the file by date, or have it sorted with --on-bad-row=skip.",
  split:
    "Adjust the file, or have earlier prices adjusted with --on-split=adjust; --on-split=keep takes them as they are.",
  tooFew: "Give a longer file, or shorter averages.",
} as const;

export type PriceProblem = keyof typeof CURES;

/** A row as a reader of the file counts: the header is row 1. */
export interface NamedRow {
  readonly row: number;
  readonly what: string;
}

export class PricesUnusableError extends Error {
  override readonly name = "PricesUnusableError";
  readonly code = "PRICES_UNUSABLE";
  readonly details: { readonly file: string; readonly problem: PriceProblem; readonly rows: readonly number[] };

  constructor(file: string, problem: PriceProblem, what: string, rows: readonly NamedRow[] = []) {
    const named = nameRows(rows);
    super(`Prices ${file}: ${what}${named === "" ? "." : `: ${named}.`} ${CURES[problem]}`);
    this.details = { file, problem, rows: rows.map(({ row }) => row) };
  }
}

/** Words a list of rows: "row 5 (2020-01-03), row 9 (2020-01-09) and 12 more". */
export function nameRows(rows: readonly NamedRow[]): string {
  const shown = rows.slice(0, ROWS_SHOWN).map(({ row, what }) => `row ${row}${what === "" ? "" : ` (${what})`}`);
  const rest = rows.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  const last = shown.at(-1);
  return shown.length < 2 ? (last ?? "") : `${shown.slice(0, -1).join(", ")} and ${last}`;
}
