import fc from "fast-check";
import { expect, test } from "vitest";
import type { Prediction } from "./confusion.js";
import { scorePredictions } from "./report.js";

const repeat = (count: number, label: boolean | null, predicted: boolean | null, type = "le"): Prediction[] =>
  Array.from({ length: count }, (_, index) => ({ key: `${type}${label}${predicted}${index}`, type, label, predicted }));

test("a known table gives the known measures", async () => {
  // 40 hits, 10 false alarms, 45 correct rejections, 5 misses.
  const { overall } = await scorePredictions([
    ...repeat(40, true, true),
    ...repeat(10, false, true),
    ...repeat(45, false, false),
    ...repeat(5, true, false),
  ]);
  expect(overall.confusion).toEqual({ truePositive: 40, falsePositive: 10, trueNegative: 45, falseNegative: 5 });
  expect(overall.accuracy.value).toBe(0.85);
  expect(overall.precision.value).toBe(0.8);
  expect(overall.recall.value).toBeCloseTo(40 / 45, 12);
  expect(overall.specificity.value).toBeCloseTo(45 / 55, 12);
  expect(overall.f1.value).toBeCloseTo(80 / 95, 12);
  expect(overall.prevalence.value).toBe(0.45);
});

test("errors and missing labels are counted separately and never as answers", async () => {
  const { overall } = await scorePredictions([
    ...repeat(3, true, true),
    ...repeat(4, true, null),
    ...repeat(2, null, false),
  ]);
  expect(overall).toMatchObject({ items: 9, scored: 3, errors: 4, unlabelled: 2 });
  expect(overall.recall.value).toBe(1);
});

test("a measure without a denominator is null, not zero", async () => {
  const { overall } = await scorePredictions(repeat(5, false, false));
  expect(overall.precision.value).toBeNull();
  expect(overall.recall.value).toBeNull();
  expect(overall.f1).toEqual({ value: null, interval: null });
  expect((await scorePredictions([])).overall.accuracy.value).toBeNull();
});

const predictions = fc.array(
  fc.record({
    key: fc.string(),
    type: fc.constantFrom("le", "cme", "__proto__"),
    label: fc.option(fc.boolean()),
    predicted: fc.option(fc.boolean()),
  }),
  { maxLength: 200 },
);

test("the types add up to the whole, in any order of the items", async () => {
  await fc.assert(
    fc.asyncProperty(predictions, async (items) => {
      const report = await scorePredictions(items);
      const reversed = await scorePredictions([...items].reverse());
      expect(reversed).toEqual(report);
      const parts = Object.values(report.byType);
      const sum = (pick: (scores: (typeof parts)[number]) => number) =>
        parts.reduce((total, scores) => total + pick(scores), 0);
      expect(report.overall.items).toBe(items.length);
      if (!items.some(({ type }) => type === "__proto__")) {
        expect(sum((scores) => scores.items)).toBe(items.length);
        expect(sum((scores) => scores.confusion.truePositive)).toBe(report.overall.confusion.truePositive);
        expect(sum((scores) => scores.errors)).toBe(report.overall.errors);
      }
    }),
  );
});

test("F1 is the harmonic mean of precision and recall and lies in its interval", async () => {
  await fc.assert(
    fc.asyncProperty(predictions, async (items) => {
      const { f1, precision, recall } = (await scorePredictions(items)).overall;
      if (f1.value === null || f1.interval === null) return;
      expect(f1.value).toBeGreaterThanOrEqual(f1.interval.low);
      expect(f1.value).toBeLessThanOrEqual(f1.interval.high);
      const [p, r] = [precision.value, recall.value];
      if (p !== null && r !== null && p + r > 0) expect(f1.value).toBeCloseTo((2 * p * r) / (p + r), 10);
    }),
  );
});
