/**
 * The budget of a map: reserved before a call, settled after it, kept over resumes. What was reserved by calls that a
 * crash cut off stays reserved: they may have been charged, and a budget that forgets them is exceeded in silence.
 */

export class Budget {
  private reservedNowUsd = 0;
  private largestReserveUsd = 0;
  /** As the newest written commit said. */
  private recordedUsd: number;
  /** Of commits on their way: any of them may be the last to be written. */
  private readonly underWayUsd: number[] = [];

  constructor(
    private readonly limitUsd: number | null,
    /** Spent in earlier executions, and reserved when they were cut off. */
    private readonly spentBefore: { readonly costUsd: number; readonly orphanedUsd: number },
    /** Recorded or handed in for recording in this execution. */
    private readonly spentNowUsd: () => number,
  ) {
    this.recordedUsd = spentBefore.orphanedUsd;
  }

  /** All that is spent, may have been spent, or is reserved. */
  get committedUsd(): number {
    return this.spentBefore.orphanedUsd + this.spentNowUsd() + this.reservedNowUsd;
  }

  get spentUsd(): number {
    return this.spentNowUsd();
  }

  /** A call may be made only once what it reserves is recorded: a crash must not forget it. */
  get isRecorded(): boolean {
    const neededUsd = this.spentBefore.orphanedUsd + this.reservedNowUsd;
    return this.recordedUsd >= neededUsd && this.underWayUsd.every((usd) => usd >= neededUsd);
  }

  /** Reserve, or answer that the budget does not allow it; nothing is reserved then. */
  reserve(usd: number): boolean {
    if (this.limitUsd !== null && this.committedUsd + usd > this.limitUsd) return false;
    this.reservedNowUsd += usd;
    this.largestReserveUsd = Math.max(this.largestReserveUsd, usd);
    return true;
  }

  release(usd: number): void {
    this.reservedNowUsd = Math.max(0, this.reservedNowUsd - usd);
  }

  /**
   * What a commit that is sent now records as reserved: for every item under way the largest reservation seen, since an item
   * that is announced may make its call before the next commit. `sent` follows.
   */
  sending(itemsUnderWay: number): number {
    const usd = this.spentBefore.orphanedUsd + Math.max(this.reservedNowUsd, itemsUnderWay * this.largestReserveUsd);
    this.underWayUsd.push(usd);
    return usd;
  }

  /** A commit that recorded `usd` was answered. */
  sent(usd: number, isWritten: boolean): void {
    const at = this.underWayUsd.indexOf(usd);
    if (at >= 0) this.underWayUsd.splice(at, 1);
    if (isWritten) this.recordedUsd = usd;
  }
}
