/** The results of a map whose source was changed: they take new positions, or leave with their items. */
import type { Fence } from "@holdfast/core";
import type { WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { findMap } from "./maps.js";

export async function placeItems(
  ctx: SqlContext,
  fence: Fence,
  stage: string,
  places: readonly { readonly key: string; readonly index: number | null }[],
): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const map = await findMap(ctx, run.runK, run.generation, stage);
  if (map === undefined) throw new Error(`Map ${stage} was never opened in this generation.`);
  const stays = places.filter(({ index }) => index !== null);
  await ctx.run(
    `UPDATE item_result i SET idx = e.idx FROM unnest(?2::text[], ?3::bigint[]) AS e(key, idx)
      WHERE i.map_k = ?1 AND i.key = e.key`,
    map.map_k,
    stays.map(({ key }) => key),
    stays.map(({ index }) => index),
  );
  const removed = await ctx.all<{ key: string; outcome: number }>(
    "DELETE FROM item_result WHERE map_k = ? AND key = ANY(?::text[]) RETURNING key, outcome",
    map.map_k,
    places.filter(({ index }) => index === null).map(({ key }) => key),
  );
  await ctx.run(
    "DELETE FROM item_failure WHERE map_k = ? AND key = ANY(?::text[])",
    map.map_k,
    removed.map(({ key }) => key),
  );
  const okCount = removed.filter(({ outcome }) => outcome === 1).length;
  await ctx.run(
    "UPDATE map SET ok_count = ok_count - ?, error_count = error_count - ? WHERE map_k = ?",
    okCount,
    removed.length - okCount,
    map.map_k,
  );
  return run.wish;
}
