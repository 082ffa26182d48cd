// Reads cells of prospects, as people fill them in, as text, numbers and lists. Nothing is guessed: an unreadable cell
// is unknown, with the reason, and never a "no".

export type Cell = string | number | boolean | null;
export type Cells = Readonly<Record<string, Cell>>;

/**
 * Returns lower case without accents and punctuation, except `+` and `#`: "C++" and "C#" differ, "São Paulo" and "Sao
 * Paulo" do not.
 */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}+#]+/gu, " ")
    .trim();
}

/** Texts that people write for a missing value. */
const MISSING = new Set(["", "-", "–", "—", "?", "n/a", "na", "n.a.", "#n/a", "null", "unknown", "tbd"]);

/** Returns the cell's text; null if it is missing. */
export function textOf(cells: Cells, field: string): string | null {
  const cell = Object.hasOwn(cells, field) ? cells[field] : null;
  if (cell === null || cell === undefined) return null;
  const text = String(cell).trim();
  return MISSING.has(text.toLowerCase()) ? null : text;
}

/** Returns the cell as a number or text; null if it is missing. */
export function amountOf(cells: Cells, field: string): string | number | null {
  const cell = Object.hasOwn(cells, field) ? cells[field] : null;
  return typeof cell === "number" ? cell : textOf(cells, field);
}

/** Returns every value of a cell, folded: the whole, and its parts between commas, semicolons and bars. */
export function valuesOf(text: string): ReadonlySet<string> {
  return new Set([text, ...text.split(/[;,|\n]/)].map(fold).filter((value) => value !== ""));
}

export type NumberCell =
  | { readonly value: number; readonly isExact: boolean; readonly currency: string | null }
  | { readonly value: null };

const CURRENCY_SIGNS: Readonly<Record<string, string>> = { $: "USD", "€": "EUR", "£": "GBP", "¥": "JPY" };
const SCALES: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  mn: 1e6,
  million: 1e6,
  b: 1e9,
  bn: 1e9,
  billion: 1e9,
};
const NUMBER = String.raw`(-?\d[\d.,' \u00a0\u202f]*?)\s*(k|mn|million|m|bn|billion|b)?`;
const ONE = new RegExp(`^${NUMBER}\\s*\\+?$`, "i");
const TWO = new RegExp(`^${NUMBER}\\s*(?:-|–|—|to|\\.\\.)\\s*${NUMBER}$`, "i");

/**
 * Reads a number as people write it: `1,200`, `~300`, `$5.2M`, `10k+`, `EUR 3 million`, and `51-200`, which gives its
 * middle. A single comma or dot before exactly three final digits separates thousands.
 */
export function numberOf(cell: string | number): NumberCell {
  if (typeof cell === "number") return { value: cell, isExact: true, currency: null };
  const text = cell.trim();
  let rest = text.replace(/^(?:~|≈|>|<|about |approx\.? |ca\.? )\s*/i, "");
  let currency: string | null = null;
  rest = rest.replace(/^([$€£¥]|[A-Z]{3}(?=[\s\d]))\s*|\s*([$€£¥]|\b[A-Z]{3})$/, (found) => {
    const mark = found.trim();
    currency = CURRENCY_SIGNS[mark] ?? mark;
    return "";
  });
  const isExact = rest === text;
  const pair = TWO.exec(rest);
  if (pair !== null) {
    const high = scaled(pair[3], pair[4]);
    const low = scaled(pair[1], pair[2] ?? pair[4]);
    if (low === null || high === null || low > high) return { value: null };
    return { value: (low + high) / 2, isExact: false, currency };
  }
  const single = ONE.exec(rest);
  const value = single === null ? null : scaled(single[1], single[2]);
  return value === null ? { value: null } : { value, isExact: isExact && /^-?\d+(\.\d+)?$/.test(rest), currency };
}

function scaled(digits: string | undefined, scale: string | undefined): number | null {
  const plain = (digits ?? "").replace(/[' \u00a0\u202f]/g, "");
  // "1.250M" is a million and a quarter: before a scale, a dot is always the decimal point.
  const value = scale !== undefined && /^-?\d+\.\d+$/.test(plain) ? Number(plain) : plainNumber(plain);
  return value === null ? null : value * (SCALES[(scale ?? "").toLowerCase()] ?? 1);
}

function plainNumber(text: string): number | null {
  const grouped = /^-?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?$/.exec(text);
  if (grouped !== null) {
    const [, separator = ","] = grouped;
    return Number(text.replaceAll(separator, "").replace(",", "."));
  }
  return /^-?\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : null;
}
