/**
 * The moves between states that a person or a worker asks for: queue again, restart, steer, report. Which moves are
 * legal stands in the core's `RUN_MOVES`; each function asks it and answers a refusal as an outcome.
 */
import {
  type ClaimTerms,
  canMove,
  type InputTexts,
  isFinished,
  type RequeueRequest,
  type RestartRequest,
  type RunChanged,
  type RunStatus,
  type SteerRequest,
  type WishKind,
} from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { actOn } from "./control.js";
import {
  addEvent,
  countFinished,
  finishRun,
  interruptAttempts,
  isLeaseExpired,
  type LeaseRow,
  type LiveRow,
  leaseRow,
  noteRecovery,
  PAUSED,
  QUEUED,
  type RunState,
  readLive,
  readState,
  setWaiting,
} from "./live.js";
import { definitionKey } from "./names.js";
import { refillRun } from "./search.js";
import { countDeath, hasToAnswer, leaveCompany } from "./suspects.js";
import { type ClaimRow, takeLease } from "./take-leases.js";
import { DROP_WAITS_SQL } from "./wait-rows.js";

export type RequeueResult =
  | { readonly kind: "claimed"; readonly claim: ClaimRow }
  | { readonly kind: "queued"; readonly from: RunStatus }
  | { readonly kind: "held"; readonly lease: LeaseRow }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

const isQueued = (result: RequeueResult) => result.kind === "claimed" || result.kind === "queued";

export async function requeue(ctx: SqlContext, request: RequeueRequest): Promise<RequeueResult> {
  return await actOn(ctx, request.runId, request, async () => await requeueRun(ctx, request), isQueued);
}

const directiveOf = ({ directive }: RequeueRequest) => (directive === null ? null : JSON.stringify(directive));

async function requeueRun(ctx: SqlContext, request: RequeueRequest): Promise<RequeueResult> {
  const state = await readState(ctx, request.runId);
  if (state === null) return { kind: "notFound" };
  const { status } = state;
  if (status === "running") return await requeueRunning(ctx, state.live as LiveRow, request);
  if (!request.from.includes(status)) return { kind: "refused", status };
  if (status !== "queued" && !canMove(status, "queued")) return { kind: "refused", status };
  // What has ended goes on by a person only.
  if (isFinished(status) && !request.isByPerson) return { kind: "refused", status };
  const live = state.live ?? (await reviveRun(ctx, state));
  resetCounts(live, request);
  if (request.isByPerson && status === "failed") live.is_reopening = 1;
  live.through = request.through;
  live.directive = directiveOf(request);
  await changeInput(ctx, live.run_k, request.input);
  if (status !== "queued") await addResumed(ctx, live, request);
  return await queueOrClaim(ctx, live, request.claim, status);
}

/** Taking over from a holder that is silent, or that the caller proved dead; else the run is held. */
async function requeueRunning(ctx: SqlContext, live: LiveRow, request: RequeueRequest): Promise<RequeueResult> {
  const isAllowed = request.isByPerson || request.deadHolder !== null || request.from.includes("running");
  const isDead = request.deadHolder?.token === live.token;
  if (!isAllowed || !(isDead || isLeaseExpired(ctx, live))) return { kind: "held", lease: leaseRow(ctx, live) };
  await interruptAttempts(ctx, live);
  countDeath(live, await hasToAnswer(ctx, live));
  await leaveCompany(ctx, live);
  resetCounts(live, request);
  const reason = isDead ? "the holder died" : "the holder fell silent";
  await addEvent(ctx, live, "run.recovered", { action: "resume", reason, recoveries: live.recoveries });
  await noteRecovery(ctx, live.run_k, reason);
  live.through = request.through;
  live.directive = directiveOf(request);
  await changeInput(ctx, live.run_k, request.input);
  await addResumed(ctx, live, request);
  return await queueOrClaim(ctx, live, request.claim, "running");
}

async function addResumed(ctx: SqlContext, live: LiveRow, { by, through, input }: RequeueRequest): Promise<void> {
  await addEvent(ctx, live, "run.resumed", { by, through, ...(input === null ? {} : { isInputChanged: true }) });
}

async function changeInput(ctx: SqlContext, runK: number, input: InputTexts | null): Promise<void> {
  if (input === null) return;
  const { inputJson, givenJson, secretsJson = null } = input;
  await ctx.run(
    "UPDATE run SET input = ?, given = ?, secrets = ? WHERE run_k = ?",
    inputJson,
    givenJson,
    secretsJson,
    runK,
  );
  await refillRun(ctx, runK);
}

function resetCounts(live: LiveRow, request: RequeueRequest): void {
  if (!request.isByPerson) return;
  live.recoveries = 0;
  live.retries = 0;
}

async function queueOrClaim(
  ctx: SqlContext,
  live: LiveRow,
  claim: ClaimTerms | null,
  from: RunStatus,
): Promise<RequeueResult> {
  if (claim !== null) return { kind: "claimed", claim: await takeLease(ctx, live, claim) };
  await setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
  return { kind: "queued", from };
}

/** Give a finished run its live row back, as it was at the end; event numbers and tokens go on. */
async function reviveRun(ctx: SqlContext, state: RunState): Promise<LiveRow> {
  const { runK, status } = state;
  await ctx.run(
    `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, stall_ms, next_seq, through, generation, recoveries,
                           deaths, retries, has_record, started_at, updated_at, stages_done, items_done, items_total,
                           items_failed, items_per_s, label, reached)
     SELECT run_k, r.workflow_k, 0, ?, token, (d.policy::json ->> 'stallAfterMs')::bigint, head + 1, through, generation,
            recoveries, coalesce(deaths, 0), retries, has_record, started_at, ?, stages_done, items_done, items_total, items_failed, items_per_s,
            label, reached
       FROM run r JOIN definition d USING (definition_k) WHERE run_k = ?`,
    ctx.wallMs,
    ctx.wallMs,
    runK,
  );
  await ctx.run(
    `UPDATE run SET final_status = NULL, reason = NULL, finished_at = NULL, updated_at = NULL, output = NULL,
                    output_sha256 = NULL, output_bytes = NULL, error = NULL, through = NULL, started_at = NULL,
                    items_done = NULL, items_total = NULL, items_failed = NULL, items_per_s = NULL, label = NULL,
                    reached = NULL
      WHERE run_k = ?`,
    runK,
  );
  await countFinished(ctx, status, -1);
  const live = await readLive(ctx, runK);
  if (live === null) throw new Error(`Run number ${runK} has no live row right after it got one.`);
  return live;
}

export async function restart(ctx: SqlContext, request: RestartRequest): Promise<RequeueResult> {
  return await actOn(ctx, request.runId, request, async () => await restartRun(ctx, request), isQueued);
}

async function restartRun(ctx: SqlContext, request: RestartRequest): Promise<RequeueResult> {
  const state = await readState(ctx, request.runId);
  if (state === null) return { kind: "notFound" };
  const { status, runK } = state;
  if (status === "running") return { kind: "held", lease: leaseRow(ctx, state.live as LiveRow) };
  if (!canMove(status, "queued")) return { kind: "refused", status };
  const live = state.live ?? (await reviveRun(ctx, state));
  await changeInput(ctx, runK, request.input);
  const { policy } = (await ctx.get<{ policy: string }>(
    "SELECT policy FROM run JOIN definition USING (definition_k) WHERE run_k = ?",
    runK,
  )) as { policy: string };
  const definitionK = await definitionKey(ctx, live.workflow_k, {
    version: request.version,
    stages: request.stages,
    policyJson: policy,
  });
  await ctx.run(
    "UPDATE run SET definition_k = ?, last_error = NULL, last_error_at = NULL WHERE run_k = ?",
    definitionK,
    runK,
  );
  await ctx.run(
    `UPDATE run_live SET generation = generation + 1, has_record = 0, started_at = NULL, stages_done = 0,
            items_done = NULL, items_total = NULL, items_failed = NULL, items_per_s = NULL, eta_low_at = NULL, eta_high_at = NULL, label = NULL,
            reached = NULL
      WHERE run_k = ?`,
    runK,
  );
  await ctx.run(DROP_WAITS_SQL, ctx.wallMs, [runK]);
  const generation = live.generation + 1;
  Object.assign(live, { generation, recoveries: 0, retries: 0, is_reopening: 0, has_progressed: 0, through: null });
  live.directive = null;
  await addEvent(ctx, live, "run.restarted", { generation, by: request.by });
  return await queueOrClaim(ctx, live, request.claim, status);
}

export type SteerResult =
  | { readonly kind: "moved"; readonly from: RunStatus }
  | { readonly kind: "asked"; readonly lease: LeaseRow }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

export const TARGETS = { pause: "paused", cancel: "cancelled", fail: "failed" } as const satisfies Record<
  WishKind,
  RunStatus
>;

export async function steer(ctx: SqlContext, request: SteerRequest): Promise<SteerResult> {
  return await actOn(
    ctx,
    request.runId,
    request,
    async () => await steerRun(ctx, request),
    ({ kind }, before) => kind === "moved" || (kind === "asked" && replaces(request.wish, before.wish?.kind ?? null)),
  );
}

/** A pause does not take back a cancel or a fail that was asked for before. */
function replaces(wish: WishKind, pending: WishKind | null): boolean {
  return wish !== "pause" || pending === null || pending === "pause";
}

async function steerRun(ctx: SqlContext, { runId, wish, reason, by }: SteerRequest): Promise<SteerResult> {
  const state = await readState(ctx, runId);
  if (state === null) return { kind: "notFound" };
  const { live, status } = state;
  if (live === null || !canMove(status, TARGETS[wish])) return { kind: "refused", status };
  if (status === "running") {
    if (replaces(wish, live.wish)) {
      await ctx.run("UPDATE run_live SET wish = ?, wish_reason = ? WHERE run_k = ?", wish, reason, live.run_k);
    }
    return { kind: "asked", lease: leaseRow(ctx, live) };
  }
  await carryOut(ctx, live, wish, reason, by);
  return { kind: "moved", from: status };
}

/** Pause, cancel or fail a run that nobody is running (any more). */
export async function carryOut(
  ctx: SqlContext,
  live: LiveRow,
  wish: WishKind,
  reason: string | null,
  by: string,
): Promise<void> {
  if (wish === "pause") {
    await addEvent(ctx, live, "run.paused", { reason });
    await setWaiting(ctx, live, { phase: PAUSED, wakeAt: null, reason });
  } else if (wish === "cancel") {
    await addEvent(ctx, live, "run.cancelled", { reason });
    await finishRun(ctx, live, { status: "cancelled", reason, errorJson: null, output: null });
  } else {
    const error = { name: "RunFailedError", message: reason ?? `failed by ${by}`, code: "RUN_FAILED" };
    await addEvent(ctx, live, "run.failed", { reason, error });
    await finishRun(ctx, live, { status: "failed", reason, errorJson: JSON.stringify(error), output: null });
  }
}
