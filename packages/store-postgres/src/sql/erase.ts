/**
 * Erasing keys of a dataset, for privacy: what is counted (a preview) and what is removed come from the same statements.
 *
 * One transaction: a crash leaves everything or nothing. Runs at work are refused, since they hold rows in memory. The server
 * keeps what was removed in its files until its vacuum has passed: that is what `compact` is for.
 */
import { type AuditStamp, holdsKey, type KeyTraces, needleOf, type RunId, scrubJson, scrubText } from "@holdfast/core";
import { refillCauses, runInOrder } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { flatMapInOrder } from "../in-order.js";
import { auditStore } from "./control.js";
import { eraseItems } from "./erase-items.js";
import { buryKey, findErased, hashOfKey, wordErased } from "./erased-keys.js";
import { type DependentRun, Eraser } from "./eraser.js";
import { RUNNING } from "./live.js";

const RUNS_TOLD_MAX = 1_000;
const HELD_TOLD_MAX = 20;

export type EraseResult =
  | { readonly kind: "erased"; readonly traces: KeyTraces }
  | { readonly kind: "held"; readonly runs: readonly RunId[] }
  | { readonly kind: "notFound" };

export async function eraseKeys(
  ctx: SqlContext,
  name: string,
  keys: readonly string[],
  audit: AuditStamp | null,
): Promise<EraseResult> {
  if (!(await isKnown(ctx, name))) return { kind: "notFound" };
  const runs = await runsThatRead(ctx, name);
  // Locked until the commit: nobody takes one of them up meanwhile.
  const rows = await ctx.all<{ run_k: number; phase: number }>(
    "SELECT run_k, phase FROM run_live WHERE run_k = ANY(?::bigint[]) ORDER BY run_k FOR UPDATE",
    runs.map(({ run_k }) => run_k),
  );
  const running = new Set(rows.filter(({ phase }) => phase === RUNNING).map(({ run_k }) => run_k));
  const held = runs.filter(({ run_k }) => running.has(run_k));
  if (held.length > 0) return { kind: "held", runs: held.slice(0, HELD_TOLD_MAX).map(({ run_id }) => run_id) };
  const traces = await traceKeys(ctx, name, keys, runs, false);
  for (const key of keys) await buryKey(ctx, name, key);
  if (audit !== null) {
    const words = await flatMapInOrder(keys, async (key) => [wordErased(await hashOfKey(ctx, name, key))]);
    await auditStore(ctx, audit, `dataset ${name}, ${words.join(", ")}`);
  }
  return { kind: "erased", traces };
}

export async function findKeyTraces(ctx: SqlContext, name: string, keys: readonly string[]): Promise<KeyTraces | null> {
  return (await isKnown(ctx, name)) ? await traceKeys(ctx, name, keys, await runsThatRead(ctx, name), true) : null;
}

async function isKnown(ctx: SqlContext, name: string): Promise<boolean> {
  const found = await ctx.get(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM dataset WHERE name = ?1) OR EXISTS (SELECT 1 FROM dataset_use WHERE name = ?1)
                OR EXISTS (SELECT 1 FROM erased_key WHERE name = ?1)`,
    name,
  );
  return found !== undefined;
}

/** In any generation; and what was forked from them, since it has what they recorded. */
async function runsThatRead(ctx: SqlContext, name: string): Promise<DependentRun[]> {
  return await ctx.all<DependentRun>(
    `WITH RECURSIVE reading(run_k, run_id) AS (
       SELECT r.run_k, r.run_id FROM dataset_use u JOIN run r USING (run_k) WHERE u.name = ?
        UNION SELECT f.run_k, f.run_id FROM reading d JOIN run f ON f.forked_run_id = d.run_id)
     SELECT run_k, run_id FROM reading ORDER BY run_k`,
    name,
  );
}

async function traceKeys(
  ctx: SqlContext,
  name: string,
  keys: readonly string[],
  runs: readonly DependentRun[],
  isDry: boolean,
): Promise<KeyTraces> {
  const eraser = new Eraser(ctx, isDry);
  const stays: { runId: RunId; what: "input" | "output"; stage: string | null }[] = [];
  eraser.counts.erasedBefore = (await findErased(ctx, [name], keys)).length;
  for (const key of keys) {
    // The items first: which keys are parts of a row's, the rows tell.
    for (const run of runs) {
      await eraseItems(eraser, name, run, key);
      await eraseWords(eraser, run, key);
      stays.push(...(await staysOf(ctx, run, key)));
    }
    await eraseRows(eraser, name, key);
  }
  if (!isDry) for (const { run_k } of runs) await runInOrder(refillCauses(ctx, run_k));
  return {
    ...eraser.counts,
    runs: runs.slice(0, RUNS_TOLD_MAX).map(({ run_id }) => run_id),
    stays: stays.slice(0, RUNS_TOLD_MAX),
    sources: (
      await ctx.all<{ path: string }>(
        "SELECT DISTINCT path FROM dataset WHERE name = ? AND path IS NOT NULL ORDER BY path",
        name,
      )
    ).map(({ path }) => path),
  };
}

/** Of every version, of readings under other schemas, and of an ingest that is under way. */
async function eraseRows(eraser: Eraser, name: string, key: string): Promise<void> {
  const { ctx, counts } = eraser;
  for (const { k, skipped } of await ctx.all<{ k: number; skipped: string | null }>(
    "SELECT dataset_k AS k, skipped FROM dataset WHERE name = ?",
    name,
  )) {
    const removed = await eraser.remove("dataset_item", "dataset_k = ? AND key = ?", k, key);
    counts.rows += removed;
    if (removed > 0) {
      await eraser.change(
        "UPDATE dataset SET erased_count = erased_count + 1 WHERE dataset_k = ? AND version IS NOT NULL",
        k,
      );
    }
    // Why a row was left out may tell what stood in it.
    if (skipped === null || !holdsKey(skipped, key)) continue;
    counts.words += 1;
    await eraser.change("UPDATE dataset SET skipped = ? WHERE dataset_k = ?", scrubJson(skipped, key), k);
  }
  // Rows of removed versions that nobody has taken away yet.
  await eraser.remove("dataset_item", "dataset_k IN (SELECT dataset_k FROM dataset_purge) AND key = ?", key);
}

/** Columns of texts that Holdfast wrote itself, by table: where they lie, and which of them are JSON. */
const WORDS = [
  ["event_row", "run_k = ?1", ["body"], []],
  ["attempt_row", "run_k = ?1", ["error"], ["label"]],
  ["run", "run_k = ?1", ["error", "last_error"], ["reason", "label"]],
  ["run_live", "run_k = ?1", ["directive"], ["reason", "label", "wish_reason"]],
  ["signal", "run_k = ?1", ["payload"], []],
  ["wait", "run_k = ?1", ["question", "answer"], ["subject"]],
  ["published", "run_k = ?1", ["json"], []],
] as const;

/** Checkpoints that name the key go; lines, errors and lists of keys lose it. */
async function eraseWords(eraser: Eraser, { run_k }: DependentRun, key: string): Promise<void> {
  const { ctx, counts } = eraser;
  for (const { stage, json } of await ctx.all<{ stage: string; json: string }>(
    "SELECT stage, json FROM checkpoint WHERE run_k = ? AND strpos(json, ?) > 0",
    run_k,
    needleOf(key),
  )) {
    if (holdsKey(json, key))
      counts.checkpoints += await eraser.remove("checkpoint", "run_k = ? AND stage = ?", run_k, stage);
  }
  for (const [table, where, jsons, texts] of WORDS) {
    for (const column of [...jsons, ...texts]) {
      const isJson = (jsons as readonly string[]).includes(column);
      const found = await ctx.all<{ text: string }>(
        `SELECT DISTINCT ${column} AS text FROM ${table} WHERE ${where} AND strpos(${column}, ?2) > 0`,
        run_k,
        isJson ? needleOf(key) : key,
      );
      for (const { text } of found) {
        const clean = isJson ? scrubJson(text, key) : scrubText(text, key);
        if (isJson ? !holdsKey(text, key) : clean === text) continue;
        counts.words += 1;
        await eraser.change(`UPDATE ${table} SET ${column} = ?3 WHERE ${where} AND ${column} = ?2`, run_k, text, clean);
      }
    }
  }
}

/** What users' code recorded is not changed under those who depend on it. */
async function staysOf(ctx: SqlContext, { run_k, run_id }: DependentRun, key: string) {
  const needle = needleOf(key);
  const outputs = await ctx.all<{ stage: string }>(
    "SELECT DISTINCT stage FROM attempt_row WHERE run_k = ? AND strpos(output, ?) > 0 ORDER BY stage",
    run_k,
    needle,
  );
  const whole = await ctx.get<{ input: boolean; output: boolean }>(
    `SELECT strpos(concat_ws(' ', input, given, secrets), ?1) > 0 AS input,
            strpos(coalesce(output, ''), ?1) > 0 AS output FROM run WHERE run_k = ?2`,
    needle,
    run_k,
  );
  return [
    ...(whole?.input ? [{ runId: run_id, what: "input" as const, stage: null }] : []),
    ...outputs.map(({ stage }) => ({ runId: run_id, what: "output" as const, stage })),
    ...(whole?.output ? [{ runId: run_id, what: "output" as const, stage: null }] : []),
  ];
}
