// What a ranking amounts to, as figures. Types only.
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
  /** Over the prospects whose fit is known; null where it is known of none. */
  readonly meanFit: number | null;
  readonly unknown: number;
  /** Prospects it disqualified. */
  readonly disqualified: number;
}

export interface Ranking extends OfData {
  readonly profile: string;
  readonly method: string;
  readonly prospects: number;
  /** By tier, from the highest to the lowest, then `below`, `disqualified` and `failed`. */
  readonly tiers: { readonly [tier: string]: number };
  readonly top: readonly TopProspect[];
  readonly criteria: readonly CriterionFigures[];
  /** Prospects with a must-have nobody knows about. */
  readonly toCheck: number;
  /** Rows of the file that were left out; absent where none was. */
  readonly skipped?: number;
}
