/**
 * Durations: one check where they enter, one clamp for those that strangers send, one timer that waits for as long as asked.
 *
 * Platforms count timers in 32 bits: Node fires one of more than 24.8 days at once. `setLongTimer` re-arms instead, so the
 * real clock keeps every duration that `isDuration` lets in, as the virtual one does.
 */
import type { Timer } from "./clock.js";

/** Ten years. Longer is a mistake of units, and an instant that far ahead still fits every calendar. */
export const DURATION_MAX_MS = 10 * 365 * 86_400_000;
/** The same for settings in days. */
export const DURATION_MAX_DAYS = 3_650;
/** The longest that a platform's timer can be set to: 2^31 - 1 ms, 24.8 days. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** A length of time as people write it: a number of milliseconds, or a number with its unit. */
export type Duration = number | `${number}${"s" | "m" | "h" | "d"}`;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration in milliseconds; null for anything that is none, or longer than ten years. */
export function readDurationMs(value: unknown): number | null {
  if (isDuration(value)) return value;
  const found = typeof value === "string" ? /^(\d+(?:\.\d+)?)([smhd])$/.exec(value) : null;
  const ms = found === null ? null : Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS];
  return isDuration(ms) ? ms : null;
}

/** Whether a value is a duration in milliseconds: a finite number from `minMs` (default 0) to ten years. */
export function isDuration(value: unknown, minMs = 0): value is number {
  return typeof value === "number" && value >= minMs && value <= DURATION_MAX_MS;
}

/** What is expected of a duration, for messages. */
export function wordDuration(minMs = 0): string {
  return `a number of milliseconds from ${minMs} to ${DURATION_MAX_MS} (10 years)`;
}

/** The first of the named durations that cannot be meant, in words; null when all can. A duration left out is fine. */
export function findDurationProblem(durations: Readonly<Record<string, unknown>>, minMs = 0): string | null {
  for (const [name, value] of Object.entries(durations)) {
    if (value === undefined || isDuration(value, minMs)) continue;
    return `${name}: ${wordDuration(minMs)} is expected, ${wordValue(value)} was given`;
  }
  return null;
}

const wordValue = (value: unknown) => (typeof value === "string" ? `"${value}"` : String(value));

/** A number of milliseconds from outside (a header, a verdict of user code) as a duration; null for what is no number. */
export function clampDurationMs(value: unknown): number | null {
  if (typeof value !== "number" || Number.isNaN(value)) return null;
  return Math.min(DURATION_MAX_MS, Math.max(0, value));
}

/** The delay of a timer. Every clock asks this, so that none accepts what another would fire at once. */
export function timerDelayMs(ms: number): number {
  if (!Number.isFinite(ms)) throw new TypeError(`a timer of ${ms} ms: a finite number is expected`);
  return Math.max(0, ms);
}

/** Fires once after `ms`, however long, over a platform's timer that takes at most `TIMER_MAX_MS`. */
export function setLongTimer(set: (ms: number, fire: () => void) => Timer, ms: number, fire: () => void): Timer {
  let remainingMs = timerDelayMs(ms);
  let timer: Timer;
  const arm = () => {
    const stepMs = Math.min(remainingMs, TIMER_MAX_MS);
    remainingMs -= stepMs;
    timer = set(stepMs, remainingMs > 0 ? arm : fire);
  };
  arm();
  return { cancel: () => timer.cancel() };
}
