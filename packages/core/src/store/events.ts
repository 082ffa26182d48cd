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

/** A page of a run's events as JSON text, for whoever passes them on without looking at each. */
export interface EventText {
  /** An array: parsed, the events that `listEvents` answers. */
  readonly json: string;
  readonly count: number;
  /** Number of the last of them; null where there is none. */
  readonly lastSeq: number | null;
  /** Some are of the run itself (`run.*`), not of its stages. */
  readonly isOfRun: boolean;
  /** None followed when it was read. */
  readonly isLast: boolean;
}

/** A run's history and its progress. */
export interface EventStore {
  /** Soft, fenced. */
  appendEvents(fence: Fence, events: readonly RunEventInput[]): Promise<WriteOutcome>;
  /** In order of `seq`, from the one after `after`. A reader that has seen n has seen every event up to n. */
  listEvents(runId: RunId, query: EventQuery): Promise<readonly RunEvent[]>;
  /**
   * The same as text, which a store makes where it reads: a server that tells many clients of a busy run makes no objects. Fewer
   * than asked for where they are long, at least one.
   */
  listEventText(runId: RunId, query: Pick<EventQuery, "after" | "limit">): Promise<EventText>;
  /**
   * As `listEvents`, before it returns: for the exit of a process, after which nothing is answered. What a store cannot read at once
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
