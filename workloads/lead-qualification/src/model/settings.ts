// Which language model judges the free-text criteria, as part of the run's input; absent, nothing calls a model. A key is
// never part of an input or of a run: the input names the environment variable that holds it.
import { PROVIDERS, priceOf } from "@holdfast/models";
import { z } from "zod";

const dollars = z.number().min(0);

export const modelSettings = z
  .strictObject({
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
    maxOutputTokens: z.int().min(1).optional().describe("The most tokens of one answer"),
    timeoutMs: z.int().min(100).optional().describe("Patience with one request, in milliseconds"),
    structuredOutput: z
      .boolean()
      .optional()
      .describe("Whether the endpoint enforces a JSON schema; left out, openai-compatible ones get it in the prompt"),
    price: z
      .strictObject({ inputUsd: dollars, outputUsd: dollars })
      .optional()
      .describe("US dollars per million tokens, where the model is not in the table of prices"),
  })
  .refine((model) => model.provider !== "openai-compatible" || model.baseUrl !== undefined, {
    path: ["baseUrl"],
    message: "openai-compatible needs the address of its server",
  });

export type ModelSettings = z.output<typeof modelSettings>;

/** The key in an environment variable; undefined where there is none. */
export type ApiKey = (variable: string) => string | undefined;

/** Whether a budget can be kept. */
export function hasPrice({ name, price }: ModelSettings): boolean {
  return price !== undefined || priceOf(name) !== null;
}

/** What an answer depends on; the rest (address of the key, patience, price) may change without making answers stale. */
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
