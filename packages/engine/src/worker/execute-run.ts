/**
 * From claim to report, as a pipeline: load the history, call the workflow function, classify how it ended, report.
 * Only `report` writes the run's outcome; only `classify` decides it.
 */
import {
  DriftError,
  type Lease,
  leaseWindowMs,
  peek,
  ResourceHeldError,
  type RunId,
  type RunRecord,
  type RunReport,
  reasonGiven,
  type Store,
  safetyMarginMs,
  THROUGH_REASON,
  WrongUseError,
  wordWaits,
} from "@holdfast/core";
import { isHolderDead } from "../base/identity.js";
import { makeDataParts } from "../map/parts.js";
import { CallRegistry } from "../run/call-registry.js";
import { settleCode } from "../run/changed-code.js";
import type { ExecutorDeps } from "../run/deps.js";
import { type Execution, openExecution } from "../run/execution.js";
import { stageFailureIn, wordFailure } from "../run/failure.js";
import { encodeOutput, storeOutput } from "../run/outputs.js";
import { Publisher } from "../run/publisher.js";
import { followIntoLog } from "../run/run-log.js";
import type { Stop } from "../run/stop.js";
import { isStoreTrouble, wakeAfter, wordTrouble } from "../run/store-trouble.js";
import { owner, silently, whenStraysAreTold } from "../run/stray.js";
import { makeSubject } from "../run/subject.js";
import { checkStageOptions } from "../stage/check-options.js";
import { acquireResources } from "../stage/exclusive.js";
import { callStage, reopen, type StageFn } from "../stage/stage-call.js";
import { makeChildren } from "../wait/child-functions.js";
import { makeContinue } from "../wait/continue-function.js";
import { makeExecutionWaits } from "../wait/execution-waits.js";
import { FoundWaits, type WaitParts } from "../wait/wait-call.js";
import type { RunContext, StageOptions } from "../workflow/context.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { openInput } from "../workflow/secret.js";

/** How the workflow function ended, or that it was stopped before it did. */
type Ending =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "stopped"; readonly stop: Stop };

export interface ExecuteRequest {
  readonly run: RunRecord;
  readonly lease: Lease;
  readonly workflow: Workflow;
  readonly isReopening: boolean;
  /** What a shutdown does with the run: a worker hands it back, the foreground leaves it paused. */
  readonly onShutdown: "handBack" | "pause";
  readonly onExecution?: ((execution: Execution) => void) | undefined;
  /**
   * Called once the run needs no place any more: its code has ended by itself, nothing of it is under way, and its report has been
   * sent. Not called for a run that was stopped, whose code may be at work until the execution has ended.
   */
  readonly onReporting?: (() => void) | undefined;
}

/** How it ended here. `error` is what the caller should know besides the run's state: drift, a store that failed. */
export interface ExecuteResult {
  readonly status: RunReport["status"] | "lost";
  readonly error: unknown;
}

export async function executeRun(request: ExecuteRequest, deps: ExecutorDeps): Promise<ExecuteResult> {
  const { run, lease, workflow } = request;
  // The first claim of a run finds nothing recorded, but for a fork, which keeps what its origin recorded.
  const history = lease.token === 1 && run.forkedFrom === null ? [] : await deps.late.store.loadHistory(run.id);
  const opened = await openInput(deps.late.store, run);
  const execution = openExecution(
    makeSubject({ run, lease, workflow, isReopening: request.isReopening }, history, opened),
    deps,
    makeDataParts(deps.store),
  );
  const log = followIntoLog(execution);
  try {
    if (run.wish !== null) execution.stopping.obey(run.wish.kind);
    request.onExecution?.(execution);
    if (history.length > 0) await execution.reached.begin();
    const publisher = new Publisher(execution);
    const ending = await invoke(execution, publisher);
    await publisher.finish();
    const outcome = await classify(ending, execution, request.onShutdown);
    const isCodeOver = ending.kind !== "stopped" && !execution.paid.isAnyUnderWay;
    const result = await report(outcome, execution, isCodeOver ? request.onReporting : undefined);
    deps.hints.notifyFreed([...execution.writer.resources]);
    return result;
  } finally {
    if (execution.paid.isAnyUnderWay) await execution.paid.settle(execution.deps.clock, execution.deps.stopGraceMs);
    execution.close();
    await execution.calls.finish();
    await log?.finish();
    deps.hints.notify(run.id);
    if (run.parent !== null) deps.hints.notifyFollowers(run.parent.runId);
  }
}

/** Call user code; turn every way it can end into a value. A replayed failure that ends a resumed run is tried again. */
async function invoke(execution: Execution, publisher: Publisher): Promise<Ending> {
  if (!settleCode(execution)) return { kind: "stopped", stop: await execution.stopping.over.wait() };
  if (execution.subject.workflow.definition.exclusive !== undefined) {
    const held = await holdResources(execution);
    if (held !== null) return held;
  }
  const { lease, run } = execution.subject;
  // The first claim finds none.
  const found = new FoundWaits(
    async () => (lease.token === 1 ? [] : execution.deps.store.listOpenWaits(run.id)),
    execution.deps.clock,
  );
  for (;;) {
    const registry = new CallRegistry(execution.subject.workflow.stages);
    const calls = execution.stopping.countCalls();
    const ending = await new Promise<Ending>((resolve) => {
      void callWorkflow({ execution, registry, calls, found, publisher }).then(resolve);
      execution.stopping.over.hear((stop) => resolve({ kind: "stopped", stop }));
      execution.strayed.hear((error) => resolve({ kind: "threw", error }));
    });
    if (ending.kind === "stopped") return ending;
    const failed = ending.kind === "threw" ? stageFailureIn(ending.error) : null;
    if (failed !== null && execution.subject.isReopening && execution.subject.replayedFailures.delete(failed.stage)) {
      registry.close();
      await execution.stopping.settle(false);
      if (!(await reopen(execution, failed.stage)))
        return { kind: "stopped", stop: await execution.stopping.over.wait() };
      continue;
    }
    await execution.stopping.settle(ending.kind === "threw");
    if (ending.kind === "returned") reportUnasked(execution, registry);
    return ending;
  }
}

async function callWorkflow(pass: WaitParts & { readonly publisher: Publisher }): Promise<Ending> {
  const { execution, registry, calls } = pass;
  const {
    subject: { run, workflow },
  } = execution;
  const counted = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => silently(calls.count(call));
  const stage = counted(async (name: string, optionsOrFn: StageOptions<never> | StageFn, maybeFn?: StageFn) => {
    registry.register(name);
    const [options, fn] = typeof optionsOrFn === "function" ? [{}, optionsOrFn] : [optionsOrFn, maybeFn];
    if (typeof fn !== "function") throw new WrongUseError({ problem: `Stage ${name}: a function is expected.` });
    checkStageOptions(name, options);
    return callStage(execution, registry, name, options, fn);
  });
  const children = makeChildren(pass);
  const { publisher } = pass;
  try {
    const context = {
      input: execution.subject.input,
      runId: run.id,
      startedAt: run.startedAt ?? run.createdAt,
      // Not as a getter: V8 gives an object with a getter of its own a hidden class of its own, which holds the getter, and with it the
      // whole execution, until a full collection.
      folder: execution.deps.artifacts.runFolder(run.id),
      stage,
      map: counted(execution.data.map(execution, registry) as (...args: unknown[]) => Promise<unknown>),
      ...Object.fromEntries(
        Object.entries(makeExecutionWaits(pass)).map(([name, call]) => [
          name,
          counted(call as (...args: unknown[]) => Promise<unknown>),
        ]),
      ),
      child: counted(children.child),
      startChild: counted(children.startChild),
      continueAs: counted(makeContinue(pass)),
      publish: silently((key: unknown, value: unknown) => publisher.publish(key, value)),
    };
    const own = {
      stage: null,
      onStray: (error: unknown) => execution.strayed.tell(error),
      beginWait: () => execution.notIdle.begin(),
    };
    const value = await owner.run(own, async () =>
      workflow.definition.run(context as unknown as RunContext<unknown, string>),
    );
    const told = whenStraysAreTold();
    if (told !== null) await told;
    return { kind: "returned", value };
  } catch (error) {
    return { kind: "threw", error };
  }
}

/** Resources that the workflow holds whenever the run is running. */
async function holdResources(execution: Execution): Promise<Ending | null> {
  const {
    deps,
    subject: { workflow, fence },
  } = execution;
  const asked = workflow.definition.exclusive?.(execution.subject.input) ?? [];
  const { resources, whenHeld = "wait" } = "resources" in asked ? asked : { resources: asked };
  if (resources.length === 0) return null;
  const acquired = await acquireResources(deps, fence, resources, execution.stopping.stopSignal, {
    isWaiting: (by) => whenHeld === "wait" || isHeldByDead(execution, by.runId),
    onWaiting: (resource, { holder }) => {
      execution.writer.follow(
        deps.store.setProgress(fence, { items: null, label: `waiting for ${resource}, held by ${holder}` }),
      );
    },
  });
  if (acquired.kind === "acquired") {
    for (const name of resources) execution.writer.resources.add(name);
    return null;
  }
  if (acquired.kind === "held") {
    const error = await wordHolder(execution, acquired.resource, acquired.by.runId, acquired.by.holder);
    execution.stopping.stop({ why: "verdict", reason: "resource held", wakeInMs: null, error });
  } else if (acquired.kind !== "stopped") execution.writer.accepts(acquired);
  return { kind: "stopped", stop: await execution.stopping.over.wait() };
}

/** A holder that is proven dead gives way as soon as its silence is long enough: that is waited for in any case. */
async function isHeldByDead({ deps }: Execution, runId: RunId): Promise<boolean> {
  const lease = await deps.store.getLease(runId);
  return lease === null || isHolderDead(deps, lease);
}

async function wordHolder({ deps, subject: { run } }: Execution, resource: string, runId: RunId, name: string) {
  const lease = await deps.store.getLease(runId);
  const { host = null, pid = null } = lease?.holderIdentity ?? {};
  const since = lease === null ? null : new Date(lease.since).toISOString();
  return new ResourceHeldError({ resource, runId: run.id, heldBy: { runId, name, host, pid, since } });
}

/** Recorded stages that a completed execution never asked for: the workflow's code has changed. */
function reportUnasked(execution: Execution, registry: CallRegistry): void {
  for (const { stage, record } of execution.subject.history.values()) {
    if (record === null || registry.has(stage)) continue;
    execution.drift.report({ what: "code", stage, was: "recorded", now: "not asked for" }, "ignored");
  }
}

type Outcome =
  | { readonly kind: "report"; readonly report: RunReport; readonly error: unknown }
  /**
   * Nothing can be written now: another worker holds the run, or the store failed. `report` is written late, with the first
   * write that the store takes; it is refused where another worker has taken the run. Null where one is known to have.
   */
  | { readonly kind: "silent"; readonly report: RunReport | null; readonly error: unknown };

async function classify(ending: Ending, execution: Execution, onShutdown: "handBack" | "pause"): Promise<Outcome> {
  switch (ending.kind) {
    case "returned":
      return classifyReturned(ending.value, execution);
    case "threw":
      return failed(ending.error, execution);
    case "stopped":
      return classifyStop(ending.stop, onShutdown);
  }
}

const reporting = (report: RunReport, error: unknown = null): Outcome => ({ kind: "report", report, error });

function failed(error: unknown, execution: Execution): Outcome {
  return reporting({ status: "failed", error: execution.errors.record(error), reason: wordFailure(error) });
}

async function classifyReturned(value: unknown, execution: Execution): Promise<Outcome> {
  const {
    deps,
    subject: { run },
  } = execution;
  try {
    const json = encodeOutput(value, `the output of run ${run.id}`, deps.limits);
    const output = await storeOutput(json, run.id, deps.artifacts, deps.limits);
    // Before the report, which records it as the outcome of the parent's stage.
    if (run.parent !== null && output.kind === "file") {
      await deps.artifacts.copyOutput(run.id, run.parent.runId, output.sha256);
    }
    const recorded = [...execution.subject.history.values()].filter((entry) => entry.record?.outcome === "completed");
    return reporting({ status: "completed", output, stageCount: recorded.length });
  } catch (error) {
    // The output could not be stored: every stage is recorded, so the run waits for the outside and then ends at once.
    if (isStoreTrouble(error)) {
      const report: RunReport = { status: "paused", reason: wordTrouble(error), wakeInMs: wakeAfter(error) };
      return reporting(report, error);
    }
    return failed(error, execution);
  }
}

function classifyStop(stop: Stop, onShutdown: "handBack" | "pause"): Outcome {
  const paused = (reason: string | null, wakeInMs: number | null = null): RunReport => ({
    status: "paused",
    reason,
    wakeInMs,
  });
  switch (stop.why) {
    case "leaseLost":
      // As a supervisor would decide about it.
      return { kind: "silent", report: stop.heldBy === null ? HANDED_BACK : null, error: null };
    case "storeFailed": {
      const isPausing = onShutdown === "pause" && isStoreTrouble(stop.error);
      const report = isPausing ? paused(wordTrouble(stop.error), wakeAfter(stop.error)) : HANDED_BACK;
      return { kind: "silent", report, error: stop.error };
    }
    case "cancel":
      return reporting({ status: "cancelled", reason: null });
    case "fail":
      return reporting({ status: "failed", reason: null, error: { name: "Failed", message: "failed by a person" } });
    case "pause":
      return reporting(paused(null));
    case "through":
      return reporting(paused(THROUGH_REASON));
    case "continue":
      return reporting({ status: "continued", input: stop.input });
    case "wait":
      return reporting({ status: "waiting", reason: wordWaits(stop.waits) });
    case "verdict":
      return reporting(paused(reasonGiven(stop.reason), stop.wakeInMs), stop.error);
    case "drift":
      return reporting(paused("drift"), { drift: stop.drift });
    case "shutdown":
      return onShutdown === "handBack"
        ? reporting(HANDED_BACK)
        : reporting(paused(stop.isAborting ? "aborted" : (stop.reason ?? "drained")));
  }
}

const HANDED_BACK: RunReport = { status: "queued", reason: null, wakeInMs: 0 };

async function report(
  outcome: Outcome,
  execution: Execution,
  onSent: (() => void) | undefined,
): Promise<ExecuteResult> {
  if (outcome.kind === "silent") {
    if (outcome.report !== null) void reportLate(execution, outcome.report);
    return { status: "lost", error: outcome.error };
  }
  const {
    deps,
    subject: { run },
  } = execution;
  try {
    const sent = sendReport(execution, deps.store, outcome.report);
    onSent?.();
    const ended = await sent;
    if (ended !== outcome.report.status) return { status: ended, error: null };
  } catch (error) {
    void reportLate(execution, outcome.report);
    return { status: "lost", error };
  }
  const drift = peek(outcome.error, "drift") as DriftError["details"]["drift"] | undefined;
  const error =
    drift === undefined ? execution.subject.mask.thrown(outcome.error) : new DriftError({ runId: run.id, drift });
  return { status: outcome.report.status, error };
}

async function sendReport(
  { subject: { fence } }: Execution,
  store: Pick<Store, "report">,
  report: RunReport,
): Promise<ExecuteResult["status"]> {
  const written = await store.report(fence, report);
  if (written.kind === "cancelled") {
    // A cancel or fail arrived between the end and the report: the person's word rules.
    const stop = classifyStop({ why: written.wish }, "pause");
    if (stop.kind === "report") await store.report(fence, stop.report);
    return written.wish === "cancel" ? "cancelled" : "failed";
  }
  return written.kind === "written" ? report.status : "lost";
}

/**
 * The lease is still ours where nobody could write either, but its trust is over. Given back with the first write that the
 * store takes, not before user code that was told to stop has stopped, or has had the time that the margin gives it, and not
 * before what was paid for is kept: a successor may begin at once, and pays again for what it does not find.
 */
function reportLate(execution: Execution, report: RunReport): Promise<void> {
  return execution.deps.late.handBack(execution.subject.lease, () => giveBack(execution, report));
}

async function giveBack(execution: Execution, report: RunReport): Promise<void> {
  const {
    deps,
    subject: { lease, run },
  } = execution;
  const stopped = Promise.all([execution.stopping.whenSettled(), execution.paid.whenPaid()]);
  await Promise.race([stopped, deps.clock.sleep(safetyMarginMs(leaseWindowMs(lease)))]);
  // One write at a time may be refused and sent again while the next succeeds: the order of calls is not enough.
  await execution.paid.whenKept();
  // Where it fails for good, the lease runs out by itself.
  await sendReport(execution, deps.late, report).catch(() => {});
  deps.hints.notify(run.id);
  deps.hints.notifyFreed([...execution.writer.resources]);
}
