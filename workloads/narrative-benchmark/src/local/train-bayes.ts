// Learning for `method: naive-bayes`: from labelled texts to something that gives a probability and its reasons.
import { predictNaiveBayes, splitWords, trainNaiveBayes } from "@holdfast/models";
import type { Train } from "./trained.js";

const INDICATORS_MAX = 10;

export const trainBayes: Train = (examples) => {
  const rows = Array.from(examples, ({ text, label }) => ({ text, label: label ? "yes" : "no" }));
  const model = trainNaiveBayes(rows);
  const yes = model.labels.indexOf("yes");
  const no = model.labels.indexOf("no");
  /** How much a word speaks for yes: the log of the ratio of its frequencies. */
  const weightOf = (word: string) => {
    const weights = Object.hasOwn(model.weights, word) ? model.weights[word] : undefined;
    return weights === undefined ? 0 : (weights[yes] ?? 0) - (weights[no] ?? 0);
  };
  return {
    predict(text) {
      const words = [...new Set(splitWords(text).map((word) => word.text))];
      const ranked = words.map((word) => ({ word, weight: weightOf(word) })).filter(({ weight }) => weight > 0);
      ranked.sort((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1));
      return {
        probability: predictNaiveBayes(model, text).posteriors.yes ?? 0,
        indicators: ranked.slice(0, INDICATORS_MAX).map(({ word }) => word),
      };
    },
  };
};
