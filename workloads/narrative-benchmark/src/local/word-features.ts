// The features that naive Bayes counts in a text: its words and the pairs of neighboring words.
import { ModelConfigError } from "@holdfast/models";
import { splitWords } from "@holdfast/workload-kit";

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

/** The options with their defaults. */
export type SettledOptions = { readonly [K in keyof NaiveBayesOptions]-?: NonNullable<NaiveBayesOptions[K]> };

/** Fills in the defaults. @throws {ModelConfigError} MODEL_CONFIG_INVALID if an option is out of range. */
export function settleOptions(options: NaiveBayesOptions): SettledOptions {
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
