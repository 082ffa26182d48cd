/** A run executed here and now, and no other with it: what the command's `start` and `resume` do. */

import {
  type Claim,
  type ClaimTerms,
  HoldfastError,
  IllegalMoveError,
  isThrown,
  RunLockedError,
  type RunRecord,
  revisionOf,
} from "@holdfast/core";
import { superviseOwnRun } from "../manage/own-run.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { examineResume } from "../plan/examine.js";
import type { How } from "../plan/plan-facade.js";
import type { Execution } from "../run/execution.js";
import { executeClaim, keepAlive } from "../worker/take.js";
import { codesOf } from "../workflow/code-of.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { AttendedFamily } from "./attend-family.js";
import { attendWait } from "./attend-wait.js";
import { makeHandle } from "./handle.js";
import type { ForegroundRun, StartOptions } from "./handle-facade.js";
import { createRun } from "./start.js";
import type { Take, Taken } from "./take.js";

/** Errors by which user code decides about a run: they say what the record says. */
const DECISIONS: ReadonlySet<string> = new Set(["RETRY_LATER", "PAUSE_RUN", "GIVE_UP"]);

const isForCaller = (error: unknown) => isThrown(error, HoldfastError) && !DECISIONS.has(error.code);

/** Who claims in this process. */
export function claimTermsOf({ deps, workflows }: Engine): ClaimTerms {
  return { holder: deps.holder, leaseMs: deps.leaseMs, codes: codesOf(workflows.values()) };
}

/** Creates a run and executes it here; of a key that was used before, the run of then. */
export async function startHere<O>(
  engine: Engine,
  workflow: Workflow,
  input: unknown,
  options: StartOptions,
): Promise<ForegroundRun<O>> {
  const { runId, outcome, askedAtMs } = await createRun(engine, workflow, input, options, claimTermsOf(engine));
  if (outcome.kind === "created" && outcome.claim !== null) return runInForeground(engine, outcome.claim, askedAtMs);
  const run = await requireRun(engine, runId);
  const begun = await claimQueued<O>(engine, run, { through: options.through });
  if (begun !== null) return begun;
  // It starts later: whoever starts it in the foreground stays with it until then.
  if (outcome.kind === "created") return attendInForeground<O>(engine, run, null);
  return { handle: makeHandle<O>(engine, runId), done: Promise.resolve(), drain: () => {}, abort: () => {} };
}

/**
 * Claims a queued run as a worker does, and executes it here: nobody's act, so nothing is audited and no count of recoveries
 * starts anew. What was recorded before is compared first, as a resume does. Null when the run is not there to be claimed.
 * @throws {DriftError} DRIFT, and whatever else refuses a resume.
 */
export async function claimQueued<O>(
  engine: Engine,
  run: RunRecord,
  how: Pick<How, "through" | "accept">,
): Promise<ForegroundRun<O> | null> {
  const taken = await takeQueued(engine, run, how);
  return taken === null ? null : runInForeground<O>(engine, taken.claim, taken.askedAtMs);
}

async function takeQueued(engine: Engine, run: RunRecord, how: Pick<How, "through" | "accept">): Promise<Taken | null> {
  const { store, clock } = engine.deps;
  if (run.status !== "queued" || run.holdup !== null || (run.wakeAt !== null && run.wakeAt > clock.nowMs()))
    return null;
  const { refusal, directive } = await examineResume(engine, run.id, how, false);
  if (isThrown(refusal, RunLockedError) || isThrown(refusal, IllegalMoveError)) return null;
  if (refusal !== null) throw refusal;
  const askedAtMs = clock.monotonicMs();
  const outcome = await store.requeue({
    runId: run.id,
    from: ["queued"],
    by: engine.actor.id,
    through: how.through ?? null,
    isByPerson: false,
    directive: directive ?? run.directive,
    input: null,
    deadHolder: null,
    claim: claimTermsOf(engine),
    audit: null,
    ifRevision: revisionOf(run),
  });
  return outcome.kind === "claimed" ? { claim: outcome.claim, askedAtMs } : null;
}

export function runInForeground<O>(opened: Engine, claim: Claim, askedAtMs: number): ForegroundRun<O> {
  return attendInForeground(opened, claim.run, { claim, askedAtMs });
}

/** `first`: null for a run that is queued for later, or waits for the end of another. */
export function attendInForeground<O>(opened: Engine, attended: RunRecord, first: Taken | null): ForegroundRun<O> {
  const alive = keepAlive(opened.deps.clock);
  const over = new AbortController();
  let execution: Execution | null = null;
  let asked: { readonly isAborting: boolean; readonly reason?: string | undefined } | null = null;
  const attending = new AbortController();
  const { id: runId, through } = attended;
  const family = new AttendedFamily(opened, runId, claimTermsOf(opened));
  const stop = (isAborting: boolean, reason?: string) => {
    asked = { isAborting, reason };
    execution?.stopping.stop({ why: "shutdown", ...asked });
    family.stop(asked);
    attending.abort();
  };
  opened.closing.signal.addEventListener("abort", () => attending.abort(), { once: true, signal: over.signal });
  if (opened.closing.signal.aborted) attending.abort();
  const take: Take = (run) => takeQueued(opened, run, { through: through ?? undefined });
  const done = executeAndAttend().finally(() => {
    over.abort();
    alive.release();
  });
  void superviseOwnRun(opened, attended, over.signal);
  // Whoever never looks at `done` has still the run's record to go by.
  done.catch(() => {});
  return {
    handle: makeHandle<O>(opened, runId),
    done,
    drain: (reason) => stop(false, reason),
    abort: () => stop(true),
  };

  /** Over and over while the run waits: whoever started it in the foreground wants to see its end. */
  async function executeAndAttend(): Promise<void> {
    try {
      await executeUntilOver();
    } catch (error) {
      family.stop({ isAborting: false, reason: undefined });
      await family.whenDone().catch(() => {});
      throw error;
    }
    // Children that nobody waits for go on elsewhere, and those that were stopped have ended here.
    family.stop({ isAborting: false, reason: undefined });
    await family.whenDone();
  }

  async function executeUntilOver(): Promise<void> {
    for (let next = first ?? (await attendWait(opened, runId, { take, family }, attending.signal)); next !== null; ) {
      const result = await executeClaim(opened, next.claim, next.askedAtMs, "pause", (begun) => {
        execution = begun;
        if (asked !== null) begun.stopping.stop({ why: "shutdown", ...asked });
      });
      execution = null;
      // A run that paused because of the outside did what it should: its reason is in the record. What the caller has to
      // act on (drift, a store that is full) or cannot see in the record is thrown.
      const isTold = result.status === "paused" && !isForCaller(result.error);
      if (result.error !== null && !isTold) throw result.error;
      const goesOn = result.status === "waiting" || result.status === "continued";
      next = goesOn ? await attendWait(opened, runId, { take, family }, attending.signal) : null;
    }
  }
}
