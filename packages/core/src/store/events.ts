/** History and progress of a run in the Store contract (`store.ts`). */
import type { RunEvent, RunEventInput, RunEventType } from "../event.js";
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { ProgressWrite } from "../progress.js";
import type { WriteOutcome } from "./writes.js";

/** Selects events of a run, in order. */
export interface EventQuery {
  readonly after: number;
  readonly limit: number;
  readonly type?: RunEventType | undefined;
  readonly stage?: string | undefined;
}

/** History and progress of runs. */
export interface EventStore {
  /** Soft, fenced. */
  appendEvents(fence: Fence, events: readonly RunEventInput[]): Promise<WriteOutcome>;
  /**
   * Events in order of `seq`, starting after `after`. A reader that has seen event n has seen every event before it.
   */
  listEvents(runId: RunId, query: EventQuery): Promise<readonly RunEvent[]>;
  /**
   * Synchronous form of `listEvents`, for a process that is exiting and gets no more answers. Leaves out what the store
   * cannot read synchronously (a store in memory keeps its data in another thread). May throw where `listEvents` would
   * reject.
   */
  listEventsNow(runId: RunId, query: EventQuery): readonly RunEvent[];
  /**
   * Soft, fenced. Replaces the run's progress; intermediate values may never be seen. Counts as activity.
   *
   * Without items, the store reports stages: `done` counts those that the current generation recorded as completed, in
   * the transaction that records them. `total` is the number of declared stages, unless one is a pattern; the label is
   * the stage started last. The run keeps its progress until it is restarted.
   */
  setProgress(fence: Fence, progress: ProgressWrite): Promise<WriteOutcome>;
}
