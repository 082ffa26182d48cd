/** Taking runs and keeping them: claims from the queue, heartbeats, waking of paused runs. */
import { type ClaimRequest, type ClaimTerms, type Fence, SUSPECT_PATIENCE_MS } from "@holdfast/core";
import { type ClaimRow, type LiveRow, QUEUED, RUNNING, type RunRow, type WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { addEvent, readLive, setWaiting } from "./live.js";
import { workflowKey } from "./names.js";
import { readClaimed, takeLeases } from "./take-leases.js";

/** Fenced: the code of this execution has been told of, and counts from now on. */
export async function noteCode(ctx: SqlContext, fence: Fence, code: string): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  await ctx.run("UPDATE run SET code = ? WHERE run_k = ?", code, run.runK);
  return run.wish;
}

interface DueRow {
  run_k: number;
  wake_at: number;
}

/** Oldest first over all the workflows named. What another claim has locked is its. */
export async function claim(ctx: SqlContext, request: ClaimRequest): Promise<ClaimRow[]> {
  const { holder, leaseMs, workflows, limit, suspects = "first", aloneAfter = 2, codes } = request;
  if (limit <= 0 || workflows.length === 0) return [];
  const due = ctx.dueMs();
  const terms: ClaimTerms = { holder, leaseMs, codes };
  const take = (rows: readonly DueRow[]) =>
    takeLeases(
      ctx,
      rows.map((row) => row.run_k),
      terms,
    );
  // Looked at without a lock first: a suspect that is not taken must not be locked away from those who would.
  const [suspect] = await findDue(ctx, workflows, `deaths > 0 AND deaths >= ${aloneAfter}`, due, 1, false);
  if (suspects !== "none" && suspect !== undefined) {
    return take(await findDue(ctx, workflows, `deaths > 0 AND deaths >= ${aloneAfter}`, due, 1, true));
  }
  if (suspects === "only") return [];
  const isWaited = suspect !== undefined && suspect.wake_at <= due - SUSPECT_PATIENCE_MS;
  const until = isWaited ? suspect.wake_at : due;
  return take(await findDue(ctx, workflows, `deaths < ${aloneAfter}`, until, limit, true));
}

/**
 * What claims with these nonces took, of which this process never heard. The leases count from now: whoever asks has begun to
 * trust them no earlier. As many as are wanted; the others stay as they are.
 */
export async function findClaims(
  ctx: SqlContext,
  asked: {
    readonly nonces: readonly string[];
    /** Runs that the asker has heard of. */
    readonly known: readonly number[];
    /** Null: of any workflow. */
    readonly workflows: readonly string[] | null;
    readonly limit: number;
  },
): Promise<ClaimRow[]> {
  const rows = await ctx.all<Pick<LiveRow, "run_k" | "token" | "is_reopening"> & { nonce: string }>(
    `UPDATE run_live v SET beat_at = ?4
       FROM (SELECT l.run_k FROM run_live l JOIN workflow w USING (workflow_k)
              WHERE l.phase = ${RUNNING} AND split_part(l.nonce, '.', 1) = ANY(?1::text[]) AND (?2::text[] IS NULL OR w.name = ANY(?2::text[]))
                AND l.run_k <> ALL(?5::bigint[])
              ORDER BY l.run_k LIMIT ?3 FOR UPDATE OF l) f
      WHERE v.run_k = f.run_k RETURNING v.run_k, v.token, v.nonce, v.is_reopening`,
    asked.nonces,
    asked.workflows,
    asked.limit,
    ctx.wallMs,
    asked.known,
  );
  if (rows.length === 0) return [];
  const runs = await readClaimed(ctx, rows);
  return rows.map(({ run_k, token, nonce, is_reopening }) => ({
    ...{ run: runs.get(run_k) as RunRow, token, nonce, isReopening: is_reopening === 1 },
  }));
}

/** Each workflow has its own range of the index, so strangers cost nothing. */
async function findDue(
  ctx: SqlContext,
  workflows: readonly string[],
  which: string,
  until: number,
  limit: number,
  isLocking: boolean,
): Promise<DueRow[]> {
  const keys: number[] = [];
  for (const workflow of workflows) keys.push(await workflowKey(ctx, workflow));
  return ctx.all<DueRow>(
    `SELECT c.run_k, c.wake_at FROM unnest(?1::bigint[]) AS w(k) CROSS JOIN LATERAL (
       SELECT run_k, wake_at FROM run_live
        WHERE phase = 0 AND workflow_k = w.k AND wake_at <= ?2 AND ${which}
        ORDER BY wake_at, run_k LIMIT ?3 ${isLocking ? "FOR UPDATE SKIP LOCKED" : ""}) c
      ORDER BY c.wake_at, c.run_k LIMIT ?3`,
    keys,
    until,
    limit,
  );
}

export async function hasSuspects(ctx: SqlContext, workflows: readonly string[]): Promise<boolean> {
  const found = await ctx.get(
    `SELECT 1 FROM workflow w JOIN run_live l ON l.phase = 0 AND l.deaths > 0 AND l.workflow_k = w.workflow_k AND l.wake_at <= ?
      WHERE w.name = ANY(?::text[]) LIMIT 1`,
    ctx.dueMs(),
    workflows,
  );
  return found !== undefined;
}

/** Paused runs whose time has come are queued. */
export async function wakePaused(ctx: SqlContext, limit: number): Promise<number> {
  const due = await ctx.all<{ run_k: number }>(
    `SELECT run_k FROM run_live WHERE phase = 2 AND wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at LIMIT ?
        FOR UPDATE SKIP LOCKED`,
    ctx.dueMs(),
    limit,
  );
  for (const { run_k } of due) {
    const live = (await readLive(ctx, run_k)) as LiveRow;
    await addEvent(ctx, live, "run.resumed", { by: "timer", through: live.through });
    await setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
  }
  return due.length;
}
