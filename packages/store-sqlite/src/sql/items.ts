/** Reading what maps recorded: results by key, by page, by outcome; intents without one; failures. */
import type { ItemQuery, ItemStore } from "@holdfast/core";
import type { ItemRow, ItemStateRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { getMap } from "./maps.js";

export interface FoundItemRow extends ItemRow {
  readonly item_sha256: Uint8Array | null;
}

const ITEM_SELECT = `SELECT i.key, i.idx, i.outcome, i.category, c.hash AS config_hash, i.attempt, i.item_sha256,
       i.cost_nanos, i.unpriced_calls, i.unpriced_tokens, i.started_at, i.finished_at, i.usage, i.error, i.first_error, i.output, i.label
  FROM item_result i JOIN map_config c USING (config_k)`;

export function findItems(ctx: SqlContext, runId: string, stage: string, keys: readonly string[]): FoundItemRow[] {
  const mapK = getMap(ctx, runId, stage)?.map_k;
  if (mapK === undefined) return [];
  const statement = ctx.prepare(`${ITEM_SELECT} WHERE i.map_k = ? AND i.key = ?`);
  return keys.map((key) => statement.get(mapK, key) as FoundItemRow | undefined).filter((row) => row !== undefined);
}

export function listItems(ctx: SqlContext, runId: string, stage: string, query: ItemQuery): FoundItemRow[] {
  const { outcome, category, cause, staleTo, after, limit } = query;
  const mapK = getMap(ctx, runId, stage)?.map_k;
  if (mapK === undefined) return [];
  const conditions = ["i.map_k = ?"];
  const values: (string | number)[] = [mapK];
  const add = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  // A partial index needs the literal, not a parameter.
  if (outcome !== undefined) conditions.push(outcome === "ok" ? "i.outcome = 1" : "i.outcome = 0");
  add("i.category = ?", category);
  add("i.cause = ?", cause);
  add("c.hash <> ?", staleTo);
  add("i.key > ?", after);
  return ctx.all<FoundItemRow>(
    `${ITEM_SELECT} WHERE ${conditions.join(" AND ")} ORDER BY i.key LIMIT ?`,
    ...values,
    limit,
  );
}

export function listItemStates(
  ctx: SqlContext,
  runId: string,
  stage: string,
  { after, limit }: Parameters<ItemStore["listItemStates"]>[2],
): ItemStateRow[] {
  const mapK = getMap(ctx, runId, stage)?.map_k;
  if (mapK === undefined) return [];
  // Keys may be empty: only what has no beginning is read from the first.
  const from = after === undefined ? "" : " AND key > ?";
  return ctx.all<ItemStateRow>(
    `SELECT key, idx, outcome, started_at, finished_at FROM item_result WHERE map_k = ?${from} ORDER BY key LIMIT ?`,
    mapK,
    ...(after === undefined ? [] : [after]),
    limit,
  );
}

export function countErrors(ctx: SqlContext, runId: string, stage: string): { category: string; count: number }[] {
  const mapK = getMap(ctx, runId, stage)?.map_k;
  if (mapK === undefined) return [];
  return ctx.all(
    `SELECT coalesce(category, 'other') AS category, count(*) AS count FROM item_result
      WHERE map_k = ? AND outcome = 0 GROUP BY 1 ORDER BY 1`,
    mapK,
  );
}

export interface OpenIntentRow {
  n: number;
  idx: number;
  key: string;
  attempt: number;
  started_at: number;
}

/** Only intents from the mark on are looked at: what was settled before it costs nothing. */
export function listOpenIntents(ctx: SqlContext, runId: string, stage: string): OpenIntentRow[] {
  const map = getMap(ctx, runId, stage);
  if (map === null) return [];
  return ctx.all<OpenIntentRow>(
    `SELECT a.n, a.idx, a.key, a.attempt, a.started_at FROM item_attempt a
      WHERE a.map_k = ?1 AND a.n >= ?2
        AND NOT EXISTS (SELECT 1 FROM item_result i WHERE i.map_k = ?1 AND i.key = a.key AND i.attempt >= a.attempt)
        AND NOT EXISTS (SELECT 1 FROM item_failure f WHERE f.map_k = ?1 AND f.key = a.key AND f.attempt = a.attempt)
      ORDER BY a.n`,
    map.map_k,
    map.intent_low,
  );
}

export function findAttempts(
  ctx: SqlContext,
  runId: string,
  stage: string,
  keys: readonly string[],
): [key: string, attempt: number][] {
  const map = getMap(ctx, runId, stage);
  if (map === null) return [];
  const newest = new Map<string, number>();
  const open = ctx.all<{ key: string; attempt: number }>(
    "SELECT key, attempt FROM item_attempt WHERE map_k = ? AND n >= ?",
    map.map_k,
    map.intent_low,
  );
  const wanted = new Set(keys);
  const note = (key: string, attempt: number) => newest.set(key, Math.max(newest.get(key) ?? 0, attempt));
  for (const { key, attempt } of open) if (wanted.has(key)) note(key, attempt);
  const failed = ctx.prepare("SELECT max(attempt) AS attempt FROM item_failure WHERE map_k = ? AND key = ?");
  for (const key of keys) {
    const { attempt } = failed.get(map.map_k, key) as { attempt: number | null };
    if (attempt !== null) note(key, attempt);
  }
  return [...newest];
}

export interface FailureOut {
  attempt: number;
  finished_at: number;
  category: string;
  cost_nanos: number;
  unpriced_calls: number;
  unpriced_tokens: number;
  error: string;
}

export function listItemFailures(ctx: SqlContext, runId: string, stage: string, key: string): FailureOut[] {
  const mapK = getMap(ctx, runId, stage)?.map_k;
  if (mapK === undefined) return [];
  return ctx.all<FailureOut>(
    `SELECT attempt, finished_at, category, cost_nanos, unpriced_calls, unpriced_tokens, error
       FROM item_failure WHERE map_k = ? AND key = ? ORDER BY attempt`,
    mapK,
    key,
  );
}
