/**
 * The budget of a map: reserved before a call, settled after it, kept over resumes. What was reserved by calls that a
 * crash cut off stays reserved: they may have been charged, and a budget that forgets them is exceeded in silence.
 * All amounts are whole nano-dollars, so that sums are exact: a cent holds ten tenths of it.
 *
 * Invariant: what the store has as spent and reserved is never less than what was spent and reserved here when a call begins.
 * So a kill at any instant forgets nothing, neither calls under way nor costs that no commit has recorded yet.
 */
import { addNanos, NANOS_MAX, toNanos } from "@holdfast/core";
import type { MapOptions } from "../workflow/context.js";

/** Null without one; `Infinity` is "however much". */
export function budgetNanosOf({ budget }: Pick<MapOptions<unknown>, "budget">): number | null {
  const usd = budget?.usd ?? Number.POSITIVE_INFINITY;
  return usd === Number.POSITIVE_INFINITY ? null : toNanos(usd);
}

export class Budget {
  private reservedNow = 0;
  private largestReserve = 0;
  /** Settled by items that are still under way: no result of theirs has been handed in yet. */
  private inHand = 0;
  /** What is committed, as the newest written commit said. */
  private recorded: number;
  /** The same of commits on their way: any of them may be the last to be written. */
  private readonly underWay: number[] = [];
  private readonly waiting: (() => void)[] = [];
  /** Without a limit that was asked for, the most that a map's sum can hold. */
  private readonly limit: number;

  constructor(
    private readonly limitNanos: number | null,
    /** Spent in earlier executions, and reserved when they were cut off. */
    private readonly before: { readonly spentNanos: number; readonly orphanedNanos: number },
    /** Recorded or handed in for recording, in all executions. */
    private readonly spentNanos: () => number,
  ) {
    this.recorded = before.spentNanos + before.orphanedNanos;
    this.limit = limitNanos ?? NANOS_MAX;
  }

  /** All that is spent, may have been spent, or is reserved. */
  get committed(): number {
    return this.gone + this.reservedNow;
  }

  /** All that no settling gives back. */
  private get gone(): number {
    return this.before.orphanedNanos + this.spent;
  }

  get spent(): number {
    return this.spentNanos() + this.inHand;
  }

  /** A limit was asked for. */
  get isLimited(): boolean {
    return this.limitNanos !== null;
  }

  /** What is spent at most. */
  get most(): number {
    return this.limit;
  }

  /** A call may be made only once what it reserves, and all that was spent, is recorded: a crash must not forget it. */
  get isRecorded(): boolean {
    const { committed } = this;
    return this.recorded >= committed && this.underWay.every((nanos) => nanos >= committed);
  }

  /** Reserve, or answer that the budget does not allow it; nothing is reserved then. */
  reserve(nanos: number): boolean {
    if (this.committed + nanos > this.limit) return false;
    this.reservedNow += nanos;
    this.largestReserve = Math.max(this.largestReserve, nanos);
    return true;
  }

  /** Whether this much fits once calls under way have cost less than they reserved. */
  mayFit(nanos: number): boolean {
    return this.reservedNow > 0 && this.gone + nanos <= this.limit;
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
  settle(reservedNanos: number, costNanos: number): void {
    this.inHand = addNanos(this.inHand, costNanos);
    this.release(reservedNanos);
  }

  /** An item's attempt has ended: what its calls cost is with its result, or is nobody's to record. */
  handIn(costNanos: number): void {
    this.inHand = Math.max(0, this.inHand - costNanos);
  }

  release(nanos: number): void {
    this.reservedNow = Math.max(0, this.reservedNow - nanos);
    this.wakeAll();
  }

  /**
   * What a commit that is sent now records as committed: all that is. Without a limit also, for so many items under way, the largest
   * reservation seen, since they may make their calls before the next commit. Under a limit nothing is reserved ahead: a kill
   * would leave it reserved, and the budget would hold so many calls less. `sent` follows.
   */
  sending(itemsUnderWay: number): number {
    const ahead = this.isLimited ? 0 : itemsUnderWay * this.largestReserve;
    const nanos = addNanos(this.gone, Math.max(this.reservedNow, ahead));
    this.underWay.push(nanos);
    return nanos;
  }

  /** A commit that recorded `nanos` was answered. */
  sent(nanos: number, isWritten: boolean): void {
    const at = this.underWay.indexOf(nanos);
    if (at >= 0) this.underWay.splice(at, 1);
    if (isWritten) this.recorded = nanos;
  }
}
