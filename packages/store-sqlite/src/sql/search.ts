/**
 * Search fields of runs: a side table by value, so that finding the runs of a value reads those alone. The store fills it
 * itself, from the recorded input (which holds no secrets), in the transaction that writes the input; so a run has its values
 * whichever process made it, with a definition that declares them or without.
 */
import { SEARCH_VALUE_CHARS_MAX } from "@holdfast/core";
import { TAG_FIELD } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { workflowKey } from "./names.js";

/**
 * A text, number, true or false is a value, and so is each in a list; an object and null are none. Without regard to the case
 * of ASCII letters, as `VALUE_ASKED` asks.
 */
const INSERT_VALUES = `
  INSERT OR IGNORE INTO run_field (field, value, run_k)
  SELECT f.field,
         substr(lower(CASE e.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(e.atom AS TEXT) END), 1, ${SEARCH_VALUE_CHARS_MAX}),
         r.run_k
    FROM search_field f CROSS JOIN run r CROSS JOIN json_each(r.input, f.path) e
   WHERE f.workflow_k = r.workflow_k AND e.atom IS NOT NULL AND coalesce(json_type(r.input, f.path), 'object') <> 'object'`;

/** How a value is asked for. */
export const VALUE_ASKED = `substr(lower(?), 1, ${SEARCH_VALUE_CHARS_MAX})`;

const isSearched = (ctx: SqlContext, workflowK: number) =>
  ctx.get("SELECT 1 FROM search_field WHERE workflow_k = ? LIMIT 1", workflowK) !== undefined;

/** New runs of these workflows were written, from this number on. */
export function fillRuns(ctx: SqlContext, firstK: number, workflowKs: ReadonlySet<number>): void {
  if ([...workflowKs].some((workflowK) => isSearched(ctx, workflowK))) {
    ctx.run(`${INSERT_VALUES} AND r.run_k >= ?`, firstK);
  }
}

/** The run is found by its tags. */
export function fillTags(ctx: SqlContext, runK: number, tags: readonly string[]): void {
  for (const tag of tags) {
    const sql = `INSERT OR IGNORE INTO run_field (field, value, run_k) VALUES ('${TAG_FIELD}', ${VALUE_ASKED}, ?)`;
    ctx.run(sql, tag, runK);
  }
}

/** The run has other tags. */
export function refillTags(ctx: SqlContext, runK: number, tags: readonly string[]): void {
  ctx.run(`DELETE FROM run_field WHERE run_k = ? AND field = '${TAG_FIELD}'`, runK);
  fillTags(ctx, runK, tags);
}

/** The run's input was changed. */
export function refillRun(ctx: SqlContext, runK: number): void {
  ctx.run(`DELETE FROM run_field WHERE run_k = ? AND field <> '${TAG_FIELD}'`, runK);
  ctx.run(`${INSERT_VALUES} AND r.run_k = ?`, runK);
}

/** In SQLite's words: each part in quotes, since it may hold what a path gives a meaning to. */
export const pathOf = (field: string) =>
  `$${field
    .split(".")
    .map((part) => `."${part}"`)
    .join("")}`;

/**
 * The workflow's runs are found by these fields from now on, and by no others. Fills in runs of before, at most `runsMax` of
 * them; true when none is left.
 */
export function declareSearch(ctx: SqlContext, workflow: string, fields: readonly string[], runsMax: number): boolean {
  const workflowK = workflowKey(ctx, workflow);
  for (const field of fields) {
    ctx.run(
      "INSERT OR IGNORE INTO search_field (workflow_k, field, path, filled_to) VALUES (?, ?, ?, 0)",
      workflowK,
      field,
      pathOf(field),
    );
  }
  const open = ctx.get<{ from: number | null }>(
    `SELECT min(filled_to) AS "from" FROM search_field WHERE workflow_k = ?`,
    workflowK,
  )?.from;
  if (open === undefined || open === null) return true;
  const runs = ctx.all<{ run_k: number }>(
    "SELECT run_k FROM run WHERE workflow_k = ? AND run_k > ? ORDER BY run_k LIMIT ?",
    workflowK,
    open,
    runsMax,
  );
  const last = runs.at(-1)?.run_k;
  if (last === undefined) return true;
  ctx.run(`${INSERT_VALUES} AND r.workflow_k = ? AND r.run_k > ? AND r.run_k <= ?`, workflowK, open, last);
  ctx.run("UPDATE search_field SET filled_to = max(filled_to, ?) WHERE workflow_k = ?", last, workflowK);
  return runs.length < runsMax;
}

/** A field whose runs are all filled in, or are being. */
export interface SearchFieldRow {
  readonly workflow: string;
  readonly field: string;
}

export function listSearchFields(ctx: SqlContext): SearchFieldRow[] {
  return ctx.all<SearchFieldRow>(
    "SELECT w.name AS workflow, f.field FROM search_field f JOIN workflow w USING (workflow_k) ORDER BY w.name, f.field",
  );
}
