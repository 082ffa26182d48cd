/** The keys that a map took from an iterable, by page, and those of items that it leaves out. */
import type { Fence } from "@holdfast/core";
import type { WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { findMap, getMap } from "./maps.js";

export function listItemPages(
  ctx: SqlContext,
  runId: string,
  stage: string,
): { first_idx: number; before: string; keys: string }[] {
  const mapK = getMap(ctx, runId, stage)?.map_k;
  if (mapK === undefined) return [];
  return ctx.all("SELECT first_idx, before, keys FROM item_page WHERE map_k = ? ORDER BY first_idx", mapK);
}

export function leaveOut(ctx: SqlContext, fence: Fence, stage: string, keys: readonly string[]): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const map = findMap(ctx, run.runK, run.generation, stage);
  if (map === undefined) throw new Error(`Map ${stage} was never opened in this generation.`);
  let count = 0;
  const insert = ctx.prepare("INSERT OR IGNORE INTO item_left_out (map_k, key) VALUES (?, ?)");
  for (const key of keys) count += Number(insert.run(map.map_k, key).changes);
  ctx.run("UPDATE map SET left_out = left_out + ? WHERE map_k = ?", count, map.map_k);
  return run.wish;
}

export function findLeftOut(ctx: SqlContext, runId: string, stage: string, keys: readonly string[]): string[] {
  const mapK = getMap(ctx, runId, stage)?.map_k;
  if (mapK === undefined) return [];
  const statement = ctx.prepare("SELECT 1 FROM item_left_out WHERE map_k = ? AND key = ?");
  return keys.filter((key) => statement.get(mapK, key) !== undefined);
}
