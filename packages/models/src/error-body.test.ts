import { describe, expect, test } from "vitest";
import { createModel } from "./client.js";
import { readErrorBody } from "./error-body.js";
import type { ModelCallError } from "./errors.js";

const BASE = { provider: "openai-compatible", name: "m", baseUrl: "http://127.0.0.1:1/v1" } as const;
const choice = (fields: object) => ({ id: "1", created: 1, model: "m", choices: [{ index: 0, ...fields }] });
const message = (content: string | null) => ({ role: "assistant", content });

function answering(body: unknown, headers: Record<string, string> = {}): typeof fetch & { asked: number } {
  const answer = async () => {
    answer.asked++;
    return new Response(JSON.stringify(body), { headers: { "content-type": "application/json", ...headers } });
  };
  answer.asked = 0;
  return answer;
}

async function failureOf(body: unknown, options: object = {}, headers: Record<string, string> = {}) {
  const fetch = answering(body, headers);
  const model = createModel({ ...BASE, ...options, fetch });
  const error = (await model.generate({ prompt: "x" }).then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown,
  )) as ModelCallError;
  return { error, asked: fetch.asked };
}

describe("a success response with an error in its body", () => {
  test.each([
    [{ error: { code: 429, message: "Slow down." } }, 429, "rate_limit", "pause"],
    [{ error: { code: "429", message: "Slow down." } }, 429, "rate_limit", "pause"],
    [{ error: { message: "Rate limit reached for requests.", type: "requests" } }, 429, "rate_limit", "pause"],
    [{ error: { code: 429, message: "x", type: "insufficient_quota" } }, 429, "quota", "pause"],
    [{ error: { code: 403, message: "Your key may not use this model." } }, 403, "auth", "pause"],
    [{ error: { code: 502, message: "Bad gateway behind us." } }, 502, "server", "retry"],
    [{ error: { message: "Something broke." } }, 500, "server", "retry"],
    [{ error: "The model is overloaded." }, 503, "server", "retry"],
    [{ error: "no such thing", code: 404 }, 404, "other", "pause"],
    [[{ error: { code: 429, message: "Quota.", status: "RESOURCE_EXHAUSTED" } }], 429, "rate_limit", "pause"],
    [{ errors: [{ message: "Authentication error", code: 10000 }] }, 401, "auth", "pause"],
    [
      { object: "error", message: "This model's maximum context length is 10 tokens.", code: 400 },
      400,
      "context_length",
      "fail",
    ],
    [{ detail: "Too many requests" }, 429, "rate_limit", "pause"],
    [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, 503, "server", "retry"],
    [{ choices: [], error: { code: 502, message: "Nothing came." } }, 502, "server", "retry"],
    [
      choice({ message: message(""), finish_reason: "error", error: { code: 502, message: "It broke off." } }),
      502,
      "server",
      "retry",
    ],
  ] as const)("%j is a %i: %s", async (body, status, category, then) => {
    const { error, asked } = await failureOf(body);
    expect([error.statusCode, error.category, error.verdict().then]).toEqual([status, category, then]);
    expect([asked, error.costUsd, error.calls.map(({ charged }) => charged)]).toEqual([1, 0, ["no"]]);
  });

  test("reports the provider's own message and headers", async () => {
    const headers = { "retry-after": "7", "x-request-id": "r1" };
    const { error } = await failureOf({ error: { code: 429, message: "Slow down, friend." } }, {}, headers);
    expect(error.message).toContain("rate_limit (HTTP 429): Slow down, friend.");
    expect(error).toMatchObject({ retryAfterMs: 7_000, requestId: "r1" });
  });

  test.each(["openai", "anthropic"] as const)("is recognized for %s too", async (provider) => {
    const { error } = await failureOf({ error: { code: 429, message: "Slow down." } }, { provider, apiKey: "k" });
    expect(error).toMatchObject({ statusCode: 429, category: "rate_limit", costUsd: 0 });
  });

  test.each([
    [choice({ message: message("an error occurred in the detail"), finish_reason: "stop" })],
    [{ ...choice({ message: message("fine"), finish_reason: "stop" }), error: null }],
    [{ ...choice({ message: message("fine"), finish_reason: "stop" }), error: { code: 0 } }],
    [{ id: "1", type: "message", content: [{ type: "text", text: "error" }] }],
    ["error"],
    [null],
  ])("is none in %j", (body) => {
    expect(readErrorBody(body)).toBeNull();
  });
});

describe("an answer removed by a filter is a refusal and is not asked again", () => {
  test.each([
    ["no content", choice({ message: message(null), finish_reason: "content_filter" })],
    ["an empty content", choice({ message: message(""), finish_reason: "content_filter" })],
    ["no message", choice({ finish_reason: "content_filter" })],
    ["a message of null", choice({ message: null, finish_reason: "content_filter" })],
    ["a refusal beside it", choice({ message: { ...message(null), refusal: "I cannot." }, finish_reason: "stop" })],
  ])("with %s", async (_, body) => {
    const usage = { prompt_tokens: 10, completion_tokens: 0, total_tokens: 10 };
    for (const answer of [body, { ...body, usage }]) {
      const { error, asked } = await failureOf(answer);
      expect([error.category, error.verdict().then, asked]).toEqual(["refusal", "fail", 1]);
      expect(error.calls.map(({ charged }) => charged)).toEqual(["yes"]);
    }
  });
});
