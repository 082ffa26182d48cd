// One HTTP request to a language model: sends it, times it out, and turns every ending into a value. There are no
// retries here or below: they are off in the adapters, and the engine makes all of them, each as a recorded attempt.
// structured.ts reads the text, and exchange.ts computes the cost.
import type { LanguageModelV3, LanguageModelV3GenerateResult, LanguageModelV3Prompt } from "@ai-sdk/provider";
import { isTokens } from "@holdfast/core";
import { type Clock, wakeAfter } from "./clock.js";
import { readErrorBody } from "./error-body.js";
import { type MappedFailure, mapFailure, timeoutFailure } from "./error-mapping.js";
import { ErrorAnswer } from "./patient-fetch.js";
import { type HeaderBag, type RateLimitState, readRateLimit } from "./rate-headers.js";
import type { JsonSchema } from "./structured.js";
import type { TokenUsage } from "./tokens.js";

export interface CallRequest {
  readonly prompt: LanguageModelV3Prompt;
  /** "json" without a schema requests any JSON, if the provider has such a mode. */
  readonly format:
    | { readonly type: "text" }
    | { readonly type: "json"; readonly schema?: JsonSchema; readonly strict: boolean };
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export type FinishReason = "stop" | "length" | "refusal" | "other";

export interface Answer {
  readonly text: string;
  readonly finishReason: FinishReason;
  /** Null if the provider reported none. */
  readonly usage: TokenUsage | null;
  readonly requestId: string | undefined;
  readonly rateLimit: RateLimitState | undefined;
  /** Settings that the provider does not support, in its adapter's words. */
  readonly warnings: readonly string[];
}

export type CallEnding =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly failure: MappedFailure }
  | { readonly kind: "aborted"; readonly reason: unknown };

export async function callOnce(model: LanguageModelV3, request: CallRequest, clock: Clock): Promise<CallEnding> {
  const { signal, timeoutMs } = request;
  if (signal?.aborted) return { kind: "aborted", reason: signal.reason };
  // AbortSignal.any leaks on Node 20: each use leaves a reference on the long-lived signal, and a run makes 42,000
  // calls.
  const stop = new AbortController();
  let timedOut = false;
  const cancelTimeout = wakeAfter(clock, timeoutMs, () => {
    timedOut = true;
    stop.abort(new DOMException(`No answer within ${timeoutMs} ms`, "TimeoutError"));
  });
  // Adapters recognize an abort by its name. The caller's own reason may have any name, and is passed on below.
  const onAbort = () => stop.abort(new DOMException("Aborted by the caller", "AbortError"));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const result = await model.doGenerate(toOptions(request, stop.signal));
    // Adapters that users bring along return the body unchecked.
    const error = readErrorBody(result.response?.body);
    if (error !== null) throw new ErrorAnswer(error, result.response?.headers ?? {});
    return { kind: "answered", answer: readAnswer(result, clock.nowMs()) };
  } catch (thrown) {
    if (signal?.aborted && !timedOut) return { kind: "aborted", reason: signal.reason };
    if (timedOut) return { kind: "failed", failure: timeoutFailure(model.modelId, timeoutMs, thrown) };
    return { kind: "failed", failure: mapFailure(thrown, model.modelId, clock.nowMs()) };
  } finally {
    cancelTimeout();
    signal?.removeEventListener("abort", onAbort);
  }
}

function toOptions(request: CallRequest, abortSignal: AbortSignal): Parameters<LanguageModelV3["doGenerate"]>[0] {
  const { format } = request;
  return {
    prompt: request.prompt,
    abortSignal,
    headers: { ...request.headers },
    ...(request.maxOutputTokens === undefined ? {} : { maxOutputTokens: request.maxOutputTokens }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { topP: request.topP }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(format.type === "text"
      ? {}
      : {
          responseFormat: {
            type: "json",
            name: "answer",
            ...(format.schema === undefined ? {} : { schema: format.schema }),
          },
          // Each adapter reads its own key and ignores the others.
          providerOptions: {
            openai: { strictJsonSchema: format.strict },
            openaiCompatible: { strictJsonSchema: format.strict },
          },
        }),
  };
}

function readAnswer(result: LanguageModelV3GenerateResult, nowMs: number): Answer {
  const headers: HeaderBag = result.response?.headers ?? {};
  const text = result.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const refusal = readRefusal(result.response?.body);
  return {
    text: text === "" && refusal !== undefined ? refusal : text,
    finishReason: refusal !== undefined ? "refusal" : readFinish(result.finishReason.unified),
    usage: readUsage(result.usage),
    requestId: headers["x-request-id"] ?? headers["request-id"] ?? result.response?.id,
    rateLimit: readRateLimit(headers, nowMs),
    warnings: result.warnings.map((warning) =>
      warning.type === "other" ? warning.message : `${warning.feature}: ${warning.details ?? warning.type}`,
    ),
  };
}

function readFinish(unified: LanguageModelV3GenerateResult["finishReason"]["unified"]): FinishReason {
  if (unified === "stop" || unified === "length") return unified;
  return unified === "content-filter" ? "refusal" : "other";
}

/** OpenAI puts a refusal beside the content, where the adapters drop it. */
function readRefusal(body: unknown): string | undefined {
  const choices = (body as { choices?: unknown } | undefined)?.choices;
  if (!Array.isArray(choices)) return undefined;
  const refusal = (choices[0] as { message?: { refusal?: unknown } } | undefined)?.message?.refusal;
  return typeof refusal === "string" && refusal !== "" ? refusal : undefined;
}

function readUsage(usage: LanguageModelV3GenerateResult["usage"]): TokenUsage | null {
  const inputTokens = usage.inputTokens.total;
  const outputTokens = usage.outputTokens.total;
  // An invalid count (negative, fractional, beyond any context) is treated as not reported: an estimate is closer than
  // a negative cost.
  if (!isTokens(inputTokens) || !isTokens(outputTokens)) return null;
  const { cacheRead } = usage.inputTokens;
  return { inputTokens, outputTokens, cachedTokens: isTokens(cacheRead) ? cacheRead : 0 };
}
