/**
 * Tombstones of erased keys. The key itself is stored nowhere: what is kept is SHA-256 over this store's own salt, the name
 * of the dataset and the key, so a tombstone is of use to nobody who does not know the key already.
 */
import { createHash } from "node:crypto";
import type { SqlContext } from "../context.js";

export async function readSalt(ctx: SqlContext): Promise<Buffer> {
  return ((await ctx.get<{ salt: Buffer }>("SELECT salt FROM erase_salt")) as { salt: Buffer }).salt;
}

const hashWith = (salt: Buffer, name: string, key: string) =>
  createHash("sha256").update(salt).update(`${name.length}:${name}:${key}`).digest();

export async function hashOfKey(ctx: SqlContext, name: string, key: string): Promise<Uint8Array> {
  return hashWith(await readSalt(ctx), name, key);
}

/** Stands where the key stood, in lists whose places count. */
export const wordErased = (hash: Uint8Array) => `erased-${Buffer.from(hash).toString("hex").slice(0, 16)}`;

export async function countErased(ctx: SqlContext, name: string): Promise<number> {
  return (await ctx.get<{ n: number }>("SELECT count(*) AS n FROM erased_key WHERE name = ?", name))?.n ?? 0;
}

/** Those of the keys that were erased from one of these datasets, each with the word that stands in its place. */
export async function findErased(
  ctx: SqlContext,
  names: readonly string[],
  keys: readonly string[],
): Promise<[key: string, word: string][]> {
  const found = new Map<string, string>();
  for (const name of names) {
    if ((await countErased(ctx, name)) === 0) continue;
    const salt = await readSalt(ctx);
    const words = new Map(keys.map((key) => [hashWith(salt, name, key).toString("hex"), key]));
    const rows = await ctx.all<{ hash: string }>(
      `SELECT encode(key_hash, 'hex') AS hash FROM erased_key
        WHERE name = ? AND key_hash IN (SELECT decode(h, 'hex') FROM unnest(?::text[]) AS e(h))`,
      name,
      [...words.keys()],
    );
    for (const { hash } of rows) found.set(words.get(hash) as string, wordErased(Buffer.from(hash, "hex")));
  }
  // In the order in which they were asked for.
  return keys
    .filter((key, place) => found.has(key) && keys.indexOf(key) === place)
    .map((key) => [key, found.get(key) as string]);
}

/** False when there was one already. */
export async function buryKey(ctx: SqlContext, name: string, key: string): Promise<boolean> {
  const sql = "INSERT INTO erased_key (name, key_hash, erased_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
  return (await ctx.run(sql, name, await hashOfKey(ctx, name, key), ctx.wallMs)) > 0;
}

/** Keys of rows that an item may be of: an expanded one has the part behind a colon. */
export function rowKeysOf(itemKey: string): readonly string[] {
  const end = itemKey.lastIndexOf(":");
  return end <= 0 ? [itemKey] : [itemKey, itemKey.slice(0, end)];
}
