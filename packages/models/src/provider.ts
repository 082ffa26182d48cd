// The provider port: from plain options to an AI SDK language model, by one of three adapters.
// What does not live here: calling it (call.ts). Invariants: every option is passed explicitly, so that no adapter falls back
// to environment variables; a model is an adapter's instance, never a bare name (a bare name would be sent to a gateway).
import type { LanguageModelV3 } from "@ai-sdk/provider";
import { ModelConfigError } from "./errors.js";
import { patientFetch, refuseErrorAnswer } from "./patient-fetch.js";

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
  /** Instead of our own fetch: a proxy, a recorder, a test. Its time limits are yours: Node's own gives up after 300 s. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Whether the endpoint enforces a JSON schema. Off, the schema is put into the prompt instead; either way the answer is
   * checked here. Default: true for `openai` and `anthropic`, false for `openai-compatible`, where many drop it in silence.
   */
  readonly structured?: boolean | undefined;
}

const BASE_URLS = { openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com/v1" } as const;

/** As the adapters name their models in results, known before an adapter is loaded. */
const PROVIDER_IDS = {
  "openai-compatible": "openai-compatible.chat",
  openai: "openai.chat",
  anthropic: "anthropic.messages",
} as const;

/**
 * The adapter is loaded when a model is made, not with this package: they take some 10 MB, and local methods need none.
 * @throws {ModelConfigError} MODEL_CONFIG_INVALID — the option and its cure are named; nothing was sent.
 */
export function createLanguageModel(options: ProviderOptions): LanguageModelV3 {
  checkOptions(options);
  const loading = loadAdapter(options);
  // Whoever calls hears of it; a model that is never called needs no adapter.
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
      // Chat completions rather than responses: the API that takes a seed, and that every gateway understands.
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
