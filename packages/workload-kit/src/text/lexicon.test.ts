import { describe, expect, test } from "vitest";
import { createLexiconClassifier, type LexiconRules } from "./lexicon.js";
import { splitWords } from "./words.js";

const RULES: LexiconRules = {
  name: "partner-violence",
  version: "1",
  terms: [
    { tag: "partner", weight: 0.5, words: ["husband", "ex-husband", "boyfriend", "girlfriend", "wife"] },
    { tag: "violence", weight: 1, words: ["shot", "strangl*", "domestic violence", "threatened to kill"] },
    { tag: "history", weight: 1, words: ["restraining order"] },
  ],
  negations: ["no", "not", "denied", "no evidence of"],
  negationReach: 4,
  scopeEnds: ["but"],
  pairs: [{ tags: ["partner", "violence"], weight: 2 }],
  threshold: 2.5,
  labels: { positive: "ipv", negative: "none" },
};
const { classify } = createLexiconClassifier(RULES);

describe("a verdict", () => {
  test("is positive if the tags occur in one sentence, and says which rules fired and where", () => {
    const text = "Her ex-husband came home. The boyfriend strangled her.";
    const verdict = classify(text);
    expect(verdict).toMatchObject({
      method: "local",
      engine: "lexicon-v1",
      rules: "partner-violence@1",
      label: "ipv",
      score: 4,
    });
    expect(verdict.hits.map((hit) => text.slice(hit.start, hit.end))).toEqual(["ex-husband", "boyfriend", "strangled"]);
    expect(verdict.pairs).toEqual([{ tags: ["partner", "violence"], weight: 2 }]);
  });

  test("is negative if they occur in different sentences", () => {
    expect(classify("He was shot by a stranger. His wife called the police.")).toMatchObject({
      label: "none",
      score: 1.5,
      pairs: [],
    });
  });

  test("ignores negated terms within the negation's reach", () => {
    expect(classify("She was not shot by her husband.")).toMatchObject({ label: "none", score: 0 });
    expect(classify("There was no evidence of domestic violence by the husband.").hits).toMatchObject([
      { tag: "violence", term: "domestic violence", negated: true },
      { tag: "partner", negated: false }, // the fifth word after it; the reach is four
    ]);
    // Five words on, past the reach.
    expect(classify("No weapon was found where the husband shot her.").label).toBe("ipv");
  });

  test("ends a negation at the end of the sentence and at a word that ends its scope", () => {
    expect(classify("He denied it. Husband shot her.").label).toBe("ipv");
    expect(classify("Not stabbed but shot by husband.").label).toBe("ipv");
    expect(classify("Not stabbed, shot by husband.").label).toBe("none");
  });

  test("prefers the longest phrase, consumes its words, and counts a repeated term once", () => {
    expect(classify("domestic violence, domestic violence, domestic violence").score).toBe(1);
    expect(classify("He threatened to kill her.").hits.map((hit) => hit.term)).toEqual(["threatened to kill"]);
    expect(classify("He threatened to leave.").hits).toEqual([]);
  });

  test("is the negative label with a score of zero for a text without words", () => {
    for (const text of ["", " \n ", "…!?"]) expect(classify(text)).toMatchObject({ label: "none", score: 0, hits: [] });
  });

  test("has more confidence the farther the score is from the threshold", () => {
    const near = classify("The husband has a restraining order.").confidence;
    expect(classify("Nothing happened.").confidence).toBeGreaterThan(near);
    expect(near).toBeGreaterThanOrEqual(0.5);
  });
});

test("pairs can be configured to match anywhere in the text", () => {
  const anywhere = createLexiconClassifier({
    ...RULES,
    pairs: [{ tags: ["partner", "violence"], weight: 2, within: "text" }],
  });
  expect(anywhere.classify("He was shot. His wife called.").label).toBe("ipv");
});

test("invalid rules are refused by name", () => {
  const make = (change: Partial<LexiconRules>) => () => createLexiconClassifier({ ...RULES, ...change });
  expect(make({ terms: [{ tag: "x", weight: 1, words: ["…"] }] })).toThrow(/"…" can match nothing/);
  expect(make({ terms: [{ tag: "x", weight: 1, words: ["a* b"] }] })).toThrow(/at most one \*/);
  expect(make({ pairs: [{ tags: ["nobody"], weight: 1 }] })).toThrow(/no term has the tag "nobody"/);
  expect(make({ threshold: Number.NaN })).toThrow(/no finite number/);
});

test("words keep inner apostrophes and hyphens, and know their sentence and position", () => {
  const text = "She didn’t… leave her ex-wife!\n\nÉmile's 2 dogs";
  const words = splitWords(text);
  expect(words.map((word) => word.text)).toEqual(["she", "didn't", "leave", "her", "ex-wife", "émile's", "2", "dogs"]);
  expect(words.map((word) => word.sentence)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  expect(words.map((word) => text.slice(word.start, word.end).length)).toEqual(words.map((word) => word.text.length));
});
