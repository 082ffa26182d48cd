/**
 * Pages of runs, and what moved since: pure. Rows keep their places; what is new waits until the list may move. An older state of
 * a run never takes the place of a newer one.
 */
import type { PushedRow, runSummary } from "@holdfast/protocol";
import type { z } from "zod";

/** A row of a list, as the server answers it. */
export type RunRow = z.output<typeof runSummary>;

export interface RunList {
  readonly rows: readonly RunRow[];
  /** Newer than the first row, and not shown yet. */
  readonly waiting: readonly RunRow[];
}

export const EMPTY_LIST: RunList = { rows: [], waiting: [] };

const isNewer = (given: PushedRow, was: RunRow) =>
  given.updatedAt > was.updatedAt || (given.updatedAt === was.updatedAt && given.head >= was.head);

/** What moved, read from the server: it belongs to the list. A run that fits no more stays until the list is read anew. */
export function patch(list: RunList, moved: readonly RunRow[], mayMove: boolean): RunList {
  if (moved.length === 0 && (!mayMove || list.waiting.length === 0)) return list;
  const byId = new Map(moved.map((run) => [run.id, run]));
  const update = (row: RunRow) => {
    const given = byId.get(row.id);
    byId.delete(row.id);
    return given !== undefined && isNewer(given, row) ? given : row;
  };
  const rows = list.rows.map(update);
  const waiting = list.waiting.map(update);
  const newest = rows[0]?.createdAt ?? 0;
  const fresh = [...byId.values()].filter((run) => run.createdAt >= newest);
  const all = [...fresh, ...waiting].sort((a, b) => b.createdAt - a.createdAt);
  if (mayMove) return { rows: [...all, ...rows], waiting: [] };
  return { rows, waiting: all };
}

/** Rows as they were pushed, without their inputs: what is known of them is brought up to date. Also says which are not known. */
export function patchPushed(list: RunList, pushed: readonly PushedRow[]): { list: RunList; unknown: PushedRow[] } {
  const byId = new Map(pushed.map((row) => [row.id, row]));
  const update = (row: RunRow): RunRow => {
    const given = byId.get(row.id);
    byId.delete(row.id);
    return given !== undefined && isNewer(given, row) ? ({ ...row, ...given, input: row.input } as RunRow) : row;
  };
  const next = { rows: list.rows.map(update), waiting: list.waiting.map(update) };
  const isChanged = byId.size < pushed.length;
  return { list: isChanged ? next : list, unknown: [...byId.values()] };
}

/** The next page behind what is there. */
export function append(list: RunList, page: readonly RunRow[]): RunList {
  const known = new Set([...list.rows, ...list.waiting].map(({ id }) => id));
  return { ...list, rows: [...list.rows, ...page.filter(({ id }) => !known.has(id))] };
}

/** The list from its beginning, read anew: what was known later of a row stays. */
export function restart(list: RunList, page: readonly RunRow[]): RunList {
  const known = new Map([...list.rows, ...list.waiting].map((row) => [row.id, row]));
  const rows = page.map((row) => {
    const was = known.get(row.id);
    return was === undefined || isNewer(row, was) ? row : was;
  });
  return { rows, waiting: [] };
}
