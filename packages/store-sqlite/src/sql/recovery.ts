/** Runs whose worker died, fell silent or idles: the facts of a decision, and carrying one out. */
import type { RecoveryDecision, RecoveryPolicy } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { addEvent, interruptAttempts, isLeaseExpired, type LiveRow, QUEUED, readState, setWaiting } from "./live.js";
import { carryOut } from "./moves.js";

export interface RunningRow {
  run_id: string;
  workflow: string;
  policy: string;
  name: string;
  host: string;
  pid: number;
  holder_boot_id: string;
  pid_namespace: string;
  process_start: string;
  boot_id: string;
  since: number;
  token: number;
  lease_ms: number;
  beat_at: number;
  progress_at: number;
  stall_ms: number;
  recoveries: number;
  retries: number;
  has_record: number;
  has_progressed: number;
  wish: "pause" | "cancel" | "fail" | null;
}

const RUNNING_SQL = `
  SELECT r.run_id, w.name AS workflow, d.policy, h.name, h.host, h.pid, h.boot_id AS holder_boot_id, h.pid_namespace,
        h.process_start, b.boot_id, l.since, l.token, l.lease_ms, l.beat_at, l.progress_at, l.stall_ms, l.recoveries,
        l.retries, l.has_record, l.has_progressed, l.wish
   FROM run_live l CROSS JOIN run r USING (run_k) JOIN workflow w ON w.workflow_k = r.workflow_k
   JOIN definition d USING (definition_k) JOIN holder h USING (holder_k) JOIN boot b USING (boot_k)
  WHERE l.phase = 1`;

/** By run id: a place in the list stays valid when the run there has ended meanwhile. */
export function listRunning(ctx: SqlContext, args: readonly [after: string | null, limit: number]): RunningRow[] {
  const [after, limit] = args;
  return ctx.all<RunningRow>(`${RUNNING_SQL} AND r.run_id > ? ORDER BY r.run_id LIMIT ?`, after ?? "", limit);
}

export function getLease(ctx: SqlContext, args: readonly [runId: string]): RunningRow | null {
  return ctx.get<RunningRow>(`${RUNNING_SQL} AND l.run_k = (SELECT run_k FROM run WHERE run_id = ?)`, args[0]) ?? null;
}
export interface RecoverArgs {
  readonly runId: string;
  readonly token: number;
  readonly isHolderDead: boolean;
  /** The idleness that the decision was about; null when it was about the holder. */
  readonly idleForMs: number | null;
  readonly by: string;
  readonly decision: Exclude<RecoveryDecision, { action: "none" }>;
}

/** False when the facts have changed since the decision: another holder, a new sign of life, a wish. */
export function recover(ctx: SqlContext, args: readonly [request: RecoverArgs]): boolean {
  const [request] = args;
  const { decision } = request;
  const state = readState(ctx, request.runId);
  if (state === null || state.status !== "running" || state.live === null) return false;
  const { live } = state;
  if (live.token !== request.token) return false;
  if (live.wish !== null && live.wish !== decision.action) return false;
  if (!request.isHolderDead && !isLeaseExpired(ctx, live) && !isStillIdle(ctx, live, request)) return false;
  interruptAttempts(ctx, live);
  if (decision.uses === "recovery") live.recoveries += 1;
  if (decision.uses === "retry") {
    live.retries += 1;
    live.has_progressed = 0;
  }
  const { action, reason } = decision;
  addEvent(ctx, live, "run.recovered", { action, reason, recoveries: live.recoveries });
  if (action === "resume") {
    setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs() + Math.round(decision.afterMs), reason: null });
  } else {
    keepCounts(ctx, live);
    // What a person asked for is carried out with the reason the person gave.
    carryOut(ctx, live, action, live.wish === action ? (live.wish_reason ?? reason) : reason, request.by);
  }
  return true;
}

/** What ends with the run is copied from its live row, so the counts must be in it. */
function keepCounts(ctx: SqlContext, live: LiveRow): void {
  ctx.run("UPDATE run_live SET recoveries = ?, retries = ? WHERE run_k = ?", live.recoveries, live.retries, live.run_k);
}

function isStillIdle(ctx: SqlContext, live: LiveRow, request: RecoverArgs): boolean {
  if (request.decision.uses === "recovery") return false;
  let limitMs = request.idleForMs;
  if (limitMs === null) {
    const row = ctx.get<{ policy: string }>(
      "SELECT policy FROM run JOIN definition USING (definition_k) WHERE run_k = ?",
      live.run_k,
    );
    limitMs = (JSON.parse(row?.policy ?? "{}") as RecoveryPolicy).idleTimeoutMs;
  }
  return limitMs !== null && ctx.monotonicMs - (live.progress_at ?? 0) >= limitMs;
}
