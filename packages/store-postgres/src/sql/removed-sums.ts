/**
 * What statistics keep of finished runs that were removed: written in the transaction of the removal, so that a removal cut
 * off anywhere is in the sums or still in the runs, never in both. Recent ones are kept by their instant, so that every window
 * that is counted exactly counts them exactly; the rest by UTC day.
 */
import { EXACT_WINDOW_MAX_MS } from "@holdfast/core";
import type { SqlContext } from "../context.js";

const DAY_MS = 24 * 3_600_000;
/** A day more than any window that is counted by the instant: its runs may still be counted while they are summed up. */
const KEPT_EXACT_MS = EXACT_WINDOW_MAX_MS + DAY_MS;

const dayOf = (ms: number) => Math.floor(ms / DAY_MS) * DAY_MS;
/** As it stands in a key, which cannot hold null. */
export const OWNER_KEY = "CASE WHEN owner IS NULL THEN '' ELSE '=' || owner END";
export const ownerOfKey = (key: string): string | null => (key === "" ? null : key.slice(1));
export const ownerKey = (owner: string): string => `=${owner}`;

/** From which `finished_at` on a window counts: longer ones begin with a UTC day, as the sums of old runs do. */
export function windowStart(nowMs: number, windowMs: number): number {
  return windowMs > EXACT_WINDOW_MAX_MS ? dayOf(nowMs - windowMs) : nowMs - windowMs + 1;
}

/** The run is about to be removed for its age. */
export async function sumRemoved(ctx: SqlContext, runK: number): Promise<void> {
  await ctx.run(
    `INSERT INTO removed_sum (workflow_k, status, finished_at, owner, runs)
     SELECT workflow_k, final_status,
            CASE WHEN finished_at > ?1::bigint THEN finished_at ELSE finished_at - finished_at % ${DAY_MS} END, ${OWNER_KEY}, 1
       FROM run WHERE run_k = ?2
     ON CONFLICT (workflow_k, status, finished_at, owner) DO UPDATE SET runs = removed_sum.runs + 1`,
    ctx.wallMs - KEPT_EXACT_MS,
    runK,
  );
}

/** Sums up by day what has become old enough, at most so many rows. How many. */
export async function sumByDay(ctx: SqlContext, rowsMax: number): Promise<number> {
  const old = await ctx.all<{ workflow_k: number; status: string; finished_at: number; owner: string; runs: number }>(
    `SELECT workflow_k, status, finished_at, owner, runs FROM removed_sum
      WHERE finished_at % ${DAY_MS} <> 0 AND finished_at <= ? ORDER BY finished_at LIMIT ? FOR UPDATE SKIP LOCKED`,
    ctx.wallMs - KEPT_EXACT_MS,
    rowsMax,
  );
  for (const { workflow_k, status, finished_at, owner, runs } of old) {
    await ctx.run(
      "DELETE FROM removed_sum WHERE workflow_k = ? AND status = ? AND finished_at = ? AND owner = ?",
      workflow_k,
      status,
      finished_at,
      owner,
    );
    await ctx.run(
      `INSERT INTO removed_sum (workflow_k, status, finished_at, owner, runs) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (workflow_k, status, finished_at, owner) DO UPDATE SET runs = removed_sum.runs + excluded.runs`,
      workflow_k,
      status,
      dayOf(finished_at),
      owner,
      runs,
    );
  }
  return old.length;
}
