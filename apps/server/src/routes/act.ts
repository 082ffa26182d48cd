/**
 * Actions on a run by its desired state: 200 without a change if the run already has it, 202 if its worker still has to apply it.
 * Every action carries its reason, and the revision from If-Match.
 */
import { IllegalMoveError, RunLockedError, type RunStatus } from "@holdfast/core";
import type { Holdfast, How, Only, RunSummary } from "@holdfast/engine";
import type { ActionBody, PlanBody } from "@holdfast/protocol";

/** What became of it. */
export type Acted =
  | { readonly kind: "done" }
  /** Its worker was asked. */
  | { readonly kind: "asked" }
  /** A new run. */
  | { readonly kind: "forked"; readonly runId: string };

const ENDS_IN = { pause: "paused", cancel: "cancelled", fail: "failed" } as const;

/** `holdfast` acts for the caller; `run` is as it was read and may use. */
export async function act(
  holdfast: Holdfast,
  run: RunSummary,
  body: ActionBody,
  expect: string | undefined,
): Promise<Acted> {
  const how = { reason: body.reason, expect };
  switch (body.action) {
    case "pause":
    case "cancel":
    case "fail":
      return steer(holdfast, run, body.action, how);
    case "resume":
      return resume(holdfast, run, body, how);
    case "restart":
      await holdfast.runs.restart(run.id, { ...how, set: body.set });
      return { kind: "done" };
    case "fork": {
      const fork = await holdfast.runs.fork(run.id, { ...how, from: body.from, runId: body.runId, set: body.set });
      return { kind: "forked", runId: fork.id };
    }
    case "resetRecoveries":
      await holdfast.runs.resetRecoveries(run.id, how);
      return { kind: "done" };
  }
}

async function steer(
  holdfast: Holdfast,
  run: RunSummary,
  action: keyof typeof ENDS_IN,
  how: { readonly reason: string | undefined; readonly expect: string | undefined },
): Promise<Acted> {
  const desired = ENDS_IN[action];
  if (run.status === desired) return { kind: "done" };
  // Asked already: asking again would change nothing but the history.
  if (run.status === "running" && run.wish?.kind === action) return { kind: "asked" };
  try {
    if (action === "fail") await holdfast.runs.fail(run.id, { ...how, reason: how.reason ?? "failed by a person" });
    else await holdfast.runs[action](run.id, how);
  } catch (error) {
    // Somebody else was quicker, and it is as it was to be.
    if (error instanceof IllegalMoveError && (await statusOf(holdfast, run.id)) === desired) return { kind: "done" };
    throw error;
  }
  return (await statusOf(holdfast, run.id)) === "running" ? { kind: "asked" } : { kind: "done" };
}

async function statusOf(holdfast: Holdfast, runId: string): Promise<RunStatus> {
  return (await holdfast.runs.summary(runId)).status;
}

async function resume(
  holdfast: Holdfast,
  run: RunSummary,
  body: Extract<ActionBody, { action: "resume" }>,
  how: { readonly reason: string | undefined; readonly expect: string | undefined },
): Promise<Acted> {
  const { only, through, accept, budget, input, planId } = body;
  const isPlain = [only, through, accept, budget, input, planId].every((one) => one === undefined);
  const isWaiting = run.status === "queued" && run.through === null && (run.wakeAt ?? 0) <= run.updatedAt;
  if (isPlain && isWaiting) return { kind: "done" };
  const plan = planId === undefined ? undefined : { digest: planId };
  try {
    await holdfast.resume(run.id, { ...howOf(body), ...how, plan });
  } catch (error) {
    if (!(error instanceof RunLockedError && isPlain && run.wish === null)) throw error;
    await goOn(holdfast, run.id, how.reason, error);
  }
  return { kind: "done" };
}

/**
 * A run that is under way goes on as it is. One that is stuck there does not: it is recovered where its policy says so by now,
 * and else the caller hears who holds it and when that is judged.
 *
 * @throws {RunLockedError} RUN_LOCKED
 */
async function goOn(
  holdfast: Holdfast,
  runId: string,
  reason: string | undefined,
  locked: RunLockedError,
): Promise<void> {
  const { stuck, timeoutAt } = await holdfast.runs.health(runId);
  if (!stuck) return;
  const { runs, planId } = await holdfast.management.recover({ runId, checkOnly: true });
  // Where the policy would fail or pause it, that is not what was asked for.
  if (runs[0]?.action === "resume") await holdfast.management.recover({ runId, reason, planId });
  else throw new RunLockedError({ ...locked.details, judgedAt: timeoutAt }, { cause: locked });
}

export function howOf(body: PlanBody): How {
  const { only, through, accept, budget, input } = body;
  const words: Only | undefined =
    only === undefined || typeof only === "string" ? (only as Only | undefined) : `keys:${JSON.stringify(only.keys)}`;
  return { only: words, through, accept, budget, ...(input === undefined ? {} : { input }) };
}
