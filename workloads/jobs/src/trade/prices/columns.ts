// Finds the columns with the day and its price, by the names that data vendors use. An ambiguous choice is reported.
import { PricesUnusableError } from "./errors.js";

export interface Columns {
  readonly date: number;
  readonly price: number;
  /** A note if it was chosen among several; null if there was only one. */
  readonly note: string | null;
}

const DATE_NAMES = ["date", "day", "datetime", "timestamp", "time", "observationdate", "tradedate", "datum", "fecha"];
/** Adjusted closes first, since they account for splits and dividends. */
const PRICE_NAMES = [
  ...["adjclose", "adjustedclose", "closeadj", "closeadjusted"],
  ...["close", "closeprice", "closelast", "last", "lastprice", "price", "settle", "settlement", "settlementprice"],
  ...["schlusskurs", "schluss", "kurs", "cierre", "value", "rate", "nav"],
];

export interface AskedColumns {
  readonly dateColumn?: string | undefined;
  readonly priceColumn?: string | undefined;
}

/**
 * Finds the columns. @throws {PricesUnusableError} PRICES_UNUSABLE if a named column does not exist, or none can be
 * recognized.
 */
export function findColumns(header: readonly string[], file: string, asked: AskedColumns): Columns {
  const names = header.map(plain);
  const given = (name: string | undefined, option: string) => {
    if (name === undefined) return null;
    const found = header.indexOf(name) >= 0 ? header.indexOf(name) : names.indexOf(plain(name));
    if (found >= 0) return found;
    throw new PricesUnusableError(file, "columns", `${option} "${name}" is no column; there are ${list(header)}`);
  };
  const date = given(asked.dateColumn, "--date-column") ?? DATE_NAMES.map((one) => names.indexOf(one)).find(isFound);
  if (date === undefined) {
    throw new PricesUnusableError(file, "columns", `no column is called a date; there are ${list(header)}`);
  }
  const asPrice = given(asked.priceColumn, "--price-column");
  if (asPrice !== null) return { date, price: asPrice, note: null };
  const known = PRICE_NAMES.map((one) => names.indexOf(one)).filter(isFound);
  const [price] = known;
  if (price !== undefined) {
    const others = known.slice(1).map((at) => `"${header[at]}"`);
    const note = others.length === 0 ? null : `Prices are column "${header[price]}", not ${others.join(" or ")}.`;
    return { date, price, note };
  }
  // If there are two columns and one is the day, the other is the price, whatever its name.
  if (header.length === 2) return { date, price: 1 - date, note: `Prices are column "${header[1 - date]}".` };
  throw new PricesUnusableError(file, "columns", `no column is called a price; there are ${list(header)}`);
}

const isFound = (at: number) => at >= 0;
const list = (header: readonly string[]) => header.map((name) => `"${name}"`).join(", ");
/** "Adj Close*" and "adj_close" are the same name; text in brackets is a unit. */
const plain = (name: string) =>
  name
    .replace(/[([].*[)\]]/g, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
