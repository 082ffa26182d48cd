// The model client: a call is ask → read → at most one repair → result or ModelCallError, with its whole cost.
// Invariants: no retries (the engine makes them), and nothing is read from the environment. exchange.ts sends and
// accounts; structured.ts reads the answer.
import type { LanguageModelV3 } from "@ai-sdk/provider";
import { addUsd, isDuration, isTokens, TOKENS_EXPECTED, wordDuration } from "@holdfast/core";
import { dropReasoning } from "./answer-text.js";
import type { Answer } from "./call.js";
import { systemClock } from "./clock.js";
import { ModelCallError, ModelConfigError } from "./errors.js";
import { Exchange } from "./exchange.js";
import type { ClientOptions, GenerateRequest, GenerateResult, ModelClient, ReserveRequest } from "./generate.js";
import { createLimiter } from "./limiter.js";
import { priceOf, requirePrice } from "./prices.js";
import { firstPrompt, formatFor, repairPrompt, sentText } from "./prompts.js";
import { createLanguageModel, type ProviderOptions, sendsSchema } from "./provider.js";
import { mostRepairTokens, mostTokens, mostUsd } from "./reserve.js";
import { type Invalid, jsonSchemaOf, type Repair, readStructured } from "./structured.js";
import { createTokenEstimator } from "./tokens.js";

export const MODEL_DEFAULTS = {
  timeoutMs: 120_000, // long answers of slow local models take a minute; after two, something hangs
  // Used only to reserve money and tokens if no limit was given; not sent. A structured verdict takes a tenth of it.
  reserveOutputTokens: 1_024,
} as const;

/** Concurrency of the limiter that enforces a rate: high enough that only the rate limits. */
const UNDER_WAY_MAX = 1_000_000;

export type ModelOptions = ProviderOptions & ClientOptions;

/** Creates a client for one model of one provider. @throws {ModelConfigError} MODEL_CONFIG_INVALID, naming the option. */
export function createModel(options: ModelOptions): ModelClient {
  return createClient(createLanguageModel(options), options, sendsSchema(options));
}

/** Creates a client for any AI SDK language model instance (v3), for providers without an adapter here. */
export function createModelFrom(
  model: LanguageModelV3,
  options: ClientOptions & { readonly structured?: boolean | undefined } = {},
): ModelClient {
  if (typeof model !== "object" || model.specificationVersion !== "v3") {
    throw new ModelConfigError(
      "model",
      "it is not an AI SDK language model (v3).",
      "Pass a provider's instance, never a bare name.",
    );
  }
  return createClient(model, options, options.structured ?? true);
}

function createClient(model: LanguageModelV3, options: ClientOptions, structured: boolean): ModelClient {
  const { temperature, topP, seed, maxOutputTokens, onCall, prices = [], clock = systemClock } = options;
  const timeoutMs = options.timeoutMs ?? MODEL_DEFAULTS.timeoutMs;
  if (!isDuration(timeoutMs, 1)) {
    throw new ModelConfigError("timeoutMs", `${timeoutMs} is not ${wordDuration(1)}.`, "Give one, or leave it out.");
  }
  if (maxOutputTokens !== undefined && !(isTokens(maxOutputTokens) && maxOutputTokens > 0)) {
    const problem = `${TOKENS_EXPECTED} and above 0 is expected, not ${maxOutputTokens}.`;
    throw new ModelConfigError("maxOutputTokens", problem, "Give one, or leave it out.");
  }
  const limiter =
    options.rate === undefined
      ? null
      : createLimiter({
          min: UNDER_WAY_MAX,
          max: UNDER_WAY_MAX,
          rate: options.rate,
          name: `rate of ${model.provider} ${model.modelId}`,
          clock: options.clock,
        });
  const outputReserve = maxOutputTokens ?? MODEL_DEFAULTS.reserveOutputTokens;
  const price = priceOf(model.modelId, prices);
  const tokens = createTokenEstimator();
  /** Whether to send the output limit: money was reserved for it. */
  let isLimiting = maxOutputTokens !== undefined;
  const prepare = (request: ReserveRequest) => {
    const { schema } = request;
    const jsonSchema = schema === undefined ? null : (request.jsonSchema ?? jsonSchemaOf(schema));
    return {
      format: formatFor(jsonSchema, structured, model.provider),
      prompt: firstPrompt(request, structured ? undefined : (jsonSchema ?? undefined)),
    };
  };

  async function generate<T = string>(request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    const { schema, signal, idempotencyKey } = request;
    const { format, prompt } = prepare(request);
    const exchange = new Exchange({
      model,
      request: {
        format,
        maxOutputTokens: isLimiting ? outputReserve : undefined,
        temperature,
        topP,
        seed,
        timeoutMs,
        signal,
      },
      limiter,
      idempotencyKey,
      price,
      tokens,
      outputReserve,
      clock,
      onCall: (record) => {
        onCall?.(record);
        request.onCall?.(record);
      },
    });
    const finish = (value: T, answer: Answer, repairs: readonly Repair[]) =>
      resultOf(model, exchange, value, answer, repairs);
    try {
      const first = await exchange.send(prompt, "ask");
      if (schema === undefined) return finish(dropReasoning(first.text) as T, first, []); // T is string without a schema
      const reading = await readStructured(first.text, schema);
      if (reading.kind === "ok") return finish(reading.value, first, reading.repairs);
      const again = repairPrompt(prompt, dropReasoning(first.text), reading.problems);
      if (request.reserve !== undefined && price !== null) {
        const most = { inputTokens: mostTokens(again, format), outputTokens: outputReserve };
        if (!(await request.reserve(mostUsd(most, price))))
          throw invalidAnswer(first, reading, "the budget allows no repair");
      }
      const second = await exchange.send(again, "repair");
      const repaired = await readStructured(second.text, schema);
      if (repaired.kind === "ok") return finish(repaired.value, second, ["reasked", ...repaired.repairs]);
      throw invalidAnswer(second, repaired, "nor was its repair");
    } catch (error) {
      if (error instanceof ModelCallError) Object.assign(error, { calls: exchange.calls, ...exchange.totals() });
      throw error;
    }
  }

  const invalidAnswer = ({ requestId, text }: Answer, { detail, problems }: Invalid, what: string) =>
    new ModelCallError({
      category: "invalid_output",
      detail,
      model: model.modelId,
      reason: `The answer was not valid, ${what}: ${problems.join("; ")}.`,
      requestId,
      text,
    });

  return {
    provider: model.provider,
    model: model.modelId,
    price,
    tokens,
    generate,
    reserveTokens(request) {
      const { prompt, format } = prepare(request);
      return tokens.estimate(sentText(prompt, format)) + outputReserve;
    },
    reserveUsd(request, { withRepair = true } = {}) {
      const row = requirePrice(model.modelId, prices);
      const { prompt, format } = prepare(request);
      isLimiting = true;
      const inputTokens = mostTokens(prompt, format);
      const first = mostUsd({ inputTokens, outputTokens: outputReserve }, row);
      if (request.schema === undefined || !withRepair) return first;
      const repair = { inputTokens: mostRepairTokens(inputTokens, outputReserve), outputTokens: outputReserve };
      return addUsd(first, mostUsd(repair, row));
    },
  };
}

function resultOf<T>(
  model: LanguageModelV3,
  exchange: Exchange,
  value: T,
  answer: Answer,
  repairs: readonly Repair[],
): GenerateResult<T> {
  const { text, finishReason, requestId, rateLimit, warnings } = answer;
  const { calls } = exchange;
  return {
    value,
    text,
    method: "model",
    provider: model.provider,
    model: model.modelId,
    ...exchange.totals(),
    finishReason,
    requestId,
    latencyMs: calls.reduce((sum, call) => sum + call.latencyMs, 0),
    repairs,
    calls,
    rateLimit,
    warnings,
  };
}
