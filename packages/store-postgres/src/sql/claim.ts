/** Taking runs and keeping them: claims from the queue, heartbeats, waking of paused runs. */
import { type ClaimRequest, type ClaimTerms, type Fence, SUSPECT_PATIENCE_MS } from "@holdfast/core";
import {
  type ClaimRow,
  type DueRow,
  type LiveRow,
  QUEUED,
  RANKS,
  RUNNING,
  type RunRow,
  type Turns,
  type WriteResult,
} from "@holdfast/store-sql";
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

/** By rank, then oldest first over all the workflows named. What another claim has locked is its. */
export async function claim(ctx: SqlContext, request: ClaimRequest, turns: Turns): Promise<ClaimRow[]> {
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
  const keys: number[] = [];
  for (const workflow of workflows) keys.push(await workflowKey(ctx, workflow));
  const which: Which = { keys, aloneAfter, until: due, limit: 1 };
  // Looked at without a lock first: a suspect that is not taken must not be locked away from those who would.
  const [suspect] = await findSuspect(ctx, which, false);
  if (suspects !== "none" && suspect !== undefined) return take(await findSuspect(ctx, which, true));
  if (suspects === "only") return [];
  const isWaited = suspect !== undefined && suspect.wake_at <= due - SUSPECT_PATIENCE_MS;
  return take(await findDue(ctx, { ...which, until: isWaited ? suspect.wake_at : due, limit }, turns));
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

interface Which {
  readonly keys: readonly number[];
  readonly aloneAfter: number;
  readonly until: number;
  readonly limit: number;
}

function findSuspect(ctx: SqlContext, which: Which, isLocking: boolean): Promise<DueRow[]> {
  const { aloneAfter } = which;
  return findOf(ctx, which, `deaths > 0 AND deaths >= ${aloneAfter}`, isLocking);
}

/** Each workflow and rank has its own range of the index, so strangers and later ranks cost nothing. */
async function findDue(ctx: SqlContext, which: Which, turns: Turns): Promise<DueRow[]> {
  const { keys, aloneAfter, until, limit } = which;
  const found: DueRow[] = await findOldest(ctx, which, turns.agedOf(limit));
  for (let after = -1_000; found.length < limit; ) {
    const next = await ctx.get<{ rank: number | null }>(
      `SELECT min(c.rank) AS rank FROM unnest(?::bigint[]) AS w(k) CROSS JOIN LATERAL (
         SELECT rank FROM run_live WHERE phase = 0 AND workflow_k = w.k AND rank > ? ORDER BY rank LIMIT 1) c`,
      keys,
      after,
    );
    if (next === undefined || next.rank === null) break;
    after = next.rank;
    const left = limit - found.length;
    const also = `rank = ${after} AND deaths < ${aloneAfter} AND run_k <> ALL ('{${found.map(({ run_k }) => run_k).join(",")}}'::bigint[])`;
    found.push(...(await findOf(ctx, { keys, aloneAfter, until, limit: left }, also, true)));
  }
  turns.note(found.length);
  return found;
}

/** The oldest, whatever their rank: of the heads of all ranks. */
async function findOldest(ctx: SqlContext, { keys, aloneAfter, until }: Which, count: number): Promise<DueRow[]> {
  if (count === 0) return [];
  const heads = await ctx.all<DueRow>(
    `SELECT c.run_k FROM unnest(?1::bigint[]) AS w(k) CROSS JOIN unnest(ARRAY[${RANKS.join(", ")}]) AS g(rank) CROSS JOIN LATERAL (
       SELECT run_k, wake_at FROM run_live
        WHERE phase = 0 AND workflow_k = w.k AND rank = g.rank AND wake_at <= ?2 AND deaths < ${aloneAfter}
        ORDER BY wake_at, run_k LIMIT ?3) c ORDER BY c.wake_at, c.run_k LIMIT ?3`,
    keys,
    until,
    count,
  );
  return ctx.all<DueRow>(
    `SELECT run_k, rank, wake_at FROM run_live WHERE run_k = ANY(?::bigint[]) AND phase = 0 AND wake_at <= ?
      ORDER BY wake_at, run_k FOR UPDATE SKIP LOCKED`,
    heads.map(({ run_k }) => run_k),
    until,
  );
}

function findOf(ctx: SqlContext, { keys, until, limit }: Which, which: string, isLocking: boolean): Promise<DueRow[]> {
  return ctx.all<DueRow>(
    `SELECT c.run_k, c.rank, c.wake_at FROM unnest(?1::bigint[]) AS w(k) CROSS JOIN LATERAL (
       SELECT run_k, rank, wake_at FROM run_live
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
