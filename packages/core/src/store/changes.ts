/**
 * The change subscription of the Store contract (`store.ts`): hints that runs have changed, so that whoever follows one
 * reads the store when there is something to read. The rows are the truth; a hint only says when to look.
 */
import type { RunId } from "../ids.js";

/** One run by its id, or `*` for any run of the store. */
export type ChangeTopic = RunId | "*";

/** A hint that a run changed. */
export interface RunChange {
  /** The run; null where the store knows only that some run changed. Comes under the topic `*` alone. */
  readonly runId: RunId | null;
  /** Number of the run's newest event when the store looked; null where it did not look. */
  readonly head: number | null;
}

/** Receives hints. Must not throw. */
export type ChangeListener = (change: RunChange) => void;

/** Ends a subscription. May be called twice. */
export type Unsubscribe = () => void;

/** Longest time from another process's commit to its hint: milliseconds. */
export const CHANGE_HINT_MS = 250;

/** Hints of changes. Optional: without it, callers look at the store every `CHANGE_HINT_MS`. */
export interface ChangeStore {
  /**
   * Calls `onChange` within `CHANGE_HINT_MS` after a commit of another process that gave a run of these topics an event,
   * another status, a wish or progress, or that deleted it. A commit through this store may give a hint too; the engine does
   * not rely on it. Several commits may share one hint, and a hint may come for nothing. Heartbeats alone give no hint, and
   * neither does a commit before this call.
   */
  subscribe?(topics: readonly ChangeTopic[], onChange: ChangeListener): Unsubscribe;
}
