/**
 * Reading a run as its rows say it. Creating runs is in `create-runs.ts`, pages in `run-list.ts`, moves between states in
 * `moves.ts`, claims in `claim.ts`, removal in `cleanup.ts`.
 */
import type { RunRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { FROM_RUN, RUN_COLUMNS } from "./run-row.js";

export function getRun(ctx: SqlContext, runId: string): RunRow | null {
  return ctx.get<RunRow>(`SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_id = ?`, runId) ?? null;
}

export function getSecrets(ctx: SqlContext, runId: string): string | null {
  return ctx.get<{ secrets: string | null }>("SELECT secrets FROM run WHERE run_id = ?", runId)?.secrets ?? null;
}
