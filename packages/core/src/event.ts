/**
 * The closed list of events: facts of a run's history, numbered 1, 2, 3, … without gaps, each written in the
 * transaction of the change it tells of. Adding a field is compatible, changing one is not.
 */
import type { RecordedError } from "./errors/recorded.js";
import type { RunId } from "./ids.js";
import type { Unpriced } from "./money.js";

/** Facts by event type. Past tense. */
export interface RunEvents {
  /** The run was created: event 1. */
  "run.created": {
    workflow: string;
    version: string | null;
    owner: string | null;
    forkedFrom?: { runId: string; stage: string } | undefined;
  };
  /** A worker took the run. */
  "run.claimed": { holder: string; host: string; pid: number; token: number };
  /** The run rests. */
  "run.paused": { reason: string | null; wakeAt?: number | undefined };
  /** Queued again after a pause or an end, by a person or because its time came. */
  "run.resumed": { by: string; through: string | null; isInputChanged?: boolean | undefined };
  /** Its holder was dead, silent or idle; what was decided. */
  "run.recovered": { action: "resume" | "pause" | "fail" | "cancel"; reason: string; recoveries: number };
  /** The workflow returned. */
  "run.completed": { stages: number };
  /** The run failed for good, unless a person resumes it. */
  "run.failed": { reason: string | null; error: RecordedError };
  /** Somebody cancelled the run. */
  "run.cancelled": { reason: string | null };
  /** The run begins anew, in a new generation. */
  "run.restarted": { generation: number; by: string };
  /** A draining worker put the run back into the queue. */
  "run.handed_back": { holder: string };
  /** An attempt began. Written before user code runs. */
  "stage.started": { stage: string; attempt: number; label?: string | undefined };
  /** The outcome of a stage was recorded. */
  "stage.completed": { stage: string; attempt: number; ms: number };
  /** The stage's last allowed attempt failed: its outcome is a recorded failure. */
  "stage.failed": { stage: string; attempt: number; error: RecordedError };
  /** An attempt failed and another will follow after `afterMs`; or a person's resume reopened the failure. */
  "stage.retrying": { stage: string; attempt: number; error: RecordedError | null; afterMs: number };
  /** A stage saved its state. */
  "checkpoint.saved": { stage: string; attempt: number; sizeBytes: number };
  /** A stage recorded a verdict. */
  "gate.checked": {
    stage: string;
    attempt: number;
    gate: string;
    passed: boolean;
    score: number | null;
    threshold: number | null;
  };
  /** A file is in place, with its hash. */
  "artifact.written": { stage: string; attempt: number; name: string; sizeBytes: number; sha256: string };
  /** A worker lost its lease mid-run. Its later writes are refused; side effects may have happened. */
  "lease.lost": { holder: string; token: number };
  /** `costUsd` is null, and `unpriced` there, as `CostView` has them. */
  "map.committed": {
    stage: string;
    done: number;
    failed: number;
    total: number | null;
    costUsd: number | null;
    unpriced?: Unpriced | undefined;
  };
  /** A map has no room for another call. */
  "budget.reached": { stage: string; spentUsd: number; budgetUsd: number };
  /** A person accepted a change of what recorded results depend on. */
  "drift.accepted": { drift: readonly unknown[]; as: string; by: string; reason?: string | undefined };
  /** A line that a stage logged. */
  log: { stage: string; attempt: number; message: string; data?: unknown };
}

/** The name of an event. */
export type RunEventType = keyof RunEvents;

/** The closed list of event names, for filters and checks. */
export const RUN_EVENT_TYPES = [
  "run.created",
  "run.claimed",
  "run.paused",
  "run.resumed",
  "run.recovered",
  "run.completed",
  "run.failed",
  "run.cancelled",
  "run.restarted",
  "run.handed_back",
  "stage.started",
  "stage.completed",
  "stage.failed",
  "stage.retrying",
  "checkpoint.saved",
  "gate.checked",
  "artifact.written",
  "lease.lost",
  "map.committed",
  "budget.reached",
  "drift.accepted",
  "log",
] as const satisfies readonly RunEventType[];

/** An event to be written; the store gives it its number and its time. */
export type RunEventInput = { [T in RunEventType]: EventOf<T> }[RunEventType];

/** What happened, by its type. */
interface EventOf<T extends RunEventType> {
  /** Type of the event: one of `RUN_EVENT_TYPES`. */
  readonly type: T;
  /** Facts of the event; the type decides which. */
  readonly data: RunEvents[T];
}

/** One numbered event of a run's history, as read. */
export type RunEvent = RunEventInput & {
  /** Run that it belongs to. */
  readonly runId: RunId;
  /** Number in the run's history: 1, 2, 3, … without gaps. */
  readonly seq: number;
  /** When it happened, milliseconds UTC by the store's clock. */
  readonly at: number;
};
