import { expect, test } from "vitest";
import type { NarrativeItem } from "../narratives/items.js";
import { FoldedClassifier, foldOf, type Train, trainFolds } from "./trained.js";

const item = (caseKey: string, text: string, label: boolean | null): NarrativeItem => ({
  key: `${caseKey}:le`,
  caseKey,
  type: "le",
  text,
  label,
});

/** Learns which whole texts were positive: enough to see who has seen what. */
const memorize: Train = (examples) => {
  const seen = new Map([...examples].map(({ text, label }) => [text, label]));
  return {
    predict: (text) => ({
      probability: seen.get(text) === undefined ? 0.5 : seen.get(text) ? 0.9 : 0.1,
      indicators: [text],
    }),
  };
};

test("no text is judged by a classifier that has seen its case", () => {
  const items = Array.from({ length: 200 }, (_, index) => item(`case-${index}`, `text ${index}`, index % 2 === 0));
  const classifier = trainFolds(() => items, { folds: 5, train: memorize });
  for (const one of items) expect(classifier.judge(one, "ipv").confidence).toBe(0.5);
});

test("what the other folds teach is used, unlabelled items teach nothing", () => {
  const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const taught = keys.map((key) => item(key, "same words", true));
  const silent = keys.map((key) => item(key, "other words", null));
  const classifier = trainFolds(() => [...taught, ...silent], { folds: 2, train: memorize });
  expect(new Set(keys.map((key) => foldOf(key, 2))).size).toBe(2);
  expect(classifier.judge({ caseKey: "a", text: "same words" }, "spam")).toMatchObject({
    spam_detected: true,
    confidence: 0.9,
  });
  expect(classifier.judge({ caseKey: "a", text: "other words" }, "ipv").confidence).toBe(0.5);
});

test("folds are spread evenly and depend on the key alone", () => {
  const counts = [0, 0, 0, 0, 0];
  for (let index = 0; index < 5_000; index++) {
    const fold = foldOf(`case-${index}`, 5);
    counts[fold] = (counts[fold] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
});

test("a verdict says that a trained classifier gave it and which fold", () => {
  const classifier = new FoldedClassifier([{ predict: () => ({ probability: 0.2, indicators: [] }) }]);
  expect(classifier.judge({ caseKey: "a", text: "" }, "ipv")).toMatchObject({
    ipv_detected: false,
    confidence: 0.8,
    method: "local",
    rationale: expect.stringContaining("fold 1 of 1"),
  });
});

test("fewer than two folds are refused", () => {
  expect(() => trainFolds(() => [], { folds: 1, train: memorize })).toThrow(RangeError);
});
