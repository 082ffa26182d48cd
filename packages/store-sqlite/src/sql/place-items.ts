/** The results of a map whose source was changed: they take new positions, or leave with their items. */
import type { Fence, ItemStore } from "@holdfast/core";
import type { WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { findMap } from "./maps.js";

export function placeItems(
  ctx: SqlContext,
  fence: Fence,
  stage: string,
  places: Parameters<ItemStore["placeItems"]>[2],
): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const map = findMap(ctx, run.runK, run.generation, stage);
  if (map === undefined) throw new Error(`Map ${stage} was never opened in this generation.`);
  const gone = { ok: 0, error: 0 };
  for (const { key, index } of places) {
    if (index !== null) {
      ctx.run("UPDATE item_result SET idx = ? WHERE map_k = ? AND key = ?", index, map.map_k, key);
      continue;
    }
    const removed = ctx.get<{ outcome: number }>(
      "DELETE FROM item_result WHERE map_k = ? AND key = ? RETURNING outcome",
      map.map_k,
      key,
    );
    if (removed === undefined) continue;
    if (removed.outcome === 1) gone.ok++;
    else gone.error++;
    ctx.run("DELETE FROM item_failure WHERE map_k = ? AND key = ?", map.map_k, key);
  }
  ctx.run(
    "UPDATE map SET ok_count = ok_count - ?, error_count = error_count - ? WHERE map_k = ?",
    gone.ok,
    gone.error,
    map.map_k,
  );
  return run.wish;
}
