// The time this package works by. What lives here: the seam through which tests and simulations own time.
// Nothing else in the package reads a clock or sets a timer.
import { setLongTimer } from "@holdfast/core";

/** Milliseconds since the epoch, and a way to be woken. A virtual clock implements both; `systemClock` is the real one. */
export interface Clock {
  nowMs(): number;
  /** Wake once, `delayMs` from now; the answer cancels it. Where it is left out, a real timer is used. */
  after?(delayMs: number, wake: () => void): () => void;
}

export const systemClock: Clock = { nowMs: () => Date.now(), after: realTimer };

/** Wake after `delayMs` on the given clock, with a real timer where the clock has none of its own. */
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
