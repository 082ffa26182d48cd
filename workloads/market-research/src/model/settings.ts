/**
 * Which language model writes, as part of the run's input; absent, nothing calls a model.
 *
 * A key is never part of an input or of a run: the input names the environment variable that holds it.
 */
import { PROVIDERS } from "@holdfast/models";
import { z } from "zod";

/** More does not fit the slide that names the model. */
const NAME_LENGTH_MAX = 80;

export const modelSettings = z
  .strictObject({
    provider: z.enum(PROVIDERS).describe("Which API the model speaks"),
    name: z
      .string()
      .trim()
      .min(1)
      .max(NAME_LENGTH_MAX)
      .regex(/^[^\r\n`]*$/, "must be one line without backticks")
      .describe("The model's name as its provider spells it"),
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
  })
  .refine((model) => model.provider !== "openai-compatible" || model.baseUrl !== undefined, {
    path: ["baseUrl"],
    message: "openai-compatible needs the address of its server",
  });

export type ModelSettings = z.output<typeof modelSettings>;

/** The key in an environment variable; undefined where there is none. */
export type ApiKey = (variable: string) => string | undefined;
