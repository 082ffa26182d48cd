/** Costs of runs: the sums of the maps of their current generations. */
import type { SqlContext } from "../context.js";

/** Whole nano-dollars of one run; zero where its calls have no price. */
export const costOfRun = (runK: string) =>
  `coalesce((SELECT sum(c.cost_nanos) FROM map c
      WHERE c.run_k = ${runK} AND c.generation = coalesce(
        (SELECT v.generation FROM run_live v WHERE v.run_k = c.run_k), (SELECT g.generation FROM run g WHERE g.run_k = c.run_k))), 0)`;

/** Runs that cost more than `?`: one pass over the maps, of which there are few beside runs and items. */
export const COSTLY_RUNS = `
  SELECT c.run_k FROM map c JOIN run g ON g.run_k = c.run_k LEFT JOIN run_live v ON v.run_k = c.run_k
   WHERE c.cost_nanos > 0 AND c.generation = coalesce(v.generation, g.generation)
   GROUP BY c.run_k HAVING sum(c.cost_nanos) > ?`;

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
