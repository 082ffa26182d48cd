/**
 * What a workflow function waits for, beside its stages and maps. Types only.
 *
 * A wait is a stage: it has a name, one recorded outcome, and replays. While a run only waits it holds no lease, no worker and
 * none of its resources; its code is not running anywhere.
 */
import type { Duration } from "@holdfast/core";

/** How long to sleep: a duration from the first call on, or until an instant. */
export type SleepHow =
  | Duration
  | {
      /** An instant, or milliseconds UTC, by the wall clock. */
      readonly until: Date | number;
    };

/** Waits of a run's context. */
export interface Waits {
  /**
   * Waits for a time, at most ten years. The instant is recorded at the first call, so a restarted worker changes nothing about
   * it; an instant in the past ends it at once.
   * @throws {WrongUseError} WRONG_USE — for what is no duration.
   */
  readonly sleep: (name: string, how: SleepHow) => Promise<void>;
}
