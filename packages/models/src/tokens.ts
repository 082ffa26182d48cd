// Token counts: what providers report, and an estimate from text length where they do not (or have not yet).
// No tokenizer: each is right for one family of models only, and a measured ratio serves all of them.

/** Tokens of one request, or of all requests of a call. `cachedTokens` is the part of `inputTokens` read from the provider's cache. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
}

// English prose has about four characters a token in the common tokenizers; a lower figure estimates dearer, which is the
// safe side for a reserve. It only serves until the first measurements are in.
export const DEFAULT_CHARS_PER_TOKEN = 3.5;
/** Below this many measured calls the default stands: a few short prompts are dominated by the fixed cost of a message. */
export const CALIBRATION_CALLS_MIN = 50;

/** Estimates tokens from characters and corrects itself from measured calls. */
export interface TokenEstimator {
  readonly charsPerToken: number;
  estimate(text: string): number;
  /** A finished call: so many characters were so many tokens. Measurements of zero tokens are ignored. */
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

/** Sum of usages; null as soon as one of them is unknown, since a partial sum would pass for a measurement. */
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
