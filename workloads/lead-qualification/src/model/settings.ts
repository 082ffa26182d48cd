// The language model that judges free-text criteria, as part of the run's input. Without it, no model is called. A key
// is never part of an input or a run: the input names the environment variable that holds it.
import {
  type ApiKey,
  DURATION_MAX_MS,
  MODEL_FIELDS,
  type ModelClient,
  openModel,
  priceField,
  priceOf,
  requireBaseUrl,
} from "@holdfast/models";
import { z } from "zod";

export const modelSettings = z
  .strictObject({
    ...MODEL_FIELDS,
    timeoutMs: z.int().min(100).max(DURATION_MAX_MS).optional().describe("Patience with one request, in milliseconds"),
    structuredOutput: z
      .boolean()
      .optional()
      .describe("Whether the endpoint enforces a JSON schema; left out, openai-compatible ones get it in the prompt"),
    price: priceField
      .optional()
      .describe("US dollars per million tokens, where the model is not in the table of prices"),
  })
  .refine(...requireBaseUrl);

export type ModelSettings = z.output<typeof modelSettings>;

/** Returns whether the model has a price, which a budget requires. */
export function hasPrice({ name, price }: ModelSettings): boolean {
  return price !== undefined || priceOf(name) !== null;
}

/** Settings that an answer depends on. The others (key variable, timeout, price) may change without making answers stale. */
export function answeringPart({ provider, name, baseUrl, temperature, seed, maxOutputTokens }: ModelSettings) {
  return {
    provider,
    name,
    baseUrl: baseUrl ?? null,
    temperature: temperature ?? null,
    seed: seed ?? null,
    maxOutputTokens: maxOutputTokens ?? null,
  };
}

/** Opens the client. @throws {ModelCallError} of category auth if the named variable is not set. */
export function openJudge({ structuredOutput, ...settings }: ModelSettings, apiKey: ApiKey): ModelClient {
  return openModel({ ...settings, structured: structuredOutput }, apiKey);
}
