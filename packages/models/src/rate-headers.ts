// Waits and limits in a provider's response headers. Pure: text in, numbers out. Covers Retry-After (seconds or HTTP
// date), retry-after-ms, x-ratelimit-* (OpenAI and compatible servers) and anthropic-ratelimit-*. An unreadable header
// counts as absent; a time of more than ten years is cut to ten.
import { clampDurationMs, readRetryAfter } from "@holdfast/core";

export interface RateLimitState {
  readonly limitRequests?: number | undefined;
  readonly remainingRequests?: number | undefined;
  readonly resetRequestsMs?: number | undefined;
  readonly limitTokens?: number | undefined;
  readonly remainingTokens?: number | undefined;
  readonly resetTokensMs?: number | undefined;
}

export type HeaderBag = Readonly<Record<string, string | undefined>>;

/**
 * Returns the wait that the server requests, in ms; undefined if it states none. `retry-after-ms` takes precedence,
 * being more precise.
 */
export function readRetryAfterMs(headers: HeaderBag, nowMs: number): number | undefined {
  return readRetryAfter({ retryAfter: headers["retry-after"], retryAfterMs: headers["retry-after-ms"] }, nowMs);
}

/** Returns the limits that a response reports; undefined if it reports none. */
export function readRateLimit(headers: HeaderBag, nowMs: number): RateLimitState | undefined {
  const state: RateLimitState = {
    limitRequests: first(headers, ["x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit"]),
    remainingRequests: first(headers, ["x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining"]),
    resetRequestsMs: firstReset(headers, ["x-ratelimit-reset-requests", "anthropic-ratelimit-requests-reset"], nowMs),
    limitTokens: first(headers, ["x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit"]),
    remainingTokens: first(headers, ["x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining"]),
    resetTokensMs: firstReset(headers, ["x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset"], nowMs),
  };
  return Object.values(state).some((value) => value !== undefined) ? state : undefined;
}

/** Reads a reset in OpenAI's form ("1s", "6m0s", "20ms", "1h2m"), as bare seconds, or as an RFC 3339 instant. */
export function readResetMs(text: string, nowMs: number): number | undefined {
  return clampDurationMs(readReset(text, nowMs)) ?? undefined;
}

function readReset(text: string, nowMs: number): number | undefined {
  const seconds = readNumber(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  if (/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) {
    let ms = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
      ms += Number(amount) * (unit === "ms" ? 1 : unit === "s" ? 1000 : unit === "m" ? 60_000 : 3_600_000);
    }
    return Math.ceil(ms);
  }
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function first(headers: HeaderBag, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = readNumber(headers[name]);
    if (value !== undefined) return value;
  }
  return undefined;
}

function firstReset(headers: HeaderBag, names: readonly string[], nowMs: number): number | undefined {
  for (const name of names) {
    const text = headers[name]?.trim();
    const value = text === undefined ? undefined : readResetMs(text, nowMs);
    if (value !== undefined) return value;
  }
  return undefined;
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
