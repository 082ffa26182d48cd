/**
 * Writing many rows by one statement: 16 rows cost little more than half of what they cost one by one, since most of the
 * cost is the way from JavaScript into SQLite and back. More at once gain little.
 */
export const ROWS_AT_ONCE = 16;

/** The rest, and what has too few, goes one by one: two texts to prepare, not sixteen. */
export function inLots<T>(
  items: readonly T[],
  write: { readonly many: (lot: readonly T[]) => void; readonly one: (item: T) => void },
): void {
  let at = 0;
  for (; at + ROWS_AT_ONCE <= items.length; at += ROWS_AT_ONCE) write.many(items.slice(at, at + ROWS_AT_ONCE));
  for (; at < items.length; at++) write.one(items[at] as T);
}

/** `(?, ?), (?, ?)` for two rows of two columns. */
export function placeholders(columnCount: number, rowCount: number): string {
  const row = `(${Array(columnCount).fill("?").join(", ")})`;
  return Array(rowCount).fill(row).join(", ");
}
