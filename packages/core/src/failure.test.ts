import { describe, expect, test } from "vitest";
import { ERROR_CATEGORIES } from "./error-category.js";
import { readFailure, resembled } from "./failure.js";

const coded = (code: string, message = "m") => Object.assign(new Error(message), { code });
const fetchFailed = (cause: unknown) => new TypeError("fetch failed", { cause });
const categoryOf = (thrown: unknown) => readFailure(thrown).category;

describe("a failure's category", () => {
  test.each([
    "ECONNREFUSED",
    "ECONNRESET",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EPIPE",
    "EPROTO",
    "UND_ERR_SOCKET",
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_HTTP2_STREAM_ERROR",
    "HPE_INVALID_CONSTANT",
    "ERR_NETWORK",
  ])("is network under the code %s, of the error, its cause or all of several addresses", (code) => {
    for (const wrap of [coded, (c: string) => fetchFailed(coded(c)), (c: string) => new AggregateError([coded(c)])]) {
      expect(categoryOf(wrap(code))).toBe("network");
    }
    expect(categoryOf(new AggregateError([fetchFailed(coded(code)), fetchFailed(coded(code))]))).toBe("network");
    expect(categoryOf(new Error("mine", { cause: fetchFailed(new AggregateError([coded(code), coded(code)])) }))).toBe(
      "network",
    );
  });

  test.each([
    "ETIMEDOUT",
    "ESOCKETTIMEDOUT",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_HEADERS_TIMEOUT",
    "UND_ERR_BODY_TIMEOUT",
  ])("is timeout under the code %s", (code) => {
    expect(categoryOf(coded(code))).toBe("timeout");
    expect(categoryOf(fetchFailed(coded(code)))).toBe("timeout");
  });

  test("is a timeout for the name that platforms use, and for the code and message of axios", () => {
    expect(categoryOf(new DOMException("over", "TimeoutError"))).toBe("timeout");
    expect(categoryOf(coded("ECONNABORTED", "timeout of 1000ms exceeded"))).toBe("timeout");
    expect(categoryOf(coded("ECONNABORTED", "request aborted"))).toBe("network");
  });

  test("is none of these for errors that cannot pass by themselves", () => {
    const others = [
      coded("ENOENT"),
      coded("ERR_INVALID_URL"),
      fetchFailed(new Error("bad port")),
      new DOMException("stopped", "AbortError"),
      new AggregateError([coded("ECONNREFUSED"), new Error("own")]),
      new AggregateError([]),
      "text",
      null,
      undefined,
      { code: 7 },
    ];
    expect(others.map(categoryOf)).toEqual(others.map(() => null));
  });

  test("comes from the outermost error that states one", () => {
    const inner = Object.assign(coded("ECONNREFUSED"), { category: "server" });
    expect(categoryOf(new Error("outer", { cause: inner }))).toBe("server");
    expect(categoryOf(Object.assign(new Error("outer", { cause: inner }), { category: "own word" }))).toBe("own word");
  });

  test("is found in cyclic chains too, without throwing", () => {
    const ring = new Error("ring");
    ring.cause = ring;
    expect(categoryOf(ring)).toBeNull();
    const aggregate = new AggregateError([]);
    aggregate.errors.push(aggregate);
    expect(() => readFailure(aggregate)).not.toThrow();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(readFailure(proxy).then).toBeNull();
  });
});

describe("matching a word to a known category", () => {
  test.each([
    ["rate-limited", "rate_limit"],
    ["rateLimit", "rate_limit"],
    ["RATE_LIMIT", "rate_limit"],
    ["rate_limit_exceeded", "rate_limit"],
    ["timed out", "timeout"],
    ["timeouts", "timeout"],
    ["server_error", "server"],
    ["netwrok", null],
    ["netwok", "network"],
    ["Auth", "auth"],
  ])("%s: %s", (given, expected) => expect(resembled(given, ERROR_CATEGORIES)).toBe(expected));

  test("finds nothing for a known category or for a word of the workflow's own", () => {
    for (const word of [
      ...ERROR_CATEGORIES,
      "invalid_input",
      "order",
      "customer",
      "number",
      "vendor",
      "resource held",
    ]) {
      expect(resembled(word, ERROR_CATEGORIES)).toBeNull();
    }
  });
});
