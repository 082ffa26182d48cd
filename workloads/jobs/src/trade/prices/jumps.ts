// Finds steps between prices that no market explains: splits for which the file was not adjusted, and notable jumps.

/** A step of more than this share up or down is reported. */
const JUMP_SHARE = 0.4;
/** Usual split ratios, new shares per old one. */
const SPLIT_RATIOS = [1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50];
/** Allowed deviation from the ratio, since a price also moves on the day of its split. */
const SPLIT_TOLERANCE = 0.04;
/** Number of days before and after that must be calm, and by what factor calmer than the step. */
const CALM_DAYS = 10;
const CALM_FACTOR = 5;

export interface Step {
  /** Position of the day on which it appears. */
  readonly at: number;
  /** Price divided by the previous price. */
  readonly ratio: number;
  /** New shares per old one (0.1: one for ten); null if it does not look like a split. */
  readonly split: number | null;
}

/** Returns steps between prices above zero. A missing price between them is not a step. */
export function findSteps(closes: readonly number[]): Step[] {
  const change = closes.map((close, at) => {
    const before = closes[at - 1];
    return before === undefined || before <= 0 || close <= 0 ? null : Math.log(close / before);
  });
  return change.flatMap((step, at): Step[] => {
    if (step === null) return [];
    const ratio = Math.exp(step);
    if (ratio < 1 + JUMP_SHARE && ratio > 1 - JUMP_SHARE && splitOf(ratio) === null) return [];
    const around = change.slice(Math.max(0, at - CALM_DAYS), at + CALM_DAYS + 1).filter((_, near) => {
      return near !== Math.min(at, CALM_DAYS);
    });
    const loudest = Math.max(0, ...around.map((one) => Math.abs(one ?? 0)));
    const split = Math.abs(step) > CALM_FACTOR * loudest ? splitOf(ratio) : null;
    return split === null && ratio < 1 + JUMP_SHARE && ratio > 1 - JUMP_SHARE ? [] : [{ at, ratio, split }];
  });
}

function splitOf(ratio: number): number | null {
  const up = ratio < 1 ? 1 / ratio : ratio;
  const near = SPLIT_RATIOS.find((one) => Math.abs(up / one - 1) <= SPLIT_TOLERANCE);
  if (near === undefined) return null;
  return ratio < 1 ? near : 1 / near;
}

/** Words a split: "2 for 1", "1 for 10", "3 for 2". */
export function splitWords(split: number): string {
  const [more, less] = split >= 1 ? [split, 1] : [1, Math.round((1 / split) * 10) / 10];
  const double = Number.isInteger(more) && Number.isInteger(less) ? 1 : 2;
  return `${more * double} for ${less * double}`;
}

/** Returns prices as if today's shares had always existed: prices before a split are divided by its ratio. */
export function adjustForSplits(closes: readonly number[], steps: readonly Step[]): number[] {
  const adjusted = [...closes];
  for (const { at, split } of steps) {
    if (split === null) continue;
    // Multiplies by ten instead of dividing by a tenth, which no double represents exactly.
    const isReverse = split < 1;
    const [times, over] = isReverse ? [1 / split, 1] : [1, split];
    for (let before = 0; before < at; before++) adjusted[before] = ((adjusted[before] as number) * times) / over;
  }
  return adjusted;
}
