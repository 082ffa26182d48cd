/** Runs whose worker died, fell silent or idles: the facts of a decision, and carrying one out. */
import {
  type ChangeTerms,
  isStillStalled,
  parseStored,
  type RecoverRequest,
  type RecoveryDecision,
  type RecoveryPolicy,
  type ResetOutcome,
} from "@holdfast/core";
import {
  type ActivityRow,
  countDeath,
  type FoundRunning,
  type HolderRow,
  type LiveRow,
  QUEUED,
  RANKS,
  type RunningRow,
  STATUS_OF_PHASE,
  type WaitingRow,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { actOn, audited } from "./control.js";
import { countSupervised } from "./counts.js";
import { addEvent, interruptAttempts, isLeaseExpired, noteRecovery, readState, setWaiting } from "./live.js";
import { carryOut } from "./moves.js";
import { hasToAnswer, leaveCompany } from "./suspects.js";

const RUNNING_SQL = `
  SELECT r.run_id, w.name AS workflow, d.policy, h.name, h.host, h.pid, h.boot_id AS holder_boot_id, h.pid_namespace,
        h.process_start, b.boot_id, l.since, l.token, l.lease_ms, l.beat_at, l.progress_at, l.stall_ms, l.recoveries, l.deaths, l.in_company,
        l.retries, l.has_record, l.has_progressed, l.wish
   FROM run_live l CROSS JOIN run r USING (run_k) JOIN workflow w ON w.workflow_k = r.workflow_k
   JOIN definition d USING (definition_k) JOIN holder h USING (holder_k) JOIN boot b USING (boot_k)
  WHERE l.phase = 1`;

interface Page {
  readonly after: string | null;
  readonly limit: number;
}

/** By run id: a place in the list stays valid when the run there has ended meanwhile. */
export function listRunning(ctx: SqlContext, { after, limit }: Page): FoundRunning[] {
  return findCompany(
    ctx,
    ctx.all<RunningRow>(`${RUNNING_SQL} AND r.run_id > ? ORDER BY r.run_id LIMIT ?`, after ?? "", limit),
  );
}

export function getLease(ctx: SqlContext, runId: string): FoundRunning | null {
  const row = ctx.get<RunningRow>(`${RUNNING_SQL} AND l.run_k = (SELECT run_k FROM run WHERE run_id = ?)`, runId);
  return row === undefined ? null : (findCompany(ctx, [row])[0] ?? null);
}

/** One look at all running runs for a whole page. */
function findCompany(ctx: SqlContext, rows: readonly RunningRow[]): FoundRunning[] {
  if (rows.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { runs, ...process } of ctx.all<ProcessRow & { runs: number }>(
    `SELECT ${PROCESS_COLUMNS}, count(*) AS runs FROM run_live l CROSS JOIN holder h USING (holder_k)
      WHERE l.phase = 1 GROUP BY ${PROCESS_COLUMNS}`,
  )) {
    counts.set(processKey(process), runs);
  }
  return rows.map((row) => ({
    row,
    isInCompany: (counts.get(processKey({ ...row, boot_id: row.holder_boot_id })) ?? 1) > 1,
  }));
}

/** A holder but for its name: a process may have several. */
type ProcessRow = Pick<HolderRow, "host" | "pid" | "pid_namespace" | "process_start"> & { readonly boot_id: string };
const PROCESS_COLUMNS = "h.host, h.pid, h.boot_id, h.pid_namespace, h.process_start";
const processKey = (row: ProcessRow) =>
  JSON.stringify([row.host, row.pid, row.boot_id, row.pid_namespace, row.process_start]);

/** A run that nobody runs, with since when. */
interface RestingRow {
  phase: number;
  wake_at: number | null;
  progress_at: number | null;
  boot_id?: string | null;
  updated_at: number;
}

/** By the boot's clock, which no jump of the wall clock moves; by the wall where the run has rested since an earlier boot. */
function restingMs(ctx: SqlContext, row: Omit<RestingRow, "updated_at">, updatedAt: number): number {
  if (row.boot_id === ctx.time.bootId && row.progress_at !== null) return ctx.monotonicMs - row.progress_at;
  return ctx.wallMs - (row.phase === QUEUED ? (row.wake_at ?? updatedAt) : updatedAt);
}

export function listActivityOf(ctx: SqlContext, runIds: readonly string[]): ActivityRow[] {
  return ctx
    .all<RestingRow & { run_id: string }>(
      `SELECT r.run_id, l.phase, l.wake_at, l.progress_at, b.boot_id, l.updated_at
         FROM json_each(?) j CROSS JOIN run r ON r.run_id = j.value JOIN run_live l USING (run_k) LEFT JOIN boot b USING (boot_k)`,
      JSON.stringify(runIds),
    )
    .map((row) => {
      const status = STATUS_OF_PHASE[row.phase] ?? "queued";
      const idleForMs = Math.max(0, restingMs(ctx, row, row.updated_at));
      return {
        runId: row.run_id,
        status,
        idleForMs,
        running: status === "running" ? getLease(ctx, row.run_id) : null,
      };
    });
}

/**
 * From the few definitions that have a limit to the range of their workflow's queue that is over it, so that a long queue
 * of runs without one costs nothing. Token 0: no worker ever took it. By the time that makes runs due, none waits for less
 * than it does by the boot's clock, which is asked then.
 */
export function listNeverStarted(ctx: SqlContext, { after, limit }: Page): WaitingRow[] {
  const found: WaitingRow[] = [];
  let last = after ?? "";
  for (;;) {
    const rows = ctx.all<RestingRow & { run_id: string; workflow: string; limit_ms: number }>(
      `SELECT r.run_id, w.name AS workflow, l.phase, l.wake_at, l.progress_at, b.boot_id, l.updated_at,
              json_extract(d.policy, '$.startTimeoutMs') AS limit_ms
         FROM definition d
        CROSS JOIN run_live l ON l.phase = 0 AND l.workflow_k = d.workflow_k AND l.rank IN (${RANKS.join(", ")})
                             AND l.wake_at <= ? - json_extract(d.policy, '$.startTimeoutMs')
        CROSS JOIN run r ON r.run_k = l.run_k AND r.definition_k = d.definition_k
         JOIN workflow w ON w.workflow_k = d.workflow_k LEFT JOIN boot b ON b.boot_k = l.boot_k
        WHERE json_extract(d.policy, '$.startTimeoutMs') IS NOT NULL AND l.token = 0 AND r.run_id > ?
        ORDER BY r.run_id LIMIT ?`,
      ctx.readDueMs(),
      last,
      limit,
    );
    for (const { run_id, workflow, limit_ms, ...row } of rows) {
      const waiting_ms = restingMs(ctx, row, row.updated_at);
      if (waiting_ms >= limit_ms && found.length < limit) found.push({ run_id, workflow, waiting_ms, limit_ms });
    }
    last = rows.at(-1)?.run_id ?? last;
    if (rows.length < limit || found.length >= limit) return found;
  }
}

type Decision = Exclude<RecoveryDecision, { action: "none" }>;

/** False when the facts have changed since the decision: another holder, a new sign of life, a wish, a claim. */
export function recover(ctx: SqlContext, request: RecoverRequest, decision: Decision): boolean {
  return audited(
    ctx,
    request.runId,
    request.audit,
    () => recoverRun(ctx, request, decision),
    (isDone) => isDone,
  );
}

function recoverRun(ctx: SqlContext, request: RecoverRequest, decision: Decision): boolean {
  const live = readState(ctx, request.runId)?.live ?? null;
  if (live === null || live.token !== request.token || !isStillSo(ctx, live, request, decision)) return false;
  if (live.wish !== null && live.wish !== decision.action) return false;
  if (request.deaths !== undefined && request.deaths !== live.deaths) return false;
  const { uses } = decision;
  const isCharged = uses === "recovery";
  // Decided from an older look: another run was in the process.
  if (isCharged && !hasToAnswer(ctx, live)) return false;
  // From here on nothing is refused any more.
  if (isCharged || uses === "suspicion" || request.about === "holder") leaveCompany(ctx, live);
  if (isCharged || uses === "suspicion") countDeath(live, isCharged);
  interruptAttempts(ctx, live);
  if (decision.uses === "retry") {
    live.retries += 1;
    live.has_progressed = 0;
  }
  const { action, reason } = decision;
  addEvent(ctx, live, "run.recovered", { action, reason, recoveries: live.recoveries });
  if (action === "resume" || action === "pause") noteRecovery(ctx, live.run_k, reason);
  if (action === "resume") {
    countSupervised(ctx, "recovered");
    setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs() + Math.round(decision.afterMs), reason: null });
  } else {
    if (action === "fail" && live.wish === null) countSupervised(ctx, "failed");
    keepCounts(ctx, live);
    // What a person asked for is carried out with the reason the person gave.
    carryOut(ctx, live, action, live.wish === action ? (live.wish_reason ?? reason) : reason, request.by);
  }
  return true;
}

/** What ends with the run is copied from its live row, so the counts must be in it. */
function keepCounts(ctx: SqlContext, live: LiveRow): void {
  const { recoveries, deaths, retries, run_k } = live;
  ctx.run(
    "UPDATE run_live SET recoveries = ?, deaths = ?, retries = ? WHERE run_k = ?",
    recoveries,
    deaths,
    retries,
    run_k,
  );
}

/** What was decided about still holds, asked under the write lock. */
function isStillSo(ctx: SqlContext, live: LiveRow, request: RecoverRequest, decision: Decision): boolean {
  const { about } = request;
  const status = STATUS_OF_PHASE[live.phase] ?? "queued";
  if (about === "start") {
    if (status !== "queued" || live.token !== 0) return false;
    return isOver(restingMs(ctx, live, ctx.wallMs), request.idleForMs ?? readPolicy(ctx, live).startTimeoutMs);
  }
  const { token } = live;
  if (isStillStalled(request, { status, token, isLeaseExpired: isLeaseExpired(ctx, live) })) return true;
  if (status !== "running" || about === "holder" || decision.uses === "recovery") return false;
  const idleForMs = ctx.monotonicMs - (live.progress_at ?? 0);
  return isOver(idleForMs, request.idleForMs ?? readPolicy(ctx, live).idleTimeoutMs);
}

function isOver(ms: number, limitMs: number | null | undefined): boolean {
  return limitMs !== null && limitMs !== undefined && ms >= limitMs;
}

/** As recorded: what a later version added is missing in it. */
function readPolicy(ctx: SqlContext, live: LiveRow): Partial<RecoveryPolicy> & { startTimeoutMs?: number | null } {
  const row = ctx.get<{ policy: string }>(
    "SELECT policy FROM run JOIN definition USING (definition_k) WHERE run_k = ?",
    live.run_k,
  );
  return parseStored(row?.policy ?? "{}", "a run's policy");
}

export function resetRecoveries(ctx: SqlContext, runId: string, terms: ChangeTerms): ResetOutcome {
  const reset = (): ResetOutcome => {
    const state = readState(ctx, runId);
    if (state === null) return { kind: "notFound" };
    if (state.live === null) return { kind: "refused", status: state.status };
    ctx.run(
      "UPDATE run_live SET recoveries = 0, retries = 0, updated_at = ? WHERE run_k = ? AND (recoveries > 0 OR retries > 0)",
      ctx.wallMs,
      state.runK,
    );
    return { kind: "reset" };
  };
  return actOn(
    ctx,
    runId,
    terms,
    reset,
    ({ kind }, before) => kind === "reset" && (before.recoveries > 0 || before.retries > 0),
  );
}
