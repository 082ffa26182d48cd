/** Numbers of any size go through the page as they were written. */
import { describe, expect, test } from "vitest";
import { ExactNumber, exactText, parseExact } from "./exact-json.js";

describe("JSON with exact numbers", () => {
  test.each([
    '{"id":12345678901234567890,"rate":0.12345678901234567890123,"tiny":1e-400,"list":[9007199254740993,1,-0.5]}',
    '{"text":"\\u00017\\u0001","quoted":"\\"1\\""}',
    '[null,true,"",{"a":{}}]',
  ])("%s is written as it was read", (text) => {
    expect(exactText(parseExact(text))).toBe(text);
  });

  test("what fits a double is a number, all else keeps its digits", () => {
    expect(parseExact("[1.5,12345678901234567890]")).toEqual([1.5, new ExactNumber("12345678901234567890")]);
  });

  test("a member named __proto__ is a member", () => {
    const read = parseExact('{"__proto__":{"isAdmin":true},"a":1}') as object;
    expect(Object.keys(read)).toEqual(["__proto__", "a"]);
    expect((read as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(exactText(read)).toBe('{"__proto__":{"isAdmin":true},"a":1}');
  });
});
