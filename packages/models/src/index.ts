// @holdfast/models: language model calls for workloads. The engine never imports it; it knows no store and no run.
export { ADAPT_DEFAULTS, type CallRate, DURATION_MAX_MS, type LimitChange } from "@holdfast/core";
export type { FinishReason } from "./call.js";
export type { CallRecord, Charged } from "./call-record.js";
export { createModel, createModelFrom, MODEL_DEFAULTS, type ModelOptions } from "./client.js";
export { type Clock, systemClock } from "./clock.js";
export { MODEL_ERROR_CATEGORIES, type ModelErrorCategory } from "./error-category.js";
export {
  classifyModelError,
  ModelCallError,
  ModelConfigError,
  type ModelErrorDetail,
  type ModelVerdict,
  PriceUnknownError,
  RATE_LIMIT_WAIT_MS,
} from "./errors.js";
export { fence, neutralizeTags } from "./fence.js";
export type {
  ClientOptions,
  GenerateRequest,
  GenerateResult,
  ModelClient,
  PromptText,
  ReserveRequest,
} from "./generate.js";
export { createLimiter, limiterOutcomeOf } from "./limiter.js";
export type { Limiter, LimiterOptions, LimiterOutcome, Permit } from "./limiter-types.js";
export { costOf, estimateCost, PRICE_TABLE, type PriceRow, priceOf, requirePrice } from "./prices.js";
export { PROVIDERS, type ProviderName, type ProviderOptions } from "./provider.js";
export { type HeaderBag, type RateLimitState, readRateLimit, readRetryAfterMs } from "./rate-headers.js";
export {
  type ApiKey,
  budgetField,
  classifyModelTrouble,
  MODEL_FIELDS,
  type ModelSettings,
  openModel,
  priceField,
  rateField,
  requireBaseUrl,
} from "./settings.js";
export { type JsonSchema, jsonSchemaOf, type OutputSchema, type Repair } from "./structured.js";
export {
  createTokenEstimator,
  DEFAULT_CHARS_PER_TOKEN,
  type ModelUsage,
  type TokenEstimator,
  type TokenUsage,
} from "./tokens.js";
