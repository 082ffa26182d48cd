import { expect, test } from "vitest";
import { editDistance, nearest } from "./nearest.js";

test("counts insertions, deletions, changes and swaps of neighbours", () => {
  expect(editDistance("status", "status")).toBe(0);
  expect(editDistance("stauts", "status")).toBe(1);
  expect(editDistance("stats", "status")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

test("suggests a near name, the start of a name, and nothing when all are far", () => {
  expect(nearest("resum", ["resume", "restart"])).toBe("resume");
  expect(nearest("completed", ["complete"])).toBe("complete");
  expect(nearest("arti", ["artifacts", "cancel"])).toBe("artifacts");
  expect(nearest("xyzzy", ["start", "show"])).toBeNull();
  expect(nearest("a", ["b"])).toBeNull();
});
