/**
 * Runs that go: deleted by a person or cleaned up for their age, and the rows they leave behind.
 *
 * Removing a run takes its row, its live row and its place in the counts, so that it is gone for every reader at once; its
 * number goes into `purge`. The rows of its children follow in short transactions of `deleteRemovedRows`, so that no removal holds the
 * write lock for as long as the run was large. Until the last of them is gone, no new run takes the number.
 */
import {
  type AuditStamp,
  type FinishedQuery,
  type FinishedRun,
  isFinished,
  RUN_STATUSES,
  type RunChanged,
  type RunId,
  type RunStatus,
  type RunStore,
} from "@holdfast/core";
import { type FamilyHold, type RunState, readCursor } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { actOn, audited } from "./control.js";
import { findFamilyHold, hasChildren, listBelow } from "./family.js";
import { releaseSuccessor } from "./keys.js";
import { countFinished, readState } from "./live.js";
import { sumByDay, sumRemoved } from "./removed-sums.js";

export type DeleteResult =
  | { readonly kind: "moved"; readonly from: RunStatus; readonly family?: readonly RunId[] }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "forked"; readonly forks: readonly RunId[] }
  | FamilyHold
  | { readonly kind: "notFound" };

/** Enough forks to see what is to be done first. */
const FORKS_TOLD_MAX = 20;

/** What a fork kept lies with the run that made it. */
function forksOf(ctx: SqlContext, runId: string, limit: number): readonly RunId[] {
  return ctx
    .all<{ id: RunId }>("SELECT run_id AS id FROM run WHERE forked_run_id = ? ORDER BY run_k LIMIT ?", runId, limit)
    .map(({ id }) => id);
}

export function deleteRun(
  ctx: SqlContext,
  runId: string,
  terms: NonNullable<Parameters<RunStore["deleteRun"]>[1]> = {},
): DeleteResult {
  const remove = (): DeleteResult => {
    const state = readState(ctx, runId);
    if (state === null) return { kind: "notFound" };
    const below = listBelow(ctx, state.runK);
    const family = below.map(({ run_id }) => run_id);
    const forks = terms.evenIfForked ? [] : [runId, ...family].flatMap((id) => forksOf(ctx, id, FORKS_TOLD_MAX));
    if (forks.length > 0) return { kind: "forked", forks: forks.slice(0, FORKS_TOLD_MAX) };
    if (state.status === "running") return { kind: "refused", status: state.status };
    const hold = findFamilyHold(ctx, state.runK);
    if (hold !== null) return hold;
    for (const { run_k, run_id, status } of below) removeRun(ctx, run_id, { runK: run_k, status, live: null });
    removeRun(ctx, runId, state);
    return { kind: "moved", from: state.status, ...(family.length === 0 ? {} : { family }) };
  };
  return actOn(ctx, runId, terms, remove, (result) => result.kind === "moved");
}

/** Worker A lists the run as finished; somebody opens it again; A removes it: asked again here, under the write lock. */
export function removeFinished(ctx: SqlContext, run: FinishedRun, audit: AuditStamp | null): boolean {
  const { runId, status, finishedAt } = run;
  const remove = () => {
    const state = readState(ctx, runId);
    if (state === null || state.live !== null || state.status !== status) return false;
    const found = ctx.get<{ finished_at: number }>("SELECT finished_at FROM run WHERE run_k = ?", state.runK);
    if (found?.finished_at !== finishedAt || forksOf(ctx, runId, 1).length > 0) return false;
    // Children go first, each when its own time has come.
    if (hasChildren(ctx, state.runK) || findFamilyHold(ctx, state.runK) !== null) return false;
    sumRemoved(ctx, state.runK);
    removeRun(ctx, runId, state);
    return true;
  };
  return audited(ctx, runId, audit, remove, (isRemoved) => isRemoved);
}

function removeRun(ctx: SqlContext, runId: string, { runK, status, live }: RunState): void {
  if (live === null) countFinished(ctx, status, -1);
  else {
    ctx.run("DELETE FROM run_live WHERE run_k = ?", runK);
    releaseSuccessor(ctx, live);
  }
  ctx.run("DELETE FROM run WHERE run_k = ?", runK);
  ctx.run("DELETE FROM run_field WHERE run_k = ?", runK);
  ctx.run("INSERT INTO purge (run_k) VALUES (?)", runK);
  ctx.forgetRun(runId);
}

/** At most `?2` rows of run number `?1`, the newest first: what is left of a run is what an unbroken beginning has. */
const ROWS_OF_RUN = [
  "DELETE FROM paid_result WHERE (run_k, stage, key, config_hash) IN (SELECT run_k, stage, key, config_hash FROM paid_result WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM resource_lease WHERE name IN (SELECT name FROM resource_lease WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM dataset_use WHERE use_k IN (SELECT use_k FROM dataset_use WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM run_cause WHERE (cause, run_k) IN (SELECT cause, run_k FROM run_cause WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM wait WHERE (run_k, stage, attempt) IN (SELECT run_k, stage, attempt FROM wait WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM published WHERE (run_k, key) IN (SELECT run_k, key FROM published WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM signal WHERE (run_k, n) IN (SELECT run_k, n FROM signal WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM family_end WHERE run_k = ?1 AND ?2 > 0",
  "DELETE FROM checkpoint WHERE (run_k, stage) IN (SELECT run_k, stage FROM checkpoint WHERE run_k = ?1 LIMIT ?2)",
  "DELETE FROM artifact WHERE artifact_k IN (SELECT artifact_k FROM artifact WHERE run_k = ?1 LIMIT ?2)",
  `DELETE FROM attempt_row WHERE (run_k, stage, attempt) IN
     (SELECT run_k, stage, attempt FROM attempt_row WHERE run_k = ?1 ORDER BY stage DESC, attempt DESC LIMIT ?2)`,
  `DELETE FROM event_row WHERE id IN
     (SELECT id FROM event_row WHERE id > (?1 << 32) AND id < ((?1 + 1) << 32) ORDER BY id DESC LIMIT ?2)`,
];

/** The same of map number `?1`; the map goes when its rows are gone. */
const ROWS_OF_MAP = [
  "DELETE FROM item_result WHERE (map_k, key) IN (SELECT map_k, key FROM item_result WHERE map_k = ?1 LIMIT ?2)",
  "DELETE FROM item_page WHERE (map_k, first_idx) IN (SELECT map_k, first_idx FROM item_page WHERE map_k = ?1 LIMIT ?2)",
  "DELETE FROM item_left_out WHERE (map_k, key) IN (SELECT map_k, key FROM item_left_out WHERE map_k = ?1 LIMIT ?2)",
  "DELETE FROM item_attempt WHERE (map_k, n) IN (SELECT map_k, n FROM item_attempt WHERE map_k = ?1 LIMIT ?2)",
  "DELETE FROM item_failure WHERE (map_k, key, attempt) IN (SELECT map_k, key, attempt FROM item_failure WHERE map_k = ?1 LIMIT ?2)",
];

const ROWS_OF_DATASET =
  "DELETE FROM dataset_item WHERE (dataset_k, idx) IN (SELECT dataset_k, idx FROM dataset_item WHERE dataset_k = ?1 ORDER BY idx DESC LIMIT ?2)";

/** Of runs first, then of removed versions of datasets; versions that runs read stay. */
export function deleteRemovedRows(ctx: SqlContext, rowsMax: number): number {
  let left = rowsMax;
  const removeUpTo = (sql: string, k: number) => {
    if (left > 0) left -= ctx.run(sql, k, left);
  };
  while (left > 0) {
    const runK = ctx.get<{ k: number }>("SELECT run_k AS k FROM purge ORDER BY run_k LIMIT 1")?.k;
    if (runK === undefined) break;
    for (const { k } of ctx.all<{ k: number }>("SELECT map_k AS k FROM map WHERE run_k = ?", runK)) {
      for (const sql of ROWS_OF_MAP) removeUpTo(sql, k);
      removeUpTo("DELETE FROM map WHERE map_k = ?1 AND ?2 > 0", k);
    }
    for (const sql of ROWS_OF_RUN) removeUpTo(sql, runK);
    removeUpTo("DELETE FROM purge WHERE run_k = ?1 AND ?2 > 0", runK);
  }
  while (left > 0) {
    const datasetK = ctx.get<{ k: number }>("SELECT dataset_k AS k FROM dataset_purge ORDER BY dataset_k LIMIT 1")?.k;
    if (datasetK === undefined) break;
    removeUpTo(ROWS_OF_DATASET, datasetK);
    removeUpTo("DELETE FROM dataset_purge WHERE dataset_k = ?1 AND ?2 > 0", datasetK);
  }
  return rowsMax - left + sumByDay(ctx, left);
}

export interface FinishedRow {
  run_k: number;
  run_id: string;
  workflow: string;
  owner: string | null;
  status: RunStatus;
  finished_at: number;
}

/** A place in the order of (finished_at, run_k). */
type Place = readonly [finishedAt: number, runK: number];

/** One more row than `limit` when there is a next page. Each workflow and state has its range of the index; they merge. */
export function listFinished(ctx: SqlContext, query: FinishedQuery): FinishedRow[] {
  const page = ctx
    .all<{ k: number; name: string }>("SELECT workflow_k AS k, name FROM workflow")
    .filter(({ name }) => query.workflow === undefined || name === query.workflow)
    .flatMap(({ k, name }) => finishedOf(ctx, k, query).map((row) => ({ ...row, workflow: name })))
    .sort(byPlace)
    .slice(0, query.limit + 1);
  return page.map((row) => ({ ...row, run_id: runIdOf(ctx, row.run_k) }));
}

type PlacedRow = Omit<FinishedRow, "run_id" | "workflow">;
const byPlace = (a: PlacedRow, b: PlacedRow) => a.finished_at - b.finished_at || a.run_k - b.run_k;

function runIdOf(ctx: SqlContext, runK: number): string {
  return ctx.get<{ id: string }>("SELECT run_id AS id FROM run WHERE run_k = ?", runK)?.id ?? "";
}

function finishedOf(ctx: SqlContext, workflowK: number, query: FinishedQuery): PlacedRow[] {
  const { olderThanMs, statuses = RUN_STATUSES, owner, keepLast = 0, limit, cursor } = query;
  const after: Place | null = cursor === undefined ? null : readCursor(cursor, 2);
  const keptFrom = keepLast <= 0 ? null : oldestKept(ctx, workflowK, keepLast);
  if (keptFrom === undefined) return [];
  const sql = `
    SELECT run_k, owner, final_status AS status, finished_at FROM run INDEXED BY run_finished
     WHERE workflow_k = ? AND final_status = ? AND finished_at <= ? ${owner === undefined ? "" : "AND owner = ?"}
       ${after === null ? "" : "AND (finished_at, run_k) > (?, ?)"}
       ${keptFrom === null ? "" : "AND (finished_at, run_k) < (?, ?)"}
     ORDER BY finished_at, run_k LIMIT ?`;
  return statuses.filter(isFinished).flatMap((status) =>
    ctx.all<PlacedRow>(
      sql,
      workflowK,
      status,
      // All of them, even those that a clock set back has dated in the future.
      olderThanMs <= 0 ? Number.MAX_SAFE_INTEGER : ctx.wallMs - olderThanMs,
      ...(owner === undefined ? [] : [owner]),
      ...(after ?? []),
      ...(keptFrom ?? []),
      limit + 1,
    ),
  );
}

/** Undefined when all of the workflow's are kept. */
function oldestKept(ctx: SqlContext, workflowK: number, keepLast: number): Place | undefined {
  const newest = ["completed", "failed", "cancelled"].flatMap((status) =>
    ctx.all<PlacedRow>(
      `SELECT run_k, owner, final_status AS status, finished_at FROM run INDEXED BY run_finished
        WHERE workflow_k = ? AND final_status = ? AND finished_at IS NOT NULL
        ORDER BY finished_at DESC, run_k DESC LIMIT ?`,
      workflowK,
      status,
      keepLast,
    ),
  );
  const oldest = newest.sort(byPlace).at(-keepLast);
  return oldest === undefined ? undefined : [oldest.finished_at, oldest.run_k];
}
