/**
 * `holdfast.run`: one call that starts a run, goes on with it, waits for it, or returns what is recorded. Which of them is
 * decided anew after each look at the store, so that any number of processes may make the same call at once:
 *
 *   found                                      done
 *   no such run                                created and claimed in one transaction, executed here
 *   queued                                     claimed and executed here, once its time has come
 *   running, its holder dead or silent         recovered by `decideRecovery`, then as found
 *   running, its holder alive                  waited for
 *   waiting                                    waited for, its instants looked after here
 *   paused, failed (before this call)          resumed once where `onPaused` and `onFailed` say so, else returned
 *   completed, cancelled                       returned
 *
 * A run that was executed here, or that a living holder paused while this call waited, is returned as it is: whoever paused
 * it meant it.
 */

import {
  exitCodeOfRun,
  hasReachedThrough,
  IdempotencyKeyReusedError,
  IllegalMoveError,
  isThrown,
  RunChangedError,
  type RunId,
  RunIdTakenError,
  RunLockedError,
  type RunRecord,
  revisionOf,
  WrongUseError,
} from "@holdfast/core";
import { placeUploads } from "../files/place-uploads.js";
import { recover } from "../manage/recover.js";
import { wakeDue } from "../manage/wake-waits.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { examineResume } from "../plan/examine.js";
import type { Accept } from "../run/drift-terms.js";
import { keepAlive } from "../worker/take.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { changedInput } from "../workflow/parse-input.js";
import { claimQueued, claimTermsOf, runInForeground } from "./foreground.js";
import type { ForegroundRun, RunEnd, RunOptions } from "./handle-facade.js";
import { requeueRun } from "./resume.js";
import { createRun } from "./start.js";
import { loadRunOutput } from "./view.js";

export async function runToEnd<O>(
  engine: Engine,
  workflow: Workflow,
  input: unknown,
  options: RunOptions,
): Promise<RunEnd<O>> {
  checkOptions(options);
  options.signal?.throwIfAborted();
  const alive = keepAlive(engine.deps.clock);
  try {
    const { runId, execution } = await startOrFind<O>(engine, workflow, input, options);
    return await followToEnd(engine, runId, execution, options);
  } finally {
    alive.release();
  }
}

function checkOptions(options: RunOptions): void {
  const { onPaused, onFailed, accept } = options;
  const expectOneOf = (name: string, value: string | undefined, allowed: readonly string[]) => {
    if (value === undefined || allowed.includes(value)) return;
    const problem = `run, ${name}: ${allowed.map((one) => `"${one}"`).join(" or ")} is expected, "${value}" was given.`;
    throw new WrongUseError({ problem });
  };
  expectOneOf("onPaused", onPaused, ["resume", "return"]);
  expectOneOf("onFailed", onFailed, ["retry", "return"]);
  for (const one of acceptsOf(accept)) expectOneOf("accept", one, ["reuse", "redo", "missing-source", "code"]);
}

const acceptsOf = (accept: RunOptions["accept"]): readonly (Accept | undefined)[] =>
  accept === undefined || typeof accept === "string" ? [accept] : accept.length === 0 ? [undefined] : accept;

interface Begun<O> {
  readonly runId: RunId;
  /** Null for a run that was there before. */
  readonly execution: ForegroundRun<O> | null;
}

/** @throws {RunIdTakenError} {IdempotencyKeyReusedError} — when the run that is there is not the one that was asked for. */
async function startOrFind<O>(
  engine: Engine,
  workflow: Workflow,
  input: unknown,
  options: RunOptions,
): Promise<Begun<O>> {
  try {
    const { runId, outcome, askedAtMs } = await createRun(engine, workflow, input, options, claimTermsOf(engine));
    const claim = outcome.kind === "created" ? outcome.claim : null;
    return { runId, execution: claim === null ? null : runInForeground<O>(engine, claim, askedAtMs) };
  } catch (error) {
    const isThere = isThrown(error, RunIdTakenError) || isThrown(error, IdempotencyKeyReusedError);
    if (!isThere) throw error;
    // The id of another run, the key of another input: unless it is this very run, which was asked for in other words.
    const { runId, taken = runId } = (error as RunIdTakenError).details;
    // An id that differs in case alone is another run's.
    if (taken !== runId) throw error;
    const run = await requireRun(engine, runId);
    const isSame = run.workflow === workflow.name && run.owner === (options.owner ?? null);
    const given = await placeUploads(engine.uploads, workflow, input as unknown, run.owner);
    if (!isSame || (await changedInput(engine.deps.store, run, workflow, given)) !== null) throw error;
    return { runId: run.id, execution: null };
  }
}

async function followToEnd<O>(
  engine: Engine,
  runId: RunId,
  begun: ForegroundRun<O> | null,
  options: RunOptions,
): Promise<RunEnd<O>> {
  const { signal, onPaused = "resume", onFailed = "return" } = options;
  let execution = begun;
  /** What was paused or failed before this call is gone on with once; what happens during it is an answer. */
  let mayGoOn = begun === null;
  const watch = engine.deps.hints.watch(runId);
  try {
    for (;;) {
      if (execution !== null) {
        await finish(execution, signal);
        execution = null;
        mayGoOn = false;
      }
      const run = await requireRun(engine, runId);
      switch (run.status) {
        case "completed":
        case "cancelled":
          return await endOf(engine, run);
        case "paused":
        case "failed": {
          const isWanted = run.status === "paused" ? onPaused === "resume" : onFailed === "retry";
          const isDone = hasReachedThrough(run) && run.through === options.through;
          if (!mayGoOn || !isWanted || isDone || signal?.aborted) return await endOf(engine, run);
          execution = await resumeHere(engine, run, options);
          break;
        }
        case "waiting":
          if (signal?.aborted) return await endOf(engine, run);
          // Its instants are looked after here: there may be no worker.
          await watch.wait(signal, Math.min(watch.lookMs, await wakeDue(engine.deps)));
          break;
        case "queued":
          if (signal?.aborted) return await endOf(engine, run);
          execution = await claimHere(engine, run, options);
          if (execution === null) await watch.wait(signal);
          break;
        case "running": {
          const { runs } = await recover(engine, { runId });
          if (runs.length > 0) break;
          signal?.throwIfAborted();
          mayGoOn = false;
          await watch.wait(signal);
        }
      }
    }
  } finally {
    watch.end();
  }
}

/** Waits for an execution of this process; an abort drains it. @throws what the caller has to act on. */
async function finish(execution: ForegroundRun<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const drain = () => execution.drain();
  signal?.addEventListener("abort", drain, { once: true });
  try {
    if (signal?.aborted) drain();
    await execution.done;
  } finally {
    signal?.removeEventListener("abort", drain);
  }
}

/** Null when another process was quicker: the next look shows what it did. */
async function resumeHere<O>(engine: Engine, run: RunRecord, options: RunOptions): Promise<ForegroundRun<O> | null> {
  const accept = await sufficientAccept(engine, run, options);
  try {
    const how = { through: options.through, accept };
    const { claim, askedAtMs } = await requeueRun(engine, run.id, how, claimTermsOf(engine));
    return claim === null ? null : runInForeground<O>(engine, claim, askedAtMs);
  } catch (error) {
    if (isThrown(error, RunLockedError) || isThrown(error, IllegalMoveError)) return null;
    throw error;
  }
}

async function claimHere<O>(engine: Engine, run: RunRecord, options: RunOptions): Promise<ForegroundRun<O> | null> {
  const accept = await sufficientAccept(engine, run, options);
  return claimQueued<O>(engine, run, { through: options.through, accept });
}

/** The first of the accepted answers that lets the run go on; without one that does, the first: its refusal is thrown. */
async function sufficientAccept(engine: Engine, run: RunRecord, options: RunOptions): Promise<Accept | undefined> {
  const [first, ...others] = acceptsOf(options.accept);
  for (const accept of others.length === 0 ? [] : [first, ...others]) {
    const { refusal } = await examineResume(engine, run.id, { through: options.through, accept }, false);
    if (refusal === null) return accept;
  }
  return first;
}

async function endOf<O>(engine: Engine, run: RunRecord): Promise<RunEnd<O>> {
  const { id: runId, status, reason, error } = run;
  const exitCode = exitCodeOfRun(run);
  if (status === "completed") {
    return { runId, status, exitCode, output: (await loadRunOutput(run, engine.deps.artifacts)) as O };
  }
  if (status === "running") throw new RunChangedError({ runId, expected: "", found: revisionOf(run), status });
  return { runId, status, exitCode, reason, error };
}
