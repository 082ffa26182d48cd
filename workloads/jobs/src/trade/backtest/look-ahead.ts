// Detects rules that look ahead: a rule's signals up to a day must not depend on closes after that day.
import { rowRandom } from "@holdfast/workload-kit";
import type { SignalRule } from "./positions.js";

/**
 * Number of days after which the future is changed: enough that a rule that looks ahead on one day in five does not
 * pass by chance.
 */
const CUTS = 100;

export interface LookAhead {
  /** Last day with unchanged closes. */
  readonly cut: number;
  /** A day up to it whose signal changed nevertheless. */
  readonly day: number;
}

/** Returns the first past signal that changes with the future; null if no attempt finds one. */
export function findLookAhead(rule: SignalRule, closes: Float64Array, seed: number): LookAhead | null {
  if (closes.length < 3) return null;
  const before = rule(closes);
  const random = rowRandom(seed, 0);
  for (let tried = 0; tried < CUTS; tried++) {
    const cut = 1 + Math.floor(random.next() * (closes.length - 2));
    // Half of the futures crash and half soar, so whatever a rule waits for occurs.
    const factor = tried % 2 === 0 ? 0.01 : 100;
    const changed = closes.map((close, day) => (day > cut ? close * factor : close));
    const after = rule(changed);
    for (let day = 0; day <= cut; day++) if (before[day] !== after[day]) return { cut, day };
  }
  return null;
}
