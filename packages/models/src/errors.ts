// Failures of model calls: one class with a category. error-mapping.ts derives the category from a provider's answer.
// Invariant: a failed call still reports its cost, whether or not the answer was usable.
import { PUSH_BACK_MAX_MS } from "@holdfast/core";
import type { CallRecord } from "./call-record.js";
import type { ModelErrorCategory } from "./error-category.js";
import type { RateLimitState } from "./rate-headers.js";
import type { TokenUsage } from "./tokens.js";

/** More specific reason within a category, if there is one. */
export type ModelErrorDetail =
  | "truncated" // the answer stopped at the token limit: raise maxOutputTokens, since a retry repeats it
  | "empty"
  | "not_json"
  | "schema"
  | "bad_response" // the HTTP body did not follow the API
  | "not_found"; // no such model or path: every item would fail

/** What the engine should do next. `afterMs`: minimum wait in milliseconds. */
export interface ModelVerdict {
  readonly then: "retry" | "fail" | "pause";
  readonly category: ModelErrorCategory;
  readonly afterMs?: number;
}

/**
 * Wait after a rate limit without Retry-After. Most limits are counted by the minute and refill steadily, so ten
 * seconds restore a sixth of the allowance. A longer wait would idle; a much shorter one would only hit the limit
 * again.
 */
export const RATE_LIMIT_WAIT_MS = 10_000;

export interface ModelCallErrorFacts {
  readonly category: ModelErrorCategory;
  readonly model: string;
  readonly reason: string;
  readonly detail?: ModelErrorDetail | undefined;
  readonly statusCode?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly rateLimit?: RateLimitState | undefined;
  /** The model's text, if any arrived: the evidence for an invalid answer. Untrusted. */
  readonly text?: string | undefined;
  readonly cause?: unknown;
}

const CURES: Record<ModelErrorCategory, string> = {
  rate_limit: "Wait for the limit to refill, or lower the concurrency.",
  quota: "Top up the account or raise its limit, then resume.",
  auth: "Check the API key and what it may use, then resume.",
  timeout: "Retry; if it repeats, raise timeoutMs or ask for a shorter answer.",
  server: "Retry; the provider failed, not the item.",
  network: "Retry; check that the base URL is reachable if it repeats.",
  context_length: "Shorten the prompt or choose a model with a longer context.",
  refusal: "The model declined this item; change the prompt or leave the item failed.",
  invalid_output:
    "The answer did not fit what was asked for, even after one repair; change the prompt, schema or model.",
  other: "Read the provider's message; the request itself was refused.",
};

/**
 * A failed call to a language model. The category decides what happens next; see `verdict()`.
 *
 * `costUsd` covers every request of the call, including failed ones and the repair. It is null if the model has no
 * price. If it is unknown whether the provider charged (a timeout, a broken connection), the maximum that the request
 * can have cost is counted.
 */
export class ModelCallError extends Error {
  override readonly name = "ModelCallError";
  readonly code = "MODEL_CALL_FAILED";
  readonly category: ModelErrorCategory;
  readonly detail: ModelErrorDetail | undefined;
  readonly model: string;
  readonly statusCode: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  readonly rateLimit: RateLimitState | undefined;
  readonly text: string | undefined;
  /** Set by the client, which alone knows all requests of the call. */
  costUsd: number | null = 0;
  usdSource: "usage" | "estimate" = "usage";
  usage: TokenUsage | null = null;
  calls: readonly CallRecord[] = [];

  constructor(facts: ModelCallErrorFacts) {
    const at = facts.statusCode === undefined ? "" : ` (HTTP ${facts.statusCode})`;
    const detail = facts.detail === undefined ? "" : `/${facts.detail}`;
    super(`Model ${facts.model}: ${facts.category}${detail}${at}: ${facts.reason} ${CURES[facts.category]}`, {
      cause: facts.cause,
    });
    this.category = facts.category;
    this.detail = facts.detail;
    this.model = facts.model;
    this.statusCode = facts.statusCode;
    this.retryAfterMs = facts.retryAfterMs;
    this.requestId = facts.requestId;
    this.rateLimit = facts.rateLimit;
    this.text = facts.text;
  }

  /** Facts for a record, as plain JSON without the model's text. */
  get details(): Record<string, unknown> {
    const { category, detail, model, statusCode, retryAfterMs, requestId, costUsd, usdSource, usage } = this;
    return { category, detail, model, statusCode, retryAfterMs, requestId, costUsd, usdSource, usage };
  }

  /**
   * Returns what to do next. A cause outside the item (limit, quota, key) holds up all items and uses up no attempt. A
   * passing failure is retried. The item's own failure is recorded, since a retry would only pay for it again.
   */
  verdict(): ModelVerdict {
    switch (this.category) {
      case "rate_limit":
        return this.#verdict("pause", this.retryAfterMs ?? RATE_LIMIT_WAIT_MS);
      case "quota":
      case "auth":
        // A person must act. A Retry-After of 0 must not wake the run every second only to be refused again.
        return this.#verdict(
          "pause",
          this.retryAfterMs === undefined ? undefined : Math.max(PUSH_BACK_MAX_MS, this.retryAfterMs),
        );
      case "timeout":
      case "server":
      case "network":
        return this.#verdict("retry", this.retryAfterMs);
      case "context_length":
      case "refusal":
      case "invalid_output":
        return this.#verdict("fail");
      case "other":
        // No such model: the next item would fail the same way, so pause instead of failing all of them.
        return this.#verdict(this.detail === "not_found" ? "pause" : "fail");
    }
  }

  #verdict(next: ModelVerdict["then"], afterMs?: number): ModelVerdict {
    return { then: next, category: this.category, ...(afterMs === undefined ? {} : { afterMs }) };
  }
}

/**
 * Implements the `classify` option of a stage or a map: returns the verdict on a model error, and undefined for any
 * other error.
 *
 * @example
 * await map("classify", cases, { classify: classifyModelError }, (item) => …);
 */
export function classifyModelError(error: unknown): ModelVerdict | undefined {
  // Through causes, since user code may wrap errors. By class, since two copies of the package would have two price
  // ledgers anyway.
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof ModelCallError) return at.verdict();
    // No item can be budgeted, so the run waits for a price instead of failing them one by one.
    if (at instanceof PriceUnknownError) return { then: "pause", category: "other" };
  }
  return undefined;
}

/** MODEL_CONFIG_INVALID: no client can be created with these options. Nothing was sent. */
export class ModelConfigError extends Error {
  override readonly name = "ModelConfigError";
  readonly code = "MODEL_CONFIG_INVALID";
  constructor(
    readonly option: string,
    problem: string,
    cure: string,
  ) {
    super(`Model option "${option}": ${problem} ${cure}`);
  }
}

/**
 * MODEL_PRICE_UNKNOWN: a budget was set, but the model has no price, so no cost can be checked against it. Nothing was
 * sent.
 */
export class PriceUnknownError extends Error {
  override readonly name = "PriceUnknownError";
  readonly code = "MODEL_PRICE_UNKNOWN";
  constructor(readonly model: string) {
    super(
      `Model ${model} has no price, so a budget in dollars cannot be kept. ` +
        `Give its price in the configuration (models.prices), 0 for a model of your own, or run without a budget.`,
    );
  }
}
