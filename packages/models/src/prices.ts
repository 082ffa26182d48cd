// Prices of models: a small dated table, the user's own rows (which take precedence), and the arithmetic. Prices go
// stale, so a run stores the row it used. A model without a row has an unknown cost, never a cost of zero.
import { isTokens, isUsd, TOKENS_EXPECTED, toNanos, toUsd, USD_EXPECTED, WrongUseError } from "@holdfast/core";
import { ModelConfigError, PriceUnknownError } from "./errors.js";
import type { TokenEstimator, TokenUsage } from "./tokens.js";

/**
 * Price in US dollars per million tokens. Matches the exact model name, or a dated snapshot of it (`name-2025-04-14`,
 * `name-20251001`).
 */
export interface PriceRow {
  readonly model: string;
  readonly inputUsdPerMTok: number;
  readonly outputUsdPerMTok: number;
  /** Price of input read from the provider's cache. Default: the full price, which errs on the expensive side. */
  readonly cachedInputUsdPerMTok?: number | undefined;
  /** When the price was read, `YYYY-MM`. */
  readonly asOf: string;
  readonly source: string;
}

const OPENAI = "openai.com/api/pricing, as listed by third parties";
const ANTHROPIC = "docs.anthropic.com/en/docs/about-claude/pricing";
const ANTHROPIC_LISTED = `${ANTHROPIC}, as listed by third parties`;

/** List prices, read on the date in `asOf`. They are a convenience, not guaranteed: check them before relying on a budget. */
export const PRICE_TABLE: readonly PriceRow[] = [
  price("gpt-4.1", 2, 8, undefined, "2026-03", OPENAI),
  price("gpt-4.1-mini", 0.4, 1.6, undefined, "2026-03", OPENAI),
  price("gpt-4.1-nano", 0.1, 0.4, undefined, "2026-03", OPENAI),
  price("gpt-4o", 2.5, 10, undefined, "2026-03", OPENAI),
  price("gpt-4o-mini", 0.15, 0.6, undefined, "2026-03", OPENAI),
  price("gpt-5", 1.25, 10, undefined, "2026-03", OPENAI),
  price("gpt-5-mini", 0.25, 2, undefined, "2026-03", OPENAI),
  price("gpt-5-nano", 0.05, 0.4, undefined, "2026-03", OPENAI),
  price("o3", 2, 8, undefined, "2026-03", OPENAI),
  price("o4-mini", 1.1, 4.4, undefined, "2026-03", OPENAI),
  price("claude-opus-4-1", 15, 75, 1.5, "2025-08", ANTHROPIC),
  price("claude-sonnet-4", 3, 15, 0.3, "2025-08", ANTHROPIC),
  price("claude-3-5-haiku", 0.8, 4, 0.08, "2025-08", ANTHROPIC),
  price("claude-3-haiku", 0.25, 1.25, 0.03, "2025-08", ANTHROPIC),
  price("claude-opus-4-6", 5, 25, undefined, "2026-03", ANTHROPIC_LISTED),
  price("claude-opus-4-5", 5, 25, undefined, "2026-03", ANTHROPIC_LISTED),
  price("claude-sonnet-4-6", 3, 15, undefined, "2026-03", ANTHROPIC_LISTED),
  price("claude-sonnet-4-5", 3, 15, undefined, "2026-03", ANTHROPIC_LISTED),
  price("claude-haiku-4-5", 1, 5, undefined, "2026-03", ANTHROPIC_LISTED),
];

/**
 * Returns the price row of a model, preferring the given rows to the table's; null if there is none.
 * @throws {ModelConfigError} MODEL_CONFIG_INVALID if one of the given prices is not an amount.
 */
export function priceOf(model: string, rows: readonly PriceRow[] = []): PriceRow | null {
  checkPrices(rows);
  const all = [...rows, ...PRICE_TABLE];
  return all.find((row) => row.model === model) ?? all.find((row) => isSnapshotOf(model, row.model)) ?? null;
}

/**
 * Returns the price row of a model with a budget. @throws {PriceUnknownError} MODEL_PRICE_UNKNOWN if there is none. Set
 * a price.
 */
export function requirePrice(model: string, rows: readonly PriceRow[] = []): PriceRow {
  const row = priceOf(model, rows);
  if (row === null) throw new PriceUnknownError(model);
  return row;
}

/** Checks that each price is an amount of dollars: a text or NaN would make costs meaningless. */
function checkPrices(rows: readonly PriceRow[]): void {
  const cure = "Give US dollars per million tokens, 0 for a model of your own.";
  if (!Array.isArray(rows)) throw new ModelConfigError("prices", "a list of rows is expected.", cure);
  for (const row of rows) {
    const { model, inputUsdPerMTok, outputUsdPerMTok, cachedInputUsdPerMTok = 0 } = row;
    for (const [name, value] of Object.entries({ inputUsdPerMTok, outputUsdPerMTok, cachedInputUsdPerMTok })) {
      if (isUsd(value)) continue;
      const given = typeof value === "string" ? `the text ${JSON.stringify(value)}` : String(value);
      throw new ModelConfigError("prices", `${name} of ${model}: ${USD_EXPECTED} is expected, not ${given}.`, cure);
    }
  }
}

/**
 * Returns the dollars for this usage at a row's price, to the nano-dollar; null without a row.
 * @throws {WrongUseError} WRONG_USE if the tokens are not counts.
 */
export function costOf(usage: TokenUsage, row: PriceRow | null): number | null {
  const { inputTokens, outputTokens, cachedTokens } = usage;
  for (const [name, value] of Object.entries({ inputTokens, outputTokens, cachedTokens })) {
    if (isTokens(value)) continue;
    throw new WrongUseError({ problem: `The cost of tokens: ${name}: ${TOKENS_EXPECTED} is expected, not ${value}.` });
  }
  if (row === null) return null;
  const cached = Math.min(usage.cachedTokens, usage.inputTokens);
  const usdMillionths =
    (usage.inputTokens - cached) * row.inputUsdPerMTok +
    cached * (row.cachedInputUsdPerMTok ?? row.inputUsdPerMTok) +
    usage.outputTokens * row.outputUsdPerMTok;
  return toUsd(toNanos(usdMillionths / 1_000_000));
}

/**
 * Returns the estimated dollars for a prompt and a number of output tokens, by the estimator's characters per token;
 * null without a row.
 */
export function estimateCost(
  prompt: string,
  outputTokens: number,
  row: PriceRow | null,
  tokens: TokenEstimator,
): number | null {
  return costOf({ inputTokens: tokens.estimate(prompt), outputTokens, cachedTokens: 0 }, row);
}

/** Accepts only a date after the name: "gpt-4o" must not price "gpt-4o-audio", nor "gpt-4.1" a "gpt-4.1-mini". */
function isSnapshotOf(model: string, base: string): boolean {
  return model.startsWith(base) && /^-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/.test(model.slice(base.length));
}

function price(
  model: string,
  inputUsdPerMTok: number,
  outputUsdPerMTok: number,
  cachedInputUsdPerMTok: number | undefined,
  asOf: string,
  source: string,
): PriceRow {
  return { model, inputUsdPerMTok, outputUsdPerMTok, cachedInputUsdPerMTok, asOf, source };
}
