// The provider port: turns plain options into an AI SDK language model, by one of three adapters. call.ts calls it.
// Invariants: every option is passed explicitly, so that no adapter falls back to environment variables. A model is an
// adapter's instance, never a bare name, which would be sent to a gateway.
import type { LanguageModelV3 } from "@ai-sdk/provider";
import { ModelConfigError } from "./errors.js";
import { patientFetch, refuseErrorAnswer } from "./patient-fetch.js";

export const PROVIDERS = ["openai-compatible", "openai", "anthropic"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export interface ProviderOptions {
  readonly provider: ProviderName;
  /** Name of the model, as the provider spells it. */
  readonly name: string;
  /** Base address. Required for `openai-compatible`; includes the version path, e.g. `http://127.0.0.1:11434/v1`. */
  readonly baseUrl?: string | undefined;
  /** Required for the providers' own addresses. Your own server may need none. */
  readonly apiKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Replaces the built-in fetch, for a proxy, a recorder or a test. Its time limits are then yours: Node's own fetch
   * gives up after 300 s.
   */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Whether the endpoint enforces a JSON schema. If not, the schema is put into the prompt. Either way the answer is
   * checked here. Default: true for `openai` and `anthropic`; false for `openai-compatible`, since many such servers
   * silently ignore it.
   */
  readonly structured?: boolean | undefined;
}

const BASE_URLS = { openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com/v1" } as const;

/** Provider names as the adapters state them in results, known before an adapter is loaded. */
const PROVIDER_IDS = {
  "openai-compatible": "openai-compatible.chat",
  openai: "openai.chat",
  anthropic: "anthropic.messages",
} as const;

/**
 * Creates a language model. Its adapter is loaded now, not with this package: adapters take some 10 MB, and local
 * methods need none.
 * @throws {ModelConfigError} MODEL_CONFIG_INVALID, naming the option and its remedy. Nothing was sent.
 */
export function createLanguageModel(options: ProviderOptions): LanguageModelV3 {
  checkOptions(options);
  const loading = loadAdapter(options);
  // A call reports a failed load. A model that is never called needs no adapter.
  loading.catch(() => undefined);
  return {
    specificationVersion: "v3",
    provider: PROVIDER_IDS[options.provider],
    modelId: options.name,
    supportedUrls: {},
    doGenerate: async (call) => (await loading).doGenerate(call),
    doStream: async (call) => (await loading).doStream(call),
  };
}

async function loadAdapter(options: ProviderOptions): Promise<LanguageModelV3> {
  const { name, apiKey } = options;
  const shared = {
    ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
    fetch: fetchOf(options),
  };
  switch (options.provider) {
    case "openai-compatible": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      return createOpenAICompatible({
        ...shared,
        name: "openai-compatible",
        baseURL: options.baseUrl as string, // checked above
        ...(apiKey === undefined ? {} : { apiKey }),
        supportsStructuredOutputs: sendsSchema(options),
      })(name);
    }
    case "openai": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      // Chat completions rather than responses: that API takes a seed, and every gateway supports it.
      return createOpenAI({ ...shared, baseURL: options.baseUrl ?? BASE_URLS.openai, apiKey: apiKey ?? "" }).chat(name);
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      const baseURL = options.baseUrl ?? BASE_URLS.anthropic;
      return createAnthropic({ ...shared, baseURL, apiKey: apiKey ?? "" })(name);
    }
  }
}

function fetchOf({ fetch }: ProviderOptions): typeof globalThis.fetch {
  if (fetch === undefined) return patientFetch;
  return async (...request) => {
    const response = await fetch(...request);
    await refuseErrorAnswer(response);
    return response;
  };
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
