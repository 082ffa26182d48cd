/**
 * Closed list of events: facts of a run's history, numbered 1, 2, 3, … without gaps. Each is written in the transaction
 * of the change it describes. Adding a field is compatible; changing one is not.
 */
import type { RecordedError } from "./errors/recorded.js";
import type { RunId } from "./ids.js";
import type { Unpriced } from "./money.js";
import type { TickKind } from "./schedule.js";
import type { WaitView } from "./wait.js";

/** Facts by event type. Event names are in the past tense. */
export interface RunEvents {
  /** The run was created: event 1. */
  "run.created": {
    workflow: string;
    version: string | null;
    owner: string | null;
    forkedFrom?: { runId: string; stage: string } | undefined;
    parent?: { runId: string; stage: string } | undefined;
    /** Tick of the schedule that started it. */
    schedule?: { name: string; at: number; kind: TickKind } | undefined;
  };
  /** A worker took the run. */
  "run.claimed": { holder: string; host: string; pid: number; token: number };
  /** The run was paused. */
  "run.paused": { reason: string | null; wakeAt?: number | undefined };
  /** The run was queued again after a pause or an end, by a person or because its time had come. */
  "run.resumed": { by: string; through: string | null; isInputChanged?: boolean | undefined };
  /** The holder was dead, silent or idle. Says what was decided. */
  "run.recovered": { action: "resume" | "pause" | "fail" | "cancel"; reason: string; recoveries: number };
  /** The workflow returned. */
  "run.completed": { stages: number };
  /** The run failed, and stays so unless a person resumes it. */
  "run.failed": { reason: string | null; error: RecordedError };
  /** A person cancelled the run. */
  "run.cancelled": { reason: string | null };
  /** The run was restarted, as a new generation. */
  "run.restarted": { generation: number; by: string };
  /** The run ended its generation and began the next by itself. */
  "run.continued": { generation: number };
  /** A draining worker returned the run to the queue. */
  "run.handed_back": { holder: string };
  /** Nothing of the run is under way but waits. No worker holds it; `wakeAt` is the earliest instant of its waits. */
  "run.waiting": { reason: string | null; wakeAt?: number | undefined };
  /** The wait of this stage ended, and the run was queued. */
  "run.woken": { stage: string };
  /** A newer start of its dedupe key gave the run, which had not started, its input. */
  "run.input_replaced": Record<string, never>;
  /** The run of its dedupe key that was active has ended: it may start. */
  "run.released": { after: string };
  /** A wait took a signal: its name, who sent it, and when. */
  "signal.taken": { stage: string; name: string; by: string; sentAt: number };
  /** A person answered the question of this stage. */
  "question.answered": { stage: string; by: string; note: string | null };
  /** The instant of a signal's or a question's wait came before anything else. */
  "wait.timed_out": { stage: string };
  /** An attempt began. Written before user code runs. With `wait`, the run waits for something instead of executing code. */
  "stage.started": { stage: string; attempt: number; label?: string | undefined; wait?: WaitView | undefined };
  /** The outcome of a stage was recorded. */
  "stage.completed": { stage: string; attempt: number; ms: number };
  /** The stage's last allowed attempt failed: its outcome is a recorded failure. */
  "stage.failed": { stage: string; attempt: number; error: RecordedError };
  /** An attempt failed, and another will follow after `afterMs`; or a person's resume reopened the failure. */
  "stage.retrying": { stage: string; attempt: number; error: RecordedError | null; afterMs: number };
  /** A stage saved a checkpoint. */
  "checkpoint.saved": { stage: string; attempt: number; sizeBytes: number };
  /** A stage recorded the verdict of a gate. */
  "gate.checked": {
    stage: string;
    attempt: number;
    gate: string;
    passed: boolean;
    score: number | null;
    threshold: number | null;
  };
  /** A file was written; its hash is recorded. */
  "artifact.written": { stage: string; attempt: number; name: string; sizeBytes: number; sha256: string };
  /** A worker lost its lease mid-run. Its later writes are refused; side effects may have happened. */
  "lease.lost": { holder: string; token: number };
  /** `costUsd` may be null, and `unpriced` present, as in `CostView`. */
  "map.committed": {
    stage: string;
    done: number;
    failed: number;
    total: number | null;
    costUsd: number | null;
    unpriced?: Unpriced | undefined;
  };
  /** A map's budget allows no further call. */
  "budget.reached": { stage: string; spentUsd: number; budgetUsd: number };
  /** A person accepted a change in something that recorded results depend on. */
  "drift.accepted": { drift: readonly unknown[]; as: string; by: string; reason?: string | undefined };
  /** A line logged by a stage. */
  log: { stage: string; attempt: number; message: string; data?: unknown };
}

/** The name of an event. */
export type RunEventType = keyof RunEvents;

/** Closed list of event names, for filters and checks. */
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
  "run.continued",
  "run.handed_back",
  "run.waiting",
  "run.woken",
  "run.input_replaced",
  "run.released",
  "signal.taken",
  "question.answered",
  "wait.timed_out",
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

/** An event to write. The store assigns its number and time. */
export type RunEventInput = { [T in RunEventType]: EventOf<T> }[RunEventType];

/** Type and facts of an event. */
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
