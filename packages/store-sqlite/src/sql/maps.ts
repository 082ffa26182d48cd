/**
 * Maps: one row for a stage that is a map, in a generation of a run, with its counters; and the commits that move it.
 *
 * A commit is one transaction: the fence, intents, failures, results, counters, progress and events. Locks: the live row
 * (by the fence), then the map's rows.
 */
import type { SqlContext } from "../context.js";
import type { Statement } from "../driver.js";
import { type EventRows, insertEventRows } from "./events.js";
import {
  type FenceArgs,
  isRefusal,
  noteAlive,
  noteProgress,
  passFence,
  type Refusal,
  type WriteResult,
} from "./fence.js";
import { type ProgressRow, writeProgress } from "./records.js";

export interface MapRow {
  map_k: number;
  stage: string;
  generation: number;
  config_hash: string;
  config_json: string | null;
  source_digest: string;
  total: number | null;
  ok_count: number;
  error_count: number;
  cost_usd: number;
  reserved_usd: number;
  low_water: number;
  intent_count: number;
  intent_low: number;
  started_at: number;
  finished_at: number | null;
}

const MAP_SELECT = `SELECT m.map_k, m.stage, m.generation, c.hash AS config_hash, c.json AS config_json, m.source_digest,
       m.total, m.ok_count, m.error_count, m.cost_usd, m.reserved_usd, m.low_water, m.intent_count, m.intent_low,
       m.started_at, m.finished_at
  FROM map m JOIN map_config c USING (config_k)`;

export function openMap(
  ctx: SqlContext,
  args: readonly [
    ...FenceArgs,
    stage: string,
    configHash: string,
    configJson: string | null,
    sourceDigest: string,
    total: number | null,
    adoptConfig: boolean,
  ],
): MapRow | Refusal {
  const [, , , stage, configHash, configJson, sourceDigest, total, adoptConfig] = args;
  const run = passFence(ctx, args);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const { runK, generation } = run;
  const known = findMap(ctx, runK, generation, stage);
  if (known !== undefined && !adoptConfig) {
    if (known.finished_at !== null) ctx.run("UPDATE map SET finished_at = NULL WHERE map_k = ?", known.map_k);
    return { ...known, finished_at: null };
  }
  const configK = configKey(ctx, configHash, configJson);
  if (known === undefined) {
    ctx.run(
      `INSERT INTO map (run_k, generation, stage, config_k, source_digest, total, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      runK,
      generation,
      stage,
      configK,
      sourceDigest,
      total,
      ctx.wallMs,
    );
  } else {
    // Positions are of the source: under another one every item is looked for again, by its key.
    ctx.run(
      `UPDATE map SET config_k = ?1, finished_at = NULL, source_digest = ?2,
              low_water = CASE WHEN source_digest = ?2 THEN low_water ELSE 0 END,
              total = CASE WHEN source_digest = ?2 THEN total ELSE ?3 END
        WHERE map_k = ?4`,
      configK,
      sourceDigest,
      total,
      known.map_k,
    );
  }
  return findMap(ctx, runK, generation, stage) as MapRow;
}

export function findMap(ctx: SqlContext, runK: number, generation: number, stage: string): MapRow | undefined {
  return ctx.get<MapRow>(
    `${MAP_SELECT} WHERE m.run_k = ? AND m.generation = ? AND m.stage = ?`,
    runK,
    generation,
    stage,
  );
}

function configKey(ctx: SqlContext, hash: string, json: string | null): number {
  return (
    ctx.get<{ k: number }>("SELECT config_k AS k FROM map_config WHERE hash = ?", hash)?.k ??
    ctx.insert("INSERT INTO map_config (hash, json) VALUES (?, ?)", hash, json)
  );
}

export type IntentRow = readonly [n: number, idx: number, key: string, attempt: number];
export type FailureRow = readonly [key: string, attempt: number, category: string, errorJson: string, costUsd: number];
export type ResultRow = readonly [
  key: string,
  idx: number,
  outcome: number,
  category: string | null,
  attempt: number,
  itemSha256: Uint8Array | null,
  costUsd: number,
  ms: number,
  usageJson: string | null,
  errorJson: string | null,
  outputJson: string | null,
];

export type CommitArgs = readonly [
  ...FenceArgs,
  stage: string,
  intents: readonly IntentRow[],
  failures: readonly FailureRow[],
  results: readonly ResultRow[],
  lowWater: number,
  intentLow: number,
  total: number | null,
  reservedUsd: number,
  progress: ProgressRow,
  events: EventRows,
];

/** The counters that a commit changes. */
interface Change {
  ok: number;
  error: number;
  costUsd: number;
}

export function commitMap(ctx: SqlContext, args: CommitArgs): WriteResult {
  const [, , , stage, intents, failures, results, lowWater, intentLow, total, reservedUsd, progress, events] = args;
  const run = passFence(ctx, args);
  if (isRefusal(run)) return run;
  const { runK, generation } = run;
  const map = ctx.get<{ map_k: number; config_k: number }>(
    "SELECT map_k, config_k FROM map WHERE run_k = ? AND generation = ? AND stage = ?",
    runK,
    generation,
    stage,
  );
  if (map === undefined) throw new Error(`Map ${stage} was never opened in this generation.`);
  const now = ctx.wallMs;
  insertIntents(ctx, map.map_k, intents, now);
  const change: Change = { ok: 0, error: 0, costUsd: 0 };
  for (const failure of failures) insertFailure(ctx, map.map_k, failure, now, change);
  for (const result of results) recordResult(ctx, map, result, now, change);
  if (results.length > 0) removePaid(ctx, runK, stage, results);
  ctx.run(
    `UPDATE map SET ok_count = ok_count + ?, error_count = error_count + ?, cost_usd = cost_usd + ?, reserved_usd = ?,
            low_water = max(low_water, ?), intent_low = max(intent_low, ?), intent_count = max(intent_count, ?),
            total = coalesce(?, total)
      WHERE map_k = ?`,
    change.ok,
    change.error,
    change.costUsd,
    reservedUsd,
    lowWater,
    intentLow,
    1 + (intents.at(-1)?.[0] ?? -1),
    total,
    map.map_k,
  );
  if (results.length > 0) run.hasRecord = 1;
  writeProgress(ctx, run, progress[0], progress[1]);
  const note = results.length > 0 ? noteProgress : noteAlive;
  insertEventRows(ctx, runK, note(ctx, run, events.length), events);
  return run.wish;
}

function insertIntents(ctx: SqlContext, mapK: number, intents: readonly IntentRow[], now: number): void {
  if (intents.length === 0) return;
  const insert = ctx.prepare(
    "INSERT OR IGNORE INTO item_attempt (map_k, n, idx, key, attempt, started_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const [n, idx, key, attempt] of intents) insert.run(mapK, n, idx, key, attempt, now);
}

function insertFailure(ctx: SqlContext, mapK: number, failure: FailureRow, now: number, change: Change): void {
  const [key, attempt, category, errorJson, costUsd] = failure;
  const inserted = ctx.run(
    "INSERT OR IGNORE INTO item_failure (map_k, key, attempt, finished_at, category, cost_usd, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
    mapK,
    key,
    attempt,
    now,
    category,
    costUsd,
    errorJson,
  );
  if (inserted > 0) change.costUsd += costUsd;
}

const INSERT_RESULT = `INSERT OR IGNORE INTO item_result
  (map_k, key, idx, outcome, category, config_k, attempt, item_sha256, cost_usd, started_at, finished_at, usage, error, first_error, output)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

interface ResultHead {
  outcome: number;
  attempt: number;
  cost_usd: number;
  first_error: string | null;
}

function recordResult(
  ctx: SqlContext,
  map: { map_k: number; config_k: number },
  result: ResultRow,
  now: number,
  change: Change,
): void {
  const [key, idx, outcome, category, attempt, itemSha256, costUsd, ms, usage, errorJson, output] = result;
  const earlier = attempt > 1 ? failuresAfter(ctx, map.map_k, key, 0) : null;
  const insert: Statement = ctx.prepare(INSERT_RESULT);
  const inserted = insert.run(
    map.map_k,
    key,
    idx,
    outcome,
    category,
    map.config_k,
    attempt,
    itemSha256,
    costUsd + (earlier?.cost_usd ?? 0),
    now - ms,
    now,
    usage,
    errorJson,
    earlier?.first_error ?? errorJson,
    output,
  );
  if (Number(inserted.changes) > 0) {
    change.costUsd += costUsd;
    if (outcome === 1) change.ok++;
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
): { cost_usd: number; first_error: string | null } {
  return ctx.get(
    `SELECT total(cost_usd) AS cost_usd,
            (SELECT error FROM item_failure WHERE map_k = ?1 AND key = ?2 AND attempt > ?3 ORDER BY attempt LIMIT 1)
              AS first_error
       FROM item_failure WHERE map_k = ?1 AND key = ?2 AND attempt > ?3`,
    mapK,
    key,
    attempt,
  ) as { cost_usd: number; first_error: string | null };
}

/**
 * A later attempt takes the place of an earlier one, at the position its item has by now. The same attempt again, or an
 * older one, is a commit sent twice: what stands, stands, and was paid for once.
 */
function replaceResult(
  ctx: SqlContext,
  map: { map_k: number; config_k: number },
  result: ResultRow,
  now: number,
  change: Change,
): void {
  const [key, idx, outcome, category, attempt, itemSha256, costUsd, ms, usage, errorJson, output] = result;
  const before = ctx.get<ResultHead>(
    "SELECT outcome, attempt, cost_usd, first_error FROM item_result WHERE map_k = ? AND key = ?",
    map.map_k,
    key,
  ) as ResultHead;
  if (attempt <= before.attempt) return;
  change.costUsd += costUsd;
  if (before.outcome === 1) change.ok--;
  else change.error--;
  if (outcome === 1) change.ok++;
  else change.error++;
  const retried = failuresAfter(ctx, map.map_k, key, before.attempt);
  ctx.run(
    `UPDATE item_result SET idx = ?, outcome = ?, category = ?, config_k = ?, attempt = ?, item_sha256 = ?, cost_usd = ?,
            started_at = ?, finished_at = ?, usage = ?, error = ?, first_error = ?, output = ?
      WHERE map_k = ? AND key = ?`,
    idx,
    outcome,
    category,
    map.config_k,
    attempt,
    itemSha256,
    before.cost_usd + costUsd + retried.cost_usd,
    now - ms,
    now,
    usage,
    errorJson,
    before.first_error ?? retried.first_error ?? errorJson,
    output,
    map.map_k,
    key,
  );
}

/** A recorded result takes the place of one that was kept because its lease was lost. */
function removePaid(ctx: SqlContext, runK: number, stage: string, results: readonly ResultRow[]): void {
  const kept = ctx.get("SELECT 1 FROM paid_result WHERE run_k = ? AND stage = ? LIMIT 1", runK, stage);
  if (kept === undefined) return;
  const remove = ctx.prepare("DELETE FROM paid_result WHERE run_k = ? AND stage = ? AND key = ?");
  for (const [key] of results) remove.run(runK, stage, key);
}

export function finishMap(ctx: SqlContext, args: readonly [...FenceArgs, stage: string]): WriteResult {
  const run = passFence(ctx, args);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  ctx.run(
    "UPDATE map SET finished_at = ?, reserved_usd = 0 WHERE run_k = ? AND generation = ? AND stage = ?",
    ctx.wallMs,
    run.runK,
    run.generation,
    args[3],
  );
  return run.wish;
}

const CURRENT_MAP = `${MAP_SELECT} JOIN run r ON r.run_k = m.run_k LEFT JOIN run_live l ON l.run_k = m.run_k
  WHERE r.run_id = ? AND m.generation = coalesce(l.generation, r.generation)`;

export function getMap(ctx: SqlContext, [runId, stage]: readonly [runId: string, stage: string]): MapRow | null {
  return ctx.get<MapRow>(`${CURRENT_MAP} AND m.stage = ?`, runId, stage) ?? null;
}

export function listMaps(ctx: SqlContext, [runId]: readonly [runId: string]): MapRow[] {
  return ctx.all<MapRow>(`${CURRENT_MAP} ORDER BY m.map_k`, runId);
}

export function savePaid(
  ctx: SqlContext,
  args: readonly [
    runId: string,
    stage: string,
    key: string,
    configHash: string,
    itemSha256: Uint8Array | null,
    outputJson: string | null,
    costUsd: number,
    usageJson: string | null,
  ],
): null {
  const [runId, ...values] = args;
  const runK = ctx.get<{ k: number }>("SELECT run_k AS k FROM run WHERE run_id = ?", runId)?.k;
  if (runK === undefined) return null;
  ctx.run(
    `INSERT OR REPLACE INTO paid_result (run_k, stage, key, config_hash, item_sha256, output, cost_usd, usage, saved_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runK,
    ...values,
    ctx.wallMs,
  );
  return null;
}

export interface PaidRow {
  key: string;
  item_sha256: Uint8Array | null;
  output: string | null;
  cost_usd: number;
  usage: string | null;
}

export function listPaid(
  ctx: SqlContext,
  [runId, stage, configHash]: readonly [runId: string, stage: string, configHash: string],
): PaidRow[] {
  return ctx.all<PaidRow>(
    `SELECT p.key, p.item_sha256, p.output, p.cost_usd, p.usage FROM paid_result p JOIN run r USING (run_k)
      WHERE r.run_id = ? AND p.stage = ? AND p.config_hash = ? ORDER BY p.key`,
    runId,
    stage,
    configHash,
  );
}
