// The most that a call can cost, from what it sends. Pure. An upper bound and no estimate: what is reserved by it against a budget
// covers whatever the provider counts, so a budget holds however many calls are under way.
import type { LanguageModelV3Prompt } from "@ai-sdk/provider";
import type { CallRequest } from "./call.js";
import { costOf, type PriceRow } from "./prices.js";
import { REPAIR_BYTES_MAX } from "./structured.js";

/** The names and numbers around the texts of a request: model, limits, sampling, and the frame of each message. */
const ENVELOPE_TOKENS = 256;
/** An answer that goes back with its repair is tokenized anew, between escapes of JSON. */
const ANSWER_GROWTH = 2;

/** Tokenizers work on bytes and join them: no text has more tokens than bytes. */
export function mostTokens(prompt: LanguageModelV3Prompt, format: CallRequest["format"]): number {
  return Buffer.byteLength(JSON.stringify([prompt, format])) + ENVELOPE_TOKENS;
}

/** Of the repair of an answer to a request of so many tokens, before the answer is known. */
export function mostRepairTokens(inputTokens: number, outputReserve: number): number {
  return inputTokens + ANSWER_GROWTH * outputReserve + REPAIR_BYTES_MAX + ENVELOPE_TOKENS;
}

/** At the full price: nothing is read from a cache. */
export function mostUsd(
  tokens: { readonly inputTokens: number; readonly outputTokens: number },
  row: PriceRow,
): number {
  return costOf({ ...tokens, cachedTokens: 0 }, row) as number;
}
