/**
 * Durations: one check where they enter, one clamp for values from outside, and one timer for waits of any length.
 *
 * Platforms count timers in 32 bits; Node fires a timer of more than 24.8 days at once. `setLongTimer` re-arms instead,
 * so the system clock honors every duration that `isDuration` accepts, like the virtual clock.
 */
import type { Timer } from "./clock.js";

/** Ten years. A longer duration is a mistake of units, and an instant that far ahead still fits every calendar. */
export const DURATION_MAX_MS = 10 * 365 * 86_400_000;
/** The same for settings in days. */
export const DURATION_MAX_DAYS = 3_650;
/** Maximum of a platform timer: 2^31 - 1 ms, 24.8 days. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** A duration as users write it: milliseconds, or a number with its unit. */
export type Duration = number | `${number}${"s" | "m" | "h" | "d"}`;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Returns a duration in milliseconds; null if the value is not a duration or is longer than ten years. */
export function readDurationMs(value: unknown): number | null {
  if (isDuration(value)) return value;
  const found = typeof value === "string" ? /^(\d+(?:\.\d+)?)([smhd])$/.exec(value) : null;
  const ms = found === null ? null : Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS];
  return isDuration(ms) ? ms : null;
}

/** Returns whether a value is a duration in milliseconds: a finite number from `minMs` (default 0) to ten years. */
export function isDuration(value: unknown, minMs = 0): value is number {
  return typeof value === "number" && value >= minMs && value <= DURATION_MAX_MS;
}

/** Returns the expected form of a duration, for messages. */
export function wordDuration(minMs = 0): string {
  return `a number of milliseconds from ${minMs} to ${DURATION_MAX_MS} (10 years)`;
}

/** Describes the first invalid duration by its name; null if all are valid. Omitted durations are valid. */
export function findDurationProblem(durations: Readonly<Record<string, unknown>>, minMs = 0): string | null {
  for (const [name, value] of Object.entries(durations)) {
    if (value === undefined || isDuration(value, minMs)) continue;
    return `${name}: ${wordDuration(minMs)} is expected, ${wordValue(value)} was given`;
  }
  return null;
}

const wordValue = (value: unknown) => (typeof value === "string" ? `"${value}"` : String(value));

/**
 * Clamps a number of milliseconds from outside (a header, a verdict of user code) to a duration; null if it is not a
 * number.
 */
export function clampDurationMs(value: unknown): number | null {
  if (typeof value !== "number" || Number.isNaN(value)) return null;
  return Math.min(DURATION_MAX_MS, Math.max(0, value));
}

/** Returns the delay of a timer. Every clock uses it, so none accepts a time that another would fire at once. */
export function timerDelayMs(ms: number): number {
  if (!Number.isFinite(ms)) throw new TypeError(`a timer of ${ms} ms: a finite number is expected`);
  return Math.max(0, ms);
}

/** Fires once after `ms`, however long, on a platform timer limited to `TIMER_MAX_MS`. */
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
