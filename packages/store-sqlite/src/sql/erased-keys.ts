/**
 * Tombstones of erased keys. The key itself is stored nowhere: what is kept is SHA-256 over this store's own salt, the name
 * of the dataset and the key, so a tombstone is of use to nobody who does not know the key already.
 */
import { createHash } from "node:crypto";
import type { SqlContext } from "../context.js";

export function hashOfKey(ctx: SqlContext, name: string, key: string): Uint8Array {
  const { salt } = ctx.get<{ salt: Uint8Array }>("SELECT salt FROM erase_salt") as { salt: Uint8Array };
  return createHash("sha256").update(salt).update(`${name.length}:${name}:${key}`).digest();
}

/** Stands where the key stood, in lists whose places count. */
export const wordErased = (hash: Uint8Array) => `erased-${Buffer.from(hash).toString("hex").slice(0, 16)}`;

export function countErased(ctx: SqlContext, name: string): number {
  return ctx.get<{ n: number }>("SELECT count(*) AS n FROM erased_key WHERE name = ?", name)?.n ?? 0;
}

/** Those of the keys that were erased from one of these datasets, each with the word that stands in its place. */
export function findErased(
  ctx: SqlContext,
  names: readonly string[],
  keys: readonly string[],
): [key: string, word: string][] {
  const found = new Map<string, string>();
  const statement = ctx.prepare("SELECT 1 FROM erased_key WHERE name = ? AND key_hash = ?");
  for (const name of names) {
    if (countErased(ctx, name) === 0) continue;
    for (const key of keys) {
      const hash = hashOfKey(ctx, name, key);
      if (!found.has(key) && statement.get(name, hash) !== undefined) found.set(key, wordErased(hash));
    }
  }
  return [...found];
}

/** False when there was one already. */
export function buryKey(ctx: SqlContext, name: string, key: string): boolean {
  const sql = "INSERT INTO erased_key (name, key_hash, erased_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
  return ctx.run(sql, name, hashOfKey(ctx, name, key), ctx.wallMs) > 0;
}

/** Keys of rows that an item may be of: an expanded one has the part behind a colon. */
export function rowKeysOf(itemKey: string): readonly string[] {
  const end = itemKey.lastIndexOf(":");
  return end <= 0 ? [itemKey] : [itemKey, itemKey.slice(0, end)];
}
