// Formats numbers for people in a report.
import { visibleControls } from "holdfast/extend";
import { unitsText } from "../config/decimal.js";
import { toCents } from "./figures.js";

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1234567.8` becomes `1,234,567.80`: exact to the cent, without floating point. */
export function money(amount: string): string {
  const [whole = "0", fraction = ""] = unitsText(toCents(amount), 2).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
}

/** `$1.25 bn`, `$830.4 m`, `$42 k`, for axes and labels. */
export function shortDollars(value: number): string {
  if (value >= 1e9) return `$${trim(value / 1e9, 2)} bn`;
  if (value >= 1e6) return `$${trim(value / 1e6, 1)} m`;
  return value >= 1e3 ? `$${trim(value / 1e3, 0)} k` : `$${trim(value, 0)}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function trim(value: number, decimals: number): string {
  return value.toFixed(decimals).replace(/\.0+$/, "");
}

export function escapeHtml(text: string): string {
  return visibleControls(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Display names of causes. */
export const KIND_LABELS: Readonly<Record<string, string>> = {
  census_base: "Census base",
  hire: "Hires",
  promotion: "Promotions",
  merit: "Merit",
  cola: "Cost of living",
};
