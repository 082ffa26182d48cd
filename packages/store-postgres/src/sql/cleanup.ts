/**
 * Runs that go: deleted by a person or cleaned up for their age, and the rows they leave behind.
 *
 * Removing a run takes its row, its live row and its place in the counts, so that it is gone for every reader at once; its
 * number goes into `purge`. The rows of its children follow in short transactions of `deleteRemovedRows`, so that no removal holds the
 * write lock for as long as the run was large. Until the last of them is gone, no new run takes the number.
 */
import type { AuditStamp, ChangeTerms, FinishedRun, RunChanged, RunId, RunStatus } from "@holdfast/core";
import type { FamilyHold, RunState } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { flatMapInOrder } from "../in-order.js";
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
async function forksOf(ctx: SqlContext, runId: string, limit: number): Promise<readonly RunId[]> {
  const rows = await ctx.all<{ id: RunId }>(
    "SELECT run_id AS id FROM run WHERE forked_run_id = ? ORDER BY run_k LIMIT ?",
    runId,
    limit,
  );
  return rows.map(({ id }) => id);
}

export async function deleteRun(
  ctx: SqlContext,
  runId: string,
  terms: ChangeTerms,
  evenIfForked: boolean,
): Promise<DeleteResult> {
  const remove = async (): Promise<DeleteResult> => {
    const state = await readState(ctx, runId);
    if (state === null) return { kind: "notFound" };
    const below = await listBelow(ctx, state.runK);
    const family = below.map(({ run_id }) => run_id);
    const ids = [runId, ...family];
    const forks = evenIfForked ? [] : await flatMapInOrder(ids, (id) => forksOf(ctx, id, FORKS_TOLD_MAX));
    if (forks.length > 0) return { kind: "forked", forks: forks.slice(0, FORKS_TOLD_MAX) };
    if (state.status === "running") return { kind: "refused", status: state.status };
    // Whoever opens one of them again locks its row: asked after that, it is seen.
    if (below.length > 0) {
      const keys = below.map(({ run_k }) => run_k);
      await ctx.all("SELECT run_k FROM run WHERE run_k = ANY(?::bigint[]) ORDER BY run_k FOR UPDATE", keys);
    }
    const hold = await findFamilyHold(ctx, state.runK);
    if (hold !== null) return hold;
    for (const { run_k, status } of below) await removeRun(ctx, { runK: run_k, status, live: null });
    await removeRun(ctx, state);
    return { kind: "moved", from: state.status, ...(family.length === 0 ? {} : { family }) };
  };
  return await actOn(ctx, runId, terms, remove, (result) => result.kind === "moved");
}

/** Worker A lists the run as finished; somebody opens it again; A removes it: asked again here, under the write lock. */
export async function removeFinished(
  ctx: SqlContext,
  { runId, status, finishedAt }: FinishedRun,
  audit: AuditStamp | null,
): Promise<boolean> {
  const remove = async () => {
    const state = await readState(ctx, runId);
    if (state === null || state.live !== null || state.status !== status) return false;
    const found = await ctx.get<{ finished_at: number }>("SELECT finished_at FROM run WHERE run_k = ?", state.runK);
    if (found?.finished_at !== finishedAt || (await forksOf(ctx, runId, 1)).length > 0) return false;
    // Children go first, each when its own time has come.
    if ((await hasChildren(ctx, state.runK)) || (await findFamilyHold(ctx, state.runK)) !== null) return false;
    await sumRemoved(ctx, state.runK);
    await removeRun(ctx, state);
    return true;
  };
  return await audited(ctx, runId, audit, remove, (isRemoved) => isRemoved);
}

async function removeRun(ctx: SqlContext, { runK, status, live }: RunState): Promise<void> {
  if (live === null) await countFinished(ctx, status, -1);
  else {
    await ctx.run("DELETE FROM run_live WHERE run_k = ?", runK);
    await releaseSuccessor(ctx, live);
  }
  await ctx.run("DELETE FROM run WHERE run_k = ?", runK);
  await ctx.run("DELETE FROM run_field WHERE run_k = ?", runK);
  await ctx.run("INSERT INTO purge (run_k) VALUES (?)", runK);
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
  `DELETE FROM event_row WHERE run_k = ?1 AND seq IN
     (SELECT seq FROM event_row WHERE run_k = ?1 ORDER BY seq DESC LIMIT ?2)`,
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
export async function deleteRemovedRows(ctx: SqlContext, rowsMax: number): Promise<number> {
  let left = rowsMax;
  const removeUpTo = async (sql: string, k: number) => {
    if (left > 0) left -= await ctx.run(sql, k, left);
  };
  while (left > 0) {
    const runK = (await ctx.get<{ k: number }>("SELECT run_k AS k FROM purge ORDER BY run_k LIMIT 1"))?.k;
    if (runK === undefined) break;
    for (const { k } of await ctx.all<{ k: number }>("SELECT map_k AS k FROM map WHERE run_k = ?", runK)) {
      for (const sql of ROWS_OF_MAP) await removeUpTo(sql, k);
      await removeUpTo("DELETE FROM map WHERE map_k = ?1 AND ?2::bigint > 0", k);
    }
    for (const sql of ROWS_OF_RUN) await removeUpTo(sql, runK);
    await removeUpTo("DELETE FROM purge WHERE run_k = ?1 AND ?2::bigint > 0", runK);
  }
  while (left > 0) {
    const datasetK = (
      await ctx.get<{ k: number }>("SELECT dataset_k AS k FROM dataset_purge ORDER BY dataset_k LIMIT 1")
    )?.k;
    if (datasetK === undefined) break;
    await removeUpTo(ROWS_OF_DATASET, datasetK);
    await removeUpTo("DELETE FROM dataset_purge WHERE dataset_k = ?1 AND ?2::bigint > 0", datasetK);
  }
  return rowsMax - left + (await sumByDay(ctx, left));
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

export interface FinishedArgs {
  readonly olderThanMs: number;
  readonly statuses: readonly RunStatus[];
  readonly workflow: string | null;
  readonly owner: string | null;
  readonly keepLast: number;
  readonly limit: number;
  readonly after: Place | null;
}

/** One more row than `limit` when there is a next page. Each workflow and state has its range of the index; they merge. */
export async function listFinished(ctx: SqlContext, query: FinishedArgs): Promise<FinishedRow[]> {
  const workflows = await ctx.all<{ k: number; name: string }>("SELECT workflow_k AS k, name FROM workflow");
  const asked = workflows.filter(({ name }) => query.workflow === null || name === query.workflow);
  const found = await flatMapInOrder(asked, async ({ k, name }) =>
    (await finishedOf(ctx, k, query)).map((row) => ({ ...row, workflow: name })),
  );
  const page = found.sort(byPlace).slice(0, query.limit + 1);
  const ids = await ctx.all<{ run_k: number; run_id: string }>(
    "SELECT run_k, run_id FROM run WHERE run_k = ANY(?::bigint[])",
    page.map(({ run_k }) => run_k),
  );
  const idOf = new Map(ids.map(({ run_k, run_id }) => [run_k, run_id]));
  return page.map((row) => ({ ...row, run_id: idOf.get(row.run_k) ?? "" }));
}

type PlacedRow = Omit<FinishedRow, "run_id" | "workflow">;
const byPlace = (a: PlacedRow, b: PlacedRow) => a.finished_at - b.finished_at || a.run_k - b.run_k;

async function finishedOf(ctx: SqlContext, workflowK: number, query: FinishedArgs): Promise<PlacedRow[]> {
  const { olderThanMs, statuses, owner, keepLast, limit, after } = query;
  const keptFrom = keepLast <= 0 ? null : await oldestKept(ctx, workflowK, keepLast);
  if (keptFrom === undefined) return [];
  const sql = `
    SELECT run_k, owner, final_status AS status, finished_at FROM run
     WHERE workflow_k = ? AND final_status = ? AND finished_at <= ? ${owner === null ? "" : "AND owner = ?"}
       ${after === null ? "" : "AND (finished_at, run_k) > (?, ?)"}
       ${keptFrom === null ? "" : "AND (finished_at, run_k) < (?, ?)"}
     ORDER BY finished_at, run_k LIMIT ?`;
  return flatMapInOrder(statuses, (status) =>
    ctx.all<PlacedRow>(
      sql,
      workflowK,
      status,
      // All of them, even those that a clock set back has dated in the future.
      olderThanMs <= 0 ? Number.MAX_SAFE_INTEGER : ctx.wallMs - olderThanMs,
      ...(owner === null ? [] : [owner]),
      ...(after ?? []),
      ...(keptFrom ?? []),
      limit + 1,
    ),
  );
}

/** Undefined when all of the workflow's are kept. */
async function oldestKept(ctx: SqlContext, workflowK: number, keepLast: number): Promise<Place | undefined> {
  const newest = await flatMapInOrder(["completed", "failed", "cancelled"], (status) =>
    ctx.all<PlacedRow>(
      `SELECT run_k, owner, final_status AS status, finished_at FROM run
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
