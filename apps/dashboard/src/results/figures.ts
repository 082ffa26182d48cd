/** Figures of results in words: by the kind that a column or an axis declares. */
import { usd } from "../words/numbers.js";
import type { Column, PartOf } from "./parts.js";

const NBSP = "\u00a0";
const minus = (text: string) => text.replace("-", "−");

export function fixed(value: number, digits: number): string {
  const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  // What rounds to nothing has no sign.
  return minus(/^-0(\.0*)?$/.test(text) ? text.slice(1) : text);
}

/** As many digits as it has, two at most; of small figures three that say something. */
function plain(value: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 0.1;
  const options = isSmall ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 };
  return minus(value.toLocaleString("en-US", options));
}

export function cellText(value: string | number | boolean | null, column: Column): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  switch (column.kind) {
    case "percent":
      return `${fixed(value * 100, column.digits ?? 1)}${NBSP}%`;
    case "usd":
      return column.digits === undefined ? usd(value) : `$${fixed(value, column.digits)}`;
    default:
      return column.digits === undefined ? plain(value) : fixed(value, column.digits);
  }
}

/** A value beside the axis, and in the reading under the pointer. */
export function axisText(value: number, unit: PartOf<"series">["unit"], digits?: number): string {
  if (unit === "percent") return `${fixed(value * 100, digits ?? 0)}${NBSP}%`;
  const text = digits === undefined ? plain(value) : fixed(value, digits);
  return unit === "times" ? `×${text}` : text;
}

/** "25 Feb 2002" of a date, a number as it is. */
export function placeText(value: string | number): string {
  if (typeof value === "number") return plain(value).replaceAll(",", "");
  const date = new Date(value);
  if (!/^\d{4}-\d{2}-\d{2}/.test(value) || Number.isNaN(date.getTime())) return value;
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}
