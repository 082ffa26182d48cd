/** Costs of runs: the sums of the maps of their current generations. */
import type { SqlContext } from "../context.js";

export interface RunCostRow {
  readonly run_id: string;
  readonly nanos: number;
  readonly calls: number;
  readonly tokens: number;
}

export function listCostsOf(ctx: SqlContext, runIds: readonly string[]): RunCostRow[] {
  return ctx.all<RunCostRow>(
    `SELECT r.run_id, sum(m.cost_nanos) AS nanos, sum(m.unpriced_calls) AS calls, sum(m.unpriced_tokens) AS tokens
       FROM json_each(?) j CROSS JOIN run r ON r.run_id = j.value LEFT JOIN run_live l ON l.run_k = r.run_k
       JOIN map m ON m.run_k = r.run_k AND m.generation = coalesce(l.generation, r.generation)
      GROUP BY r.run_k`,
    JSON.stringify(runIds),
  );
}
