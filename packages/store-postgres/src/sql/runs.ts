/**
 * Reading a run as its rows say it. Creating runs is in `create-runs.ts`, pages in `run-list.ts`, moves between states in
 * `moves.ts`, claims in `claim.ts`, removal in `cleanup.ts`.
 */
import type { RunRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { FROM_RUN, RUN_COLUMNS } from "./run-row.js";

/** With the instant of the read, so that nothing has to be asked before it. */
export interface ReadRunRow extends RunRow {
  readonly read_at: number;
}

export async function getRun(ctx: SqlContext, runId: string): Promise<ReadRunRow | null> {
  const sql = `SELECT now_ms() AS read_at, ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_id = ?`;
  return (await ctx.get<ReadRunRow>(sql, runId)) ?? null;
}

export async function getSecrets(ctx: SqlContext, runId: string): Promise<string | null> {
  return (
    (await ctx.get<{ secrets: string | null }>("SELECT secrets FROM run WHERE run_id = ?", runId))?.secrets ?? null
  );
}
