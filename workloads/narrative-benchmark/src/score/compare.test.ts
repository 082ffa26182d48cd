import fc from "fast-check";
import { expect, test } from "vitest";
import { whatChanged } from "./compare.js";
import type { Prediction } from "./confusion.js";

const item = (key: string, label: boolean | null, predicted: boolean | null): Prediction => ({
  key,
  type: "le",
  label,
  predicted,
});

test("items that changed sides are counted and named, in the order of the first experiment", async () => {
  const first = [
    item("a", true, true),
    item("b", true, false),
    item("c", false, false),
    item("d", false, true),
    item("e", true, true),
  ];
  const second = [
    item("e", true, false),
    item("d", false, false),
    item("c", false, false),
    item("b", true, false),
    item("a", true, false),
  ];
  expect(await whatChanged(first, second)).toMatchObject({
    paired: 5,
    bothRight: 1,
    bothWrong: 1,
    rightToWrong: { count: 2, keys: ["a", "e"] },
    wrongToRight: { count: 1, keys: ["d"] },
    test: { onlyFirst: 2, onlySecond: 1, method: "exact binomial", pValue: 1 },
  });
});

test("errors, missing labels and items on one side only are left out and counted", async () => {
  const first = [item("a", true, null), item("b", null, true), item("c", true, true), item("d", true, true)];
  const second = [item("a", true, true), item("b", null, false), item("d", false, true), item("x", true, true)];
  const { paired, leftOut } = await whatChanged(first, second);
  expect(paired).toBe(0);
  expect(leftOut).toEqual({ onlyInFirst: 1, onlyInSecond: 1, errorInEither: 1, unlabelled: 1, labelsDiffer: 1 });
});

test("a key that occurs twice is refused on either side", async () => {
  const twice = [item("a", true, true), item("a", true, true)];
  await expect(whatChanged(twice, [])).rejects.toThrow(/key a occurs twice in the first/);
  await expect(whatChanged([item("a", true, true)], twice)).rejects.toThrow(/key a occurs twice in the second/);
});

test("an experiment compared with itself shows no change, and swapping the sides swaps the counts", async () => {
  const answers = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(answers, async (rows) => {
      const first = rows.map(([label, one], index) => item(String(index), label, one));
      const second = rows.map(([label, , two], index) => item(String(index), label, two));
      const same = await whatChanged(first, first);
      expect([same.rightToWrong.count, same.wrongToRight.count, same.test.pValue]).toEqual([0, 0, 1]);
      const there = await whatChanged(first, second);
      const back = await whatChanged(second, first);
      expect(back.rightToWrong).toEqual(there.wrongToRight);
      expect(back.test.pValue).toBe(there.test.pValue);
      expect(there.bothRight + there.bothWrong + there.rightToWrong.count + there.wrongToRight.count).toBe(rows.length);
    }),
  );
});
