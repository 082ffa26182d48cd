// The model client against the misbehaving server: each fault, on each API, and both accounts of what was paid.

import { type CallRecord, classifyModelError, createModel, ModelCallError, type ModelOptions } from "@holdfast/models";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { FaultName, FaultPlan } from "./faults.js";
import { type ModelServer, startModelServer } from "./model-server.js";

const VERDICT = z.object({
  ipv_detected: z.boolean(),
  confidence: z.number().min(0).max(1),
  indicators: z.array(z.string()),
  rationale: z.string(),
});
const NARRATIVE = "<narrative>The victim was shot by her husband after an argument. Police arrived later.</narrative>";
const PRICE = { model: "test-model", inputUsdPerMTok: 1, outputUsdPerMTok: 2, asOf: "2026-01", source: "test" };

function clientOf(server: ModelServer, options: Partial<ModelOptions> = {}) {
  return createModel({
    provider: "openai-compatible",
    name: "test-model",
    baseUrl: server.baseUrl,
    apiKey: "key",
    prices: [PRICE],
    ...options,
  });
}

/** Makes one call to a server whose requests meet these faults in turn. */
async function ask(script: readonly (FaultName | "ok")[], options: Partial<ModelOptions> = {}, plan: FaultPlan = {}) {
  await using server = await startModelServer({ seed: 7, faults: { ...plan, script } });
  const records: CallRecord[] = [];
  const client = clientOf(server, { ...options, onCall: (record) => records.push(record) });
  const asked = { system: "Classify.", prompt: NARRATIVE, schema: VERDICT, idempotencyKey: "case-1:le" };
  const ending = await client.generate(asked).then(
    (result) => ({ result, error: null }),
    (error: unknown) => ({ result: null, error }),
  );
  return { ...ending, records, journal: [...server.journal] };
}

async function failure(
  script: readonly (FaultName | "ok")[],
  options: Partial<ModelOptions> = {},
  plan: FaultPlan = {},
) {
  const { error, records, journal } = await ask(script, options, plan);
  if (!(error instanceof ModelCallError))
    throw new Error(`expected a ModelCallError, got ${String(error)}`, { cause: error });
  return { error, records, journal };
}

/** As a list, since an object with a `then` property would be treated as a promise. */
function verdictOf(error: ModelCallError): readonly unknown[] {
  const { then: next, category, ...rest } = error.verdict();
  return [next, category, ...Object.values(rest)];
}

describe("a well-behaved answer", () => {
  for (const [provider, structured] of [
    ["openai-compatible", false],
    ["openai-compatible", true],
    ["openai", true],
    ["openai", false],
    ["anthropic", true],
    ["anthropic", false],
  ] as const) {
    test(`of ${provider} ${structured ? "with" : "without"} schema enforcement is validated, priced by its usage and journalled`, async () => {
      const { result, error, journal, records } = await ask([], { provider, structured, maxOutputTokens: 300 });
      expect(error).toBeNull();
      expect(result?.value).toMatchObject({ ipv_detected: true, indicators: ["shot / husband"] });
      expect(result).toMatchObject({
        method: "model",
        model: "test-model",
        usdSource: "usage",
        finishReason: "stop",
        repairs: [],
      });
      expect(journal).toHaveLength(1);
      expect(journal[0]).toMatchObject({ key: "case-1:le", n: 1, paid: true, status: 200, fault: null });
      const [line] = journal;
      expect(result?.usage).toEqual({
        model: result?.model,
        inputTokens: line?.promptTokens,
        outputTokens: line?.completionTokens,
        cachedTokens: 0,
      });
      expect(result?.costUsd).toBeCloseTo(((line?.promptTokens ?? 0) + 2 * (line?.completionTokens ?? 0)) / 1e6, 12);
      expect(records).toEqual(result?.calls);
      expect(result?.requestId).toBeDefined();
    });
  }

  test("of a model that the Anthropic adapter knows comes through native structured output", async () => {
    const { result } = await ask([], { provider: "anthropic", name: "claude-sonnet-4-5", maxOutputTokens: 300 });
    expect(result?.value.ipv_detected).toBe(true);
  });

  test("without a schema is the text itself", async () => {
    await using server = await startModelServer({ seed: 1, answer: () => ({ hello: "world" }) });
    const result = await clientOf(server).generate({ prompt: "Say hello." });
    expect(result.value).toBe('{"hello":"world"}');
  });
});

describe("what is sent", () => {
  test("is exactly the request, to the given address, whatever the environment says", async () => {
    await using server = await startModelServer({ seed: 1 });
    const sent: { url: string; headers: Headers; body: Record<string, unknown> }[] = [];
    const recording: typeof fetch = (url, init) => {
      sent.push({ url: String(url), headers: new Headers(init?.headers), body: JSON.parse(String(init?.body)) });
      return fetch(url, init);
    };
    const options = { temperature: 0, seed: 42, maxOutputTokens: 200, headers: { "x-team": "blue" }, fetch: recording };
    const request = { system: "Classify.", prompt: NARRATIVE, schema: VERDICT, idempotencyKey: "k1" };
    const kept = { ...process.env };
    process.env.OPENAI_BASE_URL = "http://127.0.0.1:1/v1";
    process.env.OPENAI_API_KEY = "from-the-environment";
    try {
      await clientOf(server, { ...options, provider: "openai", apiKey: undefined }).generate(request);
    } finally {
      process.env = kept;
    }
    await clientOf(server, options).generate(request);
    const [enforced, told] = sent;
    expect(enforced?.url).toBe(`${server.baseUrl}/chat/completions`);
    expect(enforced?.headers.get("authorization")).not.toContain("environment");
    expect(enforced?.headers.get("x-team")).toBe("blue");
    expect(enforced?.headers.get("idempotency-key")).toBe("k1");
    expect(enforced?.headers.get("x-idempotency-key")).toBe("k1");
    expect(enforced?.body).toMatchObject({
      model: "test-model",
      temperature: 0,
      seed: 42,
      response_format: { type: "json_schema", json_schema: { strict: true, schema: { additionalProperties: false } } },
    });
    // If the endpoint cannot enforce a schema, the prompt contains it.
    expect(told?.body).toMatchObject({ max_tokens: 200, response_format: { type: "json_object" } });
    expect(JSON.stringify(told?.body.messages)).toContain("JSON Schema");
    expect(JSON.stringify(enforced?.body.messages)).not.toContain("JSON Schema");
  });
});

describe("an answer that needs repair", () => {
  test("in a fence is stripped, without another request", async () => {
    const { result, journal } = await ask(["fencedJson"]);
    expect(result?.repairs).toEqual(["stripped"]);
    expect(journal).toHaveLength(1);
  });

  for (const fault of ["truncatedJson", "invalidSchema"] as const) {
    test(`after ${fault} is requested once more, and both requests are paid and counted`, async () => {
      const { result, journal, records } = await ask([fault, "ok"]);
      expect(result?.repairs).toEqual(["reasked"]);
      expect(result?.value.ipv_detected).toBe(true);
      expect(records.map((record) => record.purpose)).toEqual(["ask", "repair"]);
      expect(records.map((record) => record.idempotencyKey)).toEqual(["case-1:le", "case-1:le:repair"]);
      expect(journal.map((line) => [line.key, line.n, line.paid])).toEqual([
        ["case-1:le", 1, true],
        ["case-1:le", 2, true],
      ]);
      expect(result?.usage?.inputTokens).toBe(journal.reduce((sum, line) => sum + line.promptTokens, 0));
      expect(result?.costUsd).toBeCloseTo((records[0]?.costUsd ?? 0) + (records[1]?.costUsd ?? 0), 12);
    });
  }

  test("is requested only once more; then the error carries the cost of both", async () => {
    const { error, journal } = await failure(["invalidSchema", "truncatedJson", "ok"]);
    expect(error).toMatchObject({ category: "invalid_output", detail: "not_json" });
    expect(journal).toHaveLength(2);
    const paid = journal.reduce((sum, line) => sum + line.promptTokens + 2 * line.completionTokens, 0) / 1e6;
    expect(error.costUsd).toBeCloseTo(paid, 12);
    expect(error.usage).toMatchObject({ inputTokens: journal.reduce((sum, line) => sum + line.promptTokens, 0) });
    expect(verdictOf(error)).toEqual(["fail", "invalid_output"]);
  });

  test("keeps the cost of the first request when the repair meets a rate limit", async () => {
    const { error, journal } = await failure(["invalidSchema", "rate429"]);
    expect(error.category).toBe("rate_limit");
    expect(error.costUsd).toBeCloseTo(
      ((journal[0]?.promptTokens ?? 0) + 2 * (journal[0]?.completionTokens ?? 0)) / 1e6,
      12,
    );
    expect(error.costUsd).toBeGreaterThan(0);
  });
});

describe("a fault", () => {
  const unpaid = { costUsd: 0, usdSource: "usage", usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 } };

  test("rate429 pauses for the time that the server requests, and costs nothing", async () => {
    const { error, journal } = await failure(["rate429"], {}, { retryAfterSeconds: 120 });
    expect(error).toMatchObject({ category: "rate_limit", statusCode: 429, retryAfterMs: 120_000, ...unpaid });
    expect(verdictOf(error)).toEqual(["pause", "rate_limit", 120_000]);
    expect(classifyModelError(new Error("wrapped", { cause: error }))).toEqual(error.verdict());
    expect(journal).toMatchObject([{ paid: false, status: 429, fault: "rate429" }]);
  });

  test("quota pauses, even though it is a 429", async () => {
    const { error } = await failure(["quota"]);
    expect(error).toMatchObject({ category: "quota", statusCode: 429, ...unpaid });
    expect(verdictOf(error)).toEqual(["pause", "quota"]);
  });

  test("auth401 pauses", async () => {
    const { error } = await failure(["auth401"]);
    expect(error).toMatchObject({ category: "auth", statusCode: 401, ...unpaid });
    expect(verdictOf(error)).toEqual(["pause", "auth"]);
  });

  test("error5xx is retried by the engine and never by the client", async () => {
    const { error, journal } = await failure(["error5xx", "ok"]);
    expect(error).toMatchObject({ category: "server", ...unpaid });
    expect(verdictOf(error)).toEqual(["retry", "server"]);
    expect(journal).toHaveLength(1);
  });

  test("contextLength is the item's own failure", async () => {
    const { error } = await failure(["contextLength"]);
    expect(error).toMatchObject({ category: "context_length", statusCode: 400, ...unpaid });
    expect(verdictOf(error)).toEqual(["fail", "context_length"]);
  });

  test("hang ends in a timeout that may have been charged, and was", async () => {
    const { error, journal, records } = await failure(["hang"], { timeoutMs: 150 });
    expect(error).toMatchObject({ category: "timeout", usage: null, usdSource: "estimate" });
    expect(error.costUsd).toBeGreaterThan(0);
    expect(verdictOf(error)).toEqual(["retry", "timeout"]);
    expect(records).toMatchObject([{ charged: "unknown", outcome: "error", category: "timeout" }]);
    expect(journal).toMatchObject([{ paid: true, fault: "hang" }]);
  });

  test("reset is a network failure that may have been charged", async () => {
    const { error, records } = await failure(["reset"]);
    expect(error).toMatchObject({ category: "network", statusCode: undefined, usdSource: "estimate" });
    expect(verdictOf(error)).toEqual(["retry", "network"]);
    expect(records).toMatchObject([{ charged: "unknown" }]);
  });

  test("badBody is the server's fault and was charged", async () => {
    const { error, records } = await failure(["badBody"]);
    expect(error).toMatchObject({ category: "server", detail: "bad_response", usdSource: "estimate" });
    expect(records).toMatchObject([{ charged: "yes" }]);
  });

  test("lengthFinish is a truncated answer, charged and not requested again", async () => {
    const { error, journal } = await failure(["lengthFinish", "ok"], { maxOutputTokens: 20 });
    expect(error).toMatchObject({ category: "invalid_output", detail: "truncated", usdSource: "usage" });
    expect(error.costUsd).toBeGreaterThan(0);
    expect(verdictOf(error)).toEqual(["fail", "invalid_output"]);
    expect(journal).toHaveLength(1);
  });

  test("emptyContent is an invalid answer, charged", async () => {
    const { error } = await failure(["emptyContent"]);
    expect(error).toMatchObject({ category: "invalid_output", detail: "empty" });
    expect(error.costUsd).toBeGreaterThan(0);
  });

  for (const provider of ["openai-compatible", "openai", "anthropic"] as const) {
    test(`refusal of ${provider} is distinguished from an invalid answer, and was charged`, async () => {
      const { error } = await failure(["refusal"], { provider, maxOutputTokens: 300 });
      expect(error.category).toBe("refusal");
      expect(error.costUsd).toBeGreaterThan(0);
      expect(verdictOf(error)).toEqual(["fail", "refusal"]);
    });
  }

  test("missingUsage leaves the usage unknown and the cost an estimate", async () => {
    const { result } = await ask(["missingUsage"]);
    expect(result).toMatchObject({ usage: null, usdSource: "estimate" });
    expect(result?.costUsd).toBeGreaterThan(0);
  });

  for (const [fault, category] of [
    ["rate429", "rate_limit"],
    ["auth401", "auth"],
    ["error5xx", "server"],
    ["contextLength", "context_length"],
    ["lengthFinish", "invalid_output"],
  ] as const) {
    test(`${fault} of the Anthropic API has the same category`, async () => {
      const { error } = await failure([fault], { provider: "anthropic", maxOutputTokens: 300 });
      expect(error.category).toBe(category);
    });
  }

  test("a refused connection is a network failure that costs nothing", async () => {
    const server = await startModelServer({ seed: 1 });
    await server.close();
    const error = await clientOf(server)
      .generate({ prompt: "x" })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ category: "network", costUsd: 0 });
  });
});

describe("an abort by the caller", () => {
  test("rejects with the caller's own reason, and the request is still recorded", async () => {
    const abort = new AbortController();
    const reason = new Error("pause");
    const records: CallRecord[] = [];
    await using server = await startModelServer({
      seed: 1,
      faults: { script: ["hang"] },
      answer: () => {
        abort.abort(reason); // the request has arrived: abort in the middle of it
        return {};
      },
    });
    const client = clientOf(server, { onCall: (record) => records.push(record) });
    await expect(client.generate({ prompt: NARRATIVE, signal: abort.signal })).rejects.toBe(reason);
    expect(records).toMatchObject([{ outcome: "aborted", charged: "unknown" }]);
    await expect(client.generate({ prompt: NARRATIVE, signal: abort.signal })).rejects.toBe(reason);
    expect(server.journal).toHaveLength(1); // the second was never sent
  });
});

describe("the client's account and the server's journal", () => {
  test("agree on 300 items under every fault at once, seed 11", async () => {
    const faults: FaultPlan = {
      rate429: 0.05,
      error5xx: 0.05,
      auth401: 0.02,
      quota: 0.02,
      contextLength: 0.02,
      reset: 0.05,
      badBody: 0.03,
      truncatedJson: 0.07,
      fencedJson: 0.07,
      invalidSchema: 0.07,
      emptyContent: 0.03,
      lengthFinish: 0.04,
      refusal: 0.04,
      missingUsage: 0.04,
    };
    await using server = await startModelServer({ seed: 11, faults, latencyMs: [0, 3] });
    const records: CallRecord[] = [];
    const client = clientOf(server, { onCall: (record) => records.push(record) });
    let costUsd = 0;
    const one = async (at: number): Promise<void> => {
      const request = { prompt: `${NARRATIVE} Case ${at}.`, schema: VERDICT, idempotencyKey: `item-${at}` };
      try {
        const result = await client.generate(request); // before the addition: `+=` would read the sum too early
        costUsd += result.costUsd ?? Number.NaN;
      } catch (error) {
        if (!(error instanceof ModelCallError)) throw error;
        costUsd += error.costUsd ?? Number.NaN;
      }
    };
    for (let at = 0; at < 300; at += 20) await Promise.all(Array.from({ length: 20 }, (_, offset) => one(at + offset)));

    expect(records).toHaveLength(server.journal.length);
    expect(new Set(server.journal.map((line) => line.fault)).size).toBe(Object.keys(faults).length + 1); // every fault, and none
    const paid = server.journal.filter((line) => line.paid);
    expect(records.filter((record) => record.charged !== "no")).toHaveLength(paid.length);
    // Per item too: every paid line has a record of the same item, and vice versa.
    const count = (keys: readonly string[]) => {
      const counts = new Map<string, number>();
      for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
      return Object.fromEntries(counts);
    };
    expect(
      count(records.filter((r) => r.charged !== "no").map((r) => (r.idempotencyKey ?? "").replace(":repair", ""))),
    ).toEqual(count(paid.map((line) => line.key)));
    // If usage was reported, the tokens equal the server's exactly.
    const reported = records.filter((record) => record.charged === "yes" && record.usage !== null);
    const exact = paid.filter(
      (line) => line.fault !== "reset" && line.fault !== "badBody" && line.fault !== "missingUsage",
    );
    const sum = <T>(rows: readonly T[], of: (row: T) => number) => rows.reduce((total, row) => total + of(row), 0);
    expect(sum(reported, (record) => record.usage?.inputTokens ?? 0)).toBe(sum(exact, (line) => line.promptTokens));
    expect(sum(reported, (record) => record.usage?.outputTokens ?? 0)).toBe(
      sum(exact, (line) => line.completionTokens),
    );
    expect(costUsd).toBeCloseTo(
      sum(records, (record) => record.costUsd ?? Number.NaN),
      9,
    );
  });
});
