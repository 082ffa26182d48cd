import { expect, test } from "vitest";
import { FoldedClassifier, foldOf } from "./trained.js";

const CASES = Array.from({ length: 60 }, (_, index) => ({
  caseKey: `case-${index}`,
  text: index % 2 === 0 ? "her boyfriend choked her" : "he fell off the roof",
  label: index % 2 === 0,
}));

function taught(cases: readonly { caseKey: string; text: string; label: boolean | null }[]): FoldedClassifier {
  const classifier = new FoldedClassifier(5);
  for (const one of cases) classifier.learn(one);
  return classifier;
}

test("a case never trains the classifier of its own narratives", () => {
  const odd = { caseKey: "odd", text: "zebra zebra lamp lamp", label: true };
  const sibling = { caseKey: "odd", text: "zebra lamp" };
  expect(taught([...CASES, odd, odd]).judge(sibling, "ipv")).toEqual(taught(CASES).judge(sibling, "ipv"));
});

test("training from the other folds is used, with the words that support it; unlabeled items train nothing", () => {
  const silent = CASES.map((one) => ({ ...one, text: "he fell off the roof", label: null }));
  const classifier = taught([...CASES, ...silent]);
  const yes = classifier.judge({ caseKey: "new", text: "choked by her boyfriend" }, "ipv");
  expect(yes).toMatchObject({ ipv_detected: true, indicators: expect.arrayContaining(["choked", "boyfriend"]) });
  expect(classifier.judge({ caseKey: "new", text: "fell off the roof" }, "spam")).toMatchObject({
    spam_detected: false,
    indicators: [],
  });
  expect(yes).toEqual(taught(CASES).judge({ caseKey: "new", text: "choked by her boyfriend" }, "ipv"));
});

test("folds are evenly filled and depend only on the key", () => {
  const counts = [0, 0, 0, 0, 0];
  for (let index = 0; index < 5_000; index++) {
    const fold = foldOf(`case-${index}`, 5);
    counts[fold] = (counts[fold] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
});

test("a verdict names the trained classifier and its fold", () => {
  const fold = foldOf("a", 5) + 1;
  expect(taught(CASES).judge({ caseKey: "a", text: "" }, "ipv")).toMatchObject({
    method: "local",
    rationale: expect.stringContaining(`fold ${fold} of 5`),
  });
});

test("fewer than two folds are refused", () => {
  expect(() => new FoldedClassifier(1)).toThrow("at least 2");
});
