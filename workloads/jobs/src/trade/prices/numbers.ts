// Reads prices as files write them: decimal points or commas, thousands separators, a currency sign, any kind of minus.
// Each column has one notation.

/** Texts for a day without a price. */
const ABSENT = /^(|\.|-|–|—|n\/?a|nan|null|none|#n\/a|no data)$/i;

export const isAbsent = (text: string): boolean => ABSENT.test(text.trim());

/** "1.234,56" */
export type Notation = "point" | "comma";

/** Returns the notation under which most of the column is numbers; a point if both do equally well. */
export function findNotation(cells: readonly string[]): Notation {
  const known = (notation: Notation) => cells.filter((text) => readNumber(text, notation) !== null).length;
  // A comma before a number of digits other than three is no thousands separator, so the column has decimal commas.
  const hasDecimalComma = cells.some((text) => /,\d{1,2}$|,\d{4,}$/.test(text.trim()));
  return hasDecimalComma && known("comma") >= known("point") ? "comma" : "point";
}

/** Returns the number in a cell; null if it contains none. */
export function readNumber(text: string, notation: Notation): number | null {
  const bare = text
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/^\((.*)\)$/, "-$1")
    .replace(/^(-?)(?:[$€£¥]|USD|EUR|GBP)\s*|\s*(?:[$€£¥]|USD|EUR|GBP)$/g, "$1")
    .replace(/(\d)[\s\u00a0\u202f'’](?=\d{3}(?!\d))/g, "$1");
  const [thousands, decimal] = notation === "point" ? [",", "."] : [".", ","];
  const grouped = new RegExp(`^[-+]?\\d{1,3}(\\${thousands}\\d{3})+(\\${decimal}\\d+)?$`);
  const digits = grouped.test(bare) ? bare.replaceAll(thousands, "") : bare;
  const plain = digits.replace(decimal, ".");
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}
