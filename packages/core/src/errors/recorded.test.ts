import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemOf } from "../problem.js";
import { boundError, isCutShort, RECORDED_ERROR_BYTES_MAX, readError, recordError } from "./recorded.js";
import { StageFailedError } from "./stage.js";

const refuse = () => {
  throw new Error("no answer");
};
const revoked = (() => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
})();
const getter = (key: string) => Object.defineProperty(new Error("m"), key, { get: refuse });
const endless = Object.assign(new Error("own cause"), { details: {} as object });
endless.cause = endless;
endless.details = { endless };
const foreign = { name: "TypeError", message: "of another realm", stack: "TypeError: of another realm\n  at x" };

/** Unreadable values, one for each way in which reading can fail. */
const HOSTILE: readonly (readonly [string, unknown, string])[] = [
  ["a message getter that throws", getter("message"), "an error whose message cannot be read"],
  ["a name getter that throws", getter("name"), "m"],
  ["a stack getter that throws", getter("stack"), "m"],
  ["a cause getter that throws", getter("cause"), "m"],
  ["a code getter that throws", getter("code"), "m"],
  ["a details getter that throws", getter("details"), "m"],
  ["a proxy that refuses", new Proxy(new Error("x"), { get: refuse, getPrototypeOf: refuse }), "cannot be read"],
  ["a proxy that is an error and refuses", new Proxy(new Error("x"), { get: refuse }), "cannot be read"],
  ["a revoked proxy", revoked, "cannot be read"],
  ["an error that is its own cause and detail", endless, "own cause"],
  ["details whose toJSON throws", Object.assign(new Error("m"), { details: { toJSON: refuse } }), "m"],
  ["an object whose toString throws", { toJSON: refuse, toString: refuse }, "[object Object]"],
  ["an object without a prototype", Object.create(null), "{}"],
  ["a message that is no text", Object.assign(new Error(), { message: { a: 1 } }), '{"a":1}'],
  ["an error of another realm", foreign, "of another realm"],
  ["undefined", undefined, "undefined"],
  ["null", null, "null"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
  ["a bigint", 10n, "10"],
  ["a function", () => 1, "() => 1"],
  ["nothing but a text", "plain", "plain"],
];

describe("any thrown value", () => {
  test.each(HOSTILE)("%s is recorded as plain data", (_, thrown, message) => {
    const error = recordError(thrown);
    expect(error.message).toContain(message);
    expect(JSON.parse(JSON.stringify(error))).toEqual(error);
    expect(problemOf(thrown).detail).toContain(message);
  });

  test("is read without throwing", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (thrown) => {
        expect(typeof recordError(thrown).message).toBe("string");
        expect(typeof recordError(Object.assign(new Error("m"), { details: thrown, cause: thrown })).message).toBe(
          "string",
        );
      }),
    );
  });

  test("is recorded unchanged, with its causes, if it fits", () => {
    const cause = Object.assign(new Error("inner"), { code: "E_INNER" });
    const error = recordError(
      Object.assign(new Error("outer", { cause }), { category: "server", details: { a: [1] } }),
    );
    expect(error).toMatchObject({
      message: "outer",
      category: "server",
      details: { a: [1] },
      cause: { code: "E_INNER" },
    });
    expect(error.stack).toMatch(/^Error: outer\n/);
  });
});

describe("what is recorded", () => {
  const bytes = (error: unknown) => Buffer.byteLength(JSON.stringify(error));

  test.each([
    ["of 20 MB", "x".repeat(20_000_000)],
    ["of characters that take three bytes", "世".repeat(5_000_000)],
    ["of characters that JSON escapes", "\u0000".repeat(1_000_000)],
    ["of halves of surrogate pairs", "\ud800".repeat(1_000_000)],
  ])("a text %s leaves a record of at most 16 KiB, wherever it stands", (_, text) => {
    const inner = new Error(text, { cause: new Error(text, { cause: text }) });
    const thrown: unknown[] = [
      text,
      inner,
      Object.assign(new Error("m", { cause: inner }), { name: text, code: text, category: text, stack: text }),
      Object.assign(new Error("m"), { details: { text, list: [text, { text }] } }),
      Object.assign(new Error("m"), { details: Object.fromEntries([[text, 1]]) }),
      Object.assign(new Error("m"), { details: Array.from({ length: 10_000 }, () => text.slice(0, 50)) }),
      new StageFailedError("s", 3, recordError(inner)),
    ];
    for (const error of thrown.map((one) => recordError(one))) {
      expect(bytes(error)).toBeLessThanOrEqual(RECORDED_ERROR_BYTES_MAX);
      expect(error.name.length).toBeLessThan(300);
    }
    expect(recordError(inner).message).toMatch(new RegExp(`… \\(cut, ${text.length} characters\\)$`));
  });

  test("the stack of an error with a long message keeps its frames, which come after the message", () => {
    expect(recordError(new Error("y".repeat(1_000_000))).stack).toContain("recorded.test");
  });

  test("is marked as cut if a reader misses something, but not if only frames are missing", () => {
    const whole = (thrown: unknown) => {
      const error = readError(thrown);
      return isCutShort(error, boundError(error));
    };
    expect(whole(new Error("x".repeat(9_000)))).toBe(true);
    expect(whole(new Error("m", { cause: new Error("x".repeat(9_000)) }))).toBe(true);
    expect(whole(Object.assign(new Error("m"), { details: { text: "x".repeat(9_000) } }))).toBe(true);
    expect(whole(Object.assign(new Error("m"), { stack: `Error: m\n${"  at f\n".repeat(10_000)}` }))).toBe(false);
    expect(whole(new Error("m"))).toBe(false);
  });
});
