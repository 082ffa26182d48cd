import { expect, test } from "vitest";
import { editDistance, nearest } from "./nearest.js";

test("counts insertions, deletions, substitutions and swaps of neighbors", () => {
  expect(editDistance("status", "status")).toBe(0);
  expect(editDistance("stauts", "status")).toBe(1);
  expect(editDistance("stats", "status")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

test("suggests a similar name or one with the same beginning, and nothing if none is similar", () => {
  expect(nearest("resum", ["resume", "restart"])).toBe("resume");
  expect(nearest("completed", ["complete"])).toBe("complete");
  expect(nearest("arti", ["artifacts", "cancel"])).toBe("artifacts");
  expect(nearest("xyzzy", ["start", "show"])).toBeNull();
  expect(nearest("a", ["b"])).toBeNull();
});
