/**
 * CSV cells and lines (RFC 4180) that are safe to open in a spreadsheet and to print: text never becomes a formula,
 * control characters become visible, numbers stay numbers. Reading back is lossless except for those characters and the
 * apostrophe that defuses a formula.
 */

import { visibleControls } from "./visible-controls.js";

export type CsvValue = string | number | boolean | null | undefined;

/**
 * First characters that make a spreadsheet treat text as a formula or a command: = + - @, tab and carriage return
 * (OWASP, "CSV Injection"), line feed (skipped before the test by some), and their full-width forms.
 */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** Formats one cell. Text is made safe for spreadsheets and quoted as needed; null and undefined are empty; numbers are written as they are. */
export function csvCell(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  if (typeof value === "boolean") return String(value);
  const text = visibleControls(value);
  const safe = FORMULA_START.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Formats one record with its line end (CRLF, as in the RFC). */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(csvCell).join(",")}\r\n`;
}
