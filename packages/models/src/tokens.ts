// Token counts: as reported by providers, or estimated from the text length. There is no tokenizer: each fits one
// family of models only, while a measured ratio fits all.

/**
 * Tokens of one request, or of all requests of a call. `cachedTokens` is the part of `inputTokens` read from the
 * provider's cache.
 */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
}

/** Tokens with the model that used them: what a call tells of itself, so that costs can be summed by model. */
export interface ModelUsage extends TokenUsage {
  readonly model: string;
}

// English prose has about four characters per token in common tokenizers. A lower figure estimates a higher cost, which
// is the safe side for a reservation. It is only used until there are measurements.
export const DEFAULT_CHARS_PER_TOKEN = 3.5;
/** Number of measured calls below which the default is used: short prompts are dominated by the fixed cost of a message. */
export const CALIBRATION_CALLS_MIN = 50;

/** Estimates tokens from characters, and corrects itself by measured calls. */
export interface TokenEstimator {
  readonly charsPerToken: number;
  estimate(text: string): number;
  /** Records the characters and tokens of a finished call. Zero tokens are ignored. */
  observe(chars: number, tokens: number): void;
}

export function createTokenEstimator(charsPerToken = DEFAULT_CHARS_PER_TOKEN): TokenEstimator {
  let chars = 0;
  let tokens = 0;
  let calls = 0;
  const ratio = () => (calls >= CALIBRATION_CALLS_MIN ? chars / tokens : charsPerToken);
  return {
    get charsPerToken() {
      return ratio();
    },
    estimate: (text) => Math.ceil(text.length / ratio()),
    observe(observedChars, observedTokens) {
      if (observedTokens <= 0 || observedChars <= 0) return;
      chars += observedChars;
      tokens += observedTokens;
      calls += 1;
    },
  };
}

/** Returns the sum; null if one of the usages is unknown, since a partial sum would look like a measurement. */
export function sumUsage(usages: readonly (TokenUsage | null)[]): TokenUsage | null {
  let sum: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  for (const usage of usages) {
    if (usage === null) return null;
    sum = {
      inputTokens: sum.inputTokens + usage.inputTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      cachedTokens: sum.cachedTokens + usage.cachedTokens,
    };
  }
  return sum;
}
