// Finds a rule that looks ahead: what it decides by a day must be the same, whatever the closes after that day are.
import { rowRandom } from "@holdfast/workload-kit";
import type { SignalRule } from "./positions.js";

/** Days that the future is changed after: enough that a rule which glances at one day in five does not pass by chance. */
const CUTS = 100;

export interface LookAhead {
  /** The last day whose closes were left as they are. */
  readonly cut: number;
  /** A day up to it whose signal changed all the same. */
  readonly day: number;
}

/** The first change of a past signal by a changed future; null where none of the tries finds one. */
export function findLookAhead(rule: SignalRule, closes: Float64Array, seed: number): LookAhead | null {
  if (closes.length < 3) return null;
  const before = rule(closes);
  const random = rowRandom(seed, 0);
  for (let tried = 0; tried < CUTS; tried++) {
    const cut = 1 + Math.floor(random.next() * (closes.length - 2));
    // Half the futures crash, half soar: whatever a rule waits for comes.
    const factor = tried % 2 === 0 ? 0.01 : 100;
    const changed = closes.map((close, day) => (day > cut ? close * factor : close));
    const after = rule(changed);
    for (let day = 0; day <= cut; day++) if (before[day] !== after[day]) return { cut, day };
  }
  return null;
}
