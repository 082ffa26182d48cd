import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readMails } from "../spam/corpus.js";
import { FoldedNaiveBayes } from "./folded-naive-bayes.js";
import { countFeatures, type NaiveBayesOptions, settleOptions } from "./word-features.js";

interface Example {
  readonly text: string;
  readonly isYes: boolean;
  readonly fold: number;
}

function learnt(examples: readonly Example[], folds: number, options: NaiveBayesOptions = {}): FoldedNaiveBayes {
  const folded = new FoldedNaiveBayes(folds, options);
  for (const { text, isYes, fold } of examples) folded.add(text, isYes, fold);
  return folded;
}

const twice = (rows: readonly Example[]) => [0, 1].flatMap((fold) => rows.map((row) => ({ ...row, fold })));

/** Naive Bayes of one training set, straight from the formula. */
function plain(examples: readonly Example[]) {
  const { alpha, pairs, textsMin } = settleOptions({});
  const features = examples.map(({ text, isYes }) => ({ isYes, counts: countFeatures(text, pairs) }));
  const textsWith = (word: string) => features.filter(({ counts }) => counts.has(word)).length;
  const vocabulary = [...new Set(features.flatMap(({ counts }) => [...counts.keys()]))].filter(
    (word) => textsWith(word) >= textsMin,
  );
  const times = (word: string, label: boolean) =>
    features.reduce((sum, { isYes, counts }) => sum + (isYes === label ? (counts.get(word) ?? 0) : 0), 0);
  const total = (label: boolean) => vocabulary.reduce((sum, word) => sum + times(word, label), 0);
  const totals = { yes: total(true), no: total(false) };
  const log = (word: string, label: boolean) =>
    Math.log((times(word, label) + alpha) / ((label ? totals.yes : totals.no) + alpha * vocabulary.length));
  const prior = (label: boolean) => Math.log(examples.filter(({ isYes }) => isYes === label).length / examples.length);
  return {
    leaning: (word: string) => (vocabulary.includes(word) ? log(word, true) - log(word, false) : 0),
    probabilityOfYes(text: string) {
      const score = (label: boolean) =>
        [...countFeatures(text, pairs)]
          .filter(([word]) => vocabulary.includes(word))
          .reduce((sum, [word, count]) => sum + count * log(word, label), prior(label));
      return 1 / (1 + Math.exp(score(false) - score(true)));
    },
  };
}

const words = fc.array(fc.constantFrom("hit", "him", "not", "constructor", "she", "fell", ".", "ex-wife"), {
  minLength: 1,
  maxLength: 12,
});
const example = fc.record({ text: words.map((list) => list.join(" ")), isYes: fc.boolean(), fold: fc.nat(2) });

describe("naive Bayes with folds", () => {
  test("answers like a model trained on the texts of the other folds", () => {
    fc.assert(
      fc.property(fc.array(example, { minLength: 12, maxLength: 40 }), words, (examples, asked) => {
        const hasBoth = [0, 1, 2].every(
          (fold) => new Set(examples.filter((each) => each.fold !== fold).map(({ isYes }) => isYes)).size === 2,
        );
        fc.pre(hasBoth);
        const folded = learnt(examples, 3);
        for (const fold of [0, 1, 2]) {
          const model = plain(examples.filter((each) => each.fold !== fold));
          const text = asked.join(" ");
          expect(folded.probabilityOfYes(text, fold)).toBeCloseTo(model.probabilityOfYes(text), 9);
          expect(folded.leaning("hit", fold)).toBeCloseTo(model.leaning("hit"), 9);
        }
      }),
    );
  });

  test("matches the textbook: two classes, Laplace smoothing", () => {
    const rows = [
      { text: "chinese beijing chinese", isYes: true, fold: 0 },
      { text: "chinese chinese shanghai", isYes: true, fold: 0 },
      { text: "chinese macao", isYes: true, fold: 0 },
      { text: "tokyo japan chinese", isYes: false, fold: 0 },
    ];
    // Every row twice, in two folds, so that each fold has others to learn from; twice the smoothing makes up for it.
    const folded = learnt(twice(rows), 3, { alpha: 2, pairs: false, textsMin: 1 });
    // Manning, Raghavan, Schütze, Introduction to Information Retrieval, example 13.1: 0.0003 versus 0.0001.
    const yes = (3 / 4) * (3 / 7) ** 3 * (1 / 14) * (1 / 14);
    const no = (1 / 4) * (2 / 9) ** 3 * (2 / 9) * (2 / 9);
    expect(folded.probabilityOfYes("chinese chinese chinese tokyo japan", 2)).toBeCloseTo(yes / (yes + no), 12);
  });

  test("gives the prior for a text with no known word, and does not underflow on a long text", () => {
    const rows = [true, true, true, false].map((isYes) => ({ text: `${isYes} word word`, isYes, fold: 0 }));
    const folded = learnt(twice(rows), 3, { textsMin: 1 });
    expect(folded.probabilityOfYes("constructor toString", 2)).toBeCloseTo(0.75, 12);
    expect(folded.probabilityOfYes("true same ".repeat(5_000), 2)).toBeCloseTo(1, 6);
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

  test("refuses options out of range, and a fold that leaves the others without one of the labels", () => {
    expect(() => new FoldedNaiveBayes(2, { alpha: 0 })).toThrow(/"alpha"/);
    expect(() => new FoldedNaiveBayes(1)).toThrow("at least 2");
    const folded = new FoldedNaiveBayes(2);
    folded.add("a", true, 0);
    folded.add("b", false, 0);
    expect(() => folded.probabilityOfYes("a", 0)).toThrow("outside of fold 1 of 2 there are 0 texts labelled yes");
  });
});

describe("on real mail", async () => {
  const mails: { text: string; isSpam: boolean }[] = [];
  for await (const { body, spam_manual } of readMails({ max: 300 })) {
    mails.push({ text: body.slice(0, 2_000), isSpam: spam_manual === 1 });
  }
  const accuracyOf = (rows: typeof mails) => {
    const folded = learnt(
      rows.map(({ text, isSpam }, at) => ({ text, isYes: isSpam, fold: at % 5 })),
      5,
    );
    const hits = rows.filter(({ text, isSpam }, at) => folded.probabilityOfYes(text, at % 5) >= 0.5 === isSpam);
    return hits.length / rows.length;
  };

  test("judges most mails of unseen folds correctly", () => {
    const majority = Math.max(...[true, false].map((is) => mails.filter(({ isSpam }) => isSpam === is).length)) / 300;
    expect(majority).toBeLessThan(0.75);
    // Only a change of method can fall below this bound.
    expect(accuracyOf(mails)).toBeGreaterThan(0.9);
  });

  test("judges random labels no better than a coin: nothing leaks from the held-out fold", () => {
    const random = mails.map(({ text }, at) => ({ text, isSpam: (at * 7919) % 2 === 0 }));
    // Four standard deviations of 300 tosses of a fair coin: 0.12.
    expect(Math.abs(accuracyOf(random) - 0.5)).toBeLessThan(0.12);
  });
});
