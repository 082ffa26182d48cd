/**
 * Resuming a run: what stands in its way is looked at first (`plan/examine.ts`); then it is queued again, and claimed in
 * the same transaction when it is to run here.
 */
import {
  type Claim,
  type ClaimTerms,
  DuplicateRunError,
  type RequeueRequest,
  type RunId,
  RunNotFoundError,
  type RunStore,
} from "@holdfast/core";
import { checkWorkflow, type Engine, requireRun } from "../opened/engine.js";
import { illegalMove, locked } from "../opened/refusals.js";
import { examineResume } from "../plan/examine.js";
import { checkPlan } from "../plan/plan.js";
import { changed, checkExpected, termsOf } from "./act.js";
import type { ResumeOptions } from "./resume-facade.js";

export interface Resumed {
  readonly runId: RunId;
  readonly claim: Claim | null;
  readonly askedAtMs: number;
}

/**
 * A refusal changes nothing: whatever can be known is looked at before the one write.
 * @throws {RunLockedError} RUN_LOCKED — with host, pid and since when, while a live worker holds it.
 * @throws {DriftError} DRIFT — what recorded results depend on is not as it was, and it was not accepted.
 * @throws {DatasetChangedError} {SourceMissingError} {SourceUnreadableError} — the same of a dataset's file.
 * @throws {IllegalMoveError} ILLEGAL_MOVE — for a completed run. @throws {RunNotFoundError} RUN_NOT_FOUND
 * @throws {WrongUseError} WRONG_USE — `only` lists keys, and none of them is of an item of the run.
 * @throws {RunChangedError} RUN_CHANGED — it is not as the caller saw it.
 * @throws {PlanStaleError} PLAN_STALE — the plan that was given is not the one that would be made now.
 */
export async function requeueRun(
  opened: Engine,
  runId: RunId,
  how: ResumeOptions,
  claim: ClaimTerms | null,
): Promise<Resumed> {
  const { store, clock, hints } = opened.deps;
  const run = await requireRun(opened, runId);
  checkWorkflow(run, how.workflow);
  checkExpected(run, how.expect);
  const found = await examineResume(opened, runId, how, how.plan !== undefined);
  if (how.plan !== undefined) await checkPlan(opened, found, how, how.plan);
  if (found.refusal !== null) throw found.refusal;
  const { from, directive, input, deadHolder } = found;
  const request: RequeueRequest = {
    runId,
    from,
    by: opened.actor.id,
    through: how.through ?? null,
    isByPerson: true,
    directive,
    input: input?.texts ?? null,
    deadHolder,
    claim,
    ...termsOf(opened, "resume", how),
  };
  const askedAtMs = clock.monotonicMs();
  const outcome = await store.requeue(request);
  hints.notify(runId);
  if (deadHolder !== null) hints.notifyAnyFreed();
  return { runId, claim: claimOf(runId, outcome, "resume", how.expect), askedAtMs };
}

/** The claim of a run that was asked back to the queue; null when it waits there. @throws what the refusal means. */
export function claimOf(
  runId: RunId,
  outcome: Awaited<ReturnType<RunStore["requeue"]>>,
  asked: "resume" | "restart",
  expected: string | undefined,
): Claim | null {
  switch (outcome.kind) {
    case "queued":
      return null;
    case "claimed":
      return outcome.claim;
    case "held":
      throw locked(runId, outcome.lease);
    case "changed":
      throw changed(runId, outcome, expected);
    case "notFound":
      throw new RunNotFoundError({ runId });
    case "duplicate":
      throw new DuplicateRunError({ runId: outcome.runId, status: outcome.status, key: null });
    case "refused":
      throw illegalMove(runId, outcome.status, asked);
  }
}
