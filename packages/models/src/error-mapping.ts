// Maps anything that a provider adapter throws to a ModelCallError, and says whether the request was charged. Pure. The
// order of the checks matters: quota errors can come as 429, an overlong prompt as 400, a broken connection as 200.
import { APICallError, LoadAPIKeyError } from "@ai-sdk/provider";
import type { Charged } from "./call-record.js";
import { readErrorText } from "./error-body.js";
import type { ModelErrorCategory } from "./error-category.js";
import { ModelCallError, type ModelErrorDetail } from "./errors.js";
import { ErrorAnswer } from "./patient-fetch.js";
import { type HeaderBag, readRateLimit, readRetryAfterMs } from "./rate-headers.js";

export interface MappedFailure {
  readonly error: ModelCallError;
  readonly charged: Charged;
}

interface Reading {
  readonly category: ModelErrorCategory;
  readonly detail?: ModelErrorDetail;
  readonly charged: Charged;
}

/** The request was not answered within `timeoutMs`. The provider may have processed it anyway. */
export function timeoutFailure(model: string, timeoutMs: number, cause: unknown): MappedFailure {
  const reason = `No complete answer within ${timeoutMs} ms.`;
  return { error: new ModelCallError({ category: "timeout", model, reason, cause }), charged: "unknown" };
}

/** Interprets a value thrown by an adapter. Callers have already handled our own timeout and the caller's abort. */
export function mapFailure(thrown: unknown, model: string, nowMs: number): MappedFailure {
  const api = APICallError.isInstance(thrown) ? thrown : undefined;
  const answered = errorAnswerOf(thrown);
  const reading = answered === null ? readFailure(thrown) : readAnswered(answered);
  const headers: HeaderBag = answered?.headers ?? api?.responseHeaders ?? {};
  const status = answered?.body.status ?? api?.statusCode;
  const error = new ModelCallError({
    category: reading.category,
    detail: reading.detail,
    model,
    reason: reasonOf(answered ?? thrown),
    // With a failure, a success status only means that the headers had arrived.
    statusCode: status !== undefined && status >= 400 ? status : undefined,
    retryAfterMs: readRetryAfterMs(headers, nowMs),
    requestId: headers["x-request-id"] ?? headers["request-id"],
    rateLimit: readRateLimit(headers, nowMs),
    cause: thrown,
  });
  return { error, charged: reading.charged };
}

/** Returns an error that came as a success: found by our own fetch, or in a body that an adapter could not read. */
function errorAnswerOf(thrown: unknown): ErrorAnswer | null {
  for (const error of causesOf(thrown)) if (error instanceof ErrorAnswer) return error;
  if (!APICallError.isInstance(thrown) || thrown.statusCode === undefined || thrown.statusCode >= 400) return null;
  const body = readErrorText(thrown.responseBody ?? "");
  return body === null ? null : new ErrorAnswer(body, thrown.responseHeaders ?? {});
}

/** Reads it like the equivalent status, except that nothing was generated, even behind a gateway that gave up. */
function readAnswered({ body }: ErrorAnswer): Reading {
  return { ...readStatus(body.status, body.words), charged: "no" };
}

function readFailure(thrown: unknown): Reading {
  if (LoadAPIKeyError.isInstance(thrown)) return { category: "auth", charged: "no" };
  if (!APICallError.isInstance(thrown)) {
    if (hasName(thrown, "AI_InvalidResponseDataError") || hasName(thrown, "AI_TypeValidationError")) {
      return { category: "server", detail: "bad_response", charged: "yes" };
    }
    return { category: "other", charged: "unknown" };
  }
  const status = thrown.statusCode;
  if (status === undefined) {
    // Our own fetch never gives up before `timeoutMs`, but a user's fetch may.
    if (hasCode(thrown, WAITED_CODES)) return { category: "timeout", charged: "unknown" };
    return { category: "network", charged: neverSent(thrown) ? "no" : "unknown" };
  }
  if (status < 400) {
    if (thrown.responseBody === undefined) return { category: "network", charged: "unknown" }; // the body was cut off
    // A filter removed the message. Another attempt would be filtered, and paid for, again.
    if (FILTERED.test(thrown.responseBody)) return { category: "refusal", charged: "yes" };
    return { category: "server", detail: "bad_response", charged: "yes" };
  }
  return readStatus(status, `${thrown.message}\n${thrown.responseBody ?? ""}`);
}

function readStatus(status: number, body: string): Reading {
  if (status === 401 || status === 403) return { category: "auth", charged: "no" };
  if (status === 402) return { category: "quota", charged: "no" };
  if (status === 429) return { category: QUOTA.test(body) ? "quota" : "rate_limit", charged: "no" };
  if (status === 408) return { category: "timeout", charged: "unknown" };
  // A gateway that gave up says nothing about the model behind it.
  if (status === 502 || status === 504) return { category: "server", charged: "unknown" };
  if (status >= 500) return { category: "server", charged: "no" };
  if (status === 413 || CONTEXT_LENGTH.test(body)) return { category: "context_length", charged: "no" };
  // Anthropic reports an empty balance as 400.
  if (QUOTA.test(body)) return { category: "quota", charged: "no" };
  if (CONTENT_FILTER.test(body)) return { category: "refusal", charged: "no" };
  if (status === 404) return { category: "other", detail: "not_found", charged: "no" };
  return { category: "other", charged: "no" };
}

const QUOTA =
  /insufficient_quota|billing_hard_limit|billing_not_active|exceeded your current quota|credit balance is too low/i;
const CONTEXT_LENGTH =
  /context_length_exceeded|maximum context length|context window|prompt is too long|too many (input )?tokens/i;
const FILTERED = /"finish_reason"\s*:\s*"content_filter"/;
const CONTENT_FILTER = /content_filter|content_policy_violation|responsible ?ai ?policy/i;

/** True if nothing was sent: no connection was made to any of the addresses tried. */
function neverSent(thrown: unknown): boolean {
  for (const error of causesOf(thrown)) {
    if (error instanceof AggregateError) return error.errors.every((each) => hasCode(each, UNSENT_CODES));
  }
  return hasCode(thrown, UNSENT_CODES);
}

function hasCode(thrown: unknown, codes: ReadonlySet<string>): boolean {
  return causesOf(thrown).some((error) => codes.has(String((error as { code?: unknown }).code)));
}

function causesOf(thrown: unknown): Error[] {
  const causes: Error[] = [];
  for (let at = thrown; at instanceof Error && causes.length < 8; at = at.cause) causes.push(at);
  return causes;
}

const UNSENT_CODES = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const WAITED_CODES = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

function reasonOf(thrown: unknown): string {
  const message = (thrown instanceof Error ? thrown.message : String(thrown)).trim();
  // Providers put whole pages here. The rest is in the cause.
  const short = message.length > 300 ? `${message.slice(0, 300)}…` : message;
  return /[.!?…]$/.test(short) ? short : `${short}.`;
}

function hasName(thrown: unknown, name: string): boolean {
  return thrown instanceof Error && thrown.name === name;
}
