/**
 * Maps: one row for a stage that is a map, in a generation of a run, with its counters; and the commits that move it.
 *
 * A commit is one transaction: the fence, intents, failures, results, counters, progress and events. Locks: the live row
 * (by the fence), then the map's rows.
 */
import {
  type Fence,
  type ItemAttemptFailure,
  type ItemResultWrite,
  type ItemStore,
  type MapCommit,
  NANOS_MAX,
  NO_COST,
  type PaidResult,
} from "@holdfast/core";
import type { MapRow, Refusal, WriteResult } from "@holdfast/store-sql";
import { causesOf, noteCauses, runNow, writeModels } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { fromHex } from "../hex.js";
import { findErased, rowKeysOf } from "./erased-keys.js";
import { insertEventRows } from "./events.js";
import { isRefusal, noteAlive, noteOutcome, noteProgress, passFence } from "./fence.js";
import { type Change, costValues, insertFailure, insertIntents, recordResults, writePages } from "./item-rows.js";
import { noteError } from "./live.js";
import { writeProgress } from "./records.js";

const MAP_SELECT = `SELECT m.map_k, m.stage, m.generation, c.hash AS config_hash, c.json AS config_json, m.source_digest,
       m.total, m.ok_count, m.error_count, m.cost_nanos, m.unpriced_calls, m.unpriced_tokens, m.reserved_nanos, m.budget_nanos, m.models,
       m.low_water, m.intent_count, m.intent_low, m.left_out, m.absent,
       m.started_at, m.finished_at
  FROM map m JOIN map_config c USING (config_k)`;

export function openMap(ctx: SqlContext, fence: Fence, map: Parameters<ItemStore["openMap"]>[1]): MapRow | Refusal {
  const { stage, configHash, configJson, sourceDigest, total, adoptConfig, adoptItems, budgetNanos } = map;
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const { runK, generation } = run;
  const known = findMap(ctx, runK, generation, stage);
  if (known !== undefined && !adoptConfig) {
    if (known.finished_at !== null) ctx.run("UPDATE map SET finished_at = NULL WHERE map_k = ?", known.map_k);
    noteBudget(ctx, known, budgetNanos);
    return { ...known, finished_at: null, ...(budgetNanos === undefined ? {} : { budget_nanos: budgetNanos }) };
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
  if (known !== undefined && adoptItems !== undefined) adoptOtherItems(ctx, known.map_k, total, adoptItems);
  noteBudget(ctx, findMap(ctx, runK, generation, stage) as MapRow, budgetNanos);
  return findMap(ctx, runK, generation, stage) as MapRow;
}

/** A commit costs the pages it changes: a map that goes on under the same budget changes none. */
function noteBudget(ctx: SqlContext, { map_k, budget_nanos }: MapRow, budgetNanos: number | null | undefined): void {
  if (budgetNanos === undefined || budgetNanos === budget_nanos) return;
  ctx.run("UPDATE map SET budget_nanos = ? WHERE map_k = ?", budgetNanos, map_k);
}

/** Every item is looked for again, by its key. */
function adoptOtherItems(
  ctx: SqlContext,
  mapK: number,
  total: number | null,
  { isKeepingLeftOut, absentCount }: { readonly isKeepingLeftOut: boolean; readonly absentCount: number },
): void {
  ctx.run("DELETE FROM item_page WHERE map_k = ?", mapK);
  // The walk from the start comes by what was erased, where it still is.
  ctx.run("DELETE FROM item_left_out WHERE map_k = ? AND key GLOB 'erased-*' AND length(key) = 23", mapK);
  if (!isKeepingLeftOut) ctx.run("DELETE FROM item_left_out WHERE map_k = ?", mapK);
  ctx.run(
    "UPDATE map SET low_water = 0, total = ?, absent = ?, left_out = (SELECT count(*) FROM item_left_out WHERE map_k = ?3) WHERE map_k = ?3",
    total,
    absentCount,
    mapK,
  );
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

/** A map may fail many times a second, and the run's row is wide. */
const NOTED_EVERY_MS = 1_000;

function noteItemError(ctx: SqlContext, runK: number, failures: readonly ItemAttemptFailure[], now: number): void {
  const newest = failures.at(-1);
  if (newest === undefined) return;
  const noted = ctx.get<{ at: number | null }>("SELECT last_error_at AS at FROM run WHERE run_k = ?", runK)?.at ?? null;
  // A clock that was set back must not keep an old error for the newest.
  if (noted === null || now - noted >= NOTED_EVERY_MS || now < noted) noteError(ctx, runK, newest.errorJson);
}

export function commitMap(ctx: SqlContext, fence: Fence, commit: MapCommit): WriteResult {
  const { stage, intents, failures, results, lowWater, events } = commit;
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation } = run;
  const map = ctx.get<{ map_k: number; config_k: number; models: string | null }>(
    "SELECT map_k, config_k, models FROM map WHERE run_k = ? AND generation = ? AND stage = ?",
    runK,
    generation,
    stage,
  );
  if (map === undefined) throw new Error(`Map ${stage} was never opened in this generation.`);
  const now = ctx.wallMs;
  insertIntents(ctx, map.map_k, intents, now);
  writePages(ctx, map.map_k, commit.pages ?? [], lowWater);
  const change: Change = { ok: 0, error: 0, cost: NO_COST, models: [] };
  for (const failure of failures) insertFailure(ctx, map.map_k, failure, now, change);
  noteItemError(ctx, runK, failures, now);
  const causes = causesOf(stage, results);
  recordResults(ctx, { ...map, causes }, results, now, change);
  runNow(noteCauses(ctx, runK, causes.values()));
  if (results.length > 0) removePaid(ctx, runK, stage, results);
  ctx.run(
    `UPDATE map SET ok_count = ok_count + ?1, error_count = error_count + ?2, reserved_nanos = max(0, ?4 - min(cost_nanos + ?3, ${NANOS_MAX})),
            cost_nanos = min(cost_nanos + ?3, ${NANOS_MAX}), unpriced_calls = unpriced_calls + ?10,
            unpriced_tokens = min(unpriced_tokens + ?11, ${NANOS_MAX}),
            total = CASE WHEN ?5 >= low_water THEN coalesce(?8, total) ELSE total END,
            low_water = max(low_water, ?5), intent_low = max(intent_low, ?6), intent_count = max(intent_count, ?7),
            models = coalesce(?12, models)
      WHERE map_k = ?9`,
    change.ok,
    change.error,
    change.cost.nanos,
    commit.committedNanos,
    lowWater,
    commit.intentLow,
    1 + (intents.at(-1)?.n ?? -1),
    commit.total,
    map.map_k,
    change.cost.unpricedCalls,
    change.cost.unpricedTokens,
    writeModels(map.models, change),
  );
  if (results.length > 0) noteOutcome(run);
  writeProgress(ctx, run, commit.progress);
  const note = results.length > 0 ? noteProgress : noteAlive;
  insertEventRows(ctx, runK, note(ctx, run, events.length), events);
  return run.wish;
}

/** A recorded result takes the place of one that was kept because its lease was lost. */
function removePaid(ctx: SqlContext, runK: number, stage: string, results: readonly ItemResultWrite[]): void {
  const kept = ctx.get("SELECT 1 FROM paid_result WHERE run_k = ? AND stage = ? LIMIT 1", runK, stage);
  if (kept === undefined) return;
  const remove = ctx.prepare("DELETE FROM paid_result WHERE run_k = ? AND stage = ? AND key = ?");
  for (const { key } of results) remove.run(runK, stage, key);
}

export function finishMap(ctx: SqlContext, fence: Fence, stage: string): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  ctx.run(
    "UPDATE map SET finished_at = ?, reserved_nanos = 0 WHERE run_k = ? AND generation = ? AND stage = ?",
    ctx.wallMs,
    run.runK,
    run.generation,
    stage,
  );
  return run.wish;
}

const CURRENT_MAP = `${MAP_SELECT} JOIN run r ON r.run_k = m.run_k LEFT JOIN run_live l ON l.run_k = m.run_k
  WHERE r.run_id = ? AND m.generation = coalesce(l.generation, r.generation)`;

export function getMap(ctx: SqlContext, runId: string, stage: string): MapRow | null {
  return ctx.get<MapRow>(`${CURRENT_MAP} AND m.stage = ?`, runId, stage) ?? null;
}

export function listMaps(ctx: SqlContext, runId: string): MapRow[] {
  return ctx.all<MapRow>(`${CURRENT_MAP} ORDER BY m.map_k`, runId);
}

export function savePaid(ctx: SqlContext, paid: PaidResult): null {
  const { runId, stage, key, configHash, itemSha256, outputJson, usageJson, cost } = paid;
  const runK = ctx.get<{ k: number }>("SELECT run_k AS k FROM run WHERE run_id = ?", runId)?.k;
  if (runK === undefined) return null;
  // An answer that comes after its key was erased would bring the person back.
  const names = ctx.all<{ name: string }>("SELECT DISTINCT name FROM dataset_use WHERE run_k = ?", runK);
  if (
    findErased(
      ctx,
      names.map(({ name }) => name),
      rowKeysOf(key),
    ).length > 0
  )
    return null;
  ctx.run(
    `INSERT OR REPLACE INTO paid_result (run_k, stage, key, config_hash, item_sha256, output, usage,
                                         cost_nanos, unpriced_calls, unpriced_tokens, saved_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runK,
    stage,
    key,
    configHash,
    fromHex(itemSha256),
    outputJson,
    usageJson,
    ...costValues(cost),
    ctx.wallMs,
  );
  return null;
}

export interface PaidRow {
  key: string;
  item_sha256: Uint8Array | null;
  output: string | null;
  cost_nanos: number;
  unpriced_calls: number;
  unpriced_tokens: number;
  usage: string | null;
}

export function listPaid(ctx: SqlContext, runId: string, stage: string, configHash: string): PaidRow[] {
  return ctx.all<PaidRow>(
    `SELECT p.key, p.item_sha256, p.output, p.cost_nanos, p.unpriced_calls, p.unpriced_tokens, p.usage FROM paid_result p JOIN run r USING (run_k)
      WHERE r.run_id = ? AND p.stage = ? AND p.config_hash = ? ORDER BY p.key`,
    runId,
    stage,
    configHash,
  );
}
