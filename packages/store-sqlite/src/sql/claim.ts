/** Taking runs and keeping them: claims from the queue, heartbeats, waking of paused runs. */
import { type Beat, type ClaimRequest, type Fence, SUSPECT_PATIENCE_MS, type WishKind } from "@holdfast/core";
import { type BeatResult, type LiveRow, QUEUED, type WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { IS_MINE } from "./lease-rules.js";
import { addEvent, readLive, setWaiting } from "./live.js";
import { workflowKey } from "./names.js";
import { type ClaimRows, takeLeases } from "./take-leases.js";

/** Fenced: the code of this execution has been told of, and counts from now on. */
export function noteCode(ctx: SqlContext, fence: Fence, code: string): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  ctx.run("UPDATE run SET code = ? WHERE run_k = ?", code, run.runK);
  return run.wish;
}

interface DueRow {
  run_k: number;
  wake_at: number;
}

/** Oldest first over all the workflows named. */
export function claim(ctx: SqlContext, request: ClaimRequest): ClaimRows {
  const { workflows, limit, suspects = "first", aloneAfter = 2 } = request;
  if (limit <= 0) return take([]);
  const due = ctx.dueMs();
  // The first condition is the index's own, word for word, else it is not used.
  const [suspect] = findDue(ctx, workflows, `deaths > 0 AND deaths >= ${aloneAfter}`, due, 1);
  if (suspects !== "none" && suspect !== undefined) return take([suspect]);
  if (suspects === "only") return take([]);
  const isWaited = suspect !== undefined && suspect.wake_at <= due - SUSPECT_PATIENCE_MS;
  return take(findDue(ctx, workflows, `deaths < ${aloneAfter}`, isWaited ? suspect.wake_at : due, limit));

  function take(rows: readonly DueRow[]): ClaimRows {
    return takeLeases(
      ctx,
      rows.map((row) => row.run_k),
      request,
    );
  }
}

/** Each workflow has its own range of the index, so strangers cost nothing. `which` is a literal: partial indexes need one. */
function findDue(ctx: SqlContext, workflows: readonly string[], which: string, until: number, limit: number) {
  return workflows
    .flatMap((workflow) =>
      ctx.all<DueRow>(
        `SELECT run_k, wake_at FROM run_live WHERE phase = 0 AND workflow_k = ? AND wake_at <= ? AND ${which}
          ORDER BY wake_at, run_k LIMIT ?`,
        workflowKey(ctx, workflow),
        until,
        limit,
      ),
    )
    .sort((a, b) => a.wake_at - b.wake_at || a.run_k - b.run_k)
    .slice(0, limit);
}

export function hasSuspects(ctx: SqlContext, workflows: readonly string[]): boolean {
  const found = ctx.get(
    `SELECT 1 FROM json_each(?) j CROSS JOIN workflow w ON w.name = j.value
       CROSS JOIN run_live l ON l.phase = 0 AND l.deaths > 0 AND l.workflow_k = w.workflow_k AND l.wake_at <= ?
      LIMIT 1`,
    JSON.stringify(workflows),
    ctx.readDueMs(),
  );
  return found !== undefined;
}

const BEAT_SQL = `
  UPDATE run_live SET beat_at = ?, lease_ms = ? WHERE run_k = ? AND ${IS_MINE}
  RETURNING wish`;

export function beat(ctx: SqlContext, beats: readonly Beat[]): BeatResult[] {
  const now = ctx.monotonicMs;
  return beats.map(({ runId, token, nonce, leaseMs }) => {
    const renew = () =>
      ctx.get<{ wish: WishKind | null }>(BEAT_SQL, now, Math.round(leaseMs), ctx.runKey(runId) ?? null, token, nonce);
    let row = renew();
    if (row === undefined) {
      // Lost, or the number remembered is that of a deleted run with the same id.
      ctx.forgetRun(runId);
      row = renew();
    }
    if (row !== undefined) return row.wish;
    const heldBy = ctx.get<{ name: string }>(
      `SELECT h.name FROM run r JOIN run_live l USING (run_k) JOIN holder h USING (holder_k)
        WHERE r.run_id = ? AND l.phase = 1`,
      runId,
    );
    return { heldBy: heldBy?.name ?? null };
  });
}

/** Paused runs whose time has come are queued. */
export function wakePaused(ctx: SqlContext, limit: number): number {
  const due = ctx.all<{ run_k: number }>(
    "SELECT run_k FROM run_live WHERE phase = 2 AND wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at LIMIT ?",
    ctx.dueMs(),
    limit,
  );
  for (const { run_k } of due) {
    const live = readLive(ctx, run_k) as LiveRow;
    addEvent(ctx, live, "run.resumed", { by: "timer", through: live.through });
    setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
  }
  return due.length;
}
