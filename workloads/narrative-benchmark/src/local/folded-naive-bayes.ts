// k-fold multinomial naive Bayes over words and word pairs, in one pass over the texts. Exact and the same on every
// machine, since training only counts. Its posteriors are overconfident: they order texts, but are no calibrated
// probabilities. Counts are kept per fold; the model that has not seen a fold is all
// counts minus that fold's. It gives the same answers as one model per fold trained on the texts of the others, and its
// memory grows with the vocabulary and the folds, not with the number of texts.
import { ModelConfigError } from "@holdfast/models";
import { countFeatures, type NaiveBayesOptions, type SettledOptions, settleOptions } from "./word-features.js";

/** Counts of a feature, per fold. */
const NO = 0;
const YES = 1;
const TEXTS = 2;
const CELLS = 3;
const FEATURES_AT_FIRST = 4_096;

interface FoldTotals {
  readonly logPriors: readonly [no: number, yes: number];
  readonly logDenominators: readonly [no: number, yes: number];
}

export class FoldedNaiveBayes {
  private readonly options: SettledOptions;
  private readonly rowOf = new Map<string, number>();
  /** One row per feature, with its cells for each fold. */
  private counts: Uint32Array;
  private readonly texts: { no: number; yes: number }[];
  private totals: readonly FoldTotals[] | null = null;

  /** @throws {ModelConfigError} MODEL_CONFIG_INVALID if an option is out of range. */
  constructor(
    readonly folds: number,
    options: NaiveBayesOptions = {},
  ) {
    if (!Number.isInteger(folds) || folds < 2)
      throw new ModelConfigError("folds", `${folds} is not a whole number of at least 2.`, "Give e.g. 5.");
    this.options = settleOptions(options);
    this.counts = new Uint32Array(FEATURES_AT_FIRST * this.width);
    this.texts = Array.from({ length: folds }, () => ({ no: 0, yes: 0 }));
  }

  /** Counts a text of `fold` (from 0). The order of the texts does not matter. */
  add(text: string, isYes: boolean, fold: number): void {
    this.totals = null;
    const seen = this.texts[fold];
    if (seen === undefined) throw new RangeError(`Fold ${fold}: one from 0 to ${this.folds - 1} is expected.`);
    seen[isYes ? "yes" : "no"]++;
    for (const [feature, times] of countFeatures(text, this.options.pairs)) {
      let row = this.rowOf.get(feature);
      if (row === undefined) {
        row = this.rowOf.size;
        this.rowOf.set(feature, row);
        if ((row + 1) * this.width > this.counts.length) this.grow();
      }
      const at = row * this.width + fold * CELLS;
      this.counts[at + (isYes ? YES : NO)] = (this.counts[at + (isYes ? YES : NO)] as number) + times;
      this.counts[at + TEXTS] = (this.counts[at + TEXTS] as number) + 1;
    }
  }

  /**
   * Returns the posterior of yes, trained on the other folds. It orders texts; it is not a calibrated probability.
   * @throws {ModelConfigError} MODEL_CONFIG_INVALID if the texts outside a fold do not have both labels.
   */
  probabilityOfYes(text: string, fold: number): number {
    const { logPriors } = this.totalsOf(fold);
    let [no, yes] = logPriors;
    for (const [feature, times] of countFeatures(text, this.options.pairs)) {
      const weights = this.weights(feature, fold);
      if (weights === null) continue; // unseen words tell nothing about either class
      no += times * weights.no;
      yes += times * weights.yes;
    }
    // Relative to the best, since a long text would underflow to 0 / 0.
    const best = Math.max(no, yes);
    const share = { no: Math.exp(no - best), yes: Math.exp(yes - best) };
    return share.yes / (share.no + share.yes);
  }

  /** Returns how strongly a word or pair indicates yes, trained on the other folds: the log of the ratio of its frequencies. */
  leaning(feature: string, fold: number): number {
    const weights = this.weights(feature, fold);
    return weights === null ? 0 : weights.yes - weights.no;
  }

  private get width(): number {
    return this.folds * CELLS;
  }

  /** Null for a feature that occurs in too few texts of the other folds. */
  private weights(feature: string, fold: number): { readonly no: number; readonly yes: number } | null {
    const row = this.rowOf.get(feature);
    if (row === undefined || this.without(row, fold, TEXTS) < this.options.textsMin) return null;
    const { alpha } = this.options;
    const [logNo, logYes] = this.totalsOf(fold).logDenominators;
    return {
      no: Math.log(this.without(row, fold, NO) + alpha) - logNo,
      yes: Math.log(this.without(row, fold, YES) + alpha) - logYes,
    };
  }

  /** Sums a cell of a feature over all folds but one. */
  private without(row: number, fold: number, cell: number): number {
    let sum = 0;
    for (let other = 0; other < this.folds; other++) {
      if (other !== fold) sum += this.counts[row * this.width + other * CELLS + cell] as number;
    }
    return sum;
  }

  private totalsOf(fold: number): FoldTotals {
    this.totals ??= this.texts.map((_, each) => this.sum(each));
    return this.totals[fold] as FoldTotals;
  }

  private sum(fold: number): FoldTotals {
    const others = this.texts.filter((_, other) => other !== fold);
    const no = others.reduce((total, each) => total + each.no, 0);
    const yes = others.reduce((total, each) => total + each.yes, 0);
    if (no === 0 || yes === 0) {
      const problem = `outside of fold ${fold + 1} of ${this.folds} there are ${yes} texts labelled yes and ${no} labelled no.`;
      throw new ModelConfigError(
        "rows",
        problem,
        "Training needs both labels: give more labelled texts, or fewer folds.",
      );
    }
    let kept = 0;
    const times = { no: 0, yes: 0 };
    for (let row = 0; row < this.rowOf.size; row++) {
      if (this.without(row, fold, TEXTS) < this.options.textsMin) continue;
      kept++;
      times.no += this.without(row, fold, NO);
      times.yes += this.without(row, fold, YES);
    }
    const smoothing = this.options.alpha * kept;
    return {
      logPriors: [Math.log(no / (no + yes)), Math.log(yes / (no + yes))],
      logDenominators: [Math.log(times.no + smoothing), Math.log(times.yes + smoothing)],
    };
  }

  private grow(): void {
    const grown = new Uint32Array(this.counts.length * 2);
    grown.set(this.counts);
    this.counts = grown;
  }
}
