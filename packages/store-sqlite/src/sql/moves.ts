/** The moves between states of the shared package over one connection, which answers at once. */
import type { RequeueRequest, RestartRequest, SteerRequest, WishKind } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { endOldChildren, finishRun } from "./family.js";
import { instantOf } from "./lease-rules.js";
import { addEvent, countFinished, interruptAttempts, noteRecovery, readState, setWaiting } from "./live.js";
import { definitionKey } from "./names.js";
import { refillRun } from "./search.js";
import { type ClaimRow, takeLease } from "./take-leases.js";

export type RequeueResult = shared.RequeueResult<ClaimRow>;

const on = (ctx: SqlContext): shared.MoveSql<ClaimRow> => ({
  sql: ctx,
  now: instantOf(ctx),
  stallAfterMs: "json_extract(d.policy, '$.stallAfterMs')",
  settle: shared.runNow,
  readState: (runId) => readState(ctx, runId),
  addEvent: (live, type, body) => addEvent(ctx, live, type, body),
  interruptAttempts: (live) => interruptAttempts(ctx, live),
  setWaiting: (live, to) => setWaiting(ctx, live, to),
  finishRun: (live, ending) => finishRun(ctx, live, ending),
  countFinished: (status, change) => countFinished(ctx, status, change),
  noteRecovery: (runK, reason) => noteRecovery(ctx, runK, reason),
  refillRun: (runK) => refillRun(ctx, runK),
  definitionKey: (workflowK, version, stages, policy) => definitionKey(ctx, workflowK, version, stages, policy),
  takeLease: (live, terms) => takeLease(ctx, live, terms),
  endOldChildren: (live) => endOldChildren(ctx, live),
});

export const requeue = (ctx: SqlContext, request: RequeueRequest): RequeueResult =>
  shared.runNow(shared.requeue(on(ctx), request));

export const restart = (ctx: SqlContext, request: RestartRequest): RequeueResult =>
  shared.runNow(shared.restart(on(ctx), request));

export const steer = (ctx: SqlContext, request: SteerRequest): shared.SteerResult =>
  shared.runNow(shared.steer(on(ctx), request));

export const carryOut = (
  ctx: SqlContext,
  live: shared.LiveRow,
  wish: WishKind,
  reason: string | null,
  by: string,
): void => shared.runNow(shared.carryOut(on(ctx), live, wish, reason, by));
