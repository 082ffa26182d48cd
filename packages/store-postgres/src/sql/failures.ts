/**
 * Failures over all runs, summed where they lie: maps of the newest runs by their key, their failed items by `item_error`, failed
 * runs by `run_final`. Every part is bounded, since one read of a connection holds up the next.
 */
import {
  FAILED_RUNS_MAX,
  FAILURE_ITEMS_MAX,
  FAILURE_MAPS_MAX,
  FAILURE_MESSAGE_MAX,
  FAILURE_RUNS_MAX,
} from "@holdfast/core";
import type { SqlContext } from "../context.js";

export interface FailureArgs {
  readonly owner: string | null;
  readonly workflow: string | null;
  readonly since: number;
  readonly dayOffsetMs: number;
}

export interface FailureRow {
  readonly run_id: string;
  readonly workflow: string;
  readonly stage: string | null;
  readonly category: string;
  readonly message: string;
  readonly day: number;
  readonly count: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly key: string | null;
}

interface FailedMapRow {
  readonly map_k: number;
  readonly stage: string;
  readonly error_count: number;
  readonly run_id: string;
  readonly workflow: string;
}

/** What a damaged or foreign record has instead of a message must not fail the sum of the others. */
const message = (column: string) => `left(coalesce(json_field(${column}, 'message'), ''), ${FAILURE_MESSAGE_MAX})`;
const DAY_MS = 86_400_000;
const day = (column: string) => `(${column} + ?::bigint) / ${DAY_MS}`;

export async function countFailures(
  ctx: SqlContext,
  query: FailureArgs,
): Promise<{ readonly rows: readonly FailureRow[]; readonly isWhole: boolean }> {
  const newest = (await ctx.get<{ k: number | null }>("SELECT max(run_k) AS k FROM run"))?.k ?? 0;
  const from = Math.max(0, newest - FAILURE_RUNS_MAX);
  const filter = {
    sql: `${query.owner === null ? "" : "AND r.owner = ?"} ${query.workflow === null ? "" : "AND w.name = ?"}`,
    values: [query.owner, query.workflow].filter((value) => value !== null),
  };
  const maps = await ctx.all<FailedMapRow>(
    `SELECT m.map_k, m.stage, m.error_count, r.run_id, w.name AS workflow
       FROM map m JOIN run r ON r.run_k = m.run_k JOIN workflow w ON w.workflow_k = r.workflow_k
       LEFT JOIN run_live l ON l.run_k = m.run_k
      WHERE m.run_k > ? AND m.error_count > 0 AND m.generation = coalesce(l.generation, r.generation) ${filter.sql}
      ORDER BY m.run_k DESC LIMIT ${FAILURE_MAPS_MAX + 1}`,
    from,
    ...filter.values,
  );
  let isWhole = from === 0 && maps.length <= FAILURE_MAPS_MAX;
  const rows: FailureRow[] = [];
  let looked = 0;
  for (const { map_k, stage, error_count, run_id, workflow } of maps.slice(0, FAILURE_MAPS_MAX)) {
    looked += error_count;
    if (looked > FAILURE_ITEMS_MAX && rows.length > 0) {
      isWhole = false;
      break;
    }
    const found = await ctx.all<Omit<FailureRow, "run_id" | "workflow" | "stage">>(
      `SELECT coalesce(category, 'other') AS category, ${message("error")} AS message,
              ${day("finished_at")} AS day, count(*) AS count,
              min(finished_at) AS first_at, max(finished_at) AS last_at, min(key) AS key
         FROM (SELECT category, error, finished_at, key FROM item_result
                WHERE map_k = ? AND outcome = 0 AND finished_at >= ? LIMIT ${FAILURE_ITEMS_MAX}) i
        GROUP BY 1, 2, 3`,
      query.dayOffsetMs,
      map_k,
      query.since,
    );
    if (error_count > FAILURE_ITEMS_MAX) isWhole = false;
    for (const row of found) rows.push({ ...row, run_id, workflow, stage });
  }
  const failed = await ctx.all<FailureRow>(
    `SELECT r.run_id, w.name AS workflow, NULL::text AS stage,
            coalesce(json_field(r.error, 'category'), json_field(r.error, 'code'), 'other') AS category,
            ${message("r.error")} AS message, ${day("r.finished_at")} AS day, 1 AS count,
            r.finished_at AS first_at, r.finished_at AS last_at, NULL::text AS key
       FROM run r JOIN workflow w ON w.workflow_k = r.workflow_k
      WHERE r.final_status = 'failed' AND r.run_k > ? AND r.finished_at >= ? ${filter.sql}
      ORDER BY r.run_k DESC LIMIT ${FAILED_RUNS_MAX + 1}`,
    query.dayOffsetMs,
    from,
    query.since,
    ...filter.values,
  );
  if (failed.length > FAILED_RUNS_MAX) isWhole = false;
  return { rows: [...rows, ...failed.slice(0, FAILED_RUNS_MAX)], isWhole };
}
