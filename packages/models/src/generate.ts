// Types of a model call: request, result, and the client. client.ts implements them.
import type { CallRate } from "@holdfast/core";
import type { FinishReason } from "./call.js";
import type { CallRecord } from "./call-record.js";
import type { Clock } from "./clock.js";
import type { PriceRow } from "./prices.js";
import type { RateLimitState } from "./rate-headers.js";
import type { JsonSchema, OutputSchema, Repair } from "./structured.js";
import type { ModelUsage, TokenEstimator } from "./tokens.js";

export interface ClientOptions {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** Limit for each HTTP request, including the repair. Default 120,000 ms. */
  readonly timeoutMs?: number | undefined;
  /**
   * Maximum rate at which HTTP requests begin, including repairs. It holds for this client or, in the child processes
   * of a worker, for all clients of this model in the worker. Waiting for a turn does not count toward `timeoutMs`.
   * Default: no rate.
   */
  readonly rate?: CallRate | undefined;
  /** The user's own prices. They take precedence over the built-in table. */
  readonly prices?: readonly PriceRow[] | undefined;
  /** Called once per HTTP request, whatever its outcome: the line for a calls log or a ledger. Must not throw. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** Text of a prompt. */
export interface PromptText {
  readonly system?: string | undefined;
  readonly prompt: string;
}

export interface GenerateRequest<T> extends PromptText {
  /** Any Standard Schema (zod and others). Default: the value is the text. */
  readonly schema?: OutputSchema<T> | undefined;
  /** JSON Schema of `schema`, for schema libraries that cannot produce it. */
  readonly jsonSchema?: JsonSchema | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sent as `idempotency-key` (a repair gets its own) and as `x-idempotency-key` (the same for the whole call). */
  readonly idempotencyKey?: string | undefined;
  /**
   * Asks for more budget before the repair of an invalid answer, if `reserveUsd` was called with `withRepair: false`:
   * pass the `more` of an item's `spend`. Receives the repair's maximum cost in dollars. If it returns `false`, there
   * is no repair and the answer stays invalid.
   */
  readonly reserve?: ((usd: number) => Promise<boolean>) | undefined;
  /** Same as the client's `onCall`, for the requests of this call only. Must not throw. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
}

/** Request for which tokens and money are reserved: as given to `generate`, with its schema, which is sent too. */
export type ReserveRequest = Pick<GenerateRequest<unknown>, "system" | "prompt" | "schema" | "jsonSchema">;

export interface GenerateResult<T> {
  readonly value: T;
  readonly text: string;
  readonly method: "model";
  readonly provider: string;
  readonly model: string;
  /** Sum over `calls`; null if the provider did not report it for one of them. */
  readonly usage: ModelUsage | null;
  /** Dollars for all `calls`; null if the model has no price. */
  readonly costUsd: number | null;
  readonly usdSource: "usage" | "estimate";
  readonly finishReason: FinishReason;
  readonly requestId: string | undefined;
  /** Duration of all requests together, in milliseconds. */
  readonly latencyMs: number;
  readonly repairs: readonly Repair[];
  readonly calls: readonly CallRecord[];
  readonly rateLimit: RateLimitState | undefined;
  /** Settings that the provider does not support, in its adapter's words. */
  readonly warnings: readonly string[];
}

export interface ModelClient {
  readonly provider: string;
  readonly model: string;
  /** Price row in use, for the run to store; null if unknown. */
  readonly price: PriceRow | null;
  readonly tokens: TokenEstimator;
  /**
   * Asks once, checks the answer, and repairs it at most once.
   *
   * @throws {ModelCallError} MODEL_CALL_FAILED, with category, verdict and cost.
   * @throws the signal's own reason if the caller aborted. The request's record still goes to `onCall`.
   */
  generate<T = string>(request: GenerateRequest<T>): Promise<GenerateResult<T>>;
  /**
   * Returns the tokens to reserve before a call, for a limiter's TPM: the estimated input, including the schema, plus
   * the output limit (or 1,024).
   */
  reserveTokens(request: ReserveRequest): number;
  /**
   * Returns the dollars to reserve before a call against a budget: the maximum that it can cost, including its repair
   * if there is a schema (unless told otherwise, see `GenerateRequest.reserve`). Text counts as one token per byte,
   * which no tokenizer exceeds. Most calls cost a fraction of it, and the rest is freed.
   *
   * From then on, each request of this client carries the reserved output limit (1,024 tokens if the client has none).
   * Without one, nothing bounds the cost of a call.
   *
   * @throws {PriceUnknownError} MODEL_PRICE_UNKNOWN if the model has no price. Set one, or run without a budget.
   */
  reserveUsd(request: ReserveRequest, options?: { readonly withRepair?: boolean | undefined }): number;
}
