/** Taking runs and keeping them: claims from the queue, heartbeats, waking of paused runs. */
import { type Beat, type ClaimRequest, type Fence, SUSPECT_PATIENCE_MS, type WishKind } from "@holdfast/core";
import {
  type BeatResult,
  byAge,
  byRank,
  type DueRow,
  type LiveRow,
  QUEUED,
  type WriteResult,
} from "@holdfast/store-sql";
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

/** A candidate, with what else may hold it back. */
interface Candidate extends DueRow {
  readonly not_before: number | null;
}

/** By rank, then oldest first, over all the workflows named; every tenth by age alone. */
export function claim(ctx: SqlContext, request: ClaimRequest): ClaimRows {
  const { workflows, limit, suspects = "first", aloneAfter = 2 } = request;
  if (limit <= 0) return take([]);
  const due = ctx.dueMs();
  const keys = workflows.map((workflow) => workflowKey(ctx, workflow));
  // The first condition is the index's own, word for word, else it is not used.
  const suspect = findSuspect(ctx, keys, aloneAfter, due);
  if (suspects !== "none" && suspect !== undefined) return take([suspect]);
  if (suspects === "only") return take([]);
  const isWaited = suspect !== undefined && suspect.wake_at <= due - SUSPECT_PATIENCE_MS;
  const until = isWaited ? suspect.wake_at : due;
  const aged = ctx.turns.agedOf(limit);
  const oldest = aged === 0 ? [] : findOldest(ctx, keys, aloneAfter, until, aged);
  const taken = new Set(oldest.map((row) => row.run_k));
  const ranked = findDue(ctx, keys, aloneAfter, until, limit).filter((row) => !taken.has(row.run_k));
  return take([...oldest, ...ranked].slice(0, limit));

  function take(rows: readonly Candidate[]): ClaimRows {
    const ready = rows.filter((row) => mayStart(ctx, row, due));
    ctx.turns.note(ready.length);
    return takeLeases(
      ctx,
      ready.map((row) => row.run_k),
      request,
    );
  }
}

/** The wall clock was set forward: the duration that the run waits for is not over. */
function mayStart(ctx: SqlContext, { run_k, not_before }: Candidate, due: number): boolean {
  if (not_before === null) return true;
  const leftMs = not_before - ctx.steadyMs();
  if (leftMs <= 0) return true;
  ctx.run("UPDATE run_live SET wake_at = ? WHERE run_k = ?", due + leftMs, run_k);
  return false;
}

const CANDIDATE = "SELECT run_k, rank, wake_at, not_before FROM run_live WHERE phase = 0 AND workflow_k = ?";

function findSuspect(ctx: SqlContext, keys: readonly number[], aloneAfter: number, until: number) {
  return keys
    .flatMap((key) =>
      ctx.all<Candidate>(
        `${CANDIDATE} AND wake_at <= ? AND deaths > 0 AND deaths >= ${aloneAfter} ORDER BY wake_at, run_k LIMIT 1`,
        key,
        until,
      ),
    )
    .sort(byAge)[0];
}

/** Each workflow and rank has its own range of the index, so strangers and later ranks cost nothing. */
function findDue(ctx: SqlContext, keys: readonly number[], aloneAfter: number, until: number, limit: number) {
  const found = keys.flatMap((key) => {
    const own: Candidate[] = [];
    for (
      let rank = nextRank(ctx, key, NO_RANK);
      rank !== undefined && own.length < limit;
      rank = nextRank(ctx, key, rank)
    ) {
      own.push(...findOfRank(ctx, key, rank, { aloneAfter, until, limit: limit - own.length }));
    }
    return own;
  });
  return found.sort(byRank).slice(0, limit);
}

/** The oldest of each rank, of which the oldest are. */
function findOldest(ctx: SqlContext, keys: readonly number[], aloneAfter: number, until: number, limit: number) {
  const found = keys.flatMap((key) => {
    const own: Candidate[] = [];
    for (let rank = nextRank(ctx, key, NO_RANK); rank !== undefined; rank = nextRank(ctx, key, rank)) {
      own.push(...findOfRank(ctx, key, rank, { aloneAfter, until, limit }));
    }
    return own;
  });
  return found.sort(byAge).slice(0, limit);
}

/** Before all ranks. */
const NO_RANK = -1_000;

function nextRank(ctx: SqlContext, key: number, after: number): number | undefined {
  const sql = "SELECT rank FROM run_live WHERE phase = 0 AND workflow_k = ? AND rank > ? ORDER BY rank LIMIT 1";
  return ctx.get<{ rank: number }>(sql, key, after)?.rank;
}

interface Which {
  readonly aloneAfter: number;
  readonly until: number;
  readonly limit: number;
}

const findOfRank = (ctx: SqlContext, key: number, rank: number, { aloneAfter, until, limit }: Which) =>
  ctx.all<Candidate>(
    `${CANDIDATE} AND rank = ? AND wake_at <= ? AND deaths < ${aloneAfter} ORDER BY wake_at, run_k LIMIT ?`,
    key,
    rank,
    until,
    limit,
  );

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
