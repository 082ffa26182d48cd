/** The keys that a map took from an iterable, by page, and those of items that it leaves out. */
import type { Fence } from "@holdfast/core";
import type { WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { findMap, getMap } from "./maps.js";

export async function listItemPages(
  ctx: SqlContext,
  runId: string,
  stage: string,
): Promise<{ first_idx: number; before: string; keys: string }[]> {
  const mapK = (await getMap(ctx, runId, stage))?.map_k;
  if (mapK === undefined) return [];
  return ctx.all("SELECT first_idx, before, keys FROM item_page WHERE map_k = ? ORDER BY first_idx", mapK);
}

export async function leaveOut(
  ctx: SqlContext,
  fence: Fence,
  stage: string,
  keys: readonly string[],
): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const map = await findMap(ctx, run.runK, run.generation, stage);
  if (map === undefined) throw new Error(`Map ${stage} was never opened in this generation.`);
  const count = await ctx.run(
    "INSERT INTO item_left_out (map_k, key) SELECT ?, k FROM unnest(?::text[]) AS e(k) ON CONFLICT DO NOTHING",
    map.map_k,
    keys,
  );
  await ctx.run("UPDATE map SET left_out = left_out + ? WHERE map_k = ?", count, map.map_k);
  return run.wish;
}

export async function findLeftOut(
  ctx: SqlContext,
  runId: string,
  stage: string,
  keys: readonly string[],
): Promise<string[]> {
  const mapK = (await getMap(ctx, runId, stage))?.map_k;
  if (mapK === undefined) return [];
  const rows = await ctx.all<{ key: string }>(
    "SELECT key FROM item_left_out WHERE map_k = ? AND key = ANY(?::text[])",
    mapK,
    keys,
  );
  const left = new Set(rows.map(({ key }) => key));
  return keys.filter((key) => left.has(key));
}
