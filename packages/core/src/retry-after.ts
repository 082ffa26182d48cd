/** How long a server asks to wait, from its headers. Pure: text in, milliseconds out. */
import { clampDurationMs } from "./duration.js";

/** Texts of the headers; a header that is not there is undefined or null. */
export interface RetryAfterHeaders {
  /** `retry-after`: seconds, or an HTTP date. */
  readonly retryAfter?: string | null | undefined;
  /** `retry-after-ms`, which some providers send besides: it wins, since it is the finer one. */
  readonly retryAfterMs?: string | null | undefined;
}

/** The wait in milliseconds, ten years at most; undefined where the server does not say, or says it illegibly. */
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
  // Only a real HTTP date: Date.parse would also make a year out of "-5".
  if (!/^[A-Za-z]{3}/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function readAmount(text: string | null | undefined): number | undefined {
  return text != null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
