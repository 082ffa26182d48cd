/**
 * The budget of a map: reserved before a call, settled after it, kept over resumes. What was reserved by calls that a
 * crash cut off stays reserved: they may have been charged, and a budget that forgets them is exceeded in silence.
 *
 * Invariant: what the store has as spent and reserved is never less than what was spent and reserved here when a call begins.
 * So a kill at any instant forgets nothing, neither calls under way nor costs that no commit has recorded yet.
 */

/** Sums of fractions miss by less than this: a billionth of a dollar. */
const ROUNDING_USD = 1e-9;

interface SentCommit {
  readonly usd: number;
  readonly batchUsd: number;
}

export class Budget {
  private reservedNowUsd = 0;
  private largestReserveUsd = 0;
  /** Settled by items that are still under way: no result of theirs has been handed in yet. */
  private inHandUsd = 0;
  /** As the newest written commit said. */
  private recordedUsd: number;
  /** Of results that written commits hold, earlier executions included. */
  private durableUsd: number;
  /** On their way: any of them may be the last to be written. */
  private readonly underWay: SentCommit[] = [];
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly limitUsd: number | null,
    /** Spent in earlier executions, and reserved when they were cut off. */
    private readonly spentBefore: { readonly costUsd: number; readonly orphanedUsd: number },
    /** Recorded or handed in for recording in this execution. */
    private readonly spentNowUsd: () => number,
  ) {
    this.recordedUsd = spentBefore.orphanedUsd;
    this.durableUsd = spentBefore.costUsd;
  }

  /** All that is spent, may have been spent, or is reserved. */
  get committedUsd(): number {
    return this.goneUsd + this.reservedNowUsd;
  }

  /** All that no settling gives back. */
  private get goneUsd(): number {
    return this.spentBefore.orphanedUsd + this.spentNowUsd() + this.inHandUsd;
  }

  get spentUsd(): number {
    return this.spentNowUsd() + this.inHandUsd;
  }

  get isLimited(): boolean {
    return this.limitUsd !== null;
  }

  /** A call may be made only once what it reserves, and all that was spent, is recorded: a crash must not forget it. */
  get isRecorded(): boolean {
    const neededUsd = this.committedUsd - this.durableUsd - ROUNDING_USD;
    return this.recordedUsd >= neededUsd && this.underWay.every(({ usd, batchUsd }) => usd + batchUsd >= neededUsd);
  }

  /** Reserve, or answer that the budget does not allow it; nothing is reserved then. */
  reserve(usd: number): boolean {
    if (this.limitUsd !== null && this.committedUsd + usd > this.limitUsd) return false;
    this.reservedNowUsd += usd;
    this.largestReserveUsd = Math.max(this.largestReserveUsd, usd);
    return true;
  }

  /** Whether this much fits once calls under way have cost less than they reserved. */
  mayFit(usd: number): boolean {
    return this.reservedNowUsd > 0 && (this.limitUsd === null || this.goneUsd + usd <= this.limitUsd);
  }

  /** Resolves with the next call that settles, or with `wakeAll`. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Those who wait for room look again: a call has settled, or the execution stops. */
  wakeAll(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** The call that reserved so much has ended and cost this; its item is still under way. */
  settle(reservedUsd: number, costUsd: number): void {
    this.inHandUsd += costUsd;
    this.release(reservedUsd);
  }

  /** An item's attempt has ended: what its calls cost is with its result, or is nobody's to record. */
  handIn(costUsd: number): void {
    this.inHandUsd = Math.max(0, this.inHandUsd - costUsd);
  }

  release(usd: number): void {
    this.reservedNowUsd = Math.max(0, this.reservedNowUsd - usd);
    this.wakeAll();
  }

  /**
   * What a commit that is sent now, with results that cost `batchUsd`, records as reserved. Two things are covered: all that is
   * committed and not in written results; and for every item under way the largest reservation seen, as far as the limit goes,
   * since an item that is announced may make its call before the next commit. `sent` follows.
   */
  sending(itemsUnderWay: number, batchUsd = 0): number {
    const { orphanedUsd } = this.spentBefore;
    const roomUsd = this.limitUsd === null ? Number.POSITIVE_INFINITY : Math.max(0, this.limitUsd - this.goneUsd);
    const aheadUsd = Math.min(itemsUnderWay * this.largestReserveUsd, roomUsd);
    const usd = Math.max(this.committedUsd - this.durableUsd - batchUsd, orphanedUsd + aheadUsd, 0);
    this.underWay.push({ usd, batchUsd });
    return usd;
  }

  /** A commit that recorded `usd` was answered. */
  sent(usd: number, isWritten: boolean, batchUsd = 0): void {
    const at = this.underWay.findIndex((commit) => commit.usd === usd && commit.batchUsd === batchUsd);
    if (at >= 0) this.underWay.splice(at, 1);
    if (!isWritten) return;
    this.recordedUsd = usd;
    this.durableUsd += batchUsd;
  }
}
