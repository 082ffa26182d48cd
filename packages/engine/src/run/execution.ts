/**
 * One execution of one run in this process, put together of what it is of (`subject.ts`), what stops it (`stopping.ts`) and
 * what it writes (`writer.ts`), with what notes its calls, errors, drift and progress.
 */
import { type DriftItem, leaseWindowMs, type RunRecord, type StageRecord } from "@holdfast/core";
import { Once } from "../base/once.js";
import type { Datasets, StageContext, Stages } from "../workflow/context.js";
import type { StageSignal } from "../workflow/interrupted.js";
import { CallLog } from "./call-log.js";
import type { CallRegistry } from "./call-registry.js";
import { type ExecutorDeps, withStore } from "./deps.js";
import { Drift } from "./drift.js";
import { LeaseWatch } from "./lease-watch.js";
import { NotIdle } from "./not-idle.js";
import { PaidCalls } from "./paid-calls.js";
import { PatientStore } from "./patient-store.js";
import { Reached } from "./reached.js";
import { RunErrors } from "./run-errors.js";
import { Stopping } from "./stopping.js";
import type { Subject } from "./subject.js";
import { RunWriter } from "./writer.js";

/** An attempt at a stage, as far as datasets see it. */
export interface AttemptAt {
  readonly execution: Execution;
  readonly stage: string;
  readonly attempt: number;
  readonly events: { log(message: string, data?: unknown): void; setLabel(label: string): void };
}

/** The durable map and the datasets, as stages see them. */
export interface DataParts {
  datasets(attempt: AttemptAt, signal: StageSignal): Datasets;
  results(execution: Execution): StageContext["results"];
  /** For a stage's attempt; 0 for the items of a map. */
  rows(execution: Execution, scope: { readonly stage: string; readonly attempt: number }): StageContext["rows"];
  map(execution: Execution, registry: CallRegistry): Stages<string>["map"];
  /** What makes a recorded stage run again though its inputs are the same: the changed file of a dataset it asked for. */
  outdatedBy(run: RunRecord, record: StageRecord): Promise<DriftItem | null>;
}

export interface Execution {
  readonly subject: Subject;
  readonly stopping: Stopping;
  readonly writer: RunWriter;
  /** Its `store` waits for a busy or full store while the lease is trusted. */
  readonly deps: ExecutorDeps;
  readonly data: DataParts;
  /** What was thrown, as it is recorded and shown. */
  readonly errors: RunErrors;
  readonly drift: Drift;
  /** What keeps the run's progress from falling. */
  readonly reached: Reached;
  readonly calls: CallLog;
  /** Calls of items that are being paid for, and what must end before the process may. */
  readonly paid: PaidCalls;
  /** Waits that are no idleness. */
  readonly notIdle: NotIdle;
  /** Told of an error of the workflow function, between stages, that nobody caught. */
  readonly strayed: Once<unknown>;
  /** Called for each batch of log lines that was written; the log files follow. */
  onLines: () => void;
  /** No more is recorded; the lease is no longer renewed. */
  readonly close: () => void;
}

export function openExecution(subject: Subject, given: ExecutorDeps, data: DataParts): Execution {
  const { run, lease, fence, mask } = subject;
  const { clock, stopGraceMs } = given;
  const patient = new PatientStore(given.store, clock, given.waits);
  const deps = withStore(given, patient.store);
  const paid = new PaidCalls();
  const stopping = new Stopping({
    clock,
    stopGraceMs,
    run,
    paid,
    isTrusted: () => watch.isTrusted(),
    endTrust: () => patient.end(leaseWindowMs(lease)),
    endWrites: () => void patient.end(),
  });
  const writer = new RunWriter(fence, deps, patient, stopping);
  const notIdle = new NotIdle(run.policy, clock, () => {
    if (!stopping.isOver) writer.follow(deps.store.setProgress(fence, { items: null, label: null }));
  });
  const watch = new LeaseWatch(lease, given.heart, clock, {
    onLost: (heldBy) => stopping.loseTrust(heldBy),
    onWish: (wish) => stopping.obey(wish),
  });
  const parts = { subject, stopping, writer, deps };
  return {
    subject,
    stopping,
    writer,
    deps,
    data,
    paid,
    notIdle,
    strayed: new Once<unknown>(),
    errors: new RunErrors({ mask, paid, artifacts: deps.artifacts, runId: run.id }),
    drift: new Drift(parts),
    reached: new Reached(parts),
    calls: new CallLog(run.id, deps.isWritingStageFiles ? deps.artifacts : null, mask, () => clock.nowMs()),
    onLines: () => {},
    close: () => {
      stopping.close();
      notIdle.close();
      watch.release();
    },
  };
}
