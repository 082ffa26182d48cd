// Judgment of one criterion: how well it fits, and why. Unknown is not "no": it has no fit at all.

export interface Judgement {
  /** From 0 to 1; null if the data does not say. */
  readonly fit: number | null;
  readonly why: string;
}

export function unknown(reason: string): Judgement {
  return { fit: null, why: `unknown: ${reason}` };
}

/** Maximum characters of a cell shown in a reason, since reasons appear in a table. */
const SHOWN_CHARS_MAX = 80;

export function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX - 1).toWellFormed()}…` : line;
}

/** Rounds shares to four digits, so that records are readable and add up the same everywhere. */
export function roundShare(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
