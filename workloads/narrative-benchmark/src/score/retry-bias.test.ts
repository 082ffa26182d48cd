import { expect, test } from "vitest";
import { retryBias } from "./retry-bias.js";

test("the three groups are distinguished, and failed items keep their labels but have no answers", async () => {
  const item = (key: string, label: boolean | null, predicted: boolean | null, isRetried: boolean, chars: number) => ({
    key,
    type: key.startsWith("l") ? "le" : "cme",
    label,
    predicted,
    isRetried,
    chars,
  });
  const [first, retried, failed] = await retryBias([
    item("l1", true, true, false, 100),
    item("c1", false, true, false, 300),
    item("l2", false, false, true, 900),
    item("l3", true, null, true, 2000),
    item("l4", null, null, false, 4000),
  ]);
  expect(first).toMatchObject({ group: "first try", items: 2, meanChars: 200, byType: { cme: 1, le: 1 } });
  expect(first?.predictedPositive.value).toBe(1);
  expect(first?.accuracy.value).toBe(0.5);
  expect(retried).toMatchObject({ group: "retried", items: 1, meanChars: 900 });
  expect(retried?.shareOfItems).toMatchObject({ hits: 1, of: 5 });
  expect(failed).toMatchObject({ group: "failed", items: 2, meanChars: 3000 });
  expect(failed?.predictedPositive.value).toBeNull();
  expect(failed?.labelledPositive).toMatchObject({ hits: 1, of: 1 });
});

test("an empty experiment has three empty rows", async () => {
  expect((await retryBias([])).map(({ group, items, meanChars }) => [group, items, meanChars])).toEqual([
    ["first try", 0, null],
    ["retried", 0, null],
    ["failed", 0, null],
  ]);
});
