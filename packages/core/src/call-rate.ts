/**
 * So many calls in any stretch of time: a sliding window, as pure state. Ask with the time, get a wait in ms (0: go).
 *
 * Exact, and paced: calls do not come in one burst at the beginning of each stretch, which providers answer with a refusal.
 */
import { DURATION_MAX_MS, isDuration, wordDuration } from "./duration.js";

/** At most `calls` calls begin in any `perMs` milliseconds. */
export interface CallRate {
  /** From 1 to a million. */
  readonly calls: number;
  /** From 1 to ten years. */
  readonly perMs: number;
}

/** The instants of the last `calls` calls are kept: eight bytes each. */
const CALLS_MAX = 1_000_000;
// Sums of fractions miss a whole by less than this; without it a waiter would be told to wait 1 ms more, again and again.
const ROUNDING = 1e-6;

/** What is wrong with a rate, in words; null when nothing is. */
export function findRateProblem(rate: unknown): string | null {
  if (typeof rate !== "object" || rate === null) return "rate: { calls, perMs } is expected";
  const { calls, perMs } = rate as { readonly calls?: unknown; readonly perMs?: unknown };
  if (!(Number.isInteger(calls) && (calls as number) >= 1 && (calls as number) <= CALLS_MAX)) {
    return `rate.calls: a whole number from 1 to ${CALLS_MAX} is expected, ${String(calls)} was given`;
  }
  return isDuration(perMs, 1) ? null : `rate.perMs: ${wordDuration(1)} is expected, ${String(perMs)} was given`;
}

/** The calls of one rate: told of each that begins, asked whether another may. */
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

  /** How long until a call may begin; 0 when one may now. */
  waitMs(nowMs: number): number {
    this.refill(nowMs);
    const { calls, perMs } = this.rate;
    const pacedMs = this.level >= 1 - ROUNDING ? 0 : Math.ceil(((1 - this.level) * perMs) / calls);
    const oldestMs = this.takenAtMs[this.next] as number;
    return Math.min(DURATION_MAX_MS, Math.max(pacedMs, oldestMs + perMs - nowMs, 0));
  }

  /** How many calls may begin now. */
  allowed(nowMs: number): number {
    this.refill(nowMs);
    const { calls, perMs } = this.rate;
    const paced = Math.floor(this.level + ROUNDING);
    let count = 0;
    while (count < paced && (this.takenAtMs[(this.next + count) % calls] as number) + perMs <= nowMs) count++;
    return count;
  }

  /** A call begins. */
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
