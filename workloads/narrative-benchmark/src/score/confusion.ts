// Counts of right and wrong answers, and the measures computed from them. Invariants: an item without an answer (an
// error) or without a label is counted separately, never as a "no". A measure with a denominator of zero is null, never
// 0 or NaN.
import { type Interval, type Proportion, proportion, wilsonInterval } from "./wilson.js";

/** One scored item. */
export interface Prediction {
  /** Unique within an experiment, e.g. `0000017:le`. */
  readonly key: string;
  /** Narrative type, e.g. `le`. */
  readonly type: string;
  /** The manual label; null if the row has none. */
  readonly label: boolean | null;
  /** The answer; null if the item ended in an error. */
  readonly predicted: boolean | null;
  /**
   * Whether an attempt failed before this answer. Interrupted attempts (a killed process, a pause) and answers to an
   * earlier prompt are not retries, since they say nothing about the narrative.
   */
  readonly isRetried?: boolean | undefined;
  /** Length of the narrative, in characters. */
  readonly chars?: number | undefined;
}

export interface Confusion {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
}

export interface F1 {
  readonly value: number | null;
  readonly interval: Interval | null;
}

export interface Scores {
  /** All items, whatever their outcome. */
  readonly items: number;
  /** Items with an answer and a label: the basis of every measure below. */
  readonly scored: number;
  /** Items that ended in an error. */
  readonly errors: number;
  /** Items with an answer but no label. */
  readonly unlabelled: number;
  readonly confusion: Confusion;
  readonly accuracy: Proportion;
  readonly precision: Proportion;
  readonly recall: Proportion;
  readonly specificity: Proportion;
  /** Share of scored items labeled 1. */
  readonly prevalence: Proportion;
  readonly f1: F1;
}

/** A running count; `scores` may be read at any time. */
export class ConfusionCounter {
  #errors = 0;
  #unlabelled = 0;
  #counts = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };

  add({ label, predicted }: Pick<Prediction, "label" | "predicted">): void {
    if (predicted === null) this.#errors++;
    else if (label === null) this.#unlabelled++;
    else if (predicted) this.#counts[label ? "truePositive" : "falsePositive"]++;
    else this.#counts[label ? "falseNegative" : "trueNegative"]++;
  }

  scores(): Scores {
    const { truePositive: tp, falsePositive: fp, trueNegative: tn, falseNegative: fn } = this.#counts;
    const scored = tp + fp + tn + fn;
    return {
      items: scored + this.#errors + this.#unlabelled,
      scored,
      errors: this.#errors,
      unlabelled: this.#unlabelled,
      confusion: { ...this.#counts },
      accuracy: proportion(tp + tn, scored),
      precision: proportion(tp, tp + fp),
      recall: proportion(tp, tp + fn),
      specificity: proportion(tn, tn + fp),
      prevalence: proportion(tp + fn, scored),
      f1: f1Score(tp, fp, fn),
    };
  }
}

/**
 * F1 = 2·tp / (2·tp + fp + fn), with an interval.
 *
 * F1 itself is not a proportion, but J = tp / (tp + fp + fn) is one (of the items that the label or the answer calls
 * positive). F1 = 2J / (1 + J) rises with J, so Wilson's bounds of J, transformed, bound F1.
 */
function f1Score(tp: number, fp: number, fn: number): F1 {
  const of = tp + fp + fn;
  const bounds = wilsonInterval(tp, of);
  if (bounds === null) return { value: null, interval: null };
  const toF1 = (share: number) => (2 * share) / (1 + share);
  return { value: toF1(tp / of), interval: { low: toF1(bounds.low), high: toF1(bounds.high) } };
}
