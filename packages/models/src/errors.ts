// What can go wrong with a call to a model, as one class with a category.
// What does not live here: how a provider's answer becomes a category (error-mapping.ts).
// Invariant: a failed call still says what it cost. Paid is paid, whether or not the answer was any use.
import { PUSH_BACK_MAX_MS } from "@holdfast/core";
import type { CallRecord } from "./call-record.js";
import type { ModelErrorCategory } from "./error-category.js";
import type { RateLimitState } from "./rate-headers.js";
import type { TokenUsage } from "./tokens.js";

/** The closer reason within a category, where there is one. */
export type ModelErrorDetail =
  | "truncated" // the answer stopped at the token limit: raise maxOutputTokens, a plain retry repeats it
  | "empty"
  | "not_json"
  | "schema"
  | "bad_response" // the HTTP body was not what the API promises
  | "not_found"; // no such model or path: no item can succeed

/** What the engine should do next. `afterMs`: not before this many milliseconds have passed. */
export interface ModelVerdict {
  readonly then: "retry" | "fail" | "pause";
  readonly category: ModelErrorCategory;
  readonly afterMs?: number;
}

/**
 * Without a Retry-After we wait this long after a rate limit. Most limits are counted by the minute and refill steadily, so
 * ten seconds returns a sixth of the allowance; longer would idle, much shorter would only meet the limit again.
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
  /** The model's text, where one arrived: the evidence for an invalid answer. Untrusted. */
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
 * A call to a language model failed. The category decides what happens next; see `verdict()`.
 *
 * `costUsd` covers every request made for this call, failed ones and the repair included; null when the model has no price.
 * Where it is not known whether the provider charged (a timeout, a cut connection), the most it can have cost is counted.
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

  /** Facts for a record: plain JSON, without the model's text. */
  get details(): Record<string, unknown> {
    const { category, detail, model, statusCode, retryAfterMs, requestId, costUsd, usdSource, usage } = this;
    return { category, detail, model, statusCode, retryAfterMs, requestId, costUsd, usdSource, usage };
  }

  /**
   * Whose fault it is decides what to do: the outside's (limit, quota, key) stops everybody and uses up no attempt;
   * a passing failure is retried; the item's own failure is recorded, for a retry would only pay for it again.
   */
  verdict(): ModelVerdict {
    switch (this.category) {
      case "rate_limit":
        return this.#verdict("pause", this.retryAfterMs ?? RATE_LIMIT_WAIT_MS);
      case "quota":
      case "auth":
        // A person has to do something: a Retry-After of 0 must not wake the run each second to be refused again.
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
        // No such model: the next item would fail the same way, so stop instead of failing them all.
        return this.#verdict(this.detail === "not_found" ? "pause" : "fail");
    }
  }

  #verdict(next: ModelVerdict["then"], afterMs?: number): ModelVerdict {
    return { then: next, category: this.category, ...(afterMs === undefined ? {} : { afterMs }) };
  }
}

/**
 * For the `classify` option of a stage or a map: the verdict on a model error, undefined on anything else.
 *
 * @example
 * await map("classify", cases, { classify: classifyModelError }, (item) => …);
 */
export function classifyModelError(error: unknown): ModelVerdict | undefined {
  // Through causes, since user code may wrap; by class, since two copies of the package would be two price ledgers anyway.
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof ModelCallError) return at.verdict();
    // No item can be budgeted: the run waits for a price instead of failing them one by one.
    if (at instanceof PriceUnknownError) return { then: "pause", category: "other" };
  }
  return undefined;
}

/** The options cannot make a client. Nothing was sent. */
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

/** A budget was asked for, but the model has no price, so nothing could be held against it. Nothing was sent. */
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
