/**
 * Search fields of runs: a side table by value, so that finding the runs of a value reads those alone. The store fills it
 * itself, from the recorded input (which holds no secrets), in the transaction that writes the input; so a run has its values
 * whichever process made it, with a definition that declares them or without.
 */
import { SEARCH_VALUE_CHARS_MAX } from "@holdfast/core";
import { TAG_FIELD } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { workflowKey } from "./names.js";

/** PostgreSQL's texts hold any character but NUL: a character that no text has stands for it, where values are only compared. */
export const storable = (value: string): string => value.replaceAll("\0", "\uFFFF");

/** How a value is asked for: without regard to the case of ASCII letters. */
export const VALUE_ASKED = `left(lower(?::text COLLATE "C"), ${SEARCH_VALUE_CHARS_MAX})`;

interface InputRow {
  readonly run_k: number;
  readonly input: string | null;
}

async function fieldsOf(ctx: SqlContext, workflowK: number): Promise<string[]> {
  const rows = await ctx.all<{ field: string }>("SELECT field FROM search_field WHERE workflow_k = ?", workflowK);
  return rows.map(({ field }) => field);
}

/** A text, number, true or false is a value, and so is each in a list; an object and null are none. */
function valuesOf(input: unknown, field: string): string[] {
  let value = input;
  for (const part of field.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return [];
    value = Reflect.get(value, part);
  }
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values
    .filter((one) => ["string", "number", "boolean"].includes(typeof one))
    .map((one) => storable(String(one)));
}

/** Fills in these runs of one workflow. */
export async function fillRuns(ctx: SqlContext, workflowK: number, rows: readonly InputRow[]): Promise<void> {
  const fields = await fieldsOf(ctx, workflowK);
  if (fields.length === 0) return;
  const entries = rows.flatMap(({ run_k, input }) => {
    const parsed: unknown = input === null ? undefined : JSON.parse(input);
    return fields.flatMap((field) => valuesOf(parsed, field).map((value) => [field, value, run_k] as const));
  });
  if (entries.length === 0) return;
  await ctx.run(
    `INSERT INTO run_field (field, value, run_k)
     SELECT f, left(lower(v COLLATE "C"), ${SEARCH_VALUE_CHARS_MAX}), k FROM unnest(?::text[], ?::text[], ?::bigint[]) AS e(f, v, k)
     ON CONFLICT DO NOTHING`,
    entries.map(([field]) => field),
    entries.map(([, value]) => value),
    entries.map(([, , runK]) => runK),
  );
}

/** The run is found by its tags. */
export async function fillTags(ctx: SqlContext, runK: number, tags: readonly string[]): Promise<void> {
  if (tags.length === 0) return;
  await ctx.run(
    `INSERT INTO run_field (field, value, run_k)
     SELECT '${TAG_FIELD}', left(lower(v COLLATE "C"), ${SEARCH_VALUE_CHARS_MAX}), ? FROM unnest(?::text[]) AS e(v)
     ON CONFLICT DO NOTHING`,
    runK,
    tags,
  );
}

/** The run has other tags. */
export async function refillTags(ctx: SqlContext, runK: number, tags: readonly string[]): Promise<void> {
  await ctx.run(`DELETE FROM run_field WHERE run_k = ? AND field = '${TAG_FIELD}'`, runK);
  await fillTags(ctx, runK, tags);
}

/** The run's input was changed. */
export async function refillRun(ctx: SqlContext, runK: number): Promise<void> {
  await ctx.run(`DELETE FROM run_field WHERE run_k = ? AND field <> '${TAG_FIELD}'`, runK);
  const row = await ctx.get<InputRow & { workflow_k: number }>(
    "SELECT run_k, workflow_k, input FROM run WHERE run_k = ?",
    runK,
  );
  if (row !== undefined) await fillRuns(ctx, row.workflow_k, [row]);
}

/**
 * The workflow's runs are found by these fields from now on, and by no others. Fills in runs of before, at most `runsMax` of
 * them; true when none is left.
 */
export async function declareSearch(
  ctx: SqlContext,
  workflow: string,
  fields: readonly string[],
  runsMax: number,
): Promise<boolean> {
  const workflowK = await workflowKey(ctx, workflow);
  await ctx.run(
    `INSERT INTO search_field (workflow_k, field, filled_to) SELECT ?, f, 0 FROM unnest(?::text[]) AS d(f)
     ON CONFLICT DO NOTHING`,
    workflowK,
    fields,
  );
  const open = (
    await ctx.get<{ from: number | null }>(
      `SELECT min(filled_to) AS "from" FROM search_field WHERE workflow_k = ?`,
      workflowK,
    )
  )?.from;
  if (open === undefined || open === null) return true;
  const runs = await ctx.all<InputRow>(
    "SELECT run_k, input FROM run WHERE workflow_k = ? AND run_k > ? ORDER BY run_k LIMIT ?",
    workflowK,
    open,
    runsMax,
  );
  const last = runs.at(-1)?.run_k;
  if (last === undefined) return true;
  await fillRuns(ctx, workflowK, runs);
  await ctx.run("UPDATE search_field SET filled_to = greatest(filled_to, ?) WHERE workflow_k = ?", last, workflowK);
  return runs.length < runsMax;
}

/** A field whose runs are all filled in, or are being. */
export interface SearchFieldRow {
  readonly workflow: string;
  readonly field: string;
}

export function listSearchFields(ctx: SqlContext): Promise<SearchFieldRow[]> {
  return ctx.all<SearchFieldRow>(
    "SELECT w.name AS workflow, f.field FROM search_field f JOIN workflow w USING (workflow_k) ORDER BY w.name, f.field",
  );
}
