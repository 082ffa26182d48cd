/**
 * One call of `stage()`: answered from the record, or tried until it has one.
 *
 * Only this file writes the outcome of a stage. The start of an attempt is a soft write: it survives the death of the
 * process, so that the next attempt has the next number; the outcome is strict, so that what was answered lasts.
 */
import {
  BACKOFF_DEFAULTS,
  type Backoff,
  backoffMs,
  heedWaitMs,
  judge,
  type RecordedError,
  readFailure,
  StageFailedError,
  type StageHistory,
  type StoredOutput,
} from "@holdfast/core";
import { hashLike } from "../base/hash.js";
import type { CallRegistry } from "../run/call-registry.js";
import type { Execution } from "../run/execution.js";
import { decodeJson, encodeOutput, isContractError, loadOutput, storeOutput } from "../run/outputs.js";
import { isStoreTrouble, wakeAfter, wordTrouble } from "../run/store-trouble.js";
import type { StageContext, StageOptions } from "../workflow/context.js";
import { type AttemptEnding, runAttempt } from "./attempt.js";
import { mayHaveCheckpoint, settleCheckpoint } from "./changed-checkpoint.js";
import { decideStage } from "./decide-stage.js";
import { labelOf } from "./labels.js";
import { LiveStageContext, StageAttempt } from "./stage-context.js";
import { StageRateLimit } from "./stage-rate-limit.js";
import { askAbout, type Said } from "./verdict.js";

export type StageFn = (context: StageContext<never>) => unknown;

const never = () => new Promise<never>(() => {});

/** Answer a `stage()` call that has passed the registry's checks. */
export async function callStage(
  execution: Execution,
  registry: Pick<CallRegistry, "isCurrent">,
  stage: string,
  options: StageOptions<never>,
  fn: StageFn,
): Promise<unknown> {
  if (execution.stopping.isOver || !registry.isCurrent) return never();
  if (stage === execution.subject.run.through) execution.stopping.passedThrough = true;
  const history = execution.subject.history.get(stage);
  const inputsHash = hashInputs(stage, history?.record?.inputsHash, options.inputs);
  if (history?.record) {
    const isAsked = execution.subject.run.directive?.outdated !== undefined;
    const outdated = isAsked ? await execution.data.outdatedBy(execution.subject.run, history.record) : null;
    const decision = decideStage(history.record, { inputsHash, outdated }, execution.drift.terms);
    if (decision.kind !== "run" && decision.judged !== null) execution.drift.carryOut(decision.judged);
    if (decision.kind === "answer") return answerFromRecord(execution, history);
    if (decision.kind === "refuse" || !(await reopen(execution, stage))) return never();
  }
  if (!registry.isCurrent) return never();
  if (!execution.stopping.admits(stage)) return execution.stopping.park(stage);
  execution.stopping.beginFlight();
  try {
    // Without a turn of its own where nothing can be saved: stages begin in the order in which they are called.
    const mayBegin = mayHaveCheckpoint(options, history) ? await settleCheckpoint(execution, stage, options) : true;
    const answer = mayBegin ? await tryUntilRecorded(execution, stage, options, inputsHash, fn) : GONE;
    if (answer !== GONE) return answer;
  } finally {
    // Whatever came of it, nothing of this stage is under way any more: a stop that waits for that must not wait longer.
    execution.stopping.endFlight();
  }
  return never();
}

/** The stage will not be answered in this execution: it was interrupted, or its outcome is not ours to write. */
const GONE = Symbol("gone");

/** Null where none are declared. @throws {NotJsonError} NOT_JSON — for inputs that could not be told apart once hashed. */
export function hashInputs(stage: string, recorded: string | null | undefined, inputs: unknown): string | null {
  return inputs === undefined ? null : hashLike(recorded, inputs, `the inputs of stage ${stage}`);
}

export async function answerFromRecord(execution: Execution, history: StageHistory): Promise<unknown> {
  const record = history.record;
  if (record === null) throw new Error(`stage ${history.stage} has no record`);
  if (record.outcome === "completed") return loadRecorded(execution, record.output);
  execution.subject.replayedFailures.add(record.stage);
  const error: RecordedError = record.error ?? { name: "Error", message: "the stage failed" };
  throw new StageFailedError(record.stage, record.attempt, error);
}

/** A large output lies elsewhere: while that cannot be reached the run waits, as it does for its store. */
async function loadRecorded(execution: Execution, output: StoredOutput | null): Promise<unknown> {
  try {
    return await loadOutput(output, execution.subject.run.id, execution.deps.artifacts);
  } catch (error) {
    if (!isStoreTrouble(error)) throw error;
    execution.stopping.stop({ why: "verdict", reason: wordTrouble(error), wakeInMs: wakeAfter(error), error });
    return never();
  }
}

/** A record no longer answers: the stage runs again in this execution. */
export async function reopen(execution: Execution, stage: string, because?: RecordedError): Promise<boolean> {
  const history = execution.subject.history.get(stage);
  const why = because ?? history?.record?.error ?? null;
  if (!execution.writer.accepts(await execution.deps.store.reopenStage(execution.subject.fence, stage, why)))
    return false;
  execution.subject.history.set(stage, { stage, lastAttempt: history?.lastAttempt ?? 0, failedCount: 0, record: null });
  return true;
}

async function tryUntilRecorded(
  execution: Execution,
  stage: string,
  options: StageOptions<never>,
  inputsHash: string | null,
  fn: StageFn,
): Promise<unknown> {
  const { store, clock, backoffRandom, hints } = execution.deps;
  const history = execution.subject.history.get(stage);
  let attempt = history?.lastAttempt ?? 0;
  let failedCount = history?.failedCount ?? 0;
  const limits = new StageRateLimit();
  const label = labelOf(execution, options.label);
  for (;;) {
    attempt++;
    const started = await guardStore(execution, () =>
      store.startAttempt(execution.subject.fence, { stage, attempt, inputsHash, label }),
    );
    if (started === null || !execution.writer.accepts(started) || !execution.stopping.mayBegin()) return GONE;
    hints.notifyFollowers(execution.subject.run.id);
    const tried = await tryOnce(execution, { stage, attempt, options, fn });
    if (tried.kind === "gone" || execution.stopping.isOver) return GONE;
    if (tried.kind === "completed") {
      execution.subject.history.set(stage, {
        stage,
        lastAttempt: attempt,
        failedCount,
        record: { stage, attempt, outcome: "completed", output: tried.output, error: null, inputsHash, failedCount },
      });
      return decodeJson(tried.json);
    }
    const { then, category, reason, ...judged } = judge(
      tried.verdict,
      tried.failure,
      failedCount + 1,
      options.attempts,
    );
    const error: RecordedError = {
      ...execution.errors.record(tried.thrown),
      ...(category === null ? {} : { category }),
    };
    const isLimited = category === "rate_limit" && then !== "fail" && reason === null;
    const limited = isLimited ? limits.refused(judged.afterMs, clock.monotonicMs()) : null;
    if (limited === null) limits.passed();
    if (limited !== null || then === "pause") {
      // It uses up no attempt: what failed is not the stage.
      const finish = { stage, attempt, status: "interrupted", error } as const;
      const written = await guardStore(execution, () => store.finishAttempt(execution.subject.fence, finish));
      if (written === null || !execution.writer.accepts(written)) return GONE;
      if (limited?.then === "wait") {
        await waitOutLimit(execution, { stage, attempt }, limited.ms);
        if (execution.stopping.stopped === null) continue;
        return GONE;
      }
      execution.stopping.stop({
        why: "verdict",
        reason: reason ?? category ?? "asked by the stage",
        wakeInMs: limited?.ms ?? judged.afterMs,
        error: tried.thrown,
      });
      return GONE;
    }
    failedCount++;
    const afterMs = heedWaitMs(category, judged.afterMs, failedCount);
    const waitMs = then === "retry" ? (afterMs ?? backoffMs(failedCount, fill(options.backoff), backoffRandom)) : 0;
    const finish = { stage, attempt, status: "failed", error, isRecord: then === "fail", afterMs: waitMs } as const;
    const written = await guardStore(execution, () => store.finishAttempt(execution.subject.fence, finish));
    if (written === null || !execution.writer.accepts(written)) return GONE;
    hints.notify(execution.subject.run.id);
    if (then === "fail") throw new StageFailedError(stage, attempt, error);
    const goOn = execution.notIdle.begin();
    await clock.sleep(waitMs, execution.stopping.stopSignal);
    goOn();
    if (execution.stopping.stopped !== null) return GONE;
  }
}

/** Told in the run's log: no event numbers an attempt that was interrupted. */
async function waitOutLimit(
  execution: Execution,
  of: { readonly stage: string; readonly attempt: number },
  waitMs: number,
): Promise<void> {
  const { store, clock, hints } = execution.deps;
  const message = `rate limited: trying again in ${Math.ceil(waitMs / 1_000)} s`;
  execution.writer.follow(store.appendEvents(execution.subject.fence, [{ type: "log", data: { ...of, message } }]));
  hints.notify(execution.subject.run.id);
  await clock.sleep(waitMs, execution.stopping.stopSignal);
}

type Tried =
  | {
      readonly kind: "completed";
      readonly json: string | null;
      readonly output: Awaited<ReturnType<typeof storeOutput>>;
    }
  | ({ readonly kind: "failed" } & Said)
  /** The execution stopped, or lost its lease: the outcome of this attempt is not ours to write. */
  | { readonly kind: "gone" };

/** An attempt whose failure is decided about. */
interface AttemptRequest {
  readonly stage: string;
  readonly attempt: number;
  readonly options: StageOptions<never>;
}

/** One attempt with its files and its recorded outcome, when that is a success or an interruption. */
async function tryOnce(execution: Execution, of: AttemptRequest & { readonly fn: StageFn }): Promise<Tried> {
  const { stage, attempt, options, fn } = of;
  const { store, clock, artifacts, limits, hints } = execution.deps;
  const parts = new StageAttempt(execution, stage, attempt, options);
  const startedAtMs = clock.monotonicMs();
  const ending = await runAttempt(execution, {
    stage,
    attempt,
    timeoutMs: options.timeoutMs,
    fn,
    makeContext: (abort, timeout) => new LiveStageContext(parts, abort, timeout),
  });
  void parts.events.flush();
  if (execution.stopping.isOver || execution.stopping.stopped?.why === "leaseLost") return { kind: "gone" };
  try {
    if (ending.kind === "returned") {
      const json = encodeOutput(ending.value, `the output of stage ${stage}`, limits);
      await parts.files?.adopt();
      const output = await storeOutput(json, execution.subject.run.id, artifacts, limits);
      await parts.files?.writeOwn(ending, json);
      const ms = clock.monotonicMs() - startedAtMs;
      const written = await store.finishAttempt(execution.subject.fence, {
        stage,
        attempt,
        status: "completed",
        output,
        ms,
      });
      if (written.kind === "duplicate") return answerDuplicate(execution, stage);
      if (!execution.writer.accepts(written)) return { kind: "gone" };
      hints.notify(execution.subject.run.id);
      return { kind: "completed", json, output };
    }
    await parts.files?.writeOwn(ending, null);
    if (ending.kind === "interrupted") {
      const finish = { stage, attempt, status: "interrupted", error: null } as const;
      execution.writer.accepts(await store.finishAttempt(execution.subject.fence, finish));
      return { kind: "gone" };
    }
  } catch (error) {
    return failOrStop(execution, error, ending, of);
  }
  return { kind: "failed", ...ask(of, ending.error) };
}

/** What could not be recorded: the value's fault fails the stage, the store's fault stops the execution. */
function failOrStop(execution: Execution, error: unknown, ending: AttemptEnding, of: AttemptRequest): Tried {
  if (isContractError(error)) return { kind: "failed", thrown: error, verdict: "fail", failure: readFailure(error) };
  if (isStoreTrouble(error)) {
    execution.stopping.stop({ why: "verdict", reason: wordTrouble(error), wakeInMs: wakeAfter(error), error });
    return { kind: "gone" };
  }
  const thrown = ending.kind === "threw" ? ending.error : error;
  return { kind: "failed", ...ask(of, thrown) };
}

function ask({ stage, options, attempt }: AttemptRequest, thrown: unknown): Said {
  const said = askAbout(`Stage ${stage}`, options.classify, thrown, attempt);
  // Trouble of the store is the outside's fault: the run waits for room instead of failing.
  if (said.verdict !== undefined || !isStoreTrouble(thrown)) return said;
  const afterMs = wakeAfter(thrown);
  const verdict = { then: "pause", category: wordTrouble(thrown), ...(afterMs === null ? {} : { afterMs }) } as const;
  return { ...said, verdict };
}

/** Another execution of this very claim recorded it (the reply of a first write was lost): what is recorded rules. */
async function answerDuplicate(execution: Execution, stage: string): Promise<Tried> {
  const record = await execution.deps.store.getStageRecord(execution.subject.run.id, stage);
  if (record === null || record.outcome !== "completed" || record.output === null) return { kind: "gone" };
  const value = await loadOutput(record.output, execution.subject.run.id, execution.deps.artifacts);
  return { kind: "completed", json: value === undefined ? null : JSON.stringify(value), output: record.output };
}

/** A store that cannot be written stops the execution; nothing of it is answered any more. */
async function guardStore<T>(execution: Execution, write: () => Promise<T>): Promise<T | null> {
  try {
    return await write();
  } catch (error) {
    execution.stopping.stop({ why: "storeFailed", error });
    return null;
  }
}

function fill(backoff: StageOptions["backoff"]): Backoff {
  return {
    initialMs: backoff?.initialMs ?? BACKOFF_DEFAULTS.initialMs,
    maxMs: backoff?.maxMs ?? BACKOFF_DEFAULTS.maxMs,
    factor: backoff?.factor ?? BACKOFF_DEFAULTS.factor,
  };
}
