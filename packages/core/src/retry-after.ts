/** The wait that a server requests in its headers. Pure: text in, milliseconds out. */
import { clampDurationMs } from "./duration.js";

/** Header texts; a missing header is undefined or null. */
export interface RetryAfterHeaders {
  /** `retry-after`: seconds, or an HTTP date. */
  readonly retryAfter?: string | null | undefined;
  /** `retry-after-ms`, which some providers send in addition. It takes precedence, being more precise. */
  readonly retryAfterMs?: string | null | undefined;
}

/** Returns the wait in milliseconds, at most ten years; undefined if the server states none, or states it illegibly. */
export function readRetryAfter(headers: RetryAfterHeaders, nowMs: number): number | undefined {
  return clampDurationMs(readUnclamped(headers, nowMs)) ?? undefined;
}

function readUnclamped({ retryAfter, retryAfterMs }: RetryAfterHeaders, nowMs: number): number | undefined {
  const fine = readAmount(retryAfterMs);
  if (fine !== undefined) return Math.ceil(fine);
  const text = retryAfter?.trim();
  if (text === undefined || text === "") return undefined;
  const seconds = readAmount(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  // Only a real HTTP date: Date.parse would accept "-5" as a year.
  if (!/^[A-Za-z]{3}/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function readAmount(text: string | null | undefined): number | undefined {
  return text != null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
