/** The order of the queue: ranks, which the claim walks from the lowest, and within each the instants at which runs are due. */
import { OLDEST_EVERY, PRIORITY_MAX } from "@holdfast/core";

/** All ranks that a queued run can have, the first to be claimed first. */
export const RANKS: readonly number[] = Array.from({ length: PRIORITY_MAX + 1 }, (_, rank) => rank);

/** A queued run that is due. */
export interface DueRow {
  readonly run_k: number;
  readonly rank: number;
  readonly wake_at: number;
}

export const byRank = (a: DueRow, b: DueRow): number => a.rank - b.rank || byAge(a, b);
export const byAge = (a: DueRow, b: DueRow): number => a.wake_at - b.wake_at || a.run_k - b.run_k;

/**
 * Whose turn it is: of every ten runs that are claimed, one is the oldest whatever its rank. Counted by each process for itself; no
 * run waits for ever as long as one of them counts on.
 */
export class Turns {
  #takenCount = 0;

  /** How many of the next `limit` runs are taken by age. */
  agedOf(limit: number): number {
    return Math.floor((this.#takenCount + limit) / OLDEST_EVERY) - Math.floor(this.#takenCount / OLDEST_EVERY);
  }

  note(takenCount: number): void {
    this.#takenCount = (this.#takenCount + takenCount) % (OLDEST_EVERY * 1_000);
  }
}
