import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createModel } from "./client.js";
import { classifyModelError, PriceUnknownError } from "./errors.js";
import { createLimiter } from "./limiter.js";
import { costOf, PRICE_TABLE, type PriceRow, priceOf, requirePrice } from "./prices.js";
import { classifyModelTrouble, openModel } from "./settings.js";
import { CALIBRATION_CALLS_MIN, createTokenEstimator, sumUsage } from "./tokens.js";

const ROW: PriceRow = {
  model: "m",
  inputUsdPerMTok: 2,
  outputUsdPerMTok: 8,
  cachedInputUsdPerMTok: 0.5,
  asOf: "2026-01",
  source: "test",
};

test("a price is found by name or dated snapshot, but never for another model of the same family", () => {
  expect(priceOf("gpt-4.1-mini")?.inputUsdPerMTok).toBe(0.4);
  expect(priceOf("gpt-4.1-mini-2025-04-14")?.model).toBe("gpt-4.1-mini");
  expect(priceOf("claude-haiku-4-5-20251001")?.model).toBe("claude-haiku-4-5");
  expect(priceOf("gpt-4o-audio-preview")).toBeNull();
  expect(priceOf("llama3")).toBeNull();
});

test("the user's own row takes precedence over the table's, even at a price of zero", () => {
  const mine: PriceRow = { ...ROW, model: "gpt-4o", inputUsdPerMTok: 0, outputUsdPerMTok: 0 };
  expect(priceOf("gpt-4o", [mine])).toBe(mine);
  expect(costOf({ inputTokens: 5, outputTokens: 5, cachedTokens: 0 }, mine)).toBe(0);
});

test("cached input has its own price, or the full one if none is known", () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 500_000, cachedTokens: 400_000 };
  expect(costOf(usage, ROW)).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8, 12);
  expect(costOf(usage, { ...ROW, cachedInputUsdPerMTok: undefined })).toBeCloseTo(2 + 4, 12);
});

test("a model without a price has no cost, and refuses a budget with advice in the message", () => {
  expect(costOf({ inputTokens: 1, outputTokens: 1, cachedTokens: 0 }, null)).toBeNull();
  expect(() => requirePrice("llama3")).toThrow(PriceUnknownError);
  const client = createModel({ provider: "openai-compatible", name: "llama3", baseUrl: "http://127.0.0.1:1/v1" });
  expect(client.price).toBeNull();
  expect(() => client.reserveUsd({ prompt: "x" })).toThrow(/models\.prices/);
});

test("a reservation covers the prompt and the maximum answer", () => {
  const options = {
    provider: "openai-compatible",
    name: "m",
    baseUrl: "http://127.0.0.1:1/v1",
    prices: [ROW],
    maxOutputTokens: 100,
  } as const;
  const client = createModel(options);
  const prompt = "x".repeat(699); // with the line break before it 700 characters, 200 tokens at 3.5
  expect(client.reserveTokens({ prompt })).toBe(300);
  // Money is reserved by an upper bound on tokens: one per byte of everything sent, plus a frame.
  const usd = client.reserveUsd({ prompt });
  expect(usd).toBeGreaterThan((699 * 2 + 100 * 8) / 1e6);
  expect(usd).toBeLessThan((1_200 * 2 + 100 * 8) / 1e6);
});

test("every row of the table states its date and source, and no model has two rows", () => {
  for (const row of PRICE_TABLE) {
    expect(row.asOf).toMatch(/^\d{4}-\d{2}$/);
    expect(row.source).not.toBe("");
    expect(row.outputUsdPerMTok).toBeGreaterThan(row.inputUsdPerMTok);
  }
  expect(new Set(PRICE_TABLE.map((row) => row.model)).size).toBe(PRICE_TABLE.length);
});

test("a token estimate follows measurements once there are enough", () => {
  const tokens = createTokenEstimator();
  expect(tokens.estimate("x".repeat(350))).toBe(100);
  for (let call = 1; call <= CALIBRATION_CALLS_MIN; call++) {
    expect(tokens.charsPerToken).toBe(3.5);
    tokens.observe(500, 100);
  }
  tokens.observe(10, 0); // no usage reported: tells nothing
  expect(tokens.charsPerToken).toBe(5);
  expect(tokens.estimate("x".repeat(350))).toBe(70);
});

test("a sum with an unknown part is unknown", () => {
  const one = { inputTokens: 1, outputTokens: 2, cachedTokens: 0 };
  expect(sumUsage([one, one])).toEqual({ inputTokens: 2, outputTokens: 4, cachedTokens: 0 });
  expect(sumUsage([one, null])).toBeNull();
});

describe("with a schema", () => {
  const schema = z.object({ label: z.enum(["yes", "no"]), why: z.string().describe("w".repeat(1_000)) });
  const request = { system: "Judge.", prompt: "x".repeat(350), schema };
  const base = { provider: "openai-compatible", name: "gpt-4.1", baseUrl: "http://127.0.0.1:1/v1" } as const;

  test.each([true, false])("its tokens are reserved, whether in the prompt or beside it (%s)", (structured) => {
    const client = createModel({ ...base, structured, maxOutputTokens: 100 });
    const plain = { system: "Judge.", prompt: request.prompt };
    expect(client.reserveTokens(request) - client.reserveTokens(plain)).toBeGreaterThan(1_000 / 3.5);
    // Twice, since an invalid answer is asked for once more.
    expect(client.reserveUsd(request)).toBeGreaterThan(2 * client.reserveUsd(plain) + (2 * 1_000 * 2) / 1e6);
  });

  test("jsonSchema replaces it if the library cannot convert it", () => {
    const bare = { "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } } as const;
    const client = createModel({ ...base, maxOutputTokens: 100 });
    const jsonSchema = { type: "object", description: "d".repeat(700) };
    expect(
      client.reserveTokens({ prompt: "x", schema: bare, jsonSchema }) -
        client.reserveTokens({ prompt: "x", schema: bare }),
    ).toBeGreaterThanOrEqual(200);
  });
});

test("an invalid price is refused where it is given, with its name and advice", () => {
  const wrong = ["0.15", -1, Number.NaN, Number.POSITIVE_INFINITY, undefined, null, 2_000_000];
  for (const value of wrong) {
    const rows = [{ ...ROW, outputUsdPerMTok: value as number }];
    const said = `outputUsdPerMTok of ${ROW.model}: a number of dollars from 0 to 1,000,000 is expected, not`;
    expect(() => priceOf("other", rows), String(value)).toThrow(said);
    expect(() =>
      createModel({ provider: "openai-compatible", name: "m", baseUrl: "http://127.0.0.1:1/v1", prices: rows }),
    ).toThrow(said);
  }
  const price = { inputUsd: "0.1" as unknown as number, outputUsd: 0 };
  const settings = { provider: "openai-compatible" as const, name: "m", baseUrl: "http://127.0.0.1:1/v1", price };
  expect(() => openModel(settings, () => undefined)).toThrow(
    'inputUsdPerMTok of m: a number of dollars from 0 to 1,000,000 is expected, not the text "0.1"',
  );
  expect(() => priceOf("m", { m: 1 } as never)).toThrow("a list of rows is expected");
});

test("invalid token counts have no cost and are refused as a limit", async () => {
  for (const outputTokens of [-5, 0.5, Number.NaN, "7"]) {
    const usage = { inputTokens: 1, outputTokens: outputTokens as number, cachedTokens: 0 };
    expect(() => costOf(usage, ROW)).toThrow(
      `outputTokens: a whole number of tokens from 0 to 1,000,000,000,000 is expected, not ${outputTokens}`,
    );
    const options = { provider: "openai-compatible" as const, name: "m", baseUrl: "http://127.0.0.1:1/v1" };
    expect(() => createModel({ ...options, maxOutputTokens: outputTokens as number })).toThrow(
      'Model option "maxOutputTokens"',
    );
    await expect(createLimiter({ min: 1, max: 1, tpm: 100 }).acquire(outputTokens as number)).rejects.toThrow(
      "estimatedTokens",
    );
  }
});

test("costs are whole nano-dollars, and sums of them are exact", () => {
  const row = { ...ROW, inputUsdPerMTok: 0.15, outputUsdPerMTok: 0.6 };
  expect(costOf({ inputTokens: 12_345, outputTokens: 678, cachedTokens: 0 }, row)).toBe(0.00225855);
  expect(costOf({ inputTokens: 1, outputTokens: 0, cachedTokens: 0 }, { ...row, inputUsdPerMTok: 0.0375 })).toBe(
    0.000000038,
  );
});

test("impossible usage reported by a provider is ignored: the cost is estimated, never negative", async () => {
  for (const usage of [
    { prompt_tokens: -5, completion_tokens: 10, total_tokens: 5 },
    { prompt_tokens: 5, completion_tokens: 1.5, total_tokens: 6.5 },
  ]) {
    const answer = {
      id: "1",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { content: "x" }, finish_reason: "stop" }],
      usage,
    };
    const client = createModel({
      provider: "openai-compatible",
      name: "gpt-4.1",
      baseUrl: "http://127.0.0.1:1/v1",
      fetch: async () => new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } }),
    });
    const { usage: told, costUsd, usdSource } = await client.generate({ prompt: "hello" });
    expect([told, usdSource]).toEqual([null, "estimate"]);
    expect(costUsd).toBeGreaterThan(0);
  }
});

test("after a reservation, the reserved output limit is sent", async () => {
  const bodies: { max_tokens?: number }[] = [];
  const answer = {
    id: "1",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { content: "x" }, finish_reason: "stop" }],
  };
  const client = createModel({
    provider: "openai-compatible",
    name: "gpt-4.1",
    baseUrl: "http://127.0.0.1:1/v1",
    fetch: async (_, init) => {
      bodies.push(JSON.parse(String(init?.body)));
      return new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
    },
  });
  await client.generate({ prompt: "x" });
  client.reserveUsd({ prompt: "x" });
  await client.generate({ prompt: "x" });
  expect(bodies.map((body) => body.max_tokens)).toEqual([undefined, 1_024]);
});

test("a budget for a model without a price pauses the run instead of failing each item", () => {
  const client = createModel({ provider: "openai-compatible", name: "llama3", baseUrl: "http://127.0.0.1:1/v1" });
  let thrown: unknown;
  try {
    client.reserveUsd({ prompt: "x" });
  } catch (error) {
    thrown = error;
  }
  expect(classifyModelError(thrown)).toEqual({ then: "pause", category: "other" });
  expect(classifyModelTrouble(thrown)).toEqual({ then: "pause", category: "model_config" });
});
