// Figures of a ranking. Types only.
import type { OfData } from "../prospect/synthetic.js";

export interface TopProspect extends OfData {
  readonly rank: number;
  readonly key: string;
  readonly company: string | null;
  readonly tier: string;
  readonly score: number;
}

export interface CriterionFigures extends OfData {
  readonly id: string;
  /** Mean over the prospects whose fit is known; null if there are none. */
  readonly meanFit: number | null;
  readonly unknown: number;
  /** Number of prospects it disqualified. */
  readonly disqualified: number;
}

export interface Ranking extends OfData {
  readonly profile: string;
  readonly method: string;
  readonly prospects: number;
  /** By tier, from highest to lowest, then `below`, `disqualified` and `failed`. */
  readonly tiers: { readonly [tier: string]: number };
  readonly top: readonly TopProspect[];
  readonly criteria: readonly CriterionFigures[];
  /** Number of prospects with a must-have whose fit is unknown. */
  readonly toCheck: number;
  /** Number of skipped rows of the file; absent if none. */
  readonly skipped?: number;
}
