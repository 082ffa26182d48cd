// Steps from one price to the next that no market explains: splits that the file was not adjusted for, and jumps worth a word.

/** A step of more than this share up or down is told. */
const JUMP_SHARE = 0.4;
/** Splits as companies make them, new shares for an old one. */
const SPLIT_RATIOS = [1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50];
/** A price moves on the day of its split too: so much may it differ from the ratio. */
const SPLIT_TOLERANCE = 0.04;
/** Days before and after that must be calm, and how much calmer than the step. */
const CALM_DAYS = 10;
const CALM_FACTOR = 5;

export interface Step {
  /** Position of the day on which it shows. */
  readonly at: number;
  /** Price over the price before. */
  readonly ratio: number;
  /** New shares for an old one (0.1: one for ten); null where it looks like no split. */
  readonly split: number | null;
}

/** Steps between prices above zero; a hole between them makes none. */
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

/** "2 for 1", "1 for 10", "3 for 2" */
export function splitWords(split: number): string {
  const [more, less] = split >= 1 ? [split, 1] : [1, Math.round((1 / split) * 10) / 10];
  const double = Number.isInteger(more) && Number.isInteger(less) ? 1 : 2;
  return `${more * double} for ${less * double}`;
}

/** Prices as if the newest shares had always been: whatever lies before a split is divided by it. */
export function adjustForSplits(closes: readonly number[], steps: readonly Step[]): number[] {
  const adjusted = [...closes];
  for (const { at, split } of steps) {
    if (split === null) continue;
    // Times ten and not by a tenth, which no double is.
    const isReverse = split < 1;
    const [times, over] = isReverse ? [1 / split, 1] : [1, split];
    for (let before = 0; before < at; before++) adjusted[before] = ((adjusted[before] as number) * times) / over;
  }
  return adjusted;
}
