import { resolve } from "node:path";
import { parseSqliteUrl } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";

test("a url, a plain path and memory are understood", () => {
  expect(parseSqliteUrl("sqlite:./data/runs.db")).toBe(resolve("data/runs.db"));
  expect(parseSqliteUrl("sqlite:/var/lib/runs.db")).toBe("/var/lib/runs.db");
  expect(parseSqliteUrl("sqlite:///var/lib/runs.db")).toBe("/var/lib/runs.db");
  expect(parseSqliteUrl("runs.db")).toBe(resolve("runs.db"));
  expect(parseSqliteUrl("sqlite::memory:")).toBe(":memory:");
  expect(parseSqliteUrl(":memory:")).toBe(":memory:");
});
