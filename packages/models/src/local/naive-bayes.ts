// A trained text classifier: multinomial naive Bayes over words and word pairs. Small, exact, and the same on every
// machine: training only counts, without randomness. The model is plain JSON and identifies its training texts. Naive
// Bayes posteriors are overconfident: `confidence` orders predictions, but is not a calibrated probability.
import { createHash } from "node:crypto";
import { ModelConfigError } from "../errors.js";
import { splitWords } from "./words.js";

export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

export interface NaiveBayesOptions {
  /** Lidstone smoothing. Default 0.5, since Laplace's 1 drowns the rare words that matter most in short texts. */
  readonly alpha?: number | undefined;
  /** Whether word pairs are features besides words. Default true: "not assaulted" differs from "assaulted". */
  readonly pairs?: boolean | undefined;
  /**
   * Minimum number of training texts in which a feature occurs. Default 2: what occurs in one text is mostly names and
   * typos.
   */
  readonly textsMin?: number | undefined;
}

/** Plain JSON. `weights[feature][i]`: log P(feature | labels[i]). */
export interface NaiveBayesModel {
  readonly method: "local";
  readonly engine: "nb-v1";
  readonly labels: readonly string[];
  readonly logPriors: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly options: { readonly alpha: number; readonly pairs: boolean; readonly textsMin: number };
  /** SHA-256 over the labeled texts, independent of their order. */
  readonly trainedOn: { readonly rows: number; readonly sha256: string };
}

export interface LocalPrediction {
  readonly method: "local";
  readonly engine: "nb-v1";
  readonly label: string;
  /** Posterior of the label. It orders predictions; it is not a calibrated probability. */
  readonly confidence: number;
  readonly posteriors: Readonly<Record<string, number>>;
  /** Number of features of the text known to the model. If 0, the prediction is merely the most frequent label. */
  readonly knownFeatures: number;
}

/** Trains a model. @throws {ModelConfigError} MODEL_CONFIG_INVALID for fewer than two labels, or an option out of range. */
export function trainNaiveBayes(rows: readonly LabelledText[], options: NaiveBayesOptions = {}): NaiveBayesModel {
  const settled = settleOptions(options);
  const labels = [...new Set(rows.map((row) => row.label))].sort();
  if (labels.length < 2) {
    throw new ModelConfigError(
      "rows",
      `${rows.length} rows with ${labels.length} label(s).`,
      "Training needs at least two labels.",
    );
  }
  const place = new Map(labels.map((label, at) => [label, at]));
  const rowCounts = labels.map(() => 0);
  // Per feature: how often in each class, and in how many texts (last).
  const counts = new Map<string, Float64Array>();
  for (const { text, label } of rows) {
    const at = place.get(label) as number;
    rowCounts[at] = (rowCounts[at] as number) + 1;
    for (const [feature, times] of countFeatures(text, settled.pairs)) {
      const row = counts.get(feature) ?? new Float64Array(labels.length + 1);
      row[at] = (row[at] as number) + times;
      row[labels.length] = (row[labels.length] as number) + 1;
      counts.set(feature, row);
    }
  }
  const kept = [...counts].filter(([, row]) => (row[labels.length] as number) >= settled.textsMin).sort(byName);
  const totals = labels.map((_, at) => kept.reduce((total, [, row]) => total + (row[at] as number), 0));
  const logDenominators = totals.map((total) => Math.log(total + settled.alpha * kept.length));
  // No prototype, since a word may be "constructor".
  const weights: Record<string, readonly number[]> = Object.create(null);
  for (const [feature, row] of kept) {
    weights[feature] = labels.map(
      (_, at) => Math.log((row[at] as number) + settled.alpha) - (logDenominators[at] as number),
    );
  }
  return {
    method: "local",
    engine: "nb-v1",
    labels,
    logPriors: rowCounts.map((count) => Math.log(count / rows.length)),
    weights,
    options: settled,
    trainedOn: { rows: rows.length, sha256: hashRows(rows) },
  };
}

export function predictNaiveBayes(model: NaiveBayesModel, text: string): LocalPrediction {
  const scores = [...model.logPriors];
  let knownFeatures = 0;
  for (const [feature, times] of countFeatures(text, model.options.pairs)) {
    if (!Object.hasOwn(model.weights, feature)) continue; // unseen words tell nothing about either class
    knownFeatures += times;
    const weights = model.weights[feature] as readonly number[];
    for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] as number) + times * (weights[at] as number);
  }
  // Relative to the best, since a long text would underflow to 0 / 0.
  const best = Math.max(...scores);
  const shares = scores.map((score) => Math.exp(score - best));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const at = scores.indexOf(best); // the first of equals by name, so that ties are the same everywhere
  return {
    method: "local",
    engine: "nb-v1",
    label: model.labels[at] as string,
    confidence: (shares[at] as number) / total,
    posteriors: Object.fromEntries(model.labels.map((label, place) => [label, (shares[place] as number) / total])),
    knownFeatures,
  };
}

/** Fills in the defaults. @throws {ModelConfigError} MODEL_CONFIG_INVALID if an option is out of range. */
export function settleOptions(options: NaiveBayesOptions): NaiveBayesModel["options"] {
  const settled = { alpha: options.alpha ?? 0.5, pairs: options.pairs ?? true, textsMin: options.textsMin ?? 2 };
  if (!(settled.alpha > 0)) throw new ModelConfigError("alpha", `${settled.alpha} is not above 0.`, "Give e.g. 0.5.");
  return settled;
}

/** Counts the words of a text and the pairs of neighboring words in a sentence. */
export function countFeatures(text: string, pairs: boolean): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string) => counts.set(feature, (counts.get(feature) ?? 0) + 1);
  const words = splitWords(text);
  words.forEach((word, at) => {
    add(word.text);
    const before = words[at - 1];
    if (pairs && before !== undefined && before.sentence === word.sentence) add(`${before.text} ${word.text}`);
  });
  return counts;
}

function hashRows(rows: readonly LabelledText[]): string {
  const lines = rows.map(({ label, text }) => JSON.stringify([label, text])).sort();
  const hash = createHash("sha256");
  for (const line of lines) hash.update(line).update("\n");
  return hash.digest("hex");
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0; // by code unit, since a locale's order differs between machines
}
