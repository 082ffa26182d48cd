// The provider port: from plain options to an AI SDK language model, by one of three adapters.
// What does not live here: calling it (call.ts). Invariants: every option is passed explicitly, so that no adapter falls back
// to environment variables; a model is an adapter's instance, never a bare name (a bare name would be sent to a gateway).
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV3 } from "@ai-sdk/provider";
import { ModelConfigError } from "./errors.js";

export const PROVIDERS = ["openai-compatible", "openai", "anthropic"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export interface ProviderOptions {
  readonly provider: ProviderName;
  /** The model's name as the provider spells it. */
  readonly name: string;
  /** Required for `openai-compatible`; with the version path, e.g. `http://127.0.0.1:11434/v1`. */
  readonly baseUrl?: string | undefined;
  /** Required for the providers' own addresses; a server of one's own may need none. */
  readonly apiKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Instead of the global fetch: a proxy, a recorder, a test. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Whether the endpoint enforces a JSON schema. Off, the schema is put into the prompt instead; either way the answer is
   * checked here. Default: true for `openai` and `anthropic`, false for `openai-compatible`, where many drop it in silence.
   */
  readonly structured?: boolean | undefined;
}

const BASE_URLS = { openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com/v1" } as const;

/** @throws {ModelConfigError} MODEL_CONFIG_INVALID — the option and its cure are named; nothing was sent. */
export function createLanguageModel(options: ProviderOptions): LanguageModelV3 {
  checkOptions(options);
  const { name, apiKey } = options;
  const shared = {
    ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  };
  switch (options.provider) {
    case "openai-compatible":
      return createOpenAICompatible({
        ...shared,
        name: "openai-compatible",
        baseURL: options.baseUrl as string, // checked above
        ...(apiKey === undefined ? {} : { apiKey }),
        supportsStructuredOutputs: sendsSchema(options),
      })(name);
    case "openai":
      // Chat completions rather than responses: the API that takes a seed, and that every gateway understands.
      return createOpenAI({ ...shared, baseURL: options.baseUrl ?? BASE_URLS.openai, apiKey: apiKey ?? "" }).chat(name);
    case "anthropic":
      return createAnthropic({ ...shared, baseURL: options.baseUrl ?? BASE_URLS.anthropic, apiKey: apiKey ?? "" })(
        name,
      );
  }
}

export function sendsSchema(options: Pick<ProviderOptions, "provider" | "structured">): boolean {
  return options.structured ?? options.provider !== "openai-compatible";
}

function checkOptions(options: ProviderOptions): void {
  if (!PROVIDERS.includes(options.provider)) {
    throw new ModelConfigError(
      "provider",
      `"${options.provider}" is not known.`,
      `Use one of ${PROVIDERS.join(", ")}.`,
    );
  }
  if (options.name.trim() === "") throw new ModelConfigError("name", "it is empty.", "Name the model to call.");
  if (options.baseUrl === undefined) {
    if (options.provider === "openai-compatible") {
      throw new ModelConfigError(
        "baseUrl",
        "openai-compatible has no default address.",
        "Give it, e.g. http://127.0.0.1:11434/v1.",
      );
    }
    if (options.apiKey === undefined || options.apiKey === "") {
      throw new ModelConfigError(
        "apiKey",
        `${options.provider} needs one.`,
        "Give apiKey, or baseUrl for a server of your own.",
      );
    }
    return;
  }
  if (!URL.canParse(options.baseUrl) || !/^https?:$/.test(new URL(options.baseUrl).protocol)) {
    throw new ModelConfigError(
      "baseUrl",
      `"${options.baseUrl}" is not an http(s) address.`,
      "Give it in full, with the version path.",
    );
  }
}
