/**
 * Pages of runs with their changes. Pure. Rows keep their places, and new runs wait until the list may move. An older state of
 * a run never replaces a newer one.
 */
import type { PushedRow, runSummary } from "@holdfast/protocol";
import type { z } from "zod";

/** A row of a list, as the server returns it. */
export type RunRow = z.output<typeof runSummary>;

export interface RunList {
  readonly rows: readonly RunRow[];
  /** Runs that are newer than the first row and not shown yet. */
  readonly waiting: readonly RunRow[];
}

export const EMPTY_LIST: RunList = { rows: [], waiting: [] };

const isNewer = (given: PushedRow, was: RunRow) =>
  given.updatedAt > was.updatedAt || (given.updatedAt === was.updatedAt && given.head >= was.head);

/** Applies changed runs that were read from the server and belong to the list. A run that no longer matches stays until the list is reloaded. */
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

/** Applies pushed rows, which have no inputs, to the known ones. Also returns the unknown ones. */
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

/** Appends the next page. */
export function append(list: RunList, page: readonly RunRow[]): RunList {
  const known = new Set([...list.rows, ...list.waiting].map(({ id }) => id));
  return { ...list, rows: [...list.rows, ...page.filter(({ id }) => !known.has(id))] };
}

/** Replaces the list with a reloaded one, keeping newer states of known rows. */
export function restart(list: RunList, page: readonly RunRow[]): RunList {
  const known = new Map([...list.rows, ...list.waiting].map((row) => [row.id, row]));
  const rows = page.map((row) => {
    const was = known.get(row.id);
    return was === undefined || isNewer(row, was) ? row : was;
  });
  return { rows, waiting: [] };
}
