/**
 * Change subscription of the Store contract (`store.ts`). It gives hints that runs have changed, so that followers read
 * the store only when there is something new. The rows are authoritative; a hint only says when to read them.
 */
import type { RunId } from "../ids.js";

/** One run by its id, or `*` for any run of the store. */
export type ChangeTopic = RunId | "*";

/** A hint that a run changed. */
export interface RunChange {
  /** The run, or null if the store knows only that some run changed. Null comes under the topic `*` only. */
  readonly runId: RunId | null;
  /** Number of the run's newest event when the store checked; null if it did not check. */
  readonly head: number | null;
}

/** Receives hints. Must not throw. */
export type ChangeListener = (change: RunChange) => void;

/** Ends a subscription. May be called twice. */
export type Unsubscribe = () => void;

/** Maximum delay between another process's commit and its hint, in milliseconds. */
export const CHANGE_HINT_MS = 250;

/** Change hints. Optional: without them, callers poll the store every `CHANGE_HINT_MS`. */
export interface ChangeStore {
  /**
   * Calls `onChange` within `CHANGE_HINT_MS` after another process commits a change to a run of these topics: an event,
   * a status, a wish, progress, or its deletion.
   *
   * Commits through this store may give hints too, but callers must not rely on that. Several commits may share one
   * hint, and a hint may come without a change. Heartbeats give no hints, nor do commits before this call.
   */
  subscribe?(topics: readonly ChangeTopic[], onChange: ChangeListener): Unsubscribe;
}
