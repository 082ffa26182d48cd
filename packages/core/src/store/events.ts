/**
 * A run's history and progress in the Store contract (`store.ts`).
 */
import type { RunEvent, RunEventInput, RunEventType } from "../event.js";
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { ProgressWrite } from "../progress.js";
import type { WriteOutcome } from "./writes.js";

/** Which events of a run, in order. */
export interface EventQuery {
  readonly after: number;
  readonly limit: number;
  readonly type?: RunEventType | undefined;
  readonly stage?: string | undefined;
}

/** A run's history and its progress. */
export interface EventStore {
  /** Soft, fenced. */
  appendEvents(fence: Fence, events: readonly RunEventInput[]): Promise<WriteOutcome>;
  /** In order of `seq`, from the one after `after`. A reader that has seen n has seen every event up to n. */
  listEvents(runId: RunId, query: EventQuery): Promise<readonly RunEvent[]>;
  /**
   * The same before it returns: for the exit of a process, after which nothing is answered. What a store cannot read at once
   * (a store in memory, whose thread has the data) is left out. May throw as `listEvents` rejects.
   */
  listEventsNow(runId: RunId, query: EventQuery): readonly RunEvent[];
  /**
   * Soft, fenced; the newest value wins, older ones may never be seen. Counts as activity. Without items the store
   * answers with stages: done is what the current generation recorded as completed (counted in the write that records),
   * total the number of declared stages unless one is a pattern, the label the stage that was started last. What was reached
   * stays with the run until it is restarted.
   */
  setProgress(fence: Fence, progress: ProgressWrite): Promise<WriteOutcome>;
}
