/**
 * Reading a run as its rows say it. Creating runs is in `create-runs.ts`, pages in `run-list.ts`, moves between states in
 * `moves.ts`, claims in `claim.ts`, removal in `cleanup.ts`.
 */
import type { RunRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { FROM_RUN, RUN_COLUMNS } from "./run-row.js";

export async function getRun(ctx: SqlContext, runId: string): Promise<RunRow | null> {
  return (await ctx.get<RunRow>(`SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_id = ?`, runId)) ?? null;
}

export async function getSecrets(ctx: SqlContext, runId: string): Promise<string | null> {
  return (
    (await ctx.get<{ secrets: string | null }>("SELECT secrets FROM run WHERE run_id = ?", runId))?.secrets ?? null
  );
}
