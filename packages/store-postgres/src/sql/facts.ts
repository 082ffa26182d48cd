/** What the store says of itself: counts, versions, sizes. */
import type { RunStatus } from "@holdfast/core";
import type { SqlContext } from "../context.js";

export interface FactsRow {
  readonly engineVersion: string;
  readonly schemaVersion: number;
  readonly sizeBytes: number;
  readonly runCounts: Record<RunStatus, number>;
}

export async function readFacts(ctx: SqlContext): Promise<FactsRow> {
  const server = await ctx.get<{ version: string }>("SELECT current_setting('server_version') AS version");
  const schema = await ctx.get<{ version: number }>("SELECT version FROM schema_version");
  return {
    engineVersion: server?.version ?? "",
    schemaVersion: schema?.version ?? 0,
    sizeBytes: await sizeOf(ctx),
    runCounts: await countAll(ctx),
  };
}

/** Bytes of the schema's tables, with their indexes and long values. */
export async function sizeOf(ctx: SqlContext): Promise<number> {
  const found = await ctx.get<{ bytes: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes FROM pg_class c
      WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`,
  );
  return found?.bytes ?? 0;
}

/** As JSON text; null where none was set. */
export async function getDefault(ctx: SqlContext, name: string): Promise<string | null> {
  return (await ctx.get<{ json: string }>("SELECT json FROM store_default WHERE name = ?", name))?.json ?? null;
}

async function countAll(ctx: SqlContext): Promise<Record<RunStatus, number>> {
  const counts: Record<RunStatus, number> = {
    ...{ queued: 0, running: 0, waiting: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 },
  };
  const rows = await ctx.all<{ status: RunStatus; runs: number }>(
    `SELECT CASE phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'paused' ELSE 'waiting' END AS status, count(*) AS runs
       FROM run_live GROUP BY 1
     UNION ALL SELECT status, sum(runs)::bigint FROM run_count GROUP BY status`,
  );
  for (const { status, runs } of rows) counts[status] = runs;
  return counts;
}
