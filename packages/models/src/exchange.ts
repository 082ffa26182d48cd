// The requests of one call and their cost. Invariant: each request sent has exactly one record, written before its
// failure is thrown, so that neither an error nor an abort can lose a cost.
import type { LanguageModelV3, LanguageModelV3Prompt } from "@ai-sdk/provider";
import { addUsd } from "@holdfast/core";
import { dropReasoning } from "./answer-text.js";
import { type Answer, type CallRequest, callOnce } from "./call.js";
import type { CallRecord, Charged } from "./call-record.js";
import type { Clock } from "./clock.js";
import { ModelCallError } from "./errors.js";
import type { Limiter } from "./limiter-types.js";
import { costOf, type PriceRow } from "./prices.js";
import { keyHeaders, sentText } from "./prompts.js";
import { mostTokens } from "./reserve.js";
import { type ModelUsage, sumUsage, type TokenEstimator, type TokenUsage } from "./tokens.js";

export interface ExchangeSetup {
  readonly model: LanguageModelV3;
  readonly request: Omit<CallRequest, "prompt" | "headers">;
  /** Acquired before each request; null if no rate was set. */
  readonly limiter: Limiter | null;
  readonly idempotencyKey: string | undefined;
  readonly price: PriceRow | null;
  readonly tokens: TokenEstimator;
  /** Output tokens to assume if their number is unknown. */
  readonly outputReserve: number;
  readonly clock: Clock;
  readonly onCall: ((record: CallRecord) => void) | undefined;
}

const NO_TOKENS: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };

/** Facts known once a request has ended. The rest of its record follows from them. */
type Ending = Pick<CallRecord, "outcome" | "category" | "statusCode" | "finishReason" | "requestId"> & {
  readonly charged: Charged;
  readonly usage: TokenUsage | null;
  /** The text received, for an estimate if the provider reported no usage. */
  readonly text?: string;
};

interface Sent {
  readonly text: string;
  readonly mostTokens: number;
}

export class Exchange {
  readonly calls: CallRecord[] = [];
  readonly #setup: ExchangeSetup;

  constructor(setup: ExchangeSetup) {
    this.#setup = setup;
  }

  /**
   * Sends one request. @throws {ModelCallError} on a failure, and on an answer that is unusable (refused, truncated,
   * empty). Throws the signal's reason on an abort.
   */
  async send(prompt: LanguageModelV3Prompt, purpose: CallRecord["purpose"]): Promise<Answer> {
    const { model, request, idempotencyKey, clock, tokens, limiter } = this.#setup;
    // An abort before anything was sent leaves no record.
    request.signal?.throwIfAborted();
    const permit = limiter === null ? null : await limiter.acquire(0, request.signal);
    const headers = keyHeaders(idempotencyKey, purpose);
    const startedAtMs = clock.nowMs();
    const ending = await callOnce(model, { ...request, prompt, headers }, clock);
    permit?.release({ kind: "neutral" });
    const sent = { text: sentText(prompt, request.format), mostTokens: mostTokens(prompt, request.format) };
    const record = (facts: Ending) =>
      this.#record(facts, sent, { purpose, startedAtMs, idempotencyKey: headers["idempotency-key"] });

    if (ending.kind === "aborted") {
      record({ outcome: "aborted", charged: "unknown", usage: null });
      throw ending.reason;
    }
    if (ending.kind === "failed") {
      const { error, charged } = ending.failure;
      const { category, statusCode, requestId } = error;
      record({
        outcome: "error",
        charged,
        usage: charged === "no" ? NO_TOKENS : null,
        category,
        statusCode,
        requestId,
      });
      throw error;
    }
    const { answer } = ending;
    const { text, usage, finishReason, requestId } = answer;
    if (usage !== null) tokens.observe(sent.text.length, usage.inputTokens);
    const noAnswer = judge(answer, model.modelId);
    const outcome = noAnswer === undefined ? "ok" : "error";
    record({ outcome, charged: "yes", usage, text, category: noAnswer?.category, finishReason, requestId });
    if (noAnswer !== undefined) throw noAnswer;
    return answer;
  }

  /** Usage and cost of the whole call. An unknown part makes the sum unknown, never smaller. */
  totals(): { usage: ModelUsage | null; costUsd: number | null; usdSource: "usage" | "estimate" } {
    const { calls } = this;
    const usage = sumUsage(calls.map((call) => call.usage));
    return {
      usage: usage === null ? null : { model: this.#setup.model.modelId, ...usage },
      costUsd: calls.reduce<number | null>(
        (sum, { costUsd }) => (sum === null || costUsd === null ? null : addUsd(sum, costUsd)),
        0,
      ),
      usdSource: calls.some((call) => call.usdSource === "estimate") ? "estimate" : "usage",
    };
  }

  #record(ending: Ending, sent: Sent, about: Pick<CallRecord, "purpose" | "startedAtMs" | "idempotencyKey">): void {
    const { text, ...facts } = ending;
    const { price, model, clock, onCall } = this.#setup;
    const record: CallRecord = {
      model: model.modelId,
      ...about,
      latencyMs: clock.nowMs() - about.startedAtMs,
      ...facts,
      // What was not charged is free, even for a model without a price.
      costUsd: facts.charged === "no" ? 0 : costOf(facts.usage ?? this.#estimate(sent, text), price),
      usdSource: facts.usage === null ? "estimate" : "usage",
    };
    this.calls.push(record);
    onCall?.(record);
  }

  /** Estimates usage: of an answer without reported usage by its length; of one that never arrived, the maximum. */
  #estimate(sent: Sent, text: string | undefined): TokenUsage {
    const { tokens, outputReserve } = this.#setup;
    if (text === undefined) return { inputTokens: sent.mostTokens, outputTokens: outputReserve, cachedTokens: 0 };
    return { inputTokens: tokens.estimate(sent.text), outputTokens: tokens.estimate(text), cachedTokens: 0 };
  }
}

/** Endings without a usable answer, whatever the text. They are not asked again: the same question would be paid for again. */
function judge(answer: Answer, model: string): ModelCallError | undefined {
  const facts = { model, requestId: answer.requestId, text: answer.text, rateLimit: answer.rateLimit };
  if (answer.finishReason === "refusal") {
    return new ModelCallError({ ...facts, category: "refusal", reason: "The model or its content filter declined." });
  }
  if (answer.finishReason === "length") {
    const reason = "The answer reached the token limit and is cut off; raise maxOutputTokens.";
    return new ModelCallError({ ...facts, category: "invalid_output", detail: "truncated", reason });
  }
  if (dropReasoning(answer.text).trim() === "") {
    return new ModelCallError({
      ...facts,
      category: "invalid_output",
      detail: "empty",
      reason: "The answer is empty.",
    });
  }
  return undefined;
}
