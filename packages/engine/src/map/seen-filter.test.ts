import { expect, test } from "vitest";
import { SeenFilter } from "./seen-filter.js";

const keyOf = (i: number) => `item-${String(i).padStart(8, "0")}`;

test("a key that was noted is never taken for a new one, through every growth of the filter", () => {
  const filter = new SeenFilter(64);
  for (let i = 0; i < 5_000; i++) filter.add(keyOf(i));
  for (let i = 0; i < 5_000; i++) expect(filter.add(keyOf(i))).toBe(true);
});

test.each([
  ["counted", keyOf],
  ["random", (i: number) => `${(i * 2_654_435_761) % 4_294_967_296}`],
  ["long and alike", (i: number) => `${"https://example.com/a/rather/long/path/".repeat(4)}${i}`],
])("of a million %s keys that are new, fewer than two in a hundred are taken for noted ones", (_, key) => {
  const filter = new SeenFilter();
  let suspected = 0;
  for (let i = 0; i < 1_000_000; i++) if (filter.add(key(i))) suspected++;
  expect(suspected).toBeLessThan(20_000);
});
