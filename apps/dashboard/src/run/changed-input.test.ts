/** An edited input: what of it is sent, and what is refused before it is. */
import { expect, test } from "vitest";
import { parseExact } from "../api/exact-json.js";
import { changedInput, inputText } from "./changed-input.js";

const before = parseExact('{"country":"Norway","id":12345678901234567890,"model":{"name":"small"},"tags":[]}');

test("an input is edited as it was written, large numbers too, and untouched it is no change", () => {
  expect(inputText(before)).toContain("12345678901234567890");
  expect(changedInput(before, inputText(before))).toEqual({ kind: "same" });
});

test("only the fields that differ are sent, whole; a new one counts as changed", () => {
  const text = inputText(before).replace("small", "large").replace('"tags": []', '"tags": [], "note": null');
  expect(changedInput(before, text)).toEqual({
    kind: "changed",
    names: ["model", "note"],
    set: { model: { name: "large" }, note: null },
  });
});

test("what is no JSON, no object, a field less, or a number that would be rounded is refused with its reason", () => {
  const problemOf = (text: string) => {
    const found = changedInput(before, text);
    return found.kind === "wrong" ? found.problem : found.kind;
  };
  expect(problemOf("{")).toMatch(/not JSON/);
  expect(problemOf("[1]")).toMatch(/object/);
  expect(problemOf('{"country":"Norway","id":1,"model":{"name":"small"}}')).toMatch(/tags/);
  expect(problemOf(inputText(before).replace("12345678901234567890", "12345678901234567891"))).toMatch(/id is larger/);
});
