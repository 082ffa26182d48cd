import { expect, test } from "vitest";
import { createModel } from "./client.js";
import { PriceUnknownError } from "./errors.js";
import { costOf, PRICE_TABLE, type PriceRow, priceOf, requirePrice } from "./prices.js";
import { CALIBRATION_CALLS_MIN, createTokenEstimator, sumUsage } from "./tokens.js";

const ROW: PriceRow = {
  model: "m",
  inputUsdPerMTok: 2,
  outputUsdPerMTok: 8,
  cachedInputUsdPerMTok: 0.5,
  asOf: "2026-01",
  source: "test",
};

test("a price is found by name or dated snapshot, and never for another model of the same family", () => {
  expect(priceOf("gpt-4.1-mini")?.inputUsdPerMTok).toBe(0.4);
  expect(priceOf("gpt-4.1-mini-2025-04-14")?.model).toBe("gpt-4.1-mini");
  expect(priceOf("claude-haiku-4-5-20251001")?.model).toBe("claude-haiku-4-5");
  expect(priceOf("gpt-4o-audio-preview")).toBeNull();
  expect(priceOf("llama3")).toBeNull();
});

test("the user's own row comes before the table's, also at a price of zero", () => {
  const mine: PriceRow = { ...ROW, model: "gpt-4o", inputUsdPerMTok: 0, outputUsdPerMTok: 0 };
  expect(priceOf("gpt-4o", [mine])).toBe(mine);
  expect(costOf({ inputTokens: 5, outputTokens: 5, cachedTokens: 0 }, mine)).toBe(0);
});

test("cached input has its own price, or the full one where none is known", () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 500_000, cachedTokens: 400_000 };
  expect(costOf(usage, ROW)).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8, 12);
  expect(costOf(usage, { ...ROW, cachedInputUsdPerMTok: undefined })).toBeCloseTo(2 + 4, 12);
});

test("a model without a price has no cost, and refuses a budget with the cure in the message", () => {
  expect(costOf({ inputTokens: 1, outputTokens: 1, cachedTokens: 0 }, null)).toBeNull();
  expect(() => requirePrice("llama3")).toThrow(PriceUnknownError);
  const client = createModel({ provider: "openai-compatible", name: "llama3", baseUrl: "http://127.0.0.1:1/v1" });
  expect(client.price).toBeNull();
  expect(() => client.reserveUsd({ prompt: "x" })).toThrow(/models\.prices/);
});

test("a reserve covers the prompt and the most the answer may take", () => {
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
  expect(client.reserveUsd({ prompt })).toBeCloseTo((200 * 2 + 100 * 8) / 1e6, 12);
});

test("every row of the table says when and where it was read, and no model has two", () => {
  for (const row of PRICE_TABLE) {
    expect(row.asOf).toMatch(/^\d{4}-\d{2}$/);
    expect(row.source).not.toBe("");
    expect(row.outputUsdPerMTok).toBeGreaterThan(row.inputUsdPerMTok);
  }
  expect(new Set(PRICE_TABLE.map((row) => row.model)).size).toBe(PRICE_TABLE.length);
});

test("a token estimate follows what was measured, once enough was measured", () => {
  const tokens = createTokenEstimator();
  expect(tokens.estimate("x".repeat(350))).toBe(100);
  for (let call = 1; call <= CALIBRATION_CALLS_MIN; call++) {
    expect(tokens.charsPerToken).toBe(3.5);
    tokens.observe(500, 100);
  }
  tokens.observe(10, 0); // no usage reported: says nothing
  expect(tokens.charsPerToken).toBe(5);
  expect(tokens.estimate("x".repeat(350))).toBe(70);
});

test("a sum with an unknown part is unknown", () => {
  const one = { inputTokens: 1, outputTokens: 2, cachedTokens: 0 };
  expect(sumUsage([one, one])).toEqual({ inputTokens: 2, outputTokens: 4, cachedTokens: 0 });
  expect(sumUsage([one, null])).toBeNull();
});
