/** Taking runs and keeping them: claims from the queue, heartbeats, waking of paused runs. */
import {
  type Beat,
  type ClaimRequest,
  type ClaimTerms,
  type Fence,
  SUSPECT_PATIENCE_MS,
  type WishKind,
} from "@holdfast/core";
import type { ClaimRow } from "@holdfast/store-sql";
import { type BeatResult, type LiveRow, QUEUED, type WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { addEvent, readLive, setWaiting } from "./live.js";
import { workflowKey } from "./names.js";
import { takeLeases } from "./take-leases.js";

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

/** In the order of the runs' numbers, as everybody locks them. */
export async function beat(ctx: SqlContext, beats: readonly Beat[]): Promise<BeatResult[]> {
  const rows = await ctx.all<{ place: number; wish: WishKind | null }>(
    `WITH b AS MATERIALIZED (
       SELECT l.run_k, e.lease_ms, e.place
         FROM unnest(?1::text[], ?2::bigint[], ?3::text[], ?4::bigint[]) WITH ORDINALITY AS e(run_id, token, nonce, lease_ms, place)
         JOIN run r ON r.run_id = e.run_id
         JOIN run_live l ON l.run_k = r.run_k AND l.phase = 1 AND l.token = e.token AND l.nonce = e.nonce
        ORDER BY l.run_k FOR UPDATE OF l)
     UPDATE run_live SET beat_at = ?5, lease_ms = b.lease_ms FROM b WHERE run_live.run_k = b.run_k RETURNING b.place, wish`,
    beats.map(({ runId }) => runId),
    beats.map(({ token }) => token),
    beats.map(({ nonce }) => nonce),
    beats.map(({ leaseMs }) => Math.round(leaseMs)),
    ctx.wallMs,
  );
  const extended = new Map(rows.map(({ place, wish }) => [place - 1, wish]));
  const results: BeatResult[] = [];
  for (const [place, { runId }] of beats.entries()) {
    const wish = extended.get(place);
    if (wish !== undefined) {
      results.push(wish);
      continue;
    }
    const heldBy = await ctx.get<{ name: string }>(
      `SELECT h.name FROM run r JOIN run_live l USING (run_k) JOIN holder h USING (holder_k)
        WHERE r.run_id = ? AND l.phase = 1`,
      runId,
    );
    results.push({ heldBy: heldBy?.name ?? null });
  }
  return results;
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
