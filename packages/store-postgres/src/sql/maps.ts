/**
 * Maps: one row for a stage that is a map, in a generation of a run, with its counters; and the commits that move it.
 *
 * A commit is one transaction: the fence, intents, failures, results, counters, progress and events. Locks: the live row
 * (by the fence), then the map's row.
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
  type ProgressWrite,
} from "@holdfast/core";
import type { MapRow, Refusal, WriteResult } from "@holdfast/store-sql";
import { causesOf, noteCauses, runInOrder, writeModels } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HeldRun } from "../held-run.js";
import { findErased, rowKeysOf } from "./erased-keys.js";
import { insertInputs } from "./events.js";
import { isRefusal, noteAlive, noteOutcome, noteProgress, passFence } from "./fence.js";
import { type Change, insertFailures, insertIntents, recordResults, writePages } from "./item-rows.js";
import { noteError } from "./live.js";
import { configKey } from "./names.js";
import { writeProgress } from "./records.js";

const MAP_SELECT = `SELECT m.map_k, m.stage, m.generation, c.hash AS config_hash, c.json AS config_json, m.source_digest,
       m.total, m.ok_count, m.error_count, m.cost_nanos, m.unpriced_calls, m.unpriced_tokens, m.reserved_nanos, m.budget_nanos, m.models,
       m.low_water, m.intent_count, m.intent_low, m.left_out, m.absent,
       m.started_at, m.finished_at
  FROM map m JOIN map_config c USING (config_k)`;

export async function openMap(
  ctx: SqlContext,
  fence: Fence,
  asked: Parameters<ItemStore["openMap"]>[1],
): Promise<MapRow | Refusal> {
  const { stage, configHash, configJson, sourceDigest, total, adoptConfig, adoptItems, budgetNanos } = asked;
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const { runK, generation } = run;
  const known = await findMap(ctx, runK, generation, stage);
  if (known !== undefined && !adoptConfig) {
    if (known.finished_at !== null) await ctx.run("UPDATE map SET finished_at = NULL WHERE map_k = ?", known.map_k);
    await noteBudget(ctx, known, budgetNanos);
    return { ...known, finished_at: null, ...(budgetNanos === undefined ? {} : { budget_nanos: budgetNanos }) };
  }
  const configK = await configKey(ctx, configHash, configJson);
  if (known === undefined) {
    await ctx.run(
      `INSERT INTO map (run_k, generation, stage, config_k, source_digest, total, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[runK, generation, stage, configK, sourceDigest, total, ctx.wallMs],
    );
  } else {
    // Positions are of the source: under another one every item is looked for again, by its key.
    await ctx.run(
      `UPDATE map SET config_k = ?1, finished_at = NULL, source_digest = ?2,
              low_water = CASE WHEN source_digest = ?2 THEN low_water ELSE 0 END,
              total = CASE WHEN source_digest = ?2 THEN total ELSE ?3 END
        WHERE map_k = ?4`,
      ...[configK, sourceDigest, total, known.map_k],
    );
  }
  if (known !== undefined && adoptItems !== undefined) await adoptOtherItems(ctx, known.map_k, total, adoptItems);
  await noteBudget(ctx, (await findMap(ctx, runK, generation, stage)) as MapRow, budgetNanos);
  return (await findMap(ctx, runK, generation, stage)) as MapRow;
}

async function noteBudget(
  ctx: SqlContext,
  { map_k, budget_nanos }: MapRow,
  budgetNanos: number | null | undefined,
): Promise<void> {
  if (budgetNanos === undefined || budgetNanos === budget_nanos) return;
  await ctx.run("UPDATE map SET budget_nanos = ? WHERE map_k = ?", budgetNanos, map_k);
}

/** Every item is looked for again, by its key. */
async function adoptOtherItems(
  ctx: SqlContext,
  mapK: number,
  total: number | null,
  { isKeepingLeftOut, absentCount }: { readonly isKeepingLeftOut: boolean; readonly absentCount: number },
): Promise<void> {
  await ctx.run("DELETE FROM item_page WHERE map_k = ?", mapK);
  // The walk from the start comes by what was erased, where it still is.
  await ctx.run("DELETE FROM item_left_out WHERE map_k = ? AND key LIKE 'erased-%' AND length(key) = 23", mapK);
  if (!isKeepingLeftOut) await ctx.run("DELETE FROM item_left_out WHERE map_k = ?", mapK);
  await ctx.run(
    "UPDATE map SET low_water = 0, total = ?1, absent = ?2, left_out = (SELECT count(*) FROM item_left_out WHERE map_k = ?3) WHERE map_k = ?3",
    total,
    absentCount,
    mapK,
  );
}

export function findMap(ctx: SqlContext, runK: number, generation: number, stage: string): Promise<MapRow | undefined> {
  return ctx.get<MapRow>(
    `${MAP_SELECT} WHERE m.run_k = ? AND m.generation = ? AND m.stage = ?`,
    runK,
    generation,
    stage,
  );
}

/** A map may fail many times a second, and the run's row is wide. */
const NOTED_EVERY_MS = 1_000;

async function noteItemError(ctx: SqlContext, runK: number, failures: readonly ItemAttemptFailure[]): Promise<void> {
  const newest = failures.at(-1);
  if (newest === undefined) return;
  const found = await ctx.get<{ at: number | null }>("SELECT last_error_at AS at FROM run WHERE run_k = ?", runK);
  const noted = found?.at ?? null;
  const now = ctx.wallMs;
  // A clock that was set back must not keep an old error for the newest.
  if (noted === null || now - noted >= NOTED_EVERY_MS || now < noted) await noteError(ctx, runK, newest.errorJson);
}

export async function commitMap(ctx: SqlContext, fence: Fence, commit: MapCommit): Promise<WriteResult> {
  const { stage, intents, failures, results, lowWater, intentLow, total, committedNanos, progress, events } = commit;
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK, generation } = run;
  const map = await ctx.get<{ map_k: number; config_k: number; models: string | null }>(
    "SELECT map_k, config_k, models FROM map WHERE run_k = ? AND generation = ? AND stage = ? FOR UPDATE",
    runK,
    generation,
    stage,
  );
  if (map === undefined) throw new Error(`Map ${stage} was never opened in this generation.`);
  await insertIntents(ctx, map.map_k, intents);
  await writePages(ctx, map.map_k, commit.pages ?? [], lowWater);
  const change: Change = { ok: 0, error: 0, cost: NO_COST, models: [] };
  await insertFailures(ctx, map.map_k, failures, change);
  await noteItemError(ctx, runK, failures);
  const causes = causesOf(stage, results);
  await recordResults(ctx, { ...map, causes }, results, change);
  await runInOrder(noteCauses(ctx, runK, causes.values()));
  if (results.length > 0) await removePaid(ctx, runK, stage, results);
  await ctx.run(
    `UPDATE map SET ok_count = ok_count + ?1, error_count = error_count + ?2,
            reserved_nanos = greatest(0, ?4::bigint - least(cost_nanos + ?3::bigint, ${NANOS_MAX})),
            cost_nanos = least(cost_nanos + ?3::bigint, ${NANOS_MAX}), unpriced_calls = unpriced_calls + ?10,
            unpriced_tokens = least(unpriced_tokens + ?11::bigint, ${NANOS_MAX}),
            total = CASE WHEN ?5::bigint >= low_water THEN coalesce(?8, total) ELSE total END,
            low_water = greatest(low_water, ?5::bigint), intent_low = greatest(intent_low, ?6::bigint),
            intent_count = greatest(intent_count, ?7::bigint), models = coalesce(?12, models)
      WHERE map_k = ?9`,
    ...[change.ok, change.error, change.cost.nanos, committedNanos, lowWater, intentLow],
    ...[1 + (intents.at(-1)?.n ?? -1), total, map.map_k, change.cost.unpricedCalls, change.cost.unpricedTokens],
    writeModels(map.models, change),
  );
  if (results.length > 0) noteOutcome(run);
  await writeCommitProgress(ctx, run, progress);
  const note = results.length > 0 ? noteProgress : noteAlive;
  await insertInputs(ctx, runK, note(ctx, run, events.length), events);
  return run.wish;
}

const writeCommitProgress = (ctx: SqlContext, run: HeldRun, { items, label }: ProgressWrite) =>
  writeProgress(ctx, run, items, label);

/** A recorded result takes the place of one that was kept because its lease was lost. */
async function removePaid(
  ctx: SqlContext,
  runK: number,
  stage: string,
  results: readonly ItemResultWrite[],
): Promise<void> {
  await ctx.run(
    "DELETE FROM paid_result WHERE run_k = ? AND stage = ? AND key = ANY(?::text[])",
    runK,
    stage,
    results.map(({ key }) => key),
  );
}

export async function finishMap(ctx: SqlContext, fence: Fence, stage: string): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  await ctx.run(
    "UPDATE map SET finished_at = ?, reserved_nanos = 0 WHERE run_k = ? AND generation = ? AND stage = ?",
    ...[ctx.wallMs, run.runK, run.generation, stage],
  );
  return run.wish;
}

const CURRENT_MAP = `${MAP_SELECT} JOIN run r ON r.run_k = m.run_k LEFT JOIN run_live l ON l.run_k = m.run_k
  WHERE r.run_id = ? AND m.generation = coalesce(l.generation, r.generation)`;

export async function getMap(ctx: SqlContext, runId: string, stage: string): Promise<MapRow | null> {
  return (await ctx.get<MapRow>(`${CURRENT_MAP} AND m.stage = ?`, runId, stage)) ?? null;
}

export function listMaps(ctx: SqlContext, runId: string): Promise<MapRow[]> {
  return ctx.all<MapRow>(`${CURRENT_MAP} ORDER BY m.map_k`, runId);
}

export async function savePaid(ctx: SqlContext, paid: PaidResult): Promise<null> {
  const { runId, stage, key, configHash, itemSha256, outputJson, cost, usageJson } = paid;
  const runK = await ctx.runKey(runId);
  if (runK === undefined) return null;
  // An answer that comes after its key was erased would bring the person back.
  const names = await ctx.all<{ name: string }>("SELECT DISTINCT name FROM dataset_use WHERE run_k = ?", runK);
  const erased = await findErased(
    ctx,
    names.map(({ name }) => name),
    rowKeysOf(key),
  );
  if (erased.length > 0) return null;
  await ctx.run(
    `INSERT INTO paid_result (run_k, stage, key, config_hash, item_sha256, output, usage,
                              cost_nanos, unpriced_calls, unpriced_tokens, saved_at)
     VALUES (?, ?, ?, ?, decode(?, 'hex'), ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_k, stage, key, config_hash) DO UPDATE SET item_sha256 = excluded.item_sha256, output = excluded.output,
       usage = excluded.usage, cost_nanos = excluded.cost_nanos, unpriced_calls = excluded.unpriced_calls,
       unpriced_tokens = excluded.unpriced_tokens, saved_at = excluded.saved_at`,
    ...[runK, stage, key, configHash, itemSha256, outputJson, usageJson],
    ...[cost.nanos, cost.unpricedCalls, cost.unpricedTokens, ctx.wallMs],
  );
  return null;
}

export interface PaidRow {
  key: string;
  item_sha256: string | null;
  output: string | null;
  cost_nanos: number;
  unpriced_calls: number;
  unpriced_tokens: number;
  usage: string | null;
}

export function listPaid(ctx: SqlContext, runId: string, stage: string, configHash: string): Promise<PaidRow[]> {
  return ctx.all<PaidRow>(
    `SELECT p.key, encode(p.item_sha256, 'hex') AS item_sha256, p.output, p.cost_nanos, p.unpriced_calls, p.unpriced_tokens,
            p.usage
       FROM paid_result p JOIN run r USING (run_k)
      WHERE r.run_id = ? AND p.stage = ? AND p.config_hash = ? ORDER BY p.key`,
    runId,
    stage,
    configHash,
  );
}
