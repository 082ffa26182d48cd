/** Runs whose worker died, fell silent or idles: the facts of a decision, and carrying one out. */
import {
  type ChangeTerms,
  isStillStalled,
  parseStored,
  type RecoverRequest,
  type RecoveryDecision,
  type RecoveryPolicy,
  type RunChanged,
  type RunStatus,
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
  toHolder,
  type WaitingRow,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { processKeyOf } from "../presence.js";
import { actOn, audited } from "./control.js";
import { countSupervised } from "./counts.js";
import { addEvent, interruptAttempts, isLeaseExpired, noteRecovery, readState, setWaiting } from "./live.js";
import { carryOut } from "./moves.js";
import { hasToAnswer, leaveCompany } from "./suspects.js";

const RUNNING_SQL = `
  SELECT r.run_id, w.name AS workflow, d.policy, h.name, h.host, h.pid, h.boot_id AS holder_boot_id, h.pid_namespace,
        h.process_start, l.since, l.token, l.lease_ms, l.beat_at, l.progress_at, l.stall_ms, l.recoveries, l.deaths, l.in_company,
        l.retries, l.has_record, l.has_progressed, l.wish
   FROM run_live l JOIN run r USING (run_k) JOIN workflow w ON w.workflow_k = r.workflow_k
   JOIN definition d USING (definition_k) JOIN holder h USING (holder_k)
  WHERE l.phase = 1`;

/** By run id: a place in the list stays valid when the run there has ended meanwhile. */
export async function listRunning(ctx: SqlContext, after: string | null, limit: number): Promise<FoundRunning[]> {
  return await findCompany(
    ctx,
    await ctx.all<RunningRow>(`${RUNNING_SQL} AND r.run_id > ? ORDER BY r.run_id LIMIT ?`, after ?? "", limit),
  );
}

export async function getLease(ctx: SqlContext, runId: string): Promise<FoundRunning | null> {
  const row = await ctx.get<RunningRow>(`${RUNNING_SQL} AND l.run_k = (SELECT run_k FROM run WHERE run_id = ?)`, runId);
  return row === undefined ? null : ((await findCompany(ctx, [row]))[0] ?? null);
}

/** Those of the runs that are still running, in two reads for all. */
async function findRunning(ctx: SqlContext, runIds: readonly string[]): Promise<ReadonlyMap<string, FoundRunning>> {
  if (runIds.length === 0) return new Map();
  const rows = await ctx.all<RunningRow>(`${RUNNING_SQL} AND r.run_id = ANY(?::text[])`, runIds);
  return new Map((await findCompany(ctx, rows)).map((found) => [found.row.run_id, found]));
}

/** One look at all running runs for a whole page. */
async function findCompany(ctx: SqlContext, rows: readonly RunningRow[]): Promise<FoundRunning[]> {
  if (rows.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { runs, ...process } of await ctx.all<ProcessRow & { runs: number }>(
    `SELECT ${PROCESS_COLUMNS}, count(*) AS runs FROM run_live l JOIN holder h USING (holder_k)
      WHERE l.phase = 1 GROUP BY ${PROCESS_COLUMNS}`,
  )) {
    counts.set(processKey(process), runs);
  }
  return rows.map((row) => ({
    row,
    isInCompany: (counts.get(processKey({ ...row, boot_id: row.holder_boot_id })) ?? 1) > 1,
  }));
}

/** Of these, whose process has ended. */
export const noteGone = (found: readonly FoundRunning[], gone: ReadonlySet<string>): readonly FoundRunning[] =>
  gone.size === 0 ? found : found.map((one) => ({ ...one, isHolderGone: gone.has(processKeyOf(toHolder(one.row))) }));

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
  updated_at: number;
}

function restingMs(ctx: SqlContext, row: Omit<RestingRow, "updated_at">, updatedAt: number): number {
  if (row.progress_at !== null) return ctx.wallMs - row.progress_at;
  return ctx.wallMs - (row.phase === QUEUED ? (row.wake_at ?? updatedAt) : updatedAt);
}

export async function listActivityOf(ctx: SqlContext, runIds: readonly string[]): Promise<ActivityRow[]> {
  const rows = await ctx.all<RestingRow & { run_id: string }>(
    `SELECT r.run_id, l.phase, l.wake_at, l.progress_at, l.updated_at
       FROM run r JOIN run_live l USING (run_k) WHERE r.run_id = ANY(?::text[])`,
    runIds,
  );
  const isRunning = ({ phase }: RestingRow) => STATUS_OF_PHASE[phase] === "running";
  const running = await findRunning(
    ctx,
    rows.filter(isRunning).map(({ run_id }) => run_id),
  );
  return rows.map((row) => ({
    runId: row.run_id,
    status: STATUS_OF_PHASE[row.phase] ?? "queued",
    idleForMs: Math.max(0, restingMs(ctx, row, row.updated_at)),
    running: running.get(row.run_id) ?? null,
  }));
}

/**
 * From the few definitions that have a limit to the range of their workflow's queue that is over it, so that a long queue
 * of runs without one costs nothing. Token 0: no worker ever took it.
 */
export async function listNeverStarted(ctx: SqlContext, after: string | null, limit: number): Promise<WaitingRow[]> {
  const found: WaitingRow[] = [];
  let last = after ?? "";
  for (;;) {
    const rows = await ctx.all<RestingRow & { run_id: string; workflow: string; limit_ms: number }>(
      `SELECT r.run_id, w.name AS workflow, l.phase, l.wake_at, l.progress_at, l.updated_at,
              (d.policy::json ->> 'startTimeoutMs')::bigint AS limit_ms
         FROM definition d
        JOIN run_live l ON l.phase = 0 AND l.workflow_k = d.workflow_k AND l.rank = ANY (ARRAY[${RANKS.join(", ")}])
                             AND l.wake_at <= ?::bigint - (d.policy::json ->> 'startTimeoutMs')::bigint
        JOIN run r ON r.run_k = l.run_k AND r.definition_k = d.definition_k
         JOIN workflow w ON w.workflow_k = d.workflow_k
        WHERE (d.policy::json ->> 'startTimeoutMs')::bigint IS NOT NULL AND l.token = 0 AND r.run_id > ?
        ORDER BY r.run_id LIMIT ?`,
      ctx.dueMs(),
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

export interface RecoverArgs extends RecoverRequest {
  readonly decision: Exclude<RecoveryDecision, { action: "none" }>;
}

/** False when the facts have changed since the decision: another holder, a new sign of life, a wish, a claim. */
export async function recover(ctx: SqlContext, request: RecoverArgs): Promise<boolean> {
  return await audited(
    ctx,
    request.runId,
    request.audit,
    async () => await recoverRun(ctx, request),
    (isDone) => isDone,
  );
}

async function recoverRun(ctx: SqlContext, request: RecoverArgs): Promise<boolean> {
  const { decision } = request;
  const live = (await readState(ctx, request.runId))?.live ?? null;
  if (live === null || live.token !== request.token || !(await isStillSo(ctx, live, request))) return false;
  if (live.wish !== null && live.wish !== decision.action) return false;
  if (request.deaths !== undefined && request.deaths !== live.deaths) return false;
  const { uses } = decision;
  const isCharged = uses === "recovery";
  // Decided from an older look: another run was in the process.
  if (isCharged && !(await hasToAnswer(ctx, live))) return false;
  // From here on nothing is refused any more.
  if (isCharged || uses === "suspicion" || request.about === "holder") await leaveCompany(ctx, live);
  if (isCharged || uses === "suspicion") countDeath(live, isCharged);
  await interruptAttempts(ctx, live);
  if (decision.uses === "retry") {
    live.retries += 1;
    live.has_progressed = 0;
  }
  const { action, reason } = decision;
  await addEvent(ctx, live, "run.recovered", { action, reason, recoveries: live.recoveries });
  if (action === "resume" || action === "pause") await noteRecovery(ctx, live.run_k, reason);
  if (action === "resume") {
    await countSupervised(ctx, "recovered");
    await setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs() + Math.round(decision.afterMs), reason: null });
  } else {
    if (action === "fail" && live.wish === null) await countSupervised(ctx, "failed");
    await keepCounts(ctx, live);
    // What a person asked for is carried out with the reason the person gave.
    await carryOut(ctx, live, action, live.wish === action ? (live.wish_reason ?? reason) : reason, request.by);
  }
  return true;
}

/** What ends with the run is copied from its live row, so the counts must be in it. */
async function keepCounts(ctx: SqlContext, live: LiveRow): Promise<void> {
  const { recoveries, deaths, retries, run_k } = live;
  await ctx.run(
    "UPDATE run_live SET recoveries = ?, deaths = ?, retries = ? WHERE run_k = ?",
    recoveries,
    deaths,
    retries,
    run_k,
  );
}

/** What was decided about still holds, asked under the write lock. */
async function isStillSo(ctx: SqlContext, live: LiveRow, request: RecoverArgs): Promise<boolean> {
  const { about, decision } = request;
  const status = STATUS_OF_PHASE[live.phase] ?? "queued";
  if (about === "start") {
    if (status !== "queued" || live.token !== 0) return false;
    return isOver(
      restingMs(ctx, live, live.updated_at),
      request.idleForMs ?? (await readPolicy(ctx, live)).startTimeoutMs,
    );
  }
  const { token } = live;
  if (isStillStalled(request, { status, token, isLeaseExpired: isLeaseExpired(ctx, live) })) return true;
  if (status !== "running" || about === "holder" || decision.uses === "recovery") return false;
  const idleForMs = ctx.monotonicMs - (live.progress_at ?? 0);
  return isOver(idleForMs, request.idleForMs ?? (await readPolicy(ctx, live)).idleTimeoutMs);
}

function isOver(ms: number, limitMs: number | null | undefined): boolean {
  return limitMs !== null && limitMs !== undefined && ms >= limitMs;
}

/** As recorded: what a later version added is missing in it. */
async function readPolicy(
  ctx: SqlContext,
  live: LiveRow,
): Promise<Partial<RecoveryPolicy> & { startTimeoutMs?: number | null }> {
  const row = await ctx.get<{ policy: string }>(
    "SELECT policy FROM run JOIN definition USING (definition_k) WHERE run_k = ?",
    live.run_k,
  );
  return parseStored(row?.policy ?? "{}", "a run's policy");
}

export type ResetResult =
  | { readonly kind: "reset" }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

export async function resetRecoveries(ctx: SqlContext, runId: string, terms: ChangeTerms): Promise<ResetResult> {
  const reset = async (): Promise<ResetResult> => {
    const state = await readState(ctx, runId);
    if (state === null) return { kind: "notFound" };
    if (state.live === null) return { kind: "refused", status: state.status };
    await ctx.run(
      "UPDATE run_live SET recoveries = 0, retries = 0, updated_at = ? WHERE run_k = ? AND (recoveries > 0 OR retries > 0)",
      ctx.wallMs,
      state.runK,
    );
    return { kind: "reset" };
  };
  return await actOn(
    ctx,
    runId,
    terms,
    reset,
    ({ kind }, before) => kind === "reset" && (before.recoveries > 0 || before.retries > 0),
  );
}
