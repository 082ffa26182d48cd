import { expect, test } from "vitest";
import { cutSample } from "./sample.js";

test("what one can read stays as it is", () => {
  const value = { text: "x".repeat(200), list: [1, 2, 3, 4, 5], deep: { a: { b: { c: 1 } } }, none: null, is: false };
  expect(cutSample(value)).toEqual(value);
});

test("long texts, lists and objects are cut, each with how much is left", () => {
  expect(cutSample("x".repeat(203))).toBe(`${"x".repeat(200)}… (3 more characters)`);
  expect(cutSample([1, 2, 3, 4, 5, 6, 7])).toEqual([1, 2, 3, 4, 5, "… (2 more)"]);
  const keys = Object.fromEntries(Array.from({ length: 23 }, (_, at) => [`k${at}`, at]));
  const cut = cutSample(keys) as Record<string, unknown>;
  expect([Object.keys(cut).length, cut.k19, cut.k20, cut["…"]]).toEqual([21, 19, undefined, "3 more"]);
});

test("deep places say how many parts they have", () => {
  expect(cutSample({ a: { b: { c: { d: { e: 1, f: 2 } } } } })).toEqual({ a: { b: { c: { d: "{2}" } } } });
  expect(cutSample([[[[[1, 2, 3]]]]])).toEqual([[[["[3]"]]]]);
  expect(cutSample([[[["x".repeat(201)]]]])).toEqual([[[[`${"x".repeat(200)}… (1 more characters)`]]]]);
});
