/**
 * Pages of runs, and what moved since: pure. Rows keep their places; what is new waits until the list may move. A lower revision
 * of what was seen never replaces a higher one.
 */
import type { RunSummary } from "../api/types.js";

export interface RunList {
  readonly rows: readonly RunSummary[];
  /** Newer than the first row, and not shown yet. */
  readonly waiting: readonly RunSummary[];
}

export const EMPTY_LIST: RunList = { rows: [], waiting: [] };

const isNewer = (given: RunSummary, was: RunSummary) =>
  given.updatedAt > was.updatedAt || (given.updatedAt === was.updatedAt && given.head >= was.head);

/** `matches` says whether a run that moved still belongs to the list; one that does not stays until the list is read anew. */
export function patch(list: RunList, moved: readonly RunSummary[], mayMove: boolean): RunList {
  if (moved.length === 0 && (!mayMove || list.waiting.length === 0)) return list;
  const byId = new Map(moved.map((run) => [run.id, run]));
  const update = (row: RunSummary) => {
    const given = byId.get(row.id);
    if (given === undefined) return row;
    byId.delete(row.id);
    return isNewer(given, row) ? given : row;
  };
  const rows = list.rows.map(update);
  const waiting = list.waiting.map(update);
  const newest = rows[0]?.createdAt ?? 0;
  const fresh = [...byId.values()].filter((run) => run.createdAt >= newest);
  const all = [...fresh, ...waiting].sort((a, b) => b.createdAt - a.createdAt);
  if (mayMove) return { rows: [...all, ...rows], waiting: [] };
  return { rows, waiting: all };
}
