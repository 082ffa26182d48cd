/**
 * One call of a wait: answered from the record, or open until the store has its outcome. The wait is the store's; here it is
 * only looked at while this execution has the run: at its instant, and when something of the run changed. With nothing else to
 * do the run is parked (`run/stopping.ts`), and the call is not answered in this execution.
 */
import {
  type Clock,
  childRunId,
  type OpenWaitView,
  type StageHistory,
  type StageRecord,
  type WaitKind,
  type WaitOpen,
} from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import type { CallRegistry } from "../run/call-registry.js";
import type { Execution } from "../run/execution.js";
import type { PendingCalls } from "../run/pending-calls.js";
import { decideStage } from "../stage/decide-stage.js";
import { answerFromRecord, reopen } from "../stage/stage-call.js";
import { refusedChild } from "./refused-child.js";

const never = () => new Promise<never>(() => {});

/** What the waits of one pass of the workflow function share. */
export interface WaitParts {
  readonly execution: Execution;
  readonly registry: CallRegistry;
  readonly calls: PendingCalls;
  /** What the execution found open at its begin; read at the first call. */
  readonly found: FoundWaits;
}

/**
 * Waits that are open when an execution begins: a run that is woken by one of two hundred need not ask for each of the others.
 * What ends one of them meanwhile is seen by a later look, or by the report that parks the run.
 */
export class FoundWaits {
  private waits: Promise<ReadonlyMap<string, OpenWaitView>> | null = null;
  private listedAtMs = 0;

  constructor(
    private readonly list: () => Promise<readonly OpenWaitView[]>,
    private readonly clock: Pick<Clock, "monotonicMs">,
  ) {}

  async take(stage: string, kind: WaitKind): Promise<OpenWaitView | null> {
    // What these wait for is in the code, which may say something else now; and there may be a signal that is kept.
    if (kind === "signal" || kind === "ask") return null;
    this.waits ??= this.list().then((waits) => {
      this.listedAtMs = this.clock.monotonicMs();
      return new Map(waits.map((wait) => [wait.stage, wait]));
    });
    const wait = (await this.waits).get(stage);
    if (wait === undefined || wait.kind !== kind || (isOfChild(kind) && wait.childId === null)) return null;
    // Stages may have run since.
    const passedMs = this.clock.monotonicMs() - this.listedAtMs;
    return wait.leftMs === null ? wait : { ...wait, leftMs: Math.max(0, wait.leftMs - passedMs) };
  }
}

const isOfChild = (kind: WaitKind) => kind === "child" || kind === "start";

/** One call: `open` is asked where it has no record. */
export interface WaitCall {
  readonly stage: string;
  readonly kind: WaitKind;
  readonly open: () => WaitOpen | Promise<WaitOpen>;
}

/** Answer the call of a wait that has passed the registry's checks. */
export async function callWait(parts: WaitParts, wait: WaitCall): Promise<unknown> {
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

/** Null where this execution ends before the wait does. @throws what refuses the child of the wait. */
async function untilSettled(parts: WaitParts, { stage, kind, open }: WaitCall): Promise<StageRecord | null> {
  const { execution, registry, calls } = parts;
  const { stopping, subject, writer } = execution;
  const { store, clock, hints } = execution.deps;
  const goOn = execution.notIdle.begin();
  const childId = isOfChild(kind) ? childRunId(subject.run.id, stage, subject.run.generation, sha256) : null;
  // The end of a child is told under the child's name.
  const watch = hints.watch(childId ?? subject.run.id);
  let wait: WaitOpen | null = null;
  let isTold = false;
  try {
    const found = await guarded(execution, () => parts.found.take(stage, kind));
    if (found === STOPPED) return null;
    let leftMs = found?.leftMs ?? null;
    for (let isFound = found !== null; ; isFound = false) {
      if (!isFound) {
        wait ??= await open();
        const asked = wait;
        const answer = await guarded(execution, () => store.openWait(subject.fence, asked));
        if (answer === STOPPED || !registry.isCurrent) return null;
        if (answer.kind === "leaseLost" || answer.kind === "cancelled") {
          writer.accepts(answer);
          return null;
        }
        const { wish } = answer;
        if (answer.kind === "refused") {
          if (!writer.accepts({ kind: "written", wish }) || stopping.isOver) return null;
          throw refusedChild(execution, asked, answer.why);
        }
        if (answer.kind === "settled") {
          calls.endWait(stage);
          if (!writer.accepts({ kind: "written", wish }) || stopping.isOver) return null;
          hints.notifyFollowers(subject.run.id);
          if (childId !== null && !isTold) hints.notify(childId);
          return answer.record;
        }
        writer.accepts({ kind: "written", wish });
        if (!isTold) hints.notifyFollowers(subject.run.id);
        // It is queued, for any worker.
        if (!isTold && childId !== null) hints.notify(childId);
        isTold = true;
        leftMs = answer.leftMs;
      }
      calls.beginWait({ stage, kind, dueMs: leftMs === null ? null : clock.monotonicMs() + leftMs });
      // A sleep ends by its instant alone; what comes from another process is looked for from time to time.
      if (kind === "sleep" && leftMs !== null) await clock.sleep(leftMs, stopping.stopSignal);
      else {
        const lookMs = childId === null ? watch.lookMs : CHILD_LOOK_MS;
        await watch.wait(stopping.stopSignal, Math.min(leftMs ?? Infinity, lookMs));
      }
      if (stopping.stopped !== null) return null;
    }
  } finally {
    watch.end();
    goOn();
  }
}

/** How often a run that has more to do than wait looks for the end of a child of another process. A parked run is woken at once. */
const CHILD_LOOK_MS = 1_000;

const STOPPED = Symbol("stopped");

/** A store that cannot be asked stops the execution. */
async function guarded<T>({ stopping }: Execution, ask: () => Promise<T>): Promise<T | typeof STOPPED> {
  try {
    return await ask();
  } catch (error) {
    stopping.stop({ why: "storeFailed", error });
    return STOPPED;
  }
}
