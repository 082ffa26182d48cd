/** Cursors of pages: the numbers at which the next page begins, joined by `_`. */
import { WrongUseError } from "@holdfast/core";

/** @throws {WrongUseError} WRONG_USE — for what was never the `next` of a page. */
export function readCursor(cursor: string, partCount: 1): readonly [number];
export function readCursor(cursor: string, partCount: 2): readonly [number, number];
export function readCursor(cursor: string, partCount: number): readonly number[] {
  const parts = cursor.split("_").map((part) => (/^-?\d+$/.test(part) ? Number(part) : Number.NaN));
  if (parts.length === partCount && parts.every(Number.isSafeInteger)) return parts;
  throw new WrongUseError({ problem: `"${cursor}" is not a cursor: pass the \`next\` of the page before.` });
}
