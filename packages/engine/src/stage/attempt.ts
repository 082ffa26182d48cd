/**
 * One attempt: user code under a signal, a timeout and a grace. Turns every way it can end into a value; writes nothing
 * about the outcome (see `stage-call.ts`).
 */
import { type Clock, isThrown, type RecordedError, type RunId } from "@holdfast/core";
import type { AttemptAbort } from "../run/attempt-abort.js";
import type { Execution } from "../run/execution.js";
import { beginDeclared } from "../run/not-idle.js";
import { owner, whenStraysAreTold } from "../run/stray.js";
import type { StageContext } from "../workflow/context.js";
import { Interrupted } from "../workflow/interrupted.js";

export type AttemptEnding =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "interrupted"; readonly error: unknown };

/** A stage that ran into its timeout may use this long to clean up before it is given up. */
const TIMEOUT_GRACE_MS = 5_000;
/** The same for one that an error of its own ended, which nobody caught. */
const STRAY_GRACE_MS = 5_000;

/** The clock of an attempt's timeout, stopped while it waits for a resource. */
export class AttemptTimeout {
  private remainingMs: number;
  private timer: { cancel(): void } | null = null;
  private startedAtMs = 0;

  constructor(
    timeoutMs: number | undefined,
    private readonly clock: Clock,
    private readonly fire: () => void,
  ) {
    this.remainingMs = timeoutMs ?? Number.POSITIVE_INFINITY;
  }

  run(): void {
    if (!Number.isFinite(this.remainingMs) || this.timer !== null) return;
    this.startedAtMs = this.clock.monotonicMs();
    this.timer = this.clock.setTimer(this.remainingMs, this.fire);
  }

  suspend(): void {
    if (this.timer === null) return;
    this.timer.cancel();
    this.timer = null;
    this.remainingMs = Math.max(0, this.remainingMs - (this.clock.monotonicMs() - this.startedAtMs));
  }
}

export class StageTimeoutError extends Error {
  override readonly name = "StageTimeoutError";
  readonly category = "timeout";
  constructor(stage: string, timeoutMs: number) {
    super(`stage ${stage} took longer than its timeout of ${timeoutMs} ms`);
  }
}

export interface AttemptCall {
  readonly stage: string;
  readonly attempt: number;
  readonly timeoutMs: number | undefined;
  readonly fn: (context: StageContext<never>) => unknown;
  readonly makeContext: (abort: AttemptAbort, timeout: AttemptTimeout) => StageContext<never>;
}

/** Run user code once. Never rejects. */
export async function runAttempt(execution: Execution, call: AttemptCall): Promise<AttemptEnding> {
  const { clock } = execution.deps;
  const abort = execution.stopping.openAbort("stage");
  const endDeclared = beginDeclared(execution, call.timeoutMs);
  const timeout = new AttemptTimeout(call.timeoutMs, clock, () => {
    endDeclared();
    abort.abort(new Interrupted("timeout", TIMEOUT_GRACE_MS));
  });
  let work: Promise<AttemptEnding>;
  let stray: { readonly error: unknown } | null = null;
  const onStray = (error: unknown) => {
    stray ??= { error };
    abort.abort(new Interrupted("stray", STRAY_GRACE_MS));
  };
  const own = { stage: call.stage, onStray, beginWait: () => execution.notIdle.begin() };
  try {
    timeout.run();
    const context = call.makeContext(abort, timeout);
    work = owner
      .run(own, async () => call.fn(context as never))
      .then(
        (value): AttemptEnding => ({ kind: "returned", value }),
        (error): AttemptEnding => ({ kind: "threw", error }),
      );
    const ending = await (abort.reason === null ? raceAbort(abort, work, clock) : giveUp(abort.reason, work, clock));
    await whenStraysAreTold();
    return judgeAborted(ending, { reason: abort.reason, stray }, call, execution);
  } finally {
    // The attempt has its outcome: what comes later is told, and changes nothing.
    own.onStray = (error) => tellLate(execution, call.stage, call.attempt, error);
    timeout.suspend();
    endDeclared();
    execution.stopping.closeAbort(abort);
  }
}

/** The work, or, once the attempt is aborted, whatever it ends with within its grace. */
function raceAbort(abort: AttemptAbort, work: Promise<AttemptEnding>, clock: Clock): Promise<AttemptEnding> {
  return new Promise((resolve) => {
    abort.onAbort = () => void giveUp(abort.reason as Interrupted, work, clock).then(resolve);
    void work.then((ending) => {
      abort.onAbort = null;
      resolve(ending);
    });
  });
}

async function giveUp(reason: Interrupted, work: Promise<AttemptEnding>, clock: Clock): Promise<AttemptEnding> {
  const given = new AbortController();
  const waited = clock
    .sleep(reason.graceMs, given.signal)
    .then((): AttemptEnding => ({ kind: "interrupted", error: reason }));
  const ending = await Promise.race([work, waited]);
  given.abort();
  return ending;
}

/** An aborted attempt that returned normally did its work and is kept; one that threw, or never came back, was interrupted. */
function judgeAborted(
  ending: AttemptEnding,
  { reason, stray }: { readonly reason: Interrupted | null; readonly stray: { readonly error: unknown } | null },
  call: AttemptCall,
  execution: Execution,
): AttemptEnding {
  // Also where the code itself came to an end: it did so with a part of it failed.
  if (stray !== null && (reason === null || !reason.isExecutionEnding)) return { kind: "threw", error: stray.error };
  // A map that drains ends itself: it throws before its signal would abort.
  const isDrained =
    ending.kind === "threw" && isThrown(ending.error, Interrupted) && execution.stopping.stopped !== null;
  if (isDrained) return { kind: "interrupted", error: ending.error };
  if (reason === null) return ending;
  if (reason.why === "timeout") {
    return { kind: "threw", error: new StageTimeoutError(call.stage, call.timeoutMs ?? 0) };
  }
  return ending.kind === "returned" ? ending : { kind: "interrupted", error: ending.error };
}

/** Words for an ending in meta.json. */
export function describeEnding(
  ending: AttemptEnding,
  execution: Execution,
): { status: string; error: RecordedError | null } {
  if (ending.kind === "returned") return { status: "completed", error: null };
  return { status: ending.kind === "threw" ? "failed" : "interrupted", error: execution.errors.record(ending.error) };
}

/** The same for every attempt at a stage in one generation of a run, so that the outside world can recognise a repeat. */
export function idempotencyKeyOf(runId: RunId, generation: number, stage: string, item?: string | undefined): string {
  return [runId, `g${generation}`, stage, ...(item === undefined ? [] : [item])].join(":");
}

/** An error that nobody caught, of an attempt that has ended: a line of the run's log, since nothing can be changed. */
function tellLate(execution: Execution, stage: string, attempt: number, error: unknown): void {
  if (execution.stopping.isOver) return;
  const { name, message, stack } = execution.errors.record(error);
  const said = `an error that nobody caught, after the attempt: ${name}: ${message}`;
  const data = { stage, attempt, message: said, data: { stack } };
  // A line that is lost must not stop the run.
  execution.deps.store.appendEvents(execution.subject.fence, [{ type: "log", data }]).catch(() => {});
}
