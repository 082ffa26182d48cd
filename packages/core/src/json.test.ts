import fc from "fast-check";
import { expect, test } from "vitest";
import { NotJsonError } from "./errors/stage.js";
import { canonicalJson, encodeJson, formerCanonicalJson } from "./json.js";

const reverse = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reverse);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, reverse(member)] as const);
  return Object.fromEntries(members.reverse());
};

test("canonical JSON has the content of JSON.stringify and does not depend on key order", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reverse(value))).toBe(canonicalJson(value));
      expect(encodeJson(value, "it")).toBe(JSON.stringify(value));
    }),
  );
});

test("canonical JSON sorts all keys as text, leaves undefined out and knows one zero", () => {
  expect(canonicalJson({ b: [-0, 1.5e300], a: undefined, 10: "ten", 9: null })).toBe(
    '{"10":"ten","9":null,"b":[0,1.5e+300]}',
  );
  expect(encodeJson({ n: -0 }, "it")).toBe('{"n":0}');
  expect(JSON.parse(canonicalJson(JSON.parse('{"__proto__":{"a":1}}')))).toEqual(JSON.parse('{"__proto__":{"a":1}}'));
});

test("a value that would come back changed is refused with its path, recorded or hashed", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = { cycle };
  class Point {
    x = 1;
  }
  const refused: [value: unknown, path: string, found: RegExp][] = [
    [Number.NaN, "$", /NaN/],
    [{ a: [0, 1n] }, "$.a[1]", /bigint/],
    [{ since: new Date(0) }, "$.since", /an instance of Date/],
    [{ "two words": new Map([[1, 2]]) }, '$["two words"]', /an instance of Map/],
    [[new Set([1])], "$[0]", /an instance of Set/],
    [{ pattern: /a/ }, "$.pattern", /an instance of RegExp/],
    [{ at: new Point() }, "$.at", /an instance of Point/],
    [{ list: new (class Names extends Array {})() }, "$.list", /an instance of Names/],
    [{ n: Object(1) }, "$.n", /an instance of Number/],
    [{ of: Object.create({ inherited: 1 }) }, "$.of", /an instance of/],
    [{ of: Object.create(Object.create(null)) }, "$.of", /an instance of/],
    [{ list: Object.setPrototypeOf([1], null) }, "$.list", /an instance of/],
    [{ bytes: new Uint8Array(2) }, "$.bytes", /an instance of Uint8Array/],
    [{ a: { [Symbol("tag")]: 1 } }, "$.a", /a symbol, Symbol\(tag\)/],
    [{ a: Object.assign([1], { [Symbol.for("x")]: 1 }) }, "$.a", /a symbol/],
    [{ found: "ab".match(/b/) }, "$.found.index", /beside its elements/],
    [{ a: Object.assign([1, 2], { extra: true }) }, "$.a.extra", /beside its elements/],
    [[1, undefined], "$[1]", /undefined in an array/],
    [new Array(2), "$[0]", /undefined in an array/],
    [cycle, "$.self.cycle", /circular/],
    [{ f: () => 0 }, "$.f", /function/],
    [{ toJSON: () => 1 }, "$.toJSON", /function/],
    [{ s: Symbol("s") }, "$.s", /symbol/],
  ];
  for (const [value, path, found] of refused) {
    for (const refuse of [() => encodeJson(value, "it"), () => canonicalJson(value, "it")]) {
      expect(refuse, path).toThrow(NotJsonError);
      try {
        refuse();
      } catch (error) {
        expect((error as NotJsonError).details).toMatchObject({
          subject: "it",
          path,
          found: expect.stringMatching(found),
        });
      }
    }
  }
});

test("nesting that would overflow a stack is refused, with the beginning of its path", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = { next: deep };
  expect(() => encodeJson(deep, "it")).toThrow(/nested more than 1000 levels deep at \$\.next\.next.{150,300}…/);
  expect(() => canonicalJson([[[1]]], "it", 2)).toThrow(/nested more than 2 levels deep at \$\[0\]\[0\]/);
});

test("the text that version 1.0 hashed is reproduced: unchecked, with digit keys in numeric order", () => {
  expect(formerCanonicalJson({ b: 1, 10: 1, 9: 1, at: new Date(0) })).toBe('{"9":1,"10":1,"at":{},"b":1}');
  expect(formerCanonicalJson({ n: 1n })).toBeNull();
});

test("objects without a prototype are plain, as parsers make them", () => {
  const bare = Object.assign(Object.create(null), { a: Object.assign(Object.create(null), { b: 1 }) });
  expect(encodeJson(bare, "it")).toBe('{"a":{"b":1}}');
  expect(canonicalJson(bare)).toBe('{"a":{"b":1}}');
});
