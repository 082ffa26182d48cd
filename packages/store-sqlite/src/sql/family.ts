/** Parents and children of the shared package over one connection, and the ends of runs with what they mean for others. */
import type { ChildRefusal, WaitOpen } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HotRun } from "../hot.js";
import { createRuns } from "./create-runs.js";
import { addEvent, type EndedRun, finishRuns as finishOnly, readLive } from "./live.js";
import { settleResting, WAIT_COLUMNS, type WaitRow, wakeRun } from "./settle-wait.js";
import { findEnd } from "./wait-ends.js";

const on = (ctx: SqlContext): shared.FamilySql => ({
  sql: ctx,
  lock: "",
  readLive: (runK) => readLive(ctx, runK),
  addEvent: (live, type, body) => addEvent(ctx, live, type, body),
  finishRun: (live, ending) => finishOnly(ctx, [endedOf(live, ending)]),
  forgetRun: (runK) => ctx.hot.forgetRun(runK),
  endWait: (live, stage) => endWait(ctx, live, stage),
  wakeRun: (live, stage) => wakeRun(ctx, live, stage),
});

const endedOf = (live: shared.LiveRow, ending: shared.Ending): EndedRun => ({
  ...ending,
  runK: live.run_k,
  head: live.next_seq - 1,
});

function endWait(ctx: SqlContext, live: shared.LiveRow, stage: string): boolean {
  const wait = ctx.get<WaitRow>(
    `SELECT ${WAIT_COLUMNS} FROM wait WHERE run_k = ? AND stage = ? AND generation = ? AND state = ${shared.OPEN}`,
    live.run_k,
    stage,
    live.generation,
  );
  const end = wait === undefined ? null : findEnd(ctx, wait);
  if (wait === undefined || end === null) return false;
  settleResting(ctx, live, wait, end);
  if (live.phase === shared.WAITING) wakeRun(ctx, live, stage);
  return true;
}

/** Ends runs, with what their ends mean for their parents and children. */
export function finishRuns(ctx: SqlContext, runs: readonly EndedRun[]): void {
  finishOnly(ctx, runs);
  // Most have no kin: one look for all.
  const kin = ctx.all<{ run_k: number }>(
    `SELECT r.run_k FROM run r WHERE r.run_k IN (SELECT value FROM json_each(?)) AND ${shared.HAS_KIN}`,
    JSON.stringify(runs.map(({ runK }) => runK)),
  );
  for (const { run_k } of kin) shared.runNow(shared.endKin(on(ctx), run_k));
}

export function finishRun(ctx: SqlContext, live: shared.LiveRow, ending: shared.Ending): void {
  finishRuns(ctx, [endedOf(live, ending)]);
}

export function endOldChildren(ctx: SqlContext, live: shared.LiveRow): void {
  shared.runNow(shared.cancelBelow(on(ctx), live.run_k, shared.AT_ONCE_MAX));
}

export const sweepFamilies = (ctx: SqlContext, limit: number) => shared.runNow(shared.sweepFamilies(on(ctx), limit));
export const isFamilyEnding = (ctx: SqlContext) => shared.runNow(shared.isFamilyEnding(ctx));
export const findFreed = (ctx: SqlContext, live: shared.LiveRow) => shared.runNow(shared.findFreed(ctx, live));
export const findFamilyHold = (ctx: SqlContext, runK: number) => shared.runNow(shared.findFamilyHold(ctx, runK));
export const listBelow = (ctx: SqlContext, runK: number) => shared.runNow(shared.listBelow(ctx, runK));

export const hasChildren = (ctx: SqlContext, runK: number): boolean =>
  ctx.get("SELECT 1 FROM run WHERE parent_k = ? LIMIT 1", runK) !== undefined;

/** The child of a stage as it is; undefined where there is none. */
export const findChild = (ctx: SqlContext, run: Pick<HotRun, "runK" | "generation">, stage: string) =>
  ctx.get<shared.ChildRow>(shared.CHILD_SQL, run.runK, stage, run.generation);

/** Creates the child, unless children of an earlier life are unfinished: the wait stays open without one until they have ended. */
export function createChild(ctx: SqlContext, run: HotRun, { stage, child }: WaitOpen): ChildRefusal | null {
  if (child === undefined || shared.runNow(shared.areOldOnesAlive(ctx, run.runK))) return null;
  const { create, rule } = child;
  const refusal = shared.runNow(shared.findRefusal(ctx, run.runK, create));
  if (refusal !== null) return refusal;
  const [made] = createRuns(ctx, [[create]]);
  if (made === undefined || made.kind !== "created") {
    return { kind: "idTaken", runId: (made?.runId ?? create.id) as typeof create.id };
  }
  const { runK, generation } = run;
  shared.runNow(shared.adopt(ctx, { runId: create.id, rule }, { runK, stage, generation }));
  return null;
}
