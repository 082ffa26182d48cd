/**
 * Erasing keys of a dataset, for privacy: what is counted (a preview) and what is removed come from the same statements.
 *
 * One transaction: a crash leaves everything or nothing. Runs at work are refused, since they hold rows in memory; so all
 * their attempts and events are in `attempt_row` and `event_row`. `secure_delete` overwrites what is removed; copies that
 * earlier changes of pages left behind are what `compact` is for.
 */
import {
  holdsKey,
  type KeyErasure,
  type KeyErasureRequest,
  type KeyTraces,
  needleOf,
  type RunId,
  scrubJson,
  scrubText,
} from "@holdfast/core";
import { refillCauses, runNow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { auditStore } from "./control.js";
import { eraseItems } from "./erase-items.js";
import { buryKey, findErased, hashOfKey, wordErased } from "./erased-keys.js";
import { type DependentRun, Eraser } from "./eraser.js";
import { RUNNING } from "./live.js";

const RUNS_TOLD_MAX = 1_000;
const HELD_TOLD_MAX = 20;

export function eraseKeys(ctx: SqlContext, request: KeyErasureRequest): KeyErasure {
  const { name, audit } = request;
  const keys = [...new Set(request.keys)];
  if (!isKnown(ctx, name)) return { kind: "notFound" };
  const runs = runsThatRead(ctx, name);
  const held = runs.filter(
    ({ run_k }) => ctx.get("SELECT 1 FROM run_live WHERE run_k = ? AND phase = ?", run_k, RUNNING) !== undefined,
  );
  if (held.length > 0) return { kind: "held", runs: held.slice(0, HELD_TOLD_MAX).map(({ run_id }) => run_id) };
  ctx.db.exec("PRAGMA secure_delete = ON");
  try {
    const traces = traceKeys(ctx, name, keys, runs, false);
    for (const key of keys) buryKey(ctx, name, key);
    if (audit !== null) {
      const words = keys.map((key) => wordErased(hashOfKey(ctx, name, key)));
      auditStore(ctx, audit, `dataset ${name}, ${words.join(", ")}`);
    }
    return { kind: "erased", traces };
  } finally {
    ctx.db.exec("PRAGMA secure_delete = OFF");
  }
}

export function findKeyTraces(ctx: SqlContext, name: string, keys: readonly string[]): KeyTraces | null {
  return isKnown(ctx, name) ? traceKeys(ctx, name, [...new Set(keys)], runsThatRead(ctx, name), true) : null;
}

function isKnown(ctx: SqlContext, name: string): boolean {
  return ["dataset", "dataset_use", "erased_key"].some(
    (table) => ctx.get(`SELECT 1 FROM ${table} WHERE name = ? LIMIT 1`, name) !== undefined,
  );
}

/** In any generation; and what was forked from them, since it has what they recorded. */
function runsThatRead(ctx: SqlContext, name: string): DependentRun[] {
  return ctx.all<DependentRun>(
    `WITH RECURSIVE reading(run_k, run_id) AS (
       SELECT r.run_k, r.run_id FROM dataset_use u JOIN run r USING (run_k) WHERE u.name = ?
        UNION SELECT f.run_k, f.run_id FROM reading d JOIN run f ON f.forked_run_id = d.run_id)
     SELECT run_k, run_id FROM reading ORDER BY run_k`,
    name,
  );
}

function traceKeys(
  ctx: SqlContext,
  name: string,
  keys: readonly string[],
  runs: readonly DependentRun[],
  isDry: boolean,
): KeyTraces {
  const eraser = new Eraser(ctx, isDry);
  const stays: { runId: RunId; what: "input" | "output"; stage: string | null }[] = [];
  eraser.counts.erasedBefore = findErased(ctx, [name], keys).length;
  for (const key of keys) {
    // The items first: which keys are parts of a row's, the rows tell.
    for (const run of runs) {
      eraseItems(eraser, name, run, key);
      eraseWords(eraser, run, key);
      stays.push(...staysOf(ctx, run, key));
    }
    eraseRows(eraser, name, key);
  }
  if (!isDry) for (const { run_k } of runs) runNow(refillCauses(ctx, run_k));
  return {
    ...eraser.counts,
    runs: runs.slice(0, RUNS_TOLD_MAX).map(({ run_id }) => run_id),
    stays: stays.slice(0, RUNS_TOLD_MAX),
    sources: ctx
      .all<{ path: string }>(
        "SELECT DISTINCT path FROM dataset WHERE name = ? AND path IS NOT NULL ORDER BY path",
        name,
      )
      .map(({ path }) => path),
  };
}

/** Of every version, of readings under other schemas, and of an ingest that is under way. */
function eraseRows(eraser: Eraser, name: string, key: string): void {
  const { ctx, counts } = eraser;
  for (const { k, skipped } of ctx.all<{ k: number; skipped: string | null }>(
    "SELECT dataset_k AS k, skipped FROM dataset WHERE name = ?",
    name,
  )) {
    const removed = eraser.remove("dataset_item", "dataset_k = ? AND key = ?", k, key);
    counts.rows += removed;
    if (removed > 0) {
      eraser.change(
        "UPDATE dataset SET erased_count = erased_count + 1 WHERE dataset_k = ? AND version IS NOT NULL",
        k,
      );
    }
    // Why a row was left out may tell what stood in it.
    if (skipped === null || !holdsKey(skipped, key)) continue;
    counts.words += 1;
    eraser.change("UPDATE dataset SET skipped = ? WHERE dataset_k = ?", scrubJson(skipped, key), k);
  }
  // Rows of removed versions that nobody has taken away yet.
  eraser.remove("dataset_item", "dataset_k IN (SELECT dataset_k FROM dataset_purge) AND key = ?", key);
}

/** Columns of texts that Holdfast wrote itself, by table: where they lie, and which of them are JSON. */
const WORDS = [
  ["event_row", "id > (?1 << 32) AND id < ((?1 + 1) << 32)", ["body"], []],
  ["attempt_row", "run_k = ?1", ["error"], ["label"]],
  ["run", "run_k = ?1", ["error", "last_error"], ["reason", "label"]],
  ["run_live", "run_k = ?1", ["directive"], ["reason", "label", "wish_reason"]],
  ["signal", "run_k = ?1", ["payload"], []],
  ["wait", "run_k = ?1", ["question", "answer"], ["subject"]],
  ["published", "run_k = ?1", ["json"], []],
] as const;

/** Checkpoints that name the key go; lines, errors and lists of keys lose it. */
function eraseWords(eraser: Eraser, { run_k }: DependentRun, key: string): void {
  const { ctx, counts } = eraser;
  for (const { stage, json } of ctx.all<{ stage: string; json: string }>(
    "SELECT stage, json FROM checkpoint WHERE run_k = ? AND instr(json, ?) > 0",
    run_k,
    needleOf(key),
  )) {
    if (holdsKey(json, key)) counts.checkpoints += eraser.remove("checkpoint", "run_k = ? AND stage = ?", run_k, stage);
  }
  for (const [table, where, jsons, texts] of WORDS) {
    for (const column of [...jsons, ...texts]) {
      const isJson = (jsons as readonly string[]).includes(column);
      const found = ctx.all<{ text: string }>(
        `SELECT DISTINCT ${column} AS text FROM ${table} WHERE ${where} AND instr(${column}, ?2) > 0`,
        run_k,
        isJson ? needleOf(key) : key,
      );
      for (const { text } of found) {
        const clean = isJson ? scrubJson(text, key) : scrubText(text, key);
        if (isJson ? !holdsKey(text, key) : clean === text) continue;
        counts.words += 1;
        eraser.change(`UPDATE ${table} SET ${column} = ?3 WHERE ${where} AND ${column} = ?2`, run_k, text, clean);
      }
    }
  }
}

/** What users' code recorded is not changed under those who depend on it. */
function staysOf(ctx: SqlContext, { run_k, run_id }: DependentRun, key: string) {
  const needle = needleOf(key);
  const outputs = ctx.all<{ stage: string }>(
    "SELECT DISTINCT stage FROM attempt_row WHERE run_k = ? AND instr(output, ?) > 0 ORDER BY stage",
    run_k,
    needle,
  );
  const whole = ctx.get<{ input: number; output: number }>(
    `SELECT max(instr(coalesce(input, ''), ?1), instr(coalesce(given, ''), ?1), instr(coalesce(secrets, ''), ?1)) > 0 AS input,
            instr(coalesce(output, ''), ?1) > 0 AS output FROM run WHERE run_k = ?2`,
    needle,
    run_k,
  );
  return [
    ...(whole?.input ? [{ runId: run_id, what: "input" as const, stage: null }] : []),
    ...outputs.map(({ stage }) => ({ runId: run_id, what: "output" as const, stage })),
    ...(whole?.output ? [{ runId: run_id, what: "output" as const, stage: null }] : []),
  ];
}
