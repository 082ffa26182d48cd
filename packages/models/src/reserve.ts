// Maximum cost of a call, computed from what it sends. Pure. It is an upper bound, not an estimate: a reservation
// covers whatever the provider counts, so a budget holds for any number of calls in progress.
import type { LanguageModelV3Prompt } from "@ai-sdk/provider";
import type { CallRequest } from "./call.js";
import { costOf, type PriceRow } from "./prices.js";
import { REPAIR_BYTES_MAX } from "./structured.js";

/** Names and numbers around the texts of a request: model, limits, sampling, and the frame of each message. */
const ENVELOPE_TOKENS = 256;
/** An answer sent back with its repair is tokenized again, with JSON escapes. */
const ANSWER_GROWTH = 2;

/** Returns the maximum input tokens of a request. Tokenizers combine bytes, so no text has more tokens than bytes. */
export function mostTokens(prompt: LanguageModelV3Prompt, format: CallRequest["format"]): number {
  return Buffer.byteLength(JSON.stringify([prompt, format])) + ENVELOPE_TOKENS;
}

/** Returns the maximum input tokens of a repair for a request of this size, before its answer is known. */
export function mostRepairTokens(inputTokens: number, outputReserve: number): number {
  return inputTokens + ANSWER_GROWTH * outputReserve + REPAIR_BYTES_MAX + ENVELOPE_TOKENS;
}

/** Returns the maximum cost in dollars, at the full price: nothing is read from a cache. */
export function mostUsd(
  tokens: { readonly inputTokens: number; readonly outputTokens: number },
  row: PriceRow,
): number {
  return costOf({ ...tokens, cachedTokens: 0 }, row) as number;
}
