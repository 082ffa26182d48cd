import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FoldedNaiveBayes } from "./folded-naive-bayes.js";
import { predictNaiveBayes, trainNaiveBayes } from "./naive-bayes.js";

const words = fc.array(fc.constantFrom("hit", "him", "not", "constructor", "she", "fell", ".", "ex-wife"), {
  minLength: 1,
  maxLength: 12,
});
const example = fc.record({ text: words.map((list) => list.join(" ")), isYes: fc.boolean(), fold: fc.nat(2) });

describe("naive Bayes with folds", () => {
  test("answers exactly like a model trained on the texts of the other folds", () => {
    fc.assert(
      fc.property(fc.array(example, { minLength: 12, maxLength: 40 }), words, (examples, asked) => {
        const hasBoth = [0, 1, 2].every(
          (fold) => new Set(examples.filter((each) => each.fold !== fold).map(({ isYes }) => isYes)).size === 2,
        );
        fc.pre(hasBoth);
        const folded = new FoldedNaiveBayes(3);
        for (const { text, isYes, fold } of examples) folded.add(text, isYes, fold);
        for (const fold of [0, 1, 2]) {
          const others = examples.filter((each) => each.fold !== fold);
          const model = trainNaiveBayes(others.map(({ text, isYes }) => ({ text, label: isYes ? "yes" : "no" })));
          const text = asked.join(" ");
          expect(folded.probabilityOfYes(text, fold)).toBe(predictNaiveBayes(model, text).posteriors.yes);
          const weights = Object.hasOwn(model.weights, "hit") ? model.weights.hit : undefined;
          expect(folded.leaning("hit", fold)).toBe(weights === undefined ? 0 : (weights[1] ?? 0) - (weights[0] ?? 0));
        }
      }),
    );
  });

  test("keeps its counts when the vocabulary outgrows its first table", () => {
    const folded = new FoldedNaiveBayes(2, { pairs: false });
    for (let i = 0; i < 10_000; i++) {
      for (const fold of [0, 1]) {
        folded.add(`word${i} rises`, true, fold);
        folded.add(`word${i} falls`, false, fold);
      }
    }
    folded.add("word3 late", true, 0);
    folded.add("word3 late", true, 0);
    expect(folded.leaning("late", 1)).toBeGreaterThan(0);
    expect(folded.leaning("late", 0)).toBe(0);
    expect(folded.leaning("rises", 0)).toBeGreaterThan(5);
  });

  test("refuses fewer than two folds, and a fold that leaves the others without one of the labels", () => {
    expect(() => new FoldedNaiveBayes(1)).toThrow("at least 2");
    const folded = new FoldedNaiveBayes(2);
    folded.add("a", true, 0);
    folded.add("b", false, 0);
    expect(() => folded.probabilityOfYes("a", 0)).toThrow("outside of fold 1 of 2 there are 0 texts labelled yes");
  });
});
