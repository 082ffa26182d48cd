/** Finding runs: ids by their beginning, and pages of runs, newest first. */
import type { RunStatus } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { FROM_LIVE, FROM_RUN, RUN_COLUMNS, type RunRow } from "./run-row.js";

export function findRunIds(ctx: SqlContext, args: readonly [prefix: string, limit: number]): string[] {
  const [prefix, limit] = args;
  return ctx
    .all<{ run_id: string }>(
      "SELECT run_id FROM run WHERE run_id >= ? AND run_id < ? ORDER BY run_k DESC LIMIT ?",
      prefix,
      afterPrefix(prefix),
      limit,
    )
    .map((row) => row.run_id);
}

/** Run ids are plain ASCII, so "~" (the last printable character) ends the range that starts with the prefix. */
const afterPrefix = (prefix: string) => `${prefix}~`;

export interface ListArgs {
  /** Null is any. */
  readonly statuses: readonly RunStatus[] | null;
  readonly workflow: string | null;
  readonly owner: string | null;
  readonly isResumable: boolean;
  readonly idPrefix: string | null;
  readonly updatedSince: number | null;
  readonly limit: number;
  readonly before: number | null;
}

const PHASES: Partial<Record<RunStatus, number>> = { queued: 0, running: 1, paused: 2 };

/** One more row than `limit` when there is a next page. */
export function listRuns(ctx: SqlContext, args: readonly [query: ListArgs]): RunRow[] {
  const [query] = args;
  const { statuses, isResumable, limit } = query;
  const asked = isResumable
    ? (["paused", "failed"] as const).filter((one) => statuses?.includes(one) ?? true)
    : statuses;
  if (asked === null) return pageOf(ctx, query, null);
  // Each status has its own index, and the pages merge.
  return asked
    .flatMap((one) => pageOf(ctx, query, one))
    .sort((a, b) => b.run_k - a.run_k)
    .slice(0, limit + 1);
}

function pageOf(ctx: SqlContext, query: ListArgs, status: RunStatus | null): RunRow[] {
  const { workflow, owner, isResumable, idPrefix, updatedSince, limit, before } = query;
  const phase = status === null ? undefined : PHASES[status];
  // The phase and the status stand in the text, not in a parameter: only so are the partial indexes used.
  const where = [
    phase === undefined ? "" : `AND l.phase = ${phase}`,
    status === null || phase !== undefined ? "" : `AND r.final_status = '${status}'`,
    workflow === null ? "" : "AND r.workflow_k = (SELECT workflow_k FROM workflow WHERE name = ?)",
    owner === null ? "" : "AND r.owner = ?",
    before === null ? "" : `AND ${phase === undefined ? "r" : "l"}.run_k < ?`,
    isResumable ? "AND coalesce(l.has_record, r.has_record) = 1" : "",
    idPrefix === null ? "" : "AND r.run_id >= ? AND r.run_id < ?",
    updatedSince === null ? "" : "AND coalesce(l.updated_at, r.updated_at) >= ?",
  ].join(" ");
  return ctx.all<RunRow>(
    `SELECT ${RUN_COLUMNS} ${phase === undefined ? FROM_RUN : FROM_LIVE} WHERE 1 ${where}
      ORDER BY ${phase === undefined ? "r" : "l"}.run_k DESC LIMIT ?`,
    ...(workflow === null ? [] : [workflow]),
    ...(owner === null ? [] : [owner]),
    ...(before === null ? [] : [before]),
    ...(idPrefix === null ? [] : [idPrefix, afterPrefix(idPrefix)]),
    ...(updatedSince === null ? [] : [updatedSince]),
    limit + 1,
  );
}
