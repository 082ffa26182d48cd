/**
 * Writing many rows by one statement: 16 rows cost little more than half of what they cost one by one, since most of the
 * cost is the way from JavaScript into SQLite and back. More at once gain little.
 */
import type { SqlValue, Statements } from "./driver.js";

export const ROWS_AT_ONCE = 16;

/** Hands out the items in batches of `ROWS_AT_ONCE`; the rest, and what has too few, one by one: two texts to prepare, not sixteen. */
export function inBatches<T>(
  items: readonly T[],
  write: { readonly many: (batch: readonly T[]) => void; readonly one: (item: T) => void },
): void {
  let at = 0;
  for (; at + ROWS_AT_ONCE <= items.length; at += ROWS_AT_ONCE) write.many(items.slice(at, at + ROWS_AT_ONCE));
  for (; at < items.length; at++) write.one(items[at] as T);
}

/** The same with the values of each item pushed for one statement; `flatMap` would cost more than is gained. */
export function writeInBatches<T>(
  ctx: Statements,
  sql: { readonly one: string; readonly many: string },
  items: readonly T[],
  pushValues: (values: SqlValue[], item: T) => void,
): void {
  const valuesOf = (batch: readonly T[]) => {
    const values: SqlValue[] = [];
    for (const item of batch) pushValues(values, item);
    return values;
  };
  inBatches(items, {
    many: (batch) => ctx.run(sql.many, ...valuesOf(batch)),
    one: (item) => ctx.run(sql.one, ...valuesOf([item])),
  });
}

/** `(?, ?), (?, ?)` for two rows of two columns. */
export function placeholders(columnCount: number, rowCount: number): string {
  const row = `(${Array(columnCount).fill("?").join(", ")})`;
  return Array(rowCount).fill(row).join(", ");
}
