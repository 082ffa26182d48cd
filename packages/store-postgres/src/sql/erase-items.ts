/**
 * The items of a key in the maps of one run: results, failed attempts, intents, paid answers, and the lists of keys that maps
 * over iterables keep. A map whose rows come from another dataset has other keys, even where they are spelled alike.
 */
import type { MapRow } from "@holdfast/store-sql";

import { filterInOrder } from "../in-order.js";
import { hashOfKey, wordErased } from "./erased-keys.js";
import type { DependentRun, Eraser } from "./eraser.js";

/** What maps over iterables have in place of a digest. */
const ITERABLE = "iterable";

const PART = /^[^:\s]{1,64}$/;

export async function eraseItems(eraser: Eraser, name: string, { run_k }: DependentRun, key: string): Promise<void> {
  const { ctx, counts } = eraser;
  const maps = await ctx.all<MapRow>(
    `SELECT m.map_k, m.source_digest FROM map m
      WHERE m.run_k = ?1
        AND NOT EXISTS (SELECT 1 FROM dataset_use u
                         WHERE u.run_k = m.run_k AND u.generation = m.generation AND u.stage = m.stage AND u.is_source = 1
                           AND u.name <> ?2)`,
    run_k,
    name,
  );
  for (const map of maps) {
    const word = wordErased(await hashOfKey(ctx, name, key));
    for (const itemKey of [key, ...(await partsOf(eraser, name, map, key))])
      await eraseItem(eraser, map, itemKey, word);
    await eraseFromPages(eraser, map, key, word);
  }
  const parts = "run_k = ?1 AND (key = ?2 OR (key > ?2::text || ':' AND key < ?2::text || ';'))";
  for (const { key: paid } of await ctx.all<{ key: string }>(
    `SELECT DISTINCT key FROM paid_result WHERE ${parts}`,
    run_k,
    key,
  )) {
    if (paid === key || (await isPartOf(eraser, name, key, paid))) {
      counts.paid += await eraser.remove("paid_result", "run_k = ? AND key = ?", run_k, paid);
    }
  }
}

/** Keys of the items that an expanded map made of the row: the row's key, a colon, a part. */
async function partsOf(eraser: Eraser, name: string, { map_k }: MapRow, key: string): Promise<string[]> {
  const { ctx } = eraser;
  const within = "map_k = ?1 AND key > ?2::text || ':' AND key < ?2::text || ';'";
  const found = await ctx.all<{ key: string }>(
    `SELECT key FROM item_result WHERE ${within} UNION SELECT key FROM item_failure WHERE ${within}
      UNION SELECT key FROM item_attempt WHERE ${within}`,
    map_k,
    key,
  );
  return filterInOrder(
    found.map((row) => row.key),
    (itemKey) => isPartOf(eraser, name, key, itemKey),
  );
}

/** Not where a row of its own has that key. */
async function isPartOf({ ctx }: Eraser, name: string, key: string, itemKey: string): Promise<boolean> {
  if (!PART.test(itemKey.slice(key.length + 1))) return false;
  const sql = "SELECT 1 FROM dataset d JOIN dataset_item i USING (dataset_k) WHERE d.name = ? AND i.key = ? LIMIT 1";
  return (await ctx.get(sql, name, itemKey)) === undefined;
}

async function eraseItem(eraser: Eraser, { map_k, source_digest }: MapRow, key: string, word: string): Promise<void> {
  const { ctx, counts } = eraser;
  const found = await ctx.get<{ idx: number; outcome: number }>(
    "SELECT idx, outcome FROM item_result WHERE map_k = ? AND key = ?",
    map_k,
    key,
  );
  if (found !== undefined) {
    counts.results += await eraser.remove("item_result", "map_k = ? AND key = ?", map_k, key);
    // Of a dataset, behind the mark the total has counted it; before it the walk still comes by, and finds the position empty.
    await eraser.change(
      `UPDATE map SET ok_count = ok_count - ?1::int, error_count = error_count - (1 - ?1::int),
              total = CASE WHEN ?2 < low_water THEN total - 1 ELSE total END WHERE map_k = ?3`,
      found.outcome,
      found.idx,
      map_k,
    );
  }
  counts.failures += await eraser.remove("item_failure", "map_k = ? AND key = ?", map_k, key);
  const leftOut = await eraser.remove("item_left_out", "map_k = ? AND key = ?", map_k, key);
  // An iterable still gives it, and still counts it: what it has there is left out.
  if (source_digest === ITERABLE && (found !== undefined || leftOut > 0)) {
    await eraser.change("INSERT INTO item_left_out (map_k, key) VALUES (?, ?) ON CONFLICT DO NOTHING", map_k, word);
    await eraser.change(
      "UPDATE map SET left_out = (SELECT count(*) FROM item_left_out WHERE map_k = ?1) WHERE map_k = ?1",
      map_k,
    );
  }
  // All of the map's are walked: intents have no index, since every item would pay for it.
  counts.attempts += await eraser.remove("item_attempt", "map_k = ? AND key = ?", map_k, key);
}

/** A word takes its place: the places in a page count, and a resume compares them. */
async function eraseFromPages(eraser: Eraser, { map_k }: MapRow, key: string, word: string): Promise<void> {
  const { ctx, counts } = eraser;
  const pages = await ctx.all<{ first_idx: number; keys: string }>(
    "SELECT first_idx, keys FROM item_page WHERE map_k = ? AND strpos(keys, ?) > 0",
    map_k,
    JSON.stringify(key),
  );
  for (const { first_idx, keys } of pages) {
    const clean = (JSON.parse(keys) as string[]).map((one) => (one === key ? word : one));
    counts.words += 1;
    await eraser.change(
      "UPDATE item_page SET keys = ? WHERE map_k = ? AND first_idx = ?",
      JSON.stringify(clean),
      map_k,
      first_idx,
    );
  }
}
