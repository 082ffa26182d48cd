/**
 * Resuming a run: its state, its holder and what has changed since are looked at first; then it is queued again, and
 * claimed in the same transaction when it is to run here.
 */
import {
  ACTS_FROM,
  type Claim,
  type ClaimTerms,
  canonicalJson,
  DriftError,
  type DriftItem,
  type LeaseView,
  type RequeueRequest,
  type RunId,
  RunLockedError,
  RunNotFoundError,
  type RunRecord,
  type RunStatus,
  type RunStore,
} from "@holdfast/core";
import type { How, ResumeOptions } from "../facade.js";
import { changedInput } from "../input/parse-input.js";
import type { Workflow } from "../workflow.js";
import { changed, checkExpected, termsOf } from "./act.js";
import { type Opened, requireRun, requireWorkflow } from "./opened.js";
import { checkThrough } from "./start.js";
import { illegalMove } from "./steer.js";

/** A completed run has nothing missing; items of a finished map may be tried again, which reopens it. */
function resumableFrom({ only }: How): readonly RunStatus[] {
  return only === undefined || only === "missing" ? ACTS_FROM.resume : [...ACTS_FROM.resume, "completed"];
}

export interface Resumed {
  readonly runId: RunId;
  readonly claim: Claim | null;
  readonly askedAtMs: number;
}

/**
 * @throws {RunLockedError} RUN_LOCKED — with host, pid and since when, while a live worker holds it.
 * @throws {DriftError} DRIFT — the workflow's version or stages are not those of the run, and it was not accepted.
 * @throws {IllegalMoveError} ILLEGAL_MOVE — for a completed run. @throws {RunNotFoundError} RUN_NOT_FOUND
 * @throws {RunChangedError} RUN_CHANGED — it is not as the caller saw it.
 */
export async function requeueRun(
  opened: Opened,
  runId: RunId,
  how: ResumeOptions,
  claim: ClaimTerms | null,
): Promise<Resumed> {
  const { store, clock, hints } = opened.deps;
  const run = await requireRun(opened, runId);
  checkExpected(run, how.expect);
  const workflow = requireWorkflow(opened, run.workflow);
  const from = resumableFrom(how);
  if (how.through !== undefined) checkThrough(workflow, how.through);
  const deadHolder = await refuseIfHeld(opened, run);
  if (deadHolder === null && run.status !== "running" && !from.includes(run.status)) {
    throw illegalMove(runId, run.status, "resume");
  }
  const drift = codeDrift(run, workflow);
  if (drift.length > 0 && how.accept === undefined) throw new DriftError({ runId, drift });
  await opened.deps.data.checkListedKeys(runId, how.only);
  const outdated = await opened.deps.data.checkSources(runId, how.accept);
  const request: RequeueRequest = {
    runId,
    from,
    by: opened.actor.id,
    through: how.through ?? null,
    isByPerson: true,
    directive:
      how.accept === undefined && how.only === undefined
        ? null
        : { accept: how.accept ?? null, only: how.only ?? null, ...(outdated.length > 0 ? { outdated } : {}) },
    input: (await changedInput(store, run, workflow, how.input))?.texts ?? null,
    deadHolder,
    claim,
    ...termsOf(opened, "resume", how),
  };
  const askedAtMs = clock.monotonicMs();
  const outcome = await store.requeue(request);
  hints.notify(runId);
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
    case "refused":
      throw illegalMove(runId, outcome.status, asked);
  }
}

/** The token of a dead or expired holder that may be taken over; null when nobody holds the run. */
async function refuseIfHeld(opened: Opened, run: RunRecord): Promise<{ readonly token: number } | null> {
  if (run.status !== "running") return null;
  const lease = await opened.deps.store.getLease(run.id);
  if (lease === null) return null;
  if (lease.isExpired || opened.deps.isProvenDead(lease.holderIdentity)) return { token: lease.token };
  throw locked(run.id, lease);
}

export function locked(runId: string, lease: LeaseView): RunLockedError {
  const { holder, host, pid, since } = lease;
  return new RunLockedError({ runId, holder, host, pid, since });
}

/** The workflow's code as far as it is declared: its version and its stages. */
export function codeDrift(run: RunRecord, workflow: Workflow): readonly DriftItem[] {
  const drift: DriftItem[] = [];
  if (run.version !== workflow.version) {
    drift.push({ what: "code", was: `version ${run.version ?? "none"}`, now: `version ${workflow.version ?? "none"}` });
  }
  const names = (stages: RunRecord["stages"]) => (stages ?? []).map((stage) => stage.name);
  const was = names(run.stages);
  const now = names(workflow.stages);
  if (canonicalJson(was) !== canonicalJson(now)) {
    drift.push({ what: "code", was: `stages ${was.join(", ")}`, now: `stages ${now.join(", ")}` });
  }
  return drift;
}
