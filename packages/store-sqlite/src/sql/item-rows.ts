/**
 * The rows that a commit of a map writes for its items: intents, failures, results, pages of
 * an iterable. Callers have passed the fence and
 * hold the write lock.
 */
import {
  addCosts,
  type Cost,
  type ItemAttemptFailure,
  type ItemIntent,
  type ItemPage,
  type ItemResultWrite,
  NANOS_MAX,
} from "@holdfast/core";
import { type Charged, type CostRow, charge } from "@holdfast/store-sql";
import { inBatches, placeholders, ROWS_AT_ONCE, writeInBatches } from "../batches.js";
import type { SqlContext } from "../context.js";
import type { SqlValue } from "../driver.js";
import { fromHex } from "../hex.js";
import { isTaken } from "../sqlite-errors.js";

/** The counters that a commit changes. */
export interface Change extends Charged {
  ok: number;
  error: number;
}

const intentsSql = (count: number) => `INSERT OR IGNORE INTO item_attempt (map_k, n, idx, key, attempt, started_at)
  VALUES ${placeholders(6, count)}`;
const INTENTS_SQL = { one: intentsSql(1), many: intentsSql(ROWS_AT_ONCE) };

export function insertIntents(ctx: SqlContext, mapK: number, intents: readonly ItemIntent[], now: number): void {
  writeInBatches(ctx, INTENTS_SQL, intents, (values, { n, index, key, attempt }) => {
    values.push(mapK, n, index, key, attempt, now);
  });
}

/** Pages that are done go, but for the one that holds the position before the mark: its keys are compared on a resume. */
export function writePages(ctx: SqlContext, mapK: number, pages: readonly ItemPage[], lowWater: number): void {
  if (pages.length === 0) return;
  const insert = ctx.prepare("INSERT OR REPLACE INTO item_page (map_k, first_idx, before, keys) VALUES (?, ?, ?, ?)");
  for (const { index, before, keys } of pages) insert.run(mapK, index, before, JSON.stringify(keys));
  ctx.run(
    `DELETE FROM item_page WHERE map_k = ?1
       AND first_idx < (SELECT max(first_idx) FROM item_page WHERE map_k = ?1 AND first_idx < max(1, ?2))`,
    mapK,
    lowWater,
  );
}

export function insertFailure(
  ctx: SqlContext,
  mapK: number,
  failure: ItemAttemptFailure,
  now: number,
  change: Change,
): void {
  const { key, attempt, category, errorJson, cost } = failure;
  const inserted = ctx.run(
    `INSERT OR IGNORE INTO item_failure (map_k, key, attempt, finished_at, category, cost_nanos, unpriced_calls, unpriced_tokens, error)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    mapK,
    key,
    attempt,
    now,
    category,
    ...costValues(cost),
    errorJson,
  );
  if (inserted > 0) charge(change, failure);
}

const resultsSql = (verb: string, count: number) => `${verb} INTO item_result
  (map_k, key, idx, outcome, category, config_k, attempt, item_sha256, cost_nanos, unpriced_calls, unpriced_tokens,
   started_at, finished_at, usage, error, first_error, output, label, cause)
  VALUES ${placeholders(19, count)}`;
const RECORD_ONE_SQL = resultsSql("INSERT OR IGNORE", 1);
const RECORD_MANY_SQL = resultsSql("INSERT", ROWS_AT_ONCE);

interface MapKeys {
  readonly map_k: number;
  readonly config_k: number;
  /** Fingerprints of those of the commit's results that are failures. */
  readonly causes: ReadonlyMap<ItemResultWrite, string>;
}

export function recordResults(
  ctx: SqlContext,
  map: MapKeys,
  results: readonly ItemResultWrite[],
  now: number,
  change: Change,
): void {
  const one = (result: ItemResultWrite) => recordResult(ctx, map, result, now, change);
  inBatches(results, {
    many: (lot) => {
      if (!recordFirstResults(ctx, map, lot, now, change)) for (const result of lot) one(result);
    },
    one,
  });
}

/** Results of first attempts that are the first of their items: what nearly all are. False: not all, nothing is written. */
function recordFirstResults(
  ctx: SqlContext,
  map: MapKeys,
  lot: readonly ItemResultWrite[],
  now: number,
  change: Change,
): boolean {
  const values: SqlValue[] = [];
  for (const result of lot) {
    const { key, index, outcome, category, attempt, itemSha256, cost, ms, ...texts } = result;
    if (attempt > 1) return false;
    const { usageJson, errorJson, outputJson, label = null } = texts;
    values.push(map.map_k, key, index, outcome === "ok" ? 1 : 0, category, map.config_k, attempt, fromHex(itemSha256));
    values.push(...costValues(cost), now - ms, now, usageJson, errorJson, errorJson, outputJson, label);
    values.push(map.causes.get(result) ?? null);
  }
  try {
    ctx.run(RECORD_MANY_SQL, ...values);
  } catch (thrown) {
    // SQLite takes back the statement and nothing else.
    if (isTaken(thrown)) return false;
    throw thrown;
  }
  for (const result of lot) {
    charge(change, result);
    if (result.outcome === "ok") change.ok++;
    else change.error++;
  }
  return true;
}

/** In the order of the columns everywhere: cost_nanos, unpriced_calls, unpriced_tokens. */
export const costValues = ({ nanos, unpricedCalls, unpricedTokens }: Cost) =>
  [nanos, unpricedCalls, unpricedTokens] as const;

export const toCost = ({ cost_nanos, unpriced_calls, unpriced_tokens }: CostRow): Cost => ({
  nanos: cost_nanos,
  unpricedCalls: unpriced_calls,
  unpricedTokens: unpriced_tokens,
});

interface ResultHead extends CostRow {
  outcome: number;
  attempt: number;
  first_error: string | null;
  config_k: number;
}

function recordResult(ctx: SqlContext, map: MapKeys, result: ItemResultWrite, now: number, change: Change): void {
  const { key, index, outcome, category, attempt, itemSha256, cost, ms, usageJson, errorJson, outputJson } = result;
  const earlier = attempt > 1 ? failuresAfter(ctx, map.map_k, key, 0) : null;
  const inserted = ctx.run(
    RECORD_ONE_SQL,
    map.map_k,
    key,
    index,
    outcome === "ok" ? 1 : 0,
    category,
    map.config_k,
    attempt,
    fromHex(itemSha256),
    ...costValues(earlier === null ? cost : addCosts(cost, toCost(earlier))),
    now - ms,
    now,
    usageJson,
    errorJson,
    earlier?.first_error ?? errorJson,
    outputJson,
    result.label ?? null,
    map.causes.get(result) ?? null,
  );
  if (inserted > 0) {
    charge(change, result);
    if (outcome === "ok") change.ok++;
    else change.error++;
    return;
  }
  replaceResult(ctx, map, result, now, change);
}

/** What the failed attempts after this one cost, and the first error among them. */
function failuresAfter(
  ctx: SqlContext,
  mapK: number,
  key: string,
  attempt: number,
): CostRow & { first_error: string | null } {
  return ctx.get(
    `SELECT CAST(min(total(cost_nanos), ${NANOS_MAX}) AS INTEGER) AS cost_nanos,
            coalesce(sum(unpriced_calls), 0) AS unpriced_calls,
            CAST(min(total(unpriced_tokens), ${NANOS_MAX}) AS INTEGER) AS unpriced_tokens,
            (SELECT error FROM item_failure WHERE map_k = ?1 AND key = ?2 AND attempt > ?3 ORDER BY attempt LIMIT 1)
              AS first_error
       FROM item_failure WHERE map_k = ?1 AND key = ?2 AND attempt > ?3`,
    mapK,
    key,
    attempt,
  ) as CostRow & { first_error: string | null };
}

/**
 * A later attempt takes the place of an earlier one, at the position its item has by now. The same attempt again, or an
 * older one, is a commit sent twice: what stands, stands, and was paid for once.
 */
function replaceResult(ctx: SqlContext, map: MapKeys, result: ItemResultWrite, now: number, change: Change): void {
  const { key, index, outcome, category, attempt, itemSha256, cost, ms, usageJson, errorJson, outputJson } = result;
  const before = ctx.get<ResultHead>(
    "SELECT outcome, attempt, cost_nanos, unpriced_calls, unpriced_tokens, first_error, config_k FROM item_result WHERE map_k = ? AND key = ?",
    map.map_k,
    key,
  ) as ResultHead;
  if (attempt <= before.attempt) return;
  charge(change, result);
  if (before.outcome === 1) change.ok--;
  else change.error--;
  if (outcome === "ok") change.ok++;
  else change.error++;
  const retried = failuresAfter(ctx, map.map_k, key, before.attempt);
  // An answer made anew, for another config or a changed row, begins its own history: nothing of it is a retry.
  const isRetry = before.outcome === 0 && before.config_k === map.config_k;
  ctx.run(
    `UPDATE item_result SET idx = ?, outcome = ?, category = ?, config_k = ?, attempt = ?, item_sha256 = ?,
            cost_nanos = ?, unpriced_calls = ?, unpriced_tokens = ?, started_at = ?, finished_at = ?, usage = ?, error = ?, first_error = ?, output = ?, label = ?, cause = ?
      WHERE map_k = ? AND key = ?`,
    index,
    outcome === "ok" ? 1 : 0,
    category,
    map.config_k,
    attempt,
    fromHex(itemSha256),
    ...costValues(addCosts(addCosts(toCost(before), cost), toCost(retried))),
    now - ms,
    now,
    usageJson,
    errorJson,
    (isRetry ? before.first_error : null) ?? retried.first_error ?? errorJson,
    outputJson,
    result.label ?? null,
    map.causes.get(result) ?? null,
    map.map_k,
    key,
  );
}
