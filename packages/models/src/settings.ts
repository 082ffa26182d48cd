// Input fields that choose a run's model, and the client created from them. A key is never part of an input or a run:
// the input names the environment variable that holds it, and the program that starts the workload provides the reader.
import { DURATION_MAX_MS, USD_MAX } from "@holdfast/core";
import { z } from "zod";
import { createModel, type ModelOptions } from "./client.js";
import {
  classifyModelError,
  ModelCallError,
  ModelConfigError,
  type ModelVerdict,
  PriceUnknownError,
} from "./errors.js";
import type { ModelClient } from "./generate.js";
import { PROVIDERS } from "./provider.js";

/** A rate in an input. `findRateProblem` of core has the same limits. */
export const rateField = z.strictObject({
  calls: z.int().min(1).max(1_000_000).describe("How many requests"),
  perMs: z.int().min(1).max(DURATION_MAX_MS).describe("In how many milliseconds"),
});

/** Same limits as `isUsd` of core. */
const usdField = z.number().min(0).max(USD_MAX);

/** A budget must be above 0, or left out. */
export const budgetField = z.number().gt(0).max(USD_MAX);

/** Price in US dollars per million tokens. */
export const priceField = z.strictObject({ inputUsd: usdField, outputUsd: usdField });

/** Schema fields to spread into a workload's own object, together with `requireBaseUrl`. */
export const MODEL_FIELDS = {
  provider: z.enum(PROVIDERS).describe("Which API the model speaks"),
  name: z.string().trim().min(1).max(200).describe("The model's name as its provider spells it"),
  baseUrl: z
    .string()
    .regex(/^https?:\/\/[^\s]+$/, "must be an http(s) URL")
    .meta({ format: "endpoint" })
    .optional()
    .describe("The endpoint with its version path, e.g. http://127.0.0.1:11434/v1; required for openai-compatible"),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, never a key")
    .optional()
    .describe("The name of the environment variable that holds the key"),
  temperature: z.number().min(0).max(2).optional().describe("Sampling temperature, where the model takes one"),
  seed: z.int().optional().describe("Sampling seed, where the model takes one"),
  rate: rateField.optional().describe("The most requests that begin in any stretch of time"),
  maxOutputTokens: z.int().min(1).optional().describe("The most tokens of one answer"),
};

/** Arguments of `refine` for an object with `MODEL_FIELDS`. */
export const requireBaseUrl: [
  isFilled: (model: { readonly provider: string; readonly baseUrl?: string | undefined }) => boolean,
  issue: { readonly path: string[]; readonly message: string },
] = [
  ({ provider, baseUrl }) => provider !== "openai-compatible" || baseUrl !== undefined,
  { path: ["baseUrl"], message: "openai-compatible needs the address of its server" },
];

/** Reads the key from an environment variable; undefined if it is not set. */
export type ApiKey = (variable: string) => string | undefined;

/** A model as named in an input: its options, with the name of the key's variable, and one price in place of a table. */
export type ModelSettings = Omit<ModelOptions, "apiKey" | "prices"> & {
  readonly apiKeyEnv?: string | undefined;
  /** US dollars per million tokens, for a model that is not in the price table. */
  readonly price?: { readonly inputUsd: number; readonly outputUsd: number } | undefined;
};

/**
 * Opens the client. @throws {ModelCallError} of category auth if the named variable is not set: no call can succeed, so
 * none is made.
 */
export function openModel({ apiKeyEnv, price, ...options }: ModelSettings, apiKey: ApiKey): ModelClient {
  const key = apiKeyEnv === undefined ? undefined : apiKey(apiKeyEnv);
  if (apiKeyEnv !== undefined && (key ?? "") === "") {
    const reason = `The environment variable ${apiKeyEnv}, which the run's input names, is not set.`;
    throw new ModelCallError({ category: "auth", model: options.name, reason });
  }
  if (price === undefined) return createModel({ ...options, apiKey: key });
  const { inputUsd: inputUsdPerMTok, outputUsd: outputUsdPerMTok } = price;
  const row = { model: options.name, inputUsdPerMTok, outputUsdPerMTok, asOf: "", source: "the run's model.price" };
  return createModel({ ...options, apiKey: key, prices: [row] });
}

/** Same as `classifyModelError`, except that invalid options pause the run instead of failing every call. */
export function classifyModelTrouble(
  error: unknown,
): ModelVerdict | { then: "pause"; category: "model_config" } | undefined {
  if (error instanceof ModelConfigError || error instanceof PriceUnknownError) {
    return { then: "pause", category: "model_config" };
  }
  return classifyModelError(error);
}
