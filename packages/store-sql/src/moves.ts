/**
 * The moves between states that a person or a worker asks for: queue again, restart, steer, report. Which moves are
 * legal stands in the core's `RUN_MOVES`; each function asks it and answers a refusal as an outcome.
 */
import {
  type ClaimTerms,
  canMove,
  type InputTexts,
  isFinished,
  PRIORITY_MAX,
  type RequeueRequest,
  type RestartRequest,
  type RunChanged,
  type RunEventType,
  type RunId,
  type RunStatus,
  type SteerRequest,
  type WishKind,
} from "@holdfast/core";
import { actOn } from "./control.js";
import { isRowExpired, type StoreInstant } from "./lease-rules.js";
import {
  type Ending,
  type LeaseRow,
  type LiveRow,
  leaseRow,
  PAUSED,
  QUEUED,
  type RunState,
  type WaitingTerms,
} from "./live.js";
import { NO_OUTPUT } from "./output-columns.js";
import { type Maybe, type Sql, type Steps, wait } from "./steps.js";
import { countDeath, hasToAnswer, leaveCompany } from "./suspects.js";
import { DROP_WAITS_OF_RUN_SQL } from "./wait-rows.js";

/** What each store does in its own way within a move. `C`: a claim as the store hands it on. */
export interface MoveSql<C> {
  readonly sql: Sql;
  readonly now: StoreInstant;
  /** SQL over a definition `d`: the stall limit of its policy. */
  readonly stallAfterMs: string;
  /** Runs the steps of a change, as the store runs all of them. */
  settle<R>(steps: Steps<R>): Maybe<R>;
  readState(runId: string): Maybe<RunState | null>;
  addEvent(live: LiveRow, type: RunEventType, body: object): Maybe<void>;
  interruptAttempts(live: LiveRow): Maybe<void>;
  setWaiting(live: LiveRow, to: WaitingTerms): Maybe<void>;
  finishRun(live: LiveRow, ending: Ending): Maybe<void>;
  countFinished(status: string, change: number): Maybe<void>;
  noteRecovery(runK: number, reason: string): Maybe<void>;
  refillRun(runK: number): Maybe<void>;
  definitionKey(
    workflowK: number,
    version: string | null,
    stages: RestartRequest["stages"],
    policyJson: string,
  ): Maybe<number>;
  takeLease(live: LiveRow, terms: ClaimTerms): Maybe<C>;
  /** What durations are counted by. */
  steadyMs(): number;
  /** The active run of the dedupe key of a run that has ended; null where there is none. */
  findActiveOfKey(runK: number): Maybe<ActiveOfKey | null>;
  /** The run is live again: it has its dedupe key again. */
  takeKeyAgain(runK: number): Maybe<void>;
  /** The run begins again: children of its life before are cancelled. */
  endOldChildren(live: LiveRow): Maybe<void>;
}

export interface ActiveOfKey {
  readonly runId: RunId;
  readonly status: RunStatus;
}

export type RequeueResult<C> =
  | { readonly kind: "claimed"; readonly claim: C }
  | { readonly kind: "queued"; readonly from: RunStatus }
  | { readonly kind: "held"; readonly lease: LeaseRow }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | { readonly kind: "duplicate"; readonly runId: RunId; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

const isQueued = (result: RequeueResult<unknown>) => result.kind === "claimed" || result.kind === "queued";

export function requeue<C>(on: MoveSql<C>, request: RequeueRequest): Steps<RequeueResult<C>> {
  return actOn(on.sql, request.runId, request, () => on.settle(requeueRun(on, request)), isQueued);
}

const directiveOf = ({ directive }: RequeueRequest) => (directive === null ? null : JSON.stringify(directive));

function* requeueRun<C>(on: MoveSql<C>, request: RequeueRequest): Steps<RequeueResult<C>> {
  const state = yield* wait(on.readState(request.runId));
  if (state === null) return { kind: "notFound" };
  const { status } = state;
  if (status === "running") return yield* requeueRunning(on, state.live as LiveRow, request);
  if (!request.from.includes(status)) return { kind: "refused", status };
  if (status !== "queued" && !canMove(status, "queued")) return { kind: "refused", status };
  // What has ended goes on by a person only.
  if (isFinished(status) && !request.isByPerson) return { kind: "refused", status };
  // Who only attends a run takes it as a worker does: once it is due, by the store's clocks.
  if (status === "queued" && !request.isByPerson && state.live !== null && !isDue(on, state.live)) {
    return { kind: "refused", status };
  }
  const other = isFinished(status) ? yield* wait(on.findActiveOfKey(state.runK)) : null;
  if (other !== null) return { kind: "duplicate", ...other };
  const live = state.live ?? (yield* reviveRun(on, state, request.runId));
  resetCounts(live, request);
  if (request.isByPerson && status === "failed") live.is_reopening = 1;
  live.through = request.through;
  live.directive = directiveOf(request);
  yield* changeInput(on, live.run_k, request.input);
  if (status !== "queued") yield* addResumed(on, live, request);
  return yield* queueOrClaim(on, live, request.claim, status);
}

const isDue = (on: MoveSql<unknown>, { wake_at, not_before }: LiveRow) =>
  wake_at !== null && wake_at <= on.sql.dueMs() && (not_before === null || not_before <= on.steadyMs());

/** Taking over from a holder that is silent, or that the caller proved dead; else the run is held. */
function* requeueRunning<C>(on: MoveSql<C>, live: LiveRow, request: RequeueRequest): Steps<RequeueResult<C>> {
  const isAllowed = request.isByPerson || request.deadHolder !== null || request.from.includes("running");
  const isDead = request.deadHolder?.token === live.token;
  if (!isAllowed || !(isDead || isRowExpired(live, on.now))) return { kind: "held", lease: leaseRow(live, on.now) };
  yield* wait(on.interruptAttempts(live));
  countDeath(live, yield* hasToAnswer(on.sql, live));
  yield* leaveCompany(on.sql, live);
  resetCounts(live, request);
  const reason = isDead ? "the holder died" : "the holder fell silent";
  yield* wait(on.addEvent(live, "run.recovered", { action: "resume", reason, recoveries: live.recoveries }));
  yield* wait(on.noteRecovery(live.run_k, reason));
  live.through = request.through;
  live.directive = directiveOf(request);
  yield* changeInput(on, live.run_k, request.input);
  yield* addResumed(on, live, request);
  return yield* queueOrClaim(on, live, request.claim, "running");
}

function* addResumed(on: MoveSql<unknown>, live: LiveRow, { by, through, input }: RequeueRequest): Steps<void> {
  yield* wait(on.addEvent(live, "run.resumed", { by, through, ...(input === null ? {} : { isInputChanged: true }) }));
}

function* changeInput(on: MoveSql<unknown>, runK: number, input: InputTexts | null): Steps<void> {
  if (input === null) return;
  const { inputJson, givenJson, secretsJson = null } = input;
  yield* wait(
    on.sql.run(
      "UPDATE run SET input = ?, given = ?, secrets = ? WHERE run_k = ?",
      inputJson,
      givenJson,
      secretsJson,
      runK,
    ),
  );
  yield* wait(on.refillRun(runK));
}

function resetCounts(live: LiveRow, request: RequeueRequest): void {
  if (!request.isByPerson) return;
  live.recoveries = 0;
  live.retries = 0;
}

function* queueOrClaim<C>(
  on: MoveSql<C>,
  live: LiveRow,
  claim: ClaimTerms | null,
  from: RunStatus,
): Steps<RequeueResult<C>> {
  const isHeld = live.is_successor === 1;
  if (claim !== null && !isHeld) return { kind: "claimed", claim: yield* wait(on.takeLease(live, claim)) };
  yield* wait(on.setWaiting(live, { phase: QUEUED, wakeAt: on.sql.dueMs(), reason: null }));
  return { kind: "queued", from };
}

/** Give a finished run its live row back, as it was at the end; event numbers and tokens go on. */
function* reviveRun(on: MoveSql<unknown>, { runK, status }: RunState, runId: string): Steps<LiveRow> {
  yield* wait(
    on.sql.run(
      `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, stall_ms, next_seq, through, generation, recoveries,
                           deaths, retries, has_record, started_at, updated_at, stages_done, items_done, items_total,
                           items_failed, items_per_s, label, reached, priority, rank)
     SELECT run_k, r.workflow_k, 0, ?, token, ${on.stallAfterMs}, head + 1, through, generation,
            recoveries, coalesce(deaths, 0), retries, has_record, started_at, ?, stages_done, items_done, items_total, items_failed, items_per_s,
            label, reached, r.priority, ${PRIORITY_MAX} - r.priority
       FROM run r JOIN definition d USING (definition_k) WHERE run_k = ?`,
      on.sql.wallMs,
      on.sql.wallMs,
      runK,
    ),
  );
  yield* wait(
    on.sql.run(
      `UPDATE run SET final_status = NULL, reason = NULL, finished_at = NULL, updated_at = NULL, output = NULL,
                    output_sha256 = NULL, output_bytes = NULL, error = NULL, through = NULL, started_at = NULL,
                    items_done = NULL, items_total = NULL, items_failed = NULL, items_per_s = NULL, label = NULL,
                    reached = NULL, cause = NULL
      WHERE run_k = ?`,
      runK,
    ),
  );
  yield* wait(on.countFinished(status, -1));
  yield* wait(on.takeKeyAgain(runK));
  const live = (yield* wait(on.readState(runId)))?.live ?? null;
  if (live === null) throw new Error(`Run number ${runK} has no live row right after it got one.`);
  return live;
}

export function restart<C>(on: MoveSql<C>, request: RestartRequest): Steps<RequeueResult<C>> {
  return actOn(on.sql, request.runId, request, () => on.settle(restartRun(on, request)), isQueued);
}

function* restartRun<C>(on: MoveSql<C>, request: RestartRequest): Steps<RequeueResult<C>> {
  const state = yield* wait(on.readState(request.runId));
  if (state === null) return { kind: "notFound" };
  const { status, runK } = state;
  if (status === "running") return { kind: "held", lease: leaseRow(state.live as LiveRow, on.now) };
  if (!canMove(status, "queued")) return { kind: "refused", status };
  const other = state.live === null ? yield* wait(on.findActiveOfKey(state.runK)) : null;
  if (other !== null) return { kind: "duplicate", ...other };
  const live = state.live ?? (yield* reviveRun(on, state, request.runId));
  yield* changeInput(on, runK, request.input);
  const { policy } = (yield* wait(
    on.sql.get<{ policy: string }>("SELECT policy FROM run JOIN definition USING (definition_k) WHERE run_k = ?", runK),
  )) as { policy: string };
  const definitionK = yield* wait(on.definitionKey(live.workflow_k, request.version, request.stages, policy));
  yield* wait(
    on.sql.run(
      "UPDATE run SET definition_k = ?, last_error = NULL, last_error_at = NULL WHERE run_k = ?",
      definitionK,
      runK,
    ),
  );
  yield* wait(
    on.sql.run(
      `UPDATE run_live SET generation = generation + 1, has_record = 0, started_at = NULL, stages_done = 0,
            items_done = NULL, items_total = NULL, items_failed = NULL, items_per_s = NULL, eta_low_at = NULL, eta_high_at = NULL, label = NULL,
            reached = NULL
      WHERE run_k = ?`,
      runK,
    ),
  );
  yield* wait(on.sql.run(DROP_WAITS_OF_RUN_SQL, on.sql.wallMs, runK));
  const generation = live.generation + 1;
  Object.assign(live, { generation, recoveries: 0, retries: 0, is_reopening: 0, has_progressed: 0, through: null });
  live.directive = null;
  yield* wait(on.sql.run("UPDATE run SET life_from = ? WHERE run_k = ?", generation, runK));
  yield* wait(on.sql.run("DELETE FROM published WHERE run_k = ?", runK));
  yield* wait(on.endOldChildren(live));
  yield* wait(on.addEvent(live, "run.restarted", { generation, by: request.by }));
  return yield* queueOrClaim(on, live, request.claim, status);
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

export function steer(on: MoveSql<unknown>, request: SteerRequest): Steps<SteerResult> {
  return actOn(
    on.sql,
    request.runId,
    request,
    () => on.settle(steerRun(on, request)),
    ({ kind }, before) => kind === "moved" || (kind === "asked" && replaces(request.wish, before.wish?.kind ?? null)),
  );
}

/** A pause does not take back a cancel or a fail that was asked for before. */
function replaces(wish: WishKind, pending: WishKind | null): boolean {
  return wish !== "pause" || pending === null || pending === "pause";
}

function* steerRun(on: MoveSql<unknown>, { runId, wish, reason, by }: SteerRequest): Steps<SteerResult> {
  const state = yield* wait(on.readState(runId));
  if (state === null) return { kind: "notFound" };
  const { live, status } = state;
  if (live === null || !canMove(status, TARGETS[wish])) return { kind: "refused", status };
  if (status === "running") {
    if (replaces(wish, live.wish)) {
      yield* wait(
        on.sql.run("UPDATE run_live SET wish = ?, wish_reason = ? WHERE run_k = ?", wish, reason, live.run_k),
      );
    }
    return { kind: "asked", lease: leaseRow(live, on.now) };
  }
  yield* carryOut(on, live, wish, reason, by);
  return { kind: "moved", from: status };
}

/** Pause, cancel or fail a run that nobody is running (any more). */
export function* carryOut(
  on: MoveSql<unknown>,
  live: LiveRow,
  wish: WishKind,
  reason: string | null,
  by: string,
): Steps<void> {
  if (wish === "pause") {
    yield* wait(on.addEvent(live, "run.paused", { reason }));
    yield* wait(on.setWaiting(live, { phase: PAUSED, wakeAt: null, reason }));
  } else if (wish === "cancel") {
    yield* wait(on.addEvent(live, "run.cancelled", { reason }));
    yield* wait(on.finishRun(live, { status: "cancelled", reason, errorJson: null, output: NO_OUTPUT }));
  } else {
    const error = { name: "RunFailedError", message: reason ?? `failed by ${by}`, code: "RUN_FAILED" };
    yield* wait(on.addEvent(live, "run.failed", { reason, error }));
    yield* wait(on.finishRun(live, { status: "failed", reason, errorJson: JSON.stringify(error), output: NO_OUTPUT }));
  }
}
