/** Fills in the causes of failures that were recorded before their fingerprints were: step 22 of the schema, in code. */

import { itemCause, noteCauses, runCause, runNow } from "@holdfast/store-sql";
import type { Statements } from "../driver.js";

interface Filled extends Pick<Statements, "run"> {
  all<T>(sql: string, ...values: (string | number | null)[]): T[];
}

/** The schema that records them. */
export const CAUSES_VERSION = 22;
const FILLED_AT_ONCE = 1_000;

/** A page at a time, since there may be many. */
export function fillCauses(ctx: Filled): void {
  const maps = ctx.all<{ map_k: number; run_k: number; stage: string }>(
    "SELECT map_k, run_k, stage FROM map WHERE error_count > 0",
  );
  for (const map of maps) {
    const categories = ctx.all<{ category: string | null }>(
      "SELECT DISTINCT category FROM item_result INDEXED BY item_error WHERE map_k = ? AND outcome = 0",
      map.map_k,
    );
    for (const { category } of categories) fillItems(ctx, map, category);
  }
  for (let after = 0; ; ) {
    const runs = ctx.all<{ run_k: number; error: string | null }>(
      "SELECT run_k, error FROM run WHERE final_status = 'failed' AND run_k > ? ORDER BY run_k LIMIT ?",
      after,
      FILLED_AT_ONCE,
    );
    for (const { run_k, error } of runs) {
      const cause = runCause("failed", error) as string;
      ctx.run("UPDATE run SET cause = ? WHERE run_k = ?", cause, run_k);
      runNow(noteCauses(ctx, run_k, [cause]));
    }
    const last = runs.at(-1);
    if (last === undefined) return;
    after = last.run_k;
  }
}

function fillItems(
  ctx: Filled,
  { map_k, run_k, stage }: { readonly map_k: number; readonly run_k: number; readonly stage: string },
  category: string | null,
): void {
  const causes = new Set<string>();
  for (let after: string | null = null; ; ) {
    const items: { key: string; error: string | null }[] = ctx.all(
      `SELECT key, error FROM item_result INDEXED BY item_error
        WHERE map_k = ? AND category IS ? AND outcome = 0 ${after === null ? "" : "AND key > ?"} ORDER BY key LIMIT ?`,
      ...[map_k, category, ...(after === null ? [] : [after]), FILLED_AT_ONCE],
    );
    for (const { key, error } of items) {
      const cause = itemCause(stage, { category, errorJson: error });
      ctx.run("UPDATE item_result SET cause = ? WHERE map_k = ? AND key = ?", cause, map_k, key);
      causes.add(cause);
    }
    const last = items.at(-1);
    if (last === undefined) break;
    after = last.key;
  }
  runNow(noteCauses(ctx, run_k, causes));
}
