/**
 * The score of a prospect. Pure, so that new weights or tiers need no new judgment.
 *
 *   score = 100 × Σ weight × fit / Σ weight
 *
 * The sum is over all criteria. If a fit is unknown, the criterion's or the profile's `unknown` replaces it. `known` is
 * the share of the weight with a known fit. A failed must-have disqualifies: there is no score. Invariants: 0 ≤ score ≤
 * 100; a better fit never lowers it; more weight on a criterion that fits better than the whole never lowers it.
 */
import type { Judgement } from "../criteria/judgement.js";
import { isFailedMustHave } from "../criteria/judges.js";
import { type Criterion, type Profile, weightOf } from "../profile/schema.js";

export interface Score {
  /** 0 to 100, two decimals; null if disqualified. */
  readonly score: number | null;
  /** A tier of the profile, `below` all of them, or `disqualified`. */
  readonly tier: string;
  /** Percentage of the weight with a known fit, one decimal. */
  readonly knownPercent: number;
  /** Must-haves that failed. */
  readonly disqualifiedBy: readonly string[];
  /** Must-haves whose fit is unknown: check before you call. */
  readonly toCheck: readonly string[];
  /** Points that each criterion contributes to the score, two decimals. */
  readonly points: Readonly<Record<string, number>>;
}

export type Judgements = Readonly<Record<string, Judgement>>;

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

export function scoreProspect(profile: Profile, judgements: Judgements): Score {
  const { criteria } = profile;
  const fitOf = ({ id }: Criterion) => judgements[id]?.fit ?? null;
  const totalWeight = criteria.reduce((sum, criterion) => sum + weightOf(criterion), 0);
  const points: Record<string, number> = {};
  let sum = 0;
  let known = 0;
  for (const criterion of criteria) {
    const weight = weightOf(criterion);
    const fit = fitOf(criterion);
    const counted = weight * (fit ?? criterion.unknown ?? profile.unknown);
    points[criterion.id] = round((100 * counted) / totalWeight, 2);
    sum += counted;
    if (fit !== null) known += weight;
  }
  const disqualifiedBy = criteria.filter((one) => isFailedMustHave(one, fitOf(one))).map(({ id }) => id);
  const toCheck = criteria.filter((one) => one.mustHave && fitOf(one) === null).map(({ id }) => id);
  const knownPercent = round((100 * known) / totalWeight, 1);
  // Sums of shares may slightly exceed the whole.
  const score = Math.min(100, round((100 * sum) / totalWeight, 2));
  const common = { knownPercent, disqualifiedBy, toCheck, points };
  if (disqualifiedBy.length > 0) return { score: null, tier: "disqualified", ...common };
  return { score, tier: profile.tiers.find(({ from }) => score >= from)?.name ?? "below", ...common };
}
