/** The moves between states of the shared package, in one transaction of a server. */
import type { RequeueRequest, RestartRequest, SteerRequest, WishKind } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { endOldChildren, finishRun } from "./family.js";
import { instantAt } from "./lease-rules.js";
import { addEvent, countFinished, interruptAttempts, noteRecovery, readState, setWaiting } from "./live.js";
import { definitionKey } from "./names.js";
import { refillRun } from "./search.js";
import { takeLease } from "./take-leases.js";

const on = (ctx: SqlContext): shared.MoveSql<shared.ClaimRow> => ({
  sql: ctx,
  now: instantAt(ctx.wallMs),
  stallAfterMs: "(d.policy::json ->> 'stallAfterMs')::bigint",
  settle: shared.runInOrder,
  readState: (runId) => readState(ctx, runId),
  addEvent: (live, type, body) => addEvent(ctx, live, type, body),
  interruptAttempts: (live) => interruptAttempts(ctx, live),
  setWaiting: (live, to) => setWaiting(ctx, live, to),
  finishRun: (live, ending) => finishRun(ctx, live, ending),
  countFinished: (status, change) => countFinished(ctx, status, change),
  noteRecovery: (runK, reason) => noteRecovery(ctx, runK, reason),
  refillRun: (runK) => refillRun(ctx, runK),
  definitionKey: (workflowK, version, stages, policyJson) =>
    definitionKey(ctx, workflowK, { version, stages, policyJson }),
  takeLease: (live, terms) => takeLease(ctx, live, terms),
  endOldChildren: (live) => endOldChildren(ctx, live),
});

export const requeue = (ctx: SqlContext, request: RequeueRequest): Promise<shared.RequeueResult<shared.ClaimRow>> =>
  shared.runInOrder(shared.requeue(on(ctx), request));

export const restart = (ctx: SqlContext, request: RestartRequest): Promise<shared.RequeueResult<shared.ClaimRow>> =>
  shared.runInOrder(shared.restart(on(ctx), request));

export const steer = (ctx: SqlContext, request: SteerRequest): Promise<shared.SteerResult> =>
  shared.runInOrder(shared.steer(on(ctx), request));

export const carryOut = (
  ctx: SqlContext,
  live: shared.LiveRow,
  wish: WishKind,
  reason: string | null,
  by: string,
): Promise<void> => shared.runInOrder(shared.carryOut(on(ctx), live, wish, reason, by));
