/** Reading what maps recorded: results by key, by page, by outcome; intents without one; failures. */
import type { ItemQuery } from "@holdfast/core";
import type { ItemRow, ItemStateRow } from "@holdfast/store-sql";
import type { SqlContext, SqlValue } from "../context.js";
import { getMap } from "./maps.js";

export interface FoundItemRow extends ItemRow {
  readonly item_sha256: string | null;
}

const ITEM_SELECT = `SELECT i.key, i.idx, i.outcome, i.category, c.hash AS config_hash, i.attempt,
       encode(i.item_sha256, 'hex') AS item_sha256, i.cost_nanos, i.unpriced_calls, i.unpriced_tokens, i.started_at, i.finished_at,
       i.usage, i.error, i.first_error, i.output, i.label
  FROM item_result i JOIN map_config c USING (config_k)`;

const mapKey = async (ctx: SqlContext, runId: string, stage: string) => (await getMap(ctx, runId, stage))?.map_k;

export async function findItems(
  ctx: SqlContext,
  runId: string,
  stage: string,
  keys: readonly string[],
): Promise<FoundItemRow[]> {
  const mapK = await mapKey(ctx, runId, stage);
  if (mapK === undefined) return [];
  const rows = await ctx.all<FoundItemRow>(`${ITEM_SELECT} WHERE i.map_k = ? AND i.key = ANY(?::text[])`, mapK, keys);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return keys.map((key) => byKey.get(key)).filter((row) => row !== undefined);
}

export async function listItems(
  ctx: SqlContext,
  runId: string,
  stage: string,
  query: ItemQuery,
): Promise<FoundItemRow[]> {
  const mapK = await mapKey(ctx, runId, stage);
  if (mapK === undefined) return [];
  const conditions = ["i.map_k = ?"];
  const values: SqlValue[] = [mapK];
  const add = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  // A partial index needs the literal, not a parameter.
  if (query.outcome !== undefined) conditions.push(query.outcome === "ok" ? "i.outcome = 1" : "i.outcome = 0");
  add("i.category = ?", query.category);
  add("i.cause = ?", query.cause);
  add("c.hash <> ?", query.staleTo);
  add("i.key > ?", query.after);
  return ctx.all<FoundItemRow>(
    `${ITEM_SELECT} WHERE ${conditions.join(" AND ")} ORDER BY i.key LIMIT ?`,
    ...values,
    query.limit,
  );
}

export async function listItemStates(
  ctx: SqlContext,
  runId: string,
  stage: string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<ItemStateRow[]> {
  const mapK = await mapKey(ctx, runId, stage);
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

export async function countErrors(
  ctx: SqlContext,
  runId: string,
  stage: string,
): Promise<{ category: string; count: number }[]> {
  const mapK = await mapKey(ctx, runId, stage);
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
export async function listOpenIntents(ctx: SqlContext, runId: string, stage: string): Promise<OpenIntentRow[]> {
  const map = await getMap(ctx, runId, stage);
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

export async function findAttempts(
  ctx: SqlContext,
  runId: string,
  stage: string,
  keys: readonly string[],
): Promise<[key: string, attempt: number][]> {
  const map = await getMap(ctx, runId, stage);
  if (map === null) return [];
  const rows = await ctx.all<{ key: string; attempt: number }>(
    `SELECT key, max(attempt) AS attempt FROM (
       SELECT key, attempt FROM item_attempt WHERE map_k = ?1 AND n >= ?2 AND key = ANY(?3::text[])
       UNION ALL SELECT key, attempt FROM item_failure WHERE map_k = ?1 AND key = ANY(?3::text[])) a GROUP BY key`,
    map.map_k,
    map.intent_low,
    keys,
  );
  return rows.map(({ key, attempt }) => [key, attempt]);
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

export async function listItemFailures(
  ctx: SqlContext,
  runId: string,
  stage: string,
  key: string,
): Promise<FailureOut[]> {
  const mapK = await mapKey(ctx, runId, stage);
  if (mapK === undefined) return [];
  return ctx.all<FailureOut>(
    `SELECT attempt, finished_at, category, cost_nanos, unpriced_calls, unpriced_tokens, error
       FROM item_failure WHERE map_k = ? AND key = ? ORDER BY attempt`,
    mapK,
    key,
  );
}
