// What is said about one criterion: how well it fits, and why. Unknown is not "no": it has no fit at all.

export interface Judgement {
  /** From 0 to 1; null where the data does not say. */
  readonly fit: number | null;
  readonly why: string;
}

export function unknown(reason: string): Judgement {
  return { fit: null, why: `unknown: ${reason}` };
}

/** Reasons stand in a table: a long cell is shown by its beginning. */
const SHOWN_CHARS_MAX = 80;

export function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX - 1).toWellFormed()}…` : line;
}

/** Shares keep four digits, so that a record reads as it was meant and adds up the same everywhere. */
export function roundShare(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
