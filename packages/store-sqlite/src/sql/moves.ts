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
import { jsonOf } from "./json-of.js";
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
import { NO_OUTPUT } from "./output-columns.js";
import { refillRun } from "./search.js";
import { countDeath, hasToAnswer, leaveCompany } from "./suspects.js";
import { type ClaimRow, takeLease } from "./take-leases.js";
import { dropWaits } from "./wait-rows.js";

export type RequeueResult =
  | { readonly kind: "claimed"; readonly claim: ClaimRow }
  | { readonly kind: "queued"; readonly from: RunStatus }
  | { readonly kind: "held"; readonly lease: LeaseRow }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

const isQueued = (result: RequeueResult) => result.kind === "claimed" || result.kind === "queued";

export function requeue(ctx: SqlContext, request: RequeueRequest): RequeueResult {
  return actOn(ctx, request.runId, request, () => requeueRun(ctx, request), isQueued);
}

function requeueRun(ctx: SqlContext, request: RequeueRequest): RequeueResult {
  const state = readState(ctx, request.runId);
  if (state === null) return { kind: "notFound" };
  const { status } = state;
  if (status === "running") return requeueRunning(ctx, state.live as LiveRow, request);
  if (!request.from.includes(status)) return { kind: "refused", status };
  if (status !== "queued" && !canMove(status, "queued")) return { kind: "refused", status };
  // What has ended goes on by a person only.
  if (isFinished(status) && !request.isByPerson) return { kind: "refused", status };
  const live = state.live ?? reviveRun(ctx, state);
  resetCounts(live, request);
  if (request.isByPerson && status === "failed") live.is_reopening = 1;
  live.through = request.through;
  live.directive = jsonOf(request.directive);
  changeInput(ctx, live.run_k, request.input);
  if (status !== "queued") addResumed(ctx, live, request);
  return queueOrClaim(ctx, live, request.claim, status);
}

/** Taking over from a holder that is silent, or that the caller proved dead; else the run is held. */
function requeueRunning(ctx: SqlContext, live: LiveRow, request: RequeueRequest): RequeueResult {
  const isAllowed = request.isByPerson || request.deadHolder !== null || request.from.includes("running");
  const isDead = request.deadHolder?.token === live.token;
  if (!isAllowed || !(isDead || isLeaseExpired(ctx, live))) return { kind: "held", lease: leaseRow(ctx, live) };
  interruptAttempts(ctx, live);
  countDeath(live, hasToAnswer(ctx, live));
  leaveCompany(ctx, live);
  resetCounts(live, request);
  const reason = isDead ? "the holder died" : "the holder fell silent";
  addEvent(ctx, live, "run.recovered", { action: "resume", reason, recoveries: live.recoveries });
  noteRecovery(ctx, live.run_k, reason);
  live.through = request.through;
  live.directive = jsonOf(request.directive);
  changeInput(ctx, live.run_k, request.input);
  addResumed(ctx, live, request);
  return queueOrClaim(ctx, live, request.claim, "running");
}

function addResumed(ctx: SqlContext, live: LiveRow, { by, through, input }: RequeueRequest): void {
  addEvent(ctx, live, "run.resumed", { by, through, ...(input === null ? {} : { isInputChanged: true }) });
}

function changeInput(ctx: SqlContext, runK: number, input: InputTexts | null): void {
  if (input === null) return;
  const { inputJson, givenJson, secretsJson = null } = input;
  ctx.run("UPDATE run SET input = ?, given = ?, secrets = ? WHERE run_k = ?", inputJson, givenJson, secretsJson, runK);
  refillRun(ctx, runK);
}

function resetCounts(live: LiveRow, request: RequeueRequest): void {
  if (!request.isByPerson) return;
  live.recoveries = 0;
  live.retries = 0;
}

function queueOrClaim(ctx: SqlContext, live: LiveRow, claim: ClaimTerms | null, from: RunStatus): RequeueResult {
  if (claim !== null) return { kind: "claimed", claim: takeLease(ctx, live, claim) };
  setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
  return { kind: "queued", from };
}

/** Give a finished run its live row back, as it was at the end; event numbers and tokens go on. */
function reviveRun(ctx: SqlContext, state: RunState): LiveRow {
  const { runK, status } = state;
  ctx.run(
    `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, stall_ms, next_seq, through, generation, recoveries,
                           deaths, retries, has_record, started_at, updated_at, stages_done, items_done, items_total,
                           items_failed, items_per_s, label, reached)
     SELECT run_k, r.workflow_k, 0, ?, token, json_extract(d.policy, '$.stallAfterMs'), head + 1, through, generation,
            recoveries, coalesce(deaths, 0), retries, has_record, started_at, ?, stages_done, items_done, items_total, items_failed, items_per_s,
            label, reached
       FROM run r JOIN definition d USING (definition_k) WHERE run_k = ?`,
    ctx.wallMs,
    ctx.wallMs,
    runK,
  );
  ctx.run(
    `UPDATE run SET final_status = NULL, reason = NULL, finished_at = NULL, updated_at = NULL, output = NULL,
                    output_sha256 = NULL, output_bytes = NULL, error = NULL, through = NULL, started_at = NULL,
                    items_done = NULL, items_total = NULL, items_failed = NULL, items_per_s = NULL, label = NULL,
                    reached = NULL
      WHERE run_k = ?`,
    runK,
  );
  countFinished(ctx, status, -1);
  const live = readLive(ctx, runK);
  if (live === null) throw new Error(`Run number ${runK} has no live row right after it got one.`);
  return live;
}

export function restart(ctx: SqlContext, request: RestartRequest): RequeueResult {
  return actOn(ctx, request.runId, request, () => restartRun(ctx, request), isQueued);
}

function restartRun(ctx: SqlContext, request: RestartRequest): RequeueResult {
  const state = readState(ctx, request.runId);
  if (state === null) return { kind: "notFound" };
  const { status, runK } = state;
  if (status === "running") return { kind: "held", lease: leaseRow(ctx, state.live as LiveRow) };
  if (!canMove(status, "queued")) return { kind: "refused", status };
  const live = state.live ?? reviveRun(ctx, state);
  changeInput(ctx, runK, request.input);
  const { policy } = ctx.get<{ policy: string }>(
    "SELECT policy FROM run JOIN definition USING (definition_k) WHERE run_k = ?",
    runK,
  ) as { policy: string };
  const definitionK = definitionKey(ctx, live.workflow_k, request.version, request.stages, policy);
  ctx.run(
    "UPDATE run SET definition_k = ?, last_error = NULL, last_error_at = NULL WHERE run_k = ?",
    definitionK,
    runK,
  );
  ctx.run(
    `UPDATE run_live SET generation = generation + 1, has_record = 0, started_at = NULL, stages_done = 0,
            items_done = NULL, items_total = NULL, items_failed = NULL, items_per_s = NULL, eta_low_at = NULL, eta_high_at = NULL, label = NULL,
            reached = NULL
      WHERE run_k = ?`,
    runK,
  );
  dropWaits(ctx, JSON.stringify([runK]));
  const generation = live.generation + 1;
  Object.assign(live, { generation, recoveries: 0, retries: 0, is_reopening: 0, has_progressed: 0, through: null });
  live.directive = null;
  addEvent(ctx, live, "run.restarted", { generation, by: request.by });
  return queueOrClaim(ctx, live, request.claim, status);
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

export function steer(ctx: SqlContext, request: SteerRequest): SteerResult {
  return actOn(
    ctx,
    request.runId,
    request,
    () => steerRun(ctx, request),
    ({ kind }, before) => kind === "moved" || (kind === "asked" && replaces(request.wish, before.wish?.kind ?? null)),
  );
}

/** A pause does not take back a cancel or a fail that was asked for before. */
function replaces(wish: WishKind, pending: WishKind | null): boolean {
  return wish !== "pause" || pending === null || pending === "pause";
}

function steerRun(ctx: SqlContext, { runId, wish, reason, by }: SteerRequest): SteerResult {
  const state = readState(ctx, runId);
  if (state === null) return { kind: "notFound" };
  const { live, status } = state;
  if (live === null || !canMove(status, TARGETS[wish])) return { kind: "refused", status };
  if (status === "running") {
    if (replaces(wish, live.wish)) {
      ctx.run("UPDATE run_live SET wish = ?, wish_reason = ? WHERE run_k = ?", wish, reason, live.run_k);
    }
    return { kind: "asked", lease: leaseRow(ctx, live) };
  }
  carryOut(ctx, live, wish, reason, by);
  return { kind: "moved", from: status };
}

/** Pause, cancel or fail a run that nobody is running (any more). */
export function carryOut(ctx: SqlContext, live: LiveRow, wish: WishKind, reason: string | null, by: string): void {
  if (wish === "pause") {
    addEvent(ctx, live, "run.paused", { reason });
    setWaiting(ctx, live, { phase: PAUSED, wakeAt: null, reason });
  } else if (wish === "cancel") {
    addEvent(ctx, live, "run.cancelled", { reason });
    finishRun(ctx, live, { status: "cancelled", reason, errorJson: null, output: NO_OUTPUT });
  } else {
    const error = { name: "RunFailedError", message: reason ?? `failed by ${by}`, code: "RUN_FAILED" };
    addEvent(ctx, live, "run.failed", { reason, error });
    finishRun(ctx, live, { status: "failed", reason, errorJson: JSON.stringify(error), output: NO_OUTPUT });
  }
}
