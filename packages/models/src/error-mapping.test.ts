import { APICallError, LoadAPIKeyError } from "@ai-sdk/provider";
import { describe, expect, test } from "vitest";
import { createModel, createModelFrom } from "./client.js";
import { MODEL_ERROR_CATEGORIES } from "./error-category.js";
import { mapFailure } from "./error-mapping.js";
import { classifyModelError, ModelCallError, ModelConfigError } from "./errors.js";

function api(
  statusCode: number | undefined,
  responseBody: string | undefined,
  cause?: unknown,
  responseHeaders = {},
): APICallError {
  const facts = { message: "failed", url: "http://x", requestBodyValues: {}, cause, responseHeaders };
  return new APICallError({
    ...facts,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(responseBody === undefined ? {} : { responseBody }),
  });
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe("a provider's failure", () => {
  test.each([
    [401, "", "auth", "no"],
    [403, "", "auth", "no"],
    [402, "", "quota", "no"],
    [429, '{"error":{"code":"rate_limit_exceeded"}}', "rate_limit", "no"],
    [429, '{"error":{"code":"insufficient_quota"}}', "quota", "no"],
    [400, '{"error":{"message":"Your credit balance is too low"}}', "quota", "no"],
    [400, '{"error":{"code":"context_length_exceeded"}}', "context_length", "no"],
    [400, '{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}', "context_length", "no"],
    [413, "", "context_length", "no"],
    [400, '{"error":{"code":"content_filter"}}', "refusal", "no"],
    [400, '{"error":{"message":"unknown parameter"}}', "other", "no"],
    [404, '{"error":{"code":"model_not_found"}}', "other", "no"],
    [408, "", "timeout", "unknown"],
    [500, "", "server", "no"],
    [502, "", "server", "unknown"],
    [503, "", "server", "no"],
    [504, "", "server", "unknown"],
    [529, '{"error":{"type":"overloaded_error"}}', "server", "no"],
    [200, "<html>", "server", "yes"],
    [200, undefined, "network", "unknown"],
    [undefined, undefined, "network", "unknown"],
  ] as const)("of status %o with %o is %s, charged: %s", (status, body, category, charged) => {
    const mapped = mapFailure(api(status, body), "m", 0);
    expect([mapped.error.category, mapped.charged]).toEqual([category, charged]);
  });

  test("before a connection was made costs nothing", () => {
    for (const cause of [coded("ECONNREFUSED"), new AggregateError([coded("ECONNREFUSED"), coded("EHOSTUNREACH")])]) {
      expect(mapFailure(api(undefined, undefined, cause), "m", 0).charged).toBe("no");
    }
    expect(mapFailure(api(undefined, undefined, coded("UND_ERR_HEADERS_TIMEOUT")), "m", 0)).toMatchObject({
      charged: "unknown",
      error: { category: "timeout" },
    });
    const mixed = new AggregateError([coded("ECONNREFUSED"), coded("ECONNRESET")]);
    expect(mapFailure(api(undefined, undefined, mixed), "m", 0).charged).toBe("unknown");
  });

  test("of another kind is distinguished: a missing key, a body without an answer, anything else", () => {
    expect(mapFailure(new LoadAPIKeyError({ message: "no key" }), "m", 0).error.category).toBe("auth");
    const odd = Object.assign(new Error("no choices"), { name: "AI_InvalidResponseDataError" });
    expect(mapFailure(odd, "m", 0)).toMatchObject({
      charged: "yes",
      error: { category: "server", detail: "bad_response" },
    });
    expect(mapFailure("thrown text", "m", 0).error).toMatchObject({
      category: "other",
      message: expect.stringContaining("thrown text."),
    });
  });

  test("carries the wait and the limits from its headers, and a short message", () => {
    const headers = { "retry-after": "7", "x-ratelimit-remaining-requests": "0", "x-request-id": "r1" };
    const { error } = mapFailure(api(429, "x".repeat(5_000), undefined, headers), "m", 0);
    expect(error).toMatchObject({ retryAfterMs: 7_000, requestId: "r1", rateLimit: { remainingRequests: 0 } });
    expect(error.message.length).toBeLessThan(500);
    expect(JSON.parse(JSON.stringify(error.details))).toMatchObject({ category: "rate_limit", model: "m" });
  });
});

test("every category has a verdict", () => {
  const verdicts = MODEL_ERROR_CATEGORIES.map((category) => {
    const { then: next } = new ModelCallError({ category, model: "m", reason: "r." }).verdict();
    return [category, next];
  });
  expect(Object.fromEntries(verdicts)).toEqual({
    rate_limit: "pause",
    quota: "pause",
    auth: "pause",
    timeout: "retry",
    server: "retry",
    network: "retry",
    context_length: "fail",
    refusal: "fail",
    invalid_output: "fail",
    other: "fail",
  });
  const missing = new ModelCallError({ category: "other", detail: "not_found", model: "m", reason: "r." });
  expect(missing.verdict().then).toBe("pause");
});

test("errors that are not model errors get no verdict", () => {
  expect(classifyModelError(new TypeError("mine"))).toBeUndefined();
  expect(classifyModelError("text")).toBeUndefined();
});

test("invalid options are refused by name, before anything is sent", () => {
  const make = (options: object) => () => createModel(options as Parameters<typeof createModel>[0]);
  expect(make({ provider: "other", name: "m" })).toThrow(/"provider".*openai-compatible, openai, anthropic/);
  expect(make({ provider: "openai", name: " ", apiKey: "k" })).toThrow(/"name"/);
  expect(make({ provider: "openai-compatible", name: "m" })).toThrow(/"baseUrl"/);
  expect(make({ provider: "openai-compatible", name: "m", baseUrl: "ftp://x" })).toThrow(/not an http/);
  expect(make({ provider: "anthropic", name: "m" })).toThrow(/"apiKey"/);
  expect(() => createModelFrom("gpt-4o" as never)).toThrow(ModelConfigError);
});
