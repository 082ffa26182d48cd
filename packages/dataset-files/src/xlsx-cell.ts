// The value of one cell of a sheet, out of what its XML says. Pure. Dates are numbers with a date format in Excel:
// which formats those are is decided here; so is what a cell without a usable value is called.

import type { Cell } from "@holdfast/core";

export type DateKind = "date" | "time" | "dateTime";

export interface XlsxStyles {
  /** By the index that a cell's `s` names; null for what is no date. */
  readonly dateKinds: readonly (DateKind | null)[];
  readonly is1904: boolean;
}

export interface XlsxCellXml {
  readonly type: string | undefined;
  readonly style: string | undefined;
  /** The text of `<v>`; null where there is none. */
  readonly value: string | null;
  /** The text of `<is>`; null where there is none. */
  readonly inline: string | null;
  readonly hasFormula: boolean;
}

export type CellOutcome =
  | { readonly ok: true; readonly value: Cell }
  | { readonly ok: false; readonly what: string; readonly cure: string };

const DAY_MS = 86_400_000;

export function readXlsxCell(cell: XlsxCellXml, sharedStrings: readonly string[], styles: XlsxStyles): CellOutcome {
  const { type = "n", value } = cell;
  if (type === "inlineStr") return text(cell.inline ?? "");
  if (value === null && cell.hasFormula) {
    return bad("a formula without a saved result", "Open the workbook in a spreadsheet program and save it");
  }
  if (value === null || (value === "" && type !== "s" && type !== "e")) return { ok: true, value: null };
  switch (type) {
    case "s": {
      const shared = /^\d+$/.test(value) ? sharedStrings[Number(value)] : undefined;
      if (shared !== undefined) return text(shared);
      return bad(`text number ${JSON.stringify(value)} is not in the workbook`, "Save the workbook again");
    }
    case "str":
      return text(value);
    case "b":
      if (value === "1" || value === "true") return { ok: true, value: true };
      if (value === "0" || value === "false") return { ok: true, value: false };
      return bad(`${JSON.stringify(value)} is neither true nor false`, "Enter the value again");
    case "e":
      return bad(`the error value ${value || "(unnamed)"}`, "Repair the formula, or paste its result as a value");
    case "d":
      return readIsoDate(value);
    case "n":
      return readNumber(value, cell.style, styles);
    default:
      return bad(`a cell of the unknown type ${JSON.stringify(type)}`, "Save the workbook again");
  }
}

function text(value: string): CellOutcome {
  return { ok: true, value: value === "" ? null : value };
}

function bad(what: string, cure: string): CellOutcome {
  return { ok: false, what, cure };
}

/** A date as ISO 8601 text: a day, an instant of a day, or a time. What no calendar has is a mistake, not a date. */
function readIsoDate(value: string): CellOutcome {
  const [, date, time] =
    /^(\d{4}-\d{2}-\d{2})?(?:T?(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:Z|[+-]\d{2}:\d{2})?)?$/.exec(value) ?? [];
  const isDay = date === undefined || isCalendarDay(date);
  const isTime = time === undefined || /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$/.test(time);
  if ((date ?? time) !== undefined && isDay && isTime) return { ok: true, value };
  return bad(`${JSON.stringify(value.slice(0, 40))} is no date`, "Enter the date again, as 2026-01-31");
}

function isCalendarDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function readNumber(value: string, style: string | undefined, styles: XlsxStyles): CellOutcome {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) {
    return bad(`${JSON.stringify(value.slice(0, 40))} is no number`, "Enter the value again");
  }
  const kind = style === undefined ? null : (styles.dateKinds[Number(style)] ?? null);
  if (kind === null) return { ok: true, value: number };
  const date = formatSerialDate(number, kind, styles.is1904);
  return date === null
    ? bad(
        `${value} is no date between the years 1900 and 9999`,
        "Enter the date again, or give the cell a number format",
      )
    : { ok: true, value: date };
}

/**
 * A spreadsheet's day number as ISO text: days from 1899-12-30 on (or 1904-01-01), the fraction is the time of day. The
 * 1900 system has a 29 February 1900 that never was (day 60): earlier days are one later than the count from 1899-12-30.
 */
export function formatSerialDate(serial: number, kind: DateKind, is1904: boolean): string | null {
  const totalMs = Math.round(serial * DAY_MS);
  if (kind === "time") return totalMs < 0 ? null : formatDuration(totalMs);
  if (!is1904 && Math.floor(serial) === 60) return kind === "date" ? "1900-02-29" : null;
  const epochMs = is1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30);
  const date = new Date(epochMs + totalMs);
  if (serial < 0 || Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return null;
  const iso = date.toISOString().slice(0, -1);
  if (kind === "date" && totalMs % DAY_MS === 0) return iso.slice(0, 10);
  return iso.endsWith(".000") ? iso.slice(0, -4) : iso;
}

function formatDuration(ms: number): string {
  const two = (count: number) => String(count).padStart(2, "0");
  const hours = Math.floor(ms / 3_600_000);
  const fraction = ms % 1000 === 0 ? "" : `.${String(ms % 1000).padStart(3, "0")}`;
  return `${two(hours)}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}${fraction}`;
}

/** What a number format shows, by its built-in id or its own pattern; null for what is no date. */
export function dateKindOf(formatId: number, pattern: string | undefined): DateKind | null {
  if (pattern === undefined) return builtInKind(formatId);
  const bare = pattern
    .split(";", 1)
    .join()
    .replace(/"[^"]*"/g, "") // literal text
    .replace(/[\\_*]./g, "") // an escaped character, a space as wide as one, a filling one
    .replace(/\[(h+|m+|s+)\]/gi, "$1") // elapsed time
    .replace(/\[[^\]]*\]/g, "") // colours, conditions, locales
    .replace(/AM\/PM|A\/P/gi, "h")
    .replace(/General/gi, "");
  const hasTime = /[hs]/i.test(bare);
  const hasDate = /[yd]/i.test(bare) || (/m/i.test(bare) && !hasTime);
  if (hasDate) return hasTime ? "dateTime" : "date";
  return hasTime ? "time" : null;
}

/** ECMA-376 part 1, 18.8.30; 27 to 36 and 50 to 58 are the dates of East Asian locales. */
function builtInKind(id: number): DateKind | null {
  if (id === 22) return "dateTime";
  if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47) || (id >= 32 && id <= 35) || id === 55 || id === 56)
    return "time";
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return "date";
  return null;
}

/** `_x000D_` stands for a character that XML cannot hold; `_x005F_` for an underscore that would begin such a code. */
export function decodeEscapes(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `BC12` → 54 (zero-based); null when the reference is none. */
export function columnIndexOf(reference: string): number | null {
  const letters = /^([A-Z]{1,3})\d+$/.exec(reference)?.[1];
  if (letters === undefined) return null;
  let index = 0;
  for (const letter of letters) index = index * 26 + letter.charCodeAt(0) - 64;
  return index - 1;
}

export function columnLetters(index: number): string {
  let letters = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}
