// Clock port of this package, through which tests and simulations control time. Nothing else in the package reads a
// clock or sets a timer.
import { setLongTimer } from "@holdfast/core";

/** Milliseconds since the epoch, and a timer. Implemented by `systemClock` and by virtual clocks. */
export interface Clock {
  nowMs(): number;
  /** Calls `wake` once, after `delayMs`. Returns a function that cancels it. Default: a real timer. */
  after?(delayMs: number, wake: () => void): () => void;
}

export const systemClock: Clock = { nowMs: () => Date.now(), after: realTimer };

/** Calls `wake` after `delayMs` on the given clock, or with a real timer if the clock has none. */
export function wakeAfter(clock: Clock, delayMs: number, wake: () => void): () => void {
  return clock.after ? clock.after(delayMs, wake) : realTimer(delayMs, wake);
}

function realTimer(delayMs: number, wake: () => void): () => void {
  const timer = setLongTimer(setOne, delayMs, wake);
  return () => timer.cancel();
}

function setOne(ms: number, fire: () => void) {
  const timer = setTimeout(fire, ms);
  return { cancel: () => clearTimeout(timer) };
}
