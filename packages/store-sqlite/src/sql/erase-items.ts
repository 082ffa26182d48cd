/**
 * The items of a key in the maps of one run: results, failed attempts, intents, paid answers, and the lists of keys that maps
 * over iterables keep. A map whose rows come from another dataset has other keys, even where they are spelled alike.
 */
import type { MapRow } from "@holdfast/store-sql";

import { hashOfKey, wordErased } from "./erased-keys.js";
import type { DependentRun, Eraser } from "./eraser.js";

/** What maps over iterables have in place of a digest. */
const ITERABLE = "iterable";

const PART = /^[^:\s]{1,64}$/;

export function eraseItems(eraser: Eraser, name: string, { run_k }: DependentRun, key: string): void {
  const { ctx, counts } = eraser;
  const maps = ctx.all<MapRow>(
    `SELECT m.map_k, m.source_digest FROM map m
      WHERE m.run_k = ?1
        AND NOT EXISTS (SELECT 1 FROM dataset_use u
                         WHERE u.run_k = m.run_k AND u.generation = m.generation AND u.stage = m.stage AND u.is_source = 1
                           AND u.name <> ?2)`,
    run_k,
    name,
  );
  for (const map of maps) {
    const word = wordErased(hashOfKey(ctx, name, key));
    for (const itemKey of [key, ...partsOf(eraser, name, map, key)]) eraseItem(eraser, map, itemKey, word);
    eraseFromPages(eraser, map, key, word);
  }
  const parts = "run_k = ?1 AND (key = ?2 OR (key > ?2 || ':' AND key < ?2 || ';'))";
  for (const { key: paid } of ctx.all<{ key: string }>(
    `SELECT DISTINCT key FROM paid_result WHERE ${parts}`,
    run_k,
    key,
  )) {
    if (paid === key || isPartOf(eraser, name, key, paid)) {
      counts.paid += eraser.remove("paid_result", "run_k = ? AND key = ?", run_k, paid);
    }
  }
}

/** Keys of the items that an expanded map made of the row: the row's key, a colon, a part. */
function partsOf(eraser: Eraser, name: string, { map_k }: MapRow, key: string): string[] {
  const { ctx } = eraser;
  const within = "map_k = ?1 AND key > ?2 || ':' AND key < ?2 || ';'";
  const found = ctx.all<{ key: string }>(
    `SELECT key FROM item_result WHERE ${within} UNION SELECT key FROM item_failure WHERE ${within}
      UNION SELECT key FROM item_attempt WHERE ${within}`,
    map_k,
    key,
  );
  return found.map((row) => row.key).filter((itemKey) => isPartOf(eraser, name, key, itemKey));
}

/** Not where a row of its own has that key. */
function isPartOf({ ctx }: Eraser, name: string, key: string, itemKey: string): boolean {
  if (!PART.test(itemKey.slice(key.length + 1))) return false;
  const sql = "SELECT 1 FROM dataset d JOIN dataset_item i USING (dataset_k) WHERE d.name = ? AND i.key = ? LIMIT 1";
  return ctx.get(sql, name, itemKey) === undefined;
}

function eraseItem(eraser: Eraser, { map_k, source_digest }: MapRow, key: string, word: string): void {
  const { ctx, counts } = eraser;
  const found = ctx.get<{ idx: number; outcome: number }>(
    "SELECT idx, outcome FROM item_result WHERE map_k = ? AND key = ?",
    map_k,
    key,
  );
  if (found !== undefined) {
    counts.results += eraser.remove("item_result", "map_k = ? AND key = ?", map_k, key);
    // Of a dataset, behind the mark the total has counted it; before it the walk still comes by, and finds the position empty.
    eraser.change(
      `UPDATE map SET ok_count = ok_count - ?1, error_count = error_count - (1 - ?1),
              total = CASE WHEN ?2 < low_water THEN total - 1 ELSE total END WHERE map_k = ?3`,
      found.outcome,
      found.idx,
      map_k,
    );
  }
  counts.failures += eraser.remove("item_failure", "map_k = ? AND key = ?", map_k, key);
  const leftOut = eraser.remove("item_left_out", "map_k = ? AND key = ?", map_k, key);
  // An iterable still gives it, and still counts it: what it has there is left out.
  if (source_digest === ITERABLE && (found !== undefined || leftOut > 0)) {
    eraser.change("INSERT OR IGNORE INTO item_left_out (map_k, key) VALUES (?, ?)", map_k, word);
    eraser.change(
      "UPDATE map SET left_out = (SELECT count(*) FROM item_left_out WHERE map_k = ?1) WHERE map_k = ?1",
      map_k,
    );
  }
  // All of the map's are walked: intents have no index, since every item would pay for it.
  counts.attempts += eraser.remove("item_attempt", "map_k = ? AND key = ?", map_k, key);
}

/** A word takes its place: the places in a page count, and a resume compares them. */
function eraseFromPages(eraser: Eraser, { map_k }: MapRow, key: string, word: string): void {
  const { ctx, counts } = eraser;
  const pages = ctx.all<{ first_idx: number; keys: string }>(
    "SELECT first_idx, keys FROM item_page WHERE map_k = ? AND instr(keys, ?) > 0",
    map_k,
    JSON.stringify(key),
  );
  for (const { first_idx, keys } of pages) {
    const clean = (JSON.parse(keys) as string[]).map((one) => (one === key ? word : one));
    counts.words += 1;
    eraser.change(
      "UPDATE item_page SET keys = ? WHERE map_k = ? AND first_idx = ?",
      JSON.stringify(clean),
      map_k,
      first_idx,
    );
  }
}
