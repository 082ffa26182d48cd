// Stratified k-fold cross-validation: each row is predicted by a model that was not trained on it, so the scores do not
// measure memorization. Deterministic: the folds depend only on the order of the rows and the seed.

import { seededRandom } from "@holdfast/core";
import { ModelConfigError } from "../errors.js";
import { type Metrics, scorePredictions } from "./metrics.js";
import {
  type LabelledText,
  type LocalPrediction,
  type NaiveBayesOptions,
  predictNaiveBayes,
  trainNaiveBayes,
} from "./naive-bayes.js";
import { shuffled } from "./random.js";

export interface CrossValidationOptions extends NaiveBayesOptions {
  /** Number of folds. Default 5. */
  readonly folds?: number | undefined;
  readonly seed: number;
}

export interface CrossValidation {
  readonly folds: number;
  readonly seed: number;
  /** Predictions, in the order of the rows. */
  readonly predictions: readonly (LocalPrediction & { readonly fold: number })[];
  readonly metrics: Metrics;
  /** Accuracy of always predicting the most frequent label: the baseline that a classifier has to beat. */
  readonly majorityAccuracy: number;
}

/**
 * Cross-validates a naive Bayes classifier. @throws {ModelConfigError} MODEL_CONFIG_INVALID if a label has fewer rows
 * than there are folds.
 */
export function crossValidate(rows: readonly LabelledText[], options: CrossValidationOptions): CrossValidation {
  const folds = options.folds ?? 5;
  const foldOf = stratify(rows, folds, options.seed);
  const predictions = new Array<LocalPrediction & { fold: number }>(rows.length);
  for (let fold = 0; fold < folds; fold++) {
    const model = trainNaiveBayes(
      rows.filter((_, at) => foldOf[at] !== fold),
      options,
    );
    rows.forEach((row, at) => {
      if (foldOf[at] === fold) predictions[at] = { ...predictNaiveBayes(model, row.text), fold };
    });
  }
  const metrics = scorePredictions(
    rows.map((row, at) => ({ actual: row.label, predicted: (predictions[at] as LocalPrediction).label })),
  );
  const majority = Math.max(...metrics.classes.map((each) => each.support));
  return { folds, seed: options.seed, predictions, metrics, majorityAccuracy: majority / rows.length };
}

/** Returns the fold of each row. Every label is spread over the folds as evenly as its count allows. */
export function stratify(rows: readonly { readonly label: string }[], folds: number, seed: number): number[] {
  if (!(Number.isInteger(folds) && folds >= 2))
    throw new ModelConfigError("folds", `${folds} is not a whole number from 2.`, "Give e.g. 5.");
  const random = seededRandom(seed);
  const foldOf = new Array<number>(rows.length);
  let next = 0; // continues from label to label, so that the remainders do not all fall into the first folds
  for (const label of [...new Set(rows.map((row) => row.label))].sort()) {
    const places = rows.flatMap((row, at) => (row.label === label ? [at] : []));
    if (places.length < folds) {
      throw new ModelConfigError(
        "folds",
        `label "${label}" has ${places.length} row(s) for ${folds} folds.`,
        "Use fewer folds or more rows.",
      );
    }
    for (const at of shuffled(places, random)) foldOf[at] = next++ % folds;
  }
  return foldOf;
}
