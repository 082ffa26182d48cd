/** Parents and children of the shared package in one transaction of a server, and the ends of runs with what they mean for others. */
import type { ChildRefusal, WaitOpen } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HeldRun } from "../held-run.js";
import { createRun } from "./create-runs.js";
import { addEvent, finishRun as finishOnly, readLive } from "./live.js";
import { endResting, WAIT_COLUMNS, type WaitRow } from "./settle-wait.js";
import { findEnd } from "./wait-ends.js";
import { wakeRun } from "./wake-run.js";

const on = (ctx: SqlContext): shared.FamilySql => ({
  sql: ctx,
  lock: "FOR UPDATE OF l SKIP LOCKED",
  readLive: (runK) => readLive(ctx, runK),
  addEvent: (live, type, body) => addEvent(ctx, live, type, body),
  finishRun: (live, ending) => finishOnly(ctx, live, ending),
  forgetRun: () => {},
  endWait: (live, stage) => endWait(ctx, live, stage),
  wakeRun: (live, stage) => wakeRun(ctx, live, stage),
});

async function endWait(ctx: SqlContext, live: shared.LiveRow, stage: string): Promise<boolean> {
  const wait = await ctx.get<WaitRow>(
    `SELECT ${WAIT_COLUMNS} FROM wait WHERE run_k = ? AND stage = ? AND generation = ? AND state = ${shared.OPEN}`,
    live.run_k,
    stage,
    live.generation,
  );
  const end = wait === undefined ? null : await findEnd(ctx, wait);
  if (wait === undefined || end === null) return false;
  await endResting(ctx, [live], [{ wait, end }]);
  return true;
}

/** Ends a run, with what its end means for its parent and children. */
export async function finishRun(ctx: SqlContext, live: shared.LiveRow, ending: shared.Ending): Promise<void> {
  await finishOnly(ctx, live, ending);
  await shared.runInOrder(shared.endKin(on(ctx), live.run_k));
}

export const endOldChildren = async (ctx: SqlContext, live: shared.LiveRow): Promise<void> => {
  await shared.runInOrder(shared.cancelBelow(on(ctx), live.run_k, shared.AT_ONCE_MAX));
};

export const sweepFamilies = (ctx: SqlContext, limit: number) =>
  shared.runInOrder(shared.sweepFamilies(on(ctx), limit));
export const isFamilyEnding = (ctx: SqlContext) => shared.runInOrder(shared.isFamilyEnding(ctx));
export const findFreed = (ctx: SqlContext, live: shared.LiveRow) => shared.runInOrder(shared.findFreed(ctx, live));
export const findFamilyHold = (ctx: SqlContext, runK: number) => shared.runInOrder(shared.findFamilyHold(ctx, runK));
export const listBelow = (ctx: SqlContext, runK: number) => shared.runInOrder(shared.listBelow(ctx, runK));

export const hasChildren = async (ctx: SqlContext, runK: number): Promise<boolean> =>
  (await ctx.get("SELECT 1 FROM run WHERE parent_k = ? LIMIT 1", runK)) !== undefined;

/** The child of a stage as it is; undefined where there is none. */
export const findChild = (ctx: SqlContext, run: Pick<HeldRun, "runK" | "generation">, stage: string) =>
  ctx.get<shared.ChildRow>(shared.CHILD_SQL, run.runK, stage, run.generation);

/** Creates the child, unless children of an earlier life are unfinished: the wait stays open without one until they have ended. */
export async function createChild(
  ctx: SqlContext,
  run: HeldRun,
  { stage, child }: WaitOpen,
): Promise<ChildRefusal | null> {
  if (child === undefined || (await shared.runInOrder(shared.areOldOnesAlive(ctx, run.runK)))) return null;
  const { create, rule } = child;
  const refusal = await shared.runInOrder(shared.findRefusal(ctx, run.runK, create));
  if (refusal !== null) return refusal;
  const made = await createRun(ctx, create);
  if (made.kind !== "created") return { kind: "idTaken", runId: made.runId as typeof create.id };
  const { runK, generation } = run;
  await shared.runInOrder(shared.adopt(ctx, { runId: create.id, rule }, { runK, stage, generation }));
  return null;
}
