import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { formerHash, hashJson, hashLike } from "./hash.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("what was recorded under the rule of version 1.0 keeps its hash, whatever that rule could not see", () => {
  const since = (day: string) => ({ since: new Date(day), months: { 10: "Oct", 9: "Sep" } });
  const recorded = sha256('{"months":{"9":"Sep","10":"Oct"},"since":{}}');
  expect(formerHash(since("2026-01-01"))).toBe(recorded);
  expect(hashLike(recorded, since("2026-02-01"), "the inputs")).toBe(recorded);
  expect(hashLike(recorded, { months: { 9: "Sep", 10: "Oct" }, since: {} }, "the inputs")).toBe(recorded);
});

test("everything else is hashed by the rule of today, which refuses what it could not tell apart", () => {
  const plain = { months: { 9: "Sep", 10: "Oct" } };
  const today = sha256('{"months":{"10":"Oct","9":"Sep"}}');
  expect(hashJson(plain)).toBe(today);
  for (const recorded of [null, undefined, today, "another"]) expect(hashLike(recorded, plain, "it")).toBe(today);
  expect(() => hashLike("another", { since: new Date(0) }, "the inputs of stage a")).toThrow(
    "the inputs of stage a: JSON cannot hold an instance of Date at $.since",
  );
});
