/**
 * The rows that a commit of a map writes for its items: intents, failures, results, pages of an iterable. Callers have passed
 * the fence and hold the lock of the map's row.
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
import type { SqlContext } from "../context.js";

/** The counters that a commit changes. */
export interface Change extends Charged {
  ok: number;
  error: number;
}

export async function insertIntents(ctx: SqlContext, mapK: number, intents: readonly ItemIntent[]): Promise<void> {
  if (intents.length === 0) return;
  await ctx.run(
    `INSERT INTO item_attempt (map_k, n, idx, key, attempt, started_at)
     SELECT ?, n, i, k, a, ? FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::int[]) AS e(n, i, k, a)
     ON CONFLICT DO NOTHING`,
    mapK,
    ctx.wallMs,
    intents.map(({ n }) => n),
    intents.map(({ index }) => index),
    intents.map(({ key }) => key),
    intents.map(({ attempt }) => attempt),
  );
}

/** Pages that are done go, but for the one that holds the position before the mark: its keys are compared on a resume. */
export async function writePages(
  ctx: SqlContext,
  mapK: number,
  pages: readonly ItemPage[],
  lowWater: number,
): Promise<void> {
  if (pages.length === 0) return;
  for (const { index, before, keys } of pages) {
    await ctx.run(
      `INSERT INTO item_page (map_k, first_idx, before, keys) VALUES (?, ?, ?, ?)
       ON CONFLICT (map_k, first_idx) DO UPDATE SET before = excluded.before, keys = excluded.keys`,
      mapK,
      index,
      before,
      JSON.stringify(keys),
    );
  }
  await ctx.run(
    `DELETE FROM item_page WHERE map_k = ?1
       AND first_idx < (SELECT max(first_idx) FROM item_page WHERE map_k = ?1 AND first_idx < greatest(1, ?2::bigint))`,
    mapK,
    lowWater,
  );
}

export async function insertFailures(
  ctx: SqlContext,
  mapK: number,
  failures: readonly ItemAttemptFailure[],
  change: Change,
): Promise<void> {
  if (failures.length === 0) return;
  const inserted = await ctx.all<{ place: number }>(
    `WITH e AS (
       SELECT * FROM unnest(?3::text[], ?4::int[], ?5::text[], ?6::bigint[], ?7::bigint[], ?8::bigint[], ?9::text[])
                WITH ORDINALITY AS u(key, attempt, category, nanos, calls, tokens, error, place)),
     made AS (
       INSERT INTO item_failure (map_k, key, attempt, finished_at, category, cost_nanos, unpriced_calls, unpriced_tokens, error)
       SELECT ?1, key, attempt, ?2, category, nanos, calls, tokens, error FROM e ON CONFLICT DO NOTHING RETURNING key, attempt)
     SELECT min(e.place) AS place FROM e JOIN made USING (key, attempt) GROUP BY key, attempt`,
    mapK,
    ctx.wallMs,
    failures.map(({ key }) => key),
    failures.map(({ attempt }) => attempt),
    failures.map(({ category }) => category),
    ...costColumns(failures),
    failures.map(({ errorJson }) => errorJson),
  );
  for (const { place } of inserted) {
    const failure = failures[place - 1] as ItemAttemptFailure;
    charge(change, failure);
  }
}

interface MapKeys {
  readonly map_k: number;
  readonly config_k: number;
  /** Fingerprints of those of the commit's results that are failures. */
  readonly causes: ReadonlyMap<ItemResultWrite, string>;
}

/** In the order of the columns everywhere: cost_nanos, unpriced_calls, unpriced_tokens. */
const costColumns = (of: readonly { readonly cost: Cost }[]) =>
  [
    of.map(({ cost }) => cost.nanos),
    of.map(({ cost }) => cost.unpricedCalls),
    of.map(({ cost }) => cost.unpricedTokens),
  ] as const;
const costValues = ({ nanos, unpricedCalls, unpricedTokens }: Cost) => [nanos, unpricedCalls, unpricedTokens] as const;

export const toCost = ({ cost_nanos, unpriced_calls, unpriced_tokens }: CostRow): Cost => ({
  nanos: cost_nanos,
  unpricedCalls: unpriced_calls,
  unpricedTokens: unpriced_tokens,
});

export async function recordResults(
  ctx: SqlContext,
  map: MapKeys,
  results: readonly ItemResultWrite[],
  change: Change,
): Promise<void> {
  // Results of first attempts that are the first of their items: what nearly all are. The last of several of one item waits.
  const seen = new Set<string>();
  const first = results.filter(({ key, attempt }) => attempt <= 1 && !seen.has(key) && seen.add(key));
  const made = await insertFirst(ctx, map, first);
  for (const result of results) {
    if (made.has(result)) countResult(change, result);
    else await recordResult(ctx, map, result, change);
  }
}

export function countResult(change: Change, result: ItemResultWrite): void {
  charge(change, result);
  if (result.outcome === "ok") change.ok++;
  else change.error++;
}

/** Results as arrays for `unnest`, in this order: key, idx, outcome, category, attempt, sha256, cost, ms, usage, error, output, label, cause. */
export const resultColumns = (results: readonly ItemResultWrite[], causes: ReadonlyMap<ItemResultWrite, string>) => [
  results.map(({ key }) => key),
  results.map(({ index }) => index),
  results.map(({ outcome }) => (outcome === "ok" ? 1 : 0)),
  results.map(({ category }) => category),
  results.map(({ attempt }) => attempt),
  results.map(({ itemSha256 }) => itemSha256),
  ...costColumns(results),
  results.map(({ ms }) => Math.round(ms)),
  results.map(({ usageJson }) => usageJson),
  results.map(({ errorJson }) => errorJson),
  results.map(({ outputJson }) => outputJson),
  results.map(({ label }) => label ?? null),
  results.map((result) => causes.get(result) ?? null),
];

async function insertFirst(
  ctx: SqlContext,
  map: MapKeys,
  results: readonly ItemResultWrite[],
): Promise<ReadonlySet<ItemResultWrite>> {
  if (results.length === 0) return new Set();
  const rows = await ctx.all<{ key: string }>(
    `INSERT INTO item_result (map_k, key, idx, outcome, category, config_k, attempt, item_sha256, cost_nanos, unpriced_calls,
                              unpriced_tokens, started_at, finished_at, usage, error, first_error, output, label, cause)
     SELECT ?1, key, idx, outcome, category, ?2, attempt, decode(sha256, 'hex'), nanos, calls, tokens, ?3 - ms, ?3, usage,
            error, error, output, label, cause
       FROM unnest(?4::text[], ?5::bigint[], ?6::smallint[], ?7::text[], ?8::int[], ?9::text[], ?10::bigint[], ?11::bigint[],
                   ?12::bigint[], ?13::bigint[], ?14::text[], ?15::text[], ?16::text[], ?17::text[], ?18::text[])
              AS u(key, idx, outcome, category, attempt, sha256, nanos, calls, tokens, ms, usage, error, output, label, cause)
     ON CONFLICT DO NOTHING RETURNING key`,
    map.map_k,
    map.config_k,
    ctx.wallMs,
    ...resultColumns(results, map.causes),
  );
  const keys = new Set(rows.map(({ key }) => key));
  return new Set(results.filter(({ key }) => keys.has(key)));
}

interface ResultHead extends CostRow {
  outcome: number;
  attempt: number;
  first_error: string | null;
  config_k: number;
}

async function recordResult(ctx: SqlContext, map: MapKeys, result: ItemResultWrite, change: Change): Promise<void> {
  const { key, index, outcome, category, attempt, itemSha256, cost, ms, usageJson, errorJson, outputJson } = result;
  const earlier = attempt > 1 ? await failuresAfter(ctx, map.map_k, key, 0) : null;
  const inserted = await ctx.run(
    `INSERT INTO item_result (map_k, key, idx, outcome, category, config_k, attempt, item_sha256, cost_nanos, unpriced_calls,
                              unpriced_tokens, started_at, finished_at, usage, error, first_error, output, label, cause)
     VALUES (?, ?, ?, ?, ?, ?, ?, decode(?, 'hex'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ...[map.map_k, key, index, outcome === "ok" ? 1 : 0, category, map.config_k, attempt, itemSha256],
    ...costValues(earlier === null ? cost : addCosts(cost, toCost(earlier))),
    ...[ctx.wallMs - Math.round(ms), ctx.wallMs, usageJson, errorJson, earlier?.first_error ?? errorJson, outputJson],
    result.label ?? null,
    map.causes.get(result) ?? null,
  );
  if (inserted > 0) countResult(change, result);
  else await replaceResult(ctx, map, result, change);
}

/** What the failed attempts after this one cost, and the first error among them. */
async function failuresAfter(
  ctx: SqlContext,
  mapK: number,
  key: string,
  attempt: number,
): Promise<CostRow & { first_error: string | null }> {
  return (await ctx.get(
    `SELECT least(coalesce(sum(cost_nanos), 0), ${NANOS_MAX})::bigint AS cost_nanos,
            coalesce(sum(unpriced_calls), 0)::bigint AS unpriced_calls,
            least(coalesce(sum(unpriced_tokens), 0), ${NANOS_MAX})::bigint AS unpriced_tokens,
            (SELECT error FROM item_failure WHERE map_k = ?1 AND key = ?2 AND attempt > ?3 ORDER BY attempt LIMIT 1)
              AS first_error
       FROM item_failure WHERE map_k = ?1 AND key = ?2 AND attempt > ?3`,
    mapK,
    key,
    attempt,
  )) as CostRow & { first_error: string | null };
}

/**
 * A later attempt takes the place of an earlier one, at the position its item has by now. The same attempt again, or an
 * older one, is a commit sent twice: what stands, stands, and was paid for once.
 */
async function replaceResult(ctx: SqlContext, map: MapKeys, result: ItemResultWrite, change: Change): Promise<void> {
  const { key, index, outcome, category, attempt, itemSha256, cost, ms, usageJson, errorJson, outputJson } = result;
  const before = (await ctx.get<ResultHead>(
    "SELECT outcome, attempt, cost_nanos, unpriced_calls, unpriced_tokens, first_error, config_k FROM item_result WHERE map_k = ? AND key = ?",
    map.map_k,
    key,
  )) as ResultHead;
  if (attempt <= before.attempt) return;
  if (before.outcome === 1) change.ok--;
  else change.error--;
  countResult(change, result);
  const retried = await failuresAfter(ctx, map.map_k, key, before.attempt);
  // An answer made anew, for another config or a changed row, begins its own history: nothing of it is a retry.
  const isRetry = before.outcome === 0 && before.config_k === map.config_k;
  await ctx.run(
    `UPDATE item_result SET idx = ?, outcome = ?, category = ?, config_k = ?, attempt = ?, item_sha256 = decode(?, 'hex'),
            cost_nanos = ?, unpriced_calls = ?, unpriced_tokens = ?, started_at = ?, finished_at = ?, usage = ?, error = ?, first_error = ?, output = ?, label = ?, cause = ?
      WHERE map_k = ? AND key = ?`,
    ...[index, outcome === "ok" ? 1 : 0, category, map.config_k, attempt, itemSha256],
    ...costValues(addCosts(addCosts(toCost(before), cost), toCost(retried))),
    ...[ctx.wallMs - Math.round(ms), ctx.wallMs, usageJson, errorJson],
    ...[(isRetry ? before.first_error : null) ?? retried.first_error ?? errorJson, outputJson, result.label ?? null],
    ...[map.causes.get(result) ?? null, map.map_k, key],
  );
}
