/**
 * One call of a wait: answered from the record, or open until the store has its outcome. The wait is the store's; here it is
 * only looked at while this execution has the run: at its instant, and when something of the run changed. With nothing else to
 * do the run is parked (`run/stopping.ts`), and the call is not answered in this execution.
 */
import type { StageHistory, StageRecord, WaitOpen } from "@holdfast/core";
import type { CallRegistry } from "../run/call-registry.js";
import type { Execution } from "../run/execution.js";
import type { PendingCalls } from "../run/pending-calls.js";
import { decideStage } from "../stage/decide-stage.js";
import { answerFromRecord, reopen } from "../stage/stage-call.js";

const never = () => new Promise<never>(() => {});

/** What the waits of one pass of the workflow function share. */
export interface WaitParts {
  readonly execution: Execution;
  readonly registry: CallRegistry;
  readonly calls: PendingCalls;
}

/** Answer the call of a wait that has passed the registry's checks. */
export async function callWait(parts: WaitParts, wait: WaitOpen): Promise<unknown> {
  const { execution, registry } = parts;
  const { stopping, subject } = execution;
  const { stage } = wait;
  if (stopping.isOver || !registry.isCurrent) return never();
  if (stage === subject.run.through) stopping.passedThrough = true;
  const history = subject.history.get(stage);
  if (history?.record) {
    const decision = decideStage(history.record, { inputsHash: null, outdated: null }, execution.drift.terms);
    if (decision.kind !== "run" && decision.judged !== null) execution.drift.carryOut(decision.judged);
    if (decision.kind === "answer") return answerFromRecord(execution, history);
    if (decision.kind === "refuse" || !(await reopen(execution, stage))) return never();
  }
  if (!registry.isCurrent) return never();
  if (!stopping.admits(stage)) return stopping.park(stage);
  const record = await untilSettled(parts, wait);
  if (record === null) return never();
  const settled: StageHistory = { stage, lastAttempt: record.attempt, failedCount: record.failedCount, record };
  subject.history.set(stage, settled);
  return answerFromRecord(execution, settled);
}

/** Null where this execution ends before the wait does. */
async function untilSettled({ execution, registry, calls }: WaitParts, wait: WaitOpen): Promise<StageRecord | null> {
  const { stopping, subject, writer } = execution;
  const { store, clock, hints } = execution.deps;
  const goOn = execution.notIdle.begin();
  const watch = hints.watch(subject.run.id);
  let isTold = false;
  try {
    for (;;) {
      const answer = await store.openWait(subject.fence, wait);
      if (!registry.isCurrent) return null;
      if (answer.kind === "leaseLost" || answer.kind === "cancelled") {
        writer.accepts(answer);
        return null;
      }
      const { wish } = answer;
      if (answer.kind === "settled") {
        calls.endWait(wait.stage);
        if (!writer.accepts({ kind: "written", wish }) || stopping.isOver) return null;
        hints.notifyFollowers(subject.run.id);
        return answer.record;
      }
      writer.accepts({ kind: "written", wish });
      if (!isTold) hints.notifyFollowers(subject.run.id);
      isTold = true;
      const { leftMs } = answer;
      calls.beginWait({
        stage: wait.stage,
        kind: wait.kind,
        dueMs: leftMs === null ? null : clock.monotonicMs() + leftMs,
      });
      // A sleep ends by its instant alone; what comes from another process is looked for from time to time.
      if (wait.kind === "sleep" && leftMs !== null) await clock.sleep(leftMs, stopping.stopSignal);
      else await watch.wait(stopping.stopSignal, Math.min(leftMs ?? Infinity, watch.lookMs));
      if (stopping.stopped !== null) return null;
    }
  } catch (error) {
    stopping.stop({ why: "storeFailed", error });
    return null;
  } finally {
    watch.end();
    goOn();
  }
}
