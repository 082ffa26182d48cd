/**
 * A limit of n calls in any period: an exact sliding window, as pure state. The caller passes in the time and gets the
 * wait in ms (0: call now).
 *
 * Calls are paced. They do not come in one burst at the start of each period, which providers would refuse.
 */
import { DURATION_MAX_MS, isDuration, wordDuration } from "./duration.js";

/** A rate: at most `calls` calls begin in any `perMs` milliseconds. */
export interface CallRate {
  /** Number of calls, 1 to 1,000,000. */
  readonly calls: number;
  /** Period in milliseconds, up to ten years. */
  readonly perMs: number;
}

/** The window stores the instants of the last `calls` calls, eight bytes each. */
const CALLS_MAX = 1_000_000;
// Rounding errors of the summed fractions stay below this. Without it, a waiter would be told again and again to wait 1
// ms more.
const ROUNDING = 1e-6;

/** Returns what is wrong with a rate, in words; null if it is valid. */
export function findRateProblem(rate: unknown): string | null {
  if (typeof rate !== "object" || rate === null) return "rate: { calls, perMs } is expected";
  const { calls, perMs } = rate as { readonly calls?: unknown; readonly perMs?: unknown };
  if (!(Number.isInteger(calls) && (calls as number) >= 1 && (calls as number) <= CALLS_MAX)) {
    return `rate.calls: a whole number from 1 to ${CALLS_MAX} is expected, ${String(calls)} was given`;
  }
  return isDuration(perMs, 1) ? null : `rate.perMs: ${wordDuration(1)} is expected, ${String(perMs)} was given`;
}

/** Sliding window over the calls of one rate: records each call that begins and says when another may. */
export class CallWindow {
  private readonly burst: number;
  private readonly takenAtMs: Float64Array;
  private next = 0;
  private level: number;

  constructor(
    private readonly rate: CallRate,
    private levelAtMs: number,
  ) {
    const { calls, perMs } = rate;
    // One second's worth: enough to absorb late timers, too little to look like a flood.
    this.burst = Math.min(calls, Math.max(1, Math.floor((calls * 1_000) / perMs)));
    this.takenAtMs = new Float64Array(calls).fill(Number.NEGATIVE_INFINITY);
    this.level = this.burst;
  }

  /** Returns the milliseconds until a call may begin; 0 if one may begin now. */
  waitMs(nowMs: number): number {
    this.refill(nowMs);
    const { calls, perMs } = this.rate;
    const pacedMs = this.level >= 1 - ROUNDING ? 0 : Math.ceil(((1 - this.level) * perMs) / calls);
    const oldestMs = this.takenAtMs[this.next] as number;
    return Math.min(DURATION_MAX_MS, Math.max(pacedMs, oldestMs + perMs - nowMs, 0));
  }

  /** Returns how many calls may begin now. */
  allowed(nowMs: number): number {
    this.refill(nowMs);
    const { calls, perMs } = this.rate;
    const paced = Math.floor(this.level + ROUNDING);
    let count = 0;
    while (count < paced && (this.takenAtMs[(this.next + count) % calls] as number) + perMs <= nowMs) count++;
    return count;
  }

  /** Records that a call begins. */
  take(nowMs: number): void {
    this.refill(nowMs);
    this.level = Math.max(0, this.level - 1);
    this.takenAtMs[this.next] = nowMs;
    this.next = (this.next + 1) % this.rate.calls;
  }

  private refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.levelAtMs); // a clock set back earns nothing
    this.level = Math.min(this.burst, this.level + (elapsedMs * this.rate.calls) / this.rate.perMs);
    this.levelAtMs = nowMs;
  }
}
