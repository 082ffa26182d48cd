/** Examining the whole store: what takes how much room, and whether its rows belong together. */
import { LARGEST_RUNS_MAX, type StoreExamination } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { findOrphans } from "./orphans.js";

export async function examine(ctx: SqlContext, isChecked: boolean): Promise<StoreExamination> {
  // Read once: files grow while they are looked at.
  const tables = await ctx.all<{ name: string; bytes: number }>(
    `SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes FROM pg_class c
      WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY 2 DESC, 1`,
  );
  const artifacts = await ctx.get<{ count: number; bytes: number }>(
    "SELECT count(*) AS count, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM artifact",
  );
  return {
    sizeBytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    // The server reuses what is free in its tables, and does not count it.
    unusedBytes: 0,
    // Of the whole server, and no part of the store.
    logBytes: 0,
    tables,
    artifacts: artifacts ?? { count: 0, bytes: 0 },
    largestRuns: await ctx.all<StoreExamination["largestRuns"][number]>(
      `SELECT r.run_id AS "runId", count(*) AS count, sum(a.size_bytes)::bigint AS bytes
         FROM artifact a JOIN run r USING (run_k) GROUP BY r.run_k ORDER BY 3 DESC, r.run_k DESC LIMIT ?`,
      LARGEST_RUNS_MAX,
    ),
    problems: isChecked ? await findOrphans(ctx) : null,
  };
}
