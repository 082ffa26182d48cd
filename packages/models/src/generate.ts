// The words of a model call: what is asked, what comes back, and the client that does it. Types only; client.ts implements them.
import type { CallRate } from "@holdfast/core";
import type { FinishReason } from "./call.js";
import type { CallRecord } from "./call-record.js";
import type { Clock } from "./clock.js";
import type { PriceRow } from "./prices.js";
import type { RateLimitState } from "./rate-headers.js";
import type { JsonSchema, OutputSchema, Repair } from "./structured.js";
import type { TokenEstimator, TokenUsage } from "./tokens.js";

export interface ClientOptions {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** For each HTTP request, the repair included. Default 120,000 ms. */
  readonly timeoutMs?: number | undefined;
  /**
   * At most so many HTTP requests begin in any stretch of time, repairs included: of this client, or, in the child processes of
   * a worker, of all clients of this model in the worker. A wait for its turn is not in `timeoutMs`. Default: no rate.
   */
  readonly rate?: CallRate | undefined;
  /** The user's own prices; they come before the built-in table. */
  readonly prices?: readonly PriceRow[] | undefined;
  /** Called once per HTTP request, whatever became of it: the line for a calls log or a ledger. Must not throw. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** What a prompt consists of. */
export interface PromptText {
  readonly system?: string | undefined;
  readonly prompt: string;
}

export interface GenerateRequest<T> extends PromptText {
  /** Any Standard Schema (zod and others). Left out, the value is the text. */
  readonly schema?: OutputSchema<T> | undefined;
  /** The same as JSON Schema, for schema libraries that cannot say it themselves. */
  readonly jsonSchema?: JsonSchema | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sent as `idempotency-key` (a repair has its own) and `x-idempotency-key` (the same for the whole call). */
  readonly idempotencyKey?: string | undefined;
  /**
   * Asked before the repair of an answer that does not fit, with the most that it can cost, where `reserveUsd` was told
   * `withRepair: false`: the `more` of an item's `spend`. False: no repair, the answer stays invalid.
   */
  readonly reserve?: ((usd: number) => Promise<boolean>) | undefined;
  /** Like the client's `onCall`, for the requests of this call alone. Must not throw. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
}

/** What tokens and money are reserved for: the request as it is given to `generate`, its schema included, which is sent too. */
export type ReserveRequest = Pick<GenerateRequest<unknown>, "system" | "prompt" | "schema" | "jsonSchema">;

export interface GenerateResult<T> {
  readonly value: T;
  readonly text: string;
  readonly method: "model";
  readonly provider: string;
  readonly model: string;
  /** Sum over `calls`; null when the provider did not report it for one of them. */
  readonly usage: TokenUsage | null;
  /** Dollars for all `calls`; null when the model has no price. */
  readonly costUsd: number | null;
  readonly usdSource: "usage" | "estimate";
  readonly finishReason: FinishReason;
  readonly requestId: string | undefined;
  /** All requests together, ms. */
  readonly latencyMs: number;
  readonly repairs: readonly Repair[];
  readonly calls: readonly CallRecord[];
  readonly rateLimit: RateLimitState | undefined;
  /** Settings the provider does not take, as its adapter words them. */
  readonly warnings: readonly string[];
}

export interface ModelClient {
  readonly provider: string;
  readonly model: string;
  /** The price row in use, for the run to store; null when unknown. */
  readonly price: PriceRow | null;
  readonly tokens: TokenEstimator;
  /**
   * Ask once, check the answer, repair it at most once.
   *
   * @throws {ModelCallError} MODEL_CALL_FAILED — with category, verdict and what it cost.
   * @throws the signal's own reason when the caller aborted; the request's record still goes to `onCall`.
   */
  generate<T = string>(request: GenerateRequest<T>): Promise<GenerateResult<T>>;
  /** Tokens to hold before a call: the estimated input, schema included, and the output limit (or 1,024). For a limiter's TPM. */
  reserveTokens(request: ReserveRequest): number;
  /**
   * Dollars to hold before a call against a budget: the most that it can cost, with its repair where there is a schema (unless
   * told not to, see `GenerateRequest.reserve`). Text counts as one token a byte, which no tokenizer exceeds; mostly the call
   * costs a fraction, and the rest is free again.
   *
   * From then on each request of this client carries the output limit that was reserved (1,024 tokens where the client was
   * given none): without one nothing bounds what a call costs.
   *
   * @throws {PriceUnknownError} MODEL_PRICE_UNKNOWN — the model has no price; give one or run without a budget.
   */
  reserveUsd(request: ReserveRequest, options?: { readonly withRepair?: boolean | undefined }): number;
}
