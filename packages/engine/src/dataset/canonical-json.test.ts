import fc from "fast-check";
import { expect, test } from "vitest";
import { NotJsonError, toCanonicalJson } from "./canonical-json.js";

test("canonical JSON says what JSON.stringify says, and does not depend on the order of keys", () => {
  const reverse = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reverse);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, member]) => [key, reverse(member)] as const)
        .reverse(),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(toCanonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(toCanonicalJson(reverse(value))).toBe(toCanonicalJson(value));
    }),
  );
});

test("canonical JSON spells dates as text and leaves undefined out", () => {
  expect(toCanonicalJson({ b: new Date(0), a: undefined, c: [undefined] })).toBe(
    '{"b":"1970-01-01T00:00:00.000Z","c":[null]}',
  );
});

test("what JSON cannot hold is refused by its path", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  for (const value of [Number.NaN, 1n, () => 0, Symbol("s"), cycle]) {
    expect(() => toCanonicalJson({ a: [value] })).toThrow(NotJsonError);
  }
  expect(() => toCanonicalJson({ a: [0, 1n] })).toThrow("a.1 is of type bigint, which JSON cannot hold.");
});
