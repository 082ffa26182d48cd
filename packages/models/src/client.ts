// The model client: one call as ask → read → at most one repair → result or ModelCallError, with its whole cost.
// Invariants: no retries (the engine owns them); every request ends up in exactly one CallRecord, also the failed, the repeated
// and the aborted one; nothing is read from the environment.
import type { LanguageModelV3, LanguageModelV3Prompt } from "@ai-sdk/provider";
import { type Answer, type CallRequest, callOnce, type FinishReason } from "./call.js";
import type { CallRecord, Charged } from "./call-record.js";
import { type Clock, systemClock } from "./clock.js";
import { ModelCallError, ModelConfigError } from "./errors.js";
import { costOf, type PriceRow, priceOf, requirePrice } from "./prices.js";
import { createLanguageModel, type ProviderOptions, sendsSchema } from "./provider.js";
import type { RateLimitState } from "./rate-headers.js";
import {
  fitsStrictMode,
  type JsonSchema,
  jsonSchemaOf,
  type OutputSchema,
  type Repair,
  readStructured,
  repairInstruction,
  schemaInstruction,
} from "./structured.js";
import { createTokenEstimator, sumUsage, type TokenEstimator, type TokenUsage } from "./tokens.js";

export const MODEL_DEFAULTS = {
  timeoutMs: 120_000, // long answers of slow local models take a minute; past two, something hangs
  // Only for reserving money and tokens when no limit was given: nothing is sent. A structured verdict takes a tenth of it.
  reserveOutputTokens: 1_024,
} as const;

export interface ClientOptions {
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** For each HTTP request, the repair included. Default 120,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** The user's own prices; they come before the built-in table. */
  readonly prices?: readonly PriceRow[] | undefined;
  /** Called once per HTTP request, whatever became of it: the line for a calls log or a ledger. Must not throw. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
  readonly clock?: Clock | undefined;
}
export type ModelOptions = ProviderOptions & ClientOptions;

export interface GenerateRequest<T> {
  readonly system?: string | undefined;
  readonly prompt: string;
  /** Any Standard Schema (zod and others). Left out, the value is the text. */
  readonly schema?: OutputSchema<T> | undefined;
  /** The same as JSON Schema, for schema libraries that cannot say it themselves. */
  readonly jsonSchema?: JsonSchema | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sent as `idempotency-key` (a repair has its own) and `x-idempotency-key` (the same for the whole call). */
  readonly idempotencyKey?: string | undefined;
}

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
  /** Tokens to hold before a call: estimated input, and the output limit (or 1,024). For a limiter's TPM. */
  reserveTokens(request: { system?: string | undefined; prompt: string }): number;
  /**
   * Dollars to hold before a call against a budget. It covers one request; a repair is charged on top when it happens.
   * @throws {PriceUnknownError} MODEL_PRICE_UNKNOWN — the model has no price; give one or run without a budget.
   */
  reserveUsd(request: { system?: string | undefined; prompt: string }): number;
}

/** A client for one model of one provider. @throws {ModelConfigError} MODEL_CONFIG_INVALID — the option is named. */
export function createModel(options: ModelOptions): ModelClient {
  return createModelClient(createLanguageModel(options), options, sendsSchema(options));
}

/** A client around any AI SDK language model instance (v3), for providers without an adapter here. */
export function createModelFrom(
  model: LanguageModelV3,
  options: ClientOptions & { structured?: boolean | undefined } = {},
): ModelClient {
  if (typeof model !== "object" || model.specificationVersion !== "v3") {
    throw new ModelConfigError(
      "model",
      "it is not an AI SDK language model (v3).",
      "Pass a provider's instance, never a bare name.",
    );
  }
  return createModelClient(model, options, options.structured ?? true);
}

function createModelClient(model: LanguageModelV3, options: ClientOptions, structured: boolean): ModelClient {
  const clock = options.clock ?? systemClock;
  const prices = options.prices ?? [];
  const price = priceOf(model.modelId, prices);
  const tokens = createTokenEstimator();
  const outputReserve = options.maxOutputTokens ?? MODEL_DEFAULTS.reserveOutputTokens;
  const estimateUsage = (input: string, output?: string): TokenUsage => ({
    inputTokens: tokens.estimate(input),
    outputTokens: output === undefined ? outputReserve : tokens.estimate(output),
    cachedTokens: 0,
  });
  const promptText = (request: { system?: string | undefined; prompt: string }) =>
    `${request.system ?? ""}\n${request.prompt}`;

  async function generate<T = string>(request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    const calls: CallRecord[] = [];
    const jsonSchema = request.jsonSchema ?? (request.schema === undefined ? undefined : jsonSchemaOf(request.schema));
    const base = {
      format: formatFor(request, jsonSchema, structured, model.provider),
      maxOutputTokens: options.maxOutputTokens,
      temperature: options.temperature,
      seed: options.seed,
      timeoutMs: options.timeoutMs ?? MODEL_DEFAULTS.timeoutMs,
      signal: request.signal,
    };
    const prompt = firstPrompt(request, structured ? undefined : jsonSchema);

    /** Sends one request; the record is written before anything can throw. */
    async function send(messages: LanguageModelV3Prompt, purpose: CallRecord["purpose"]): Promise<Answer> {
      const startedAtMs = clock.nowMs();
      const headers = keyHeaders(request.idempotencyKey, purpose);
      const ending = await callOnce(model, { ...base, prompt: messages, headers } satisfies CallRequest, clock);
      const sent = textOf(messages);
      const facts = {
        model: model.modelId,
        purpose,
        startedAtMs,
        latencyMs: clock.nowMs() - startedAtMs,
        idempotencyKey: headers["idempotency-key"],
      };
      const record = (
        charged: Charged,
        usage: TokenUsage | null,
        output: string | undefined,
        more: Partial<CallRecord> & Pick<CallRecord, "outcome">,
      ) => {
        const usdSource = charged === "no" || usage !== null ? "usage" : "estimate";
        const costUsd = charged === "no" ? 0 : costOf(usage ?? estimateUsage(sent, output), price);
        const written: CallRecord = { ...facts, charged, usage, costUsd, usdSource, ...more };
        calls.push(written);
        options.onCall?.(written);
      };
      if (ending.kind === "aborted") {
        record("unknown", null, undefined, { outcome: "aborted" });
        throw ending.reason;
      }
      if (ending.kind === "failed") {
        const { error, charged } = ending.failure;
        const { category, statusCode, requestId } = error;
        record(charged, charged === "no" ? NO_TOKENS : null, undefined, {
          outcome: "error",
          category,
          statusCode,
          requestId,
        });
        throw error;
      }
      const { answer } = ending;
      if (answer.usage !== null) tokens.observe(sent.length, answer.usage.inputTokens);
      const verdict = judge(answer, model.modelId);
      const { finishReason, requestId } = answer;
      record("yes", answer.usage, answer.text, {
        outcome: verdict ? "error" : "ok",
        category: verdict?.category,
        finishReason,
        requestId,
      });
      if (verdict) throw verdict;
      return answer;
    }

    try {
      const first = await send(prompt, "ask");
      if (request.schema === undefined) return finish(first.text as T, first, [], calls);
      const reading = await readStructured(first.text, request.schema);
      if (reading.kind === "ok") return finish(reading.value, first, reading.repairs, calls);
      const second = await send(repairPrompt(prompt, first.text, reading.problems), "repair");
      const repaired = await readStructured(second.text, request.schema);
      if (repaired.kind === "ok") return finish(repaired.value, second, ["reasked", ...repaired.repairs], calls);
      throw new ModelCallError({
        category: "invalid_output",
        detail: repaired.detail,
        model: model.modelId,
        reason: `The answer was not valid, nor was its repair: ${repaired.problems.join("; ")}.`,
        requestId: second.requestId,
        text: second.text,
      });
    } catch (error) {
      if (error instanceof ModelCallError) Object.assign(error, { calls, ...totals(calls) });
      throw error;
    }
  }

  function finish<T>(
    value: T,
    answer: Answer,
    repairs: readonly Repair[],
    calls: readonly CallRecord[],
  ): GenerateResult<T> {
    const { text, finishReason, requestId, rateLimit, warnings } = answer;
    const latencyMs = calls.reduce((sum, call) => sum + call.latencyMs, 0);
    const about = { method: "model", provider: model.provider, model: model.modelId } as const;
    return {
      value,
      text,
      ...about,
      ...totals(calls),
      finishReason,
      requestId,
      latencyMs,
      repairs,
      calls,
      rateLimit,
      warnings,
    };
  }

  return {
    provider: model.provider,
    model: model.modelId,
    price,
    tokens,
    generate,
    reserveTokens: (request) => tokens.estimate(promptText(request)) + outputReserve,
    reserveUsd: (request) => costOf(estimateUsage(promptText(request)), requirePrice(model.modelId, prices)) as number,
  };
}

const NO_TOKENS: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };

function totals(calls: readonly CallRecord[]): Pick<GenerateResult<unknown>, "usage" | "costUsd" | "usdSource"> {
  return {
    usage: sumUsage(calls.map((call) => call.usage)),
    costUsd: calls.reduce<number | null>(
      (sum, call) => (sum === null || call.costUsd === null ? null : sum + call.costUsd),
      0,
    ),
    usdSource: calls.some((call) => call.usdSource === "estimate") ? "estimate" : "usage",
  };
}

/** Endings that are no answer, whatever the text. None is re-asked: the same question would be paid for again. */
function judge(answer: Answer, model: string): ModelCallError | undefined {
  const facts = { model, requestId: answer.requestId, text: answer.text, rateLimit: answer.rateLimit };
  if (answer.finishReason === "refusal") {
    return new ModelCallError({ ...facts, category: "refusal", reason: "The model or its content filter declined." });
  }
  if (answer.finishReason === "length") {
    const reason = "The answer reached the token limit and is cut off; raise maxOutputTokens.";
    return new ModelCallError({ ...facts, category: "invalid_output", detail: "truncated", reason });
  }
  if (answer.text.trim() === "") {
    return new ModelCallError({
      ...facts,
      category: "invalid_output",
      detail: "empty",
      reason: "The answer is empty.",
    });
  }
  return undefined;
}

function formatFor(
  request: GenerateRequest<never> | GenerateRequest<unknown>,
  schema: JsonSchema | undefined,
  structured: boolean,
  provider: string,
): CallRequest["format"] {
  if (request.schema === undefined) return { type: "text" };
  if (structured && schema !== undefined) return { type: "json", schema, strict: fitsStrictMode(schema) };
  // Anthropic has no JSON mode without a schema; its adapter would warn on each call.
  return provider.startsWith("anthropic") ? { type: "text" } : { type: "json", strict: false };
}

function firstPrompt(
  request: { system?: string | undefined; prompt: string },
  told: JsonSchema | undefined,
): LanguageModelV3Prompt {
  const system = [request.system, told === undefined ? undefined : schemaInstruction(told)].filter(
    (part) => part !== undefined,
  );
  return [
    ...(system.length === 0 ? [] : [{ role: "system" as const, content: system.join("\n\n") }]),
    { role: "user", content: [{ type: "text", text: request.prompt }] },
  ];
}

function repairPrompt(
  prompt: LanguageModelV3Prompt,
  answer: string,
  problems: readonly string[],
): LanguageModelV3Prompt {
  return [
    ...prompt,
    { role: "assistant", content: [{ type: "text", text: answer }] },
    { role: "user", content: [{ type: "text", text: repairInstruction(problems) }] },
  ];
}

function textOf(prompt: LanguageModelV3Prompt): string {
  return prompt
    .map((message) =>
      typeof message.content === "string"
        ? message.content
        : message.content.map((part) => (part.type === "text" ? part.text : "")).join(""),
    )
    .join("\n");
}

/** A repair is another request with another body, so it needs another `idempotency-key`; the item it is for stays the same. */
function keyHeaders(key: string | undefined, purpose: CallRecord["purpose"]): Record<string, string> {
  if (key === undefined) return {};
  return { "idempotency-key": purpose === "ask" ? key : `${key}:repair`, "x-idempotency-key": key };
}
