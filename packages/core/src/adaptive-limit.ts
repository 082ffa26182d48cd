// Limit on concurrent requests: a number between min and max that grows while requests succeed and is cut once per
// episode of rate limits. Pure: the caller passes in outcomes and the time.
//
// The first 429 begins an episode and cuts the limit. Later 429s change nothing if their request was sent before the
// cut (it could not have known), or while the cool-down lasts. Otherwise one wave of sixty 429s would cut sixty times
// and end at the minimum.

/** Size and duration of the limit's reactions. */
export const ADAPT_DEFAULTS = {
  // Growth is by one per round, so a limit is exceeded by little, and slots are held for seconds. Halving, as TCP does,
  // would leave half of an allowance unused for minutes. Three cuts still halve the limit (0.8³ = 0.51).
  cutFactor: 0.8,
  // Providers count rate limits by the minute. After a quarter of one, the effect of a cut shows.
  coolDownMs: 15_000,
  // A provider that answers 5xx is not asking for fewer calls, but growing now would only add load.
  freezeMs: 10_000,
} as const;

/** One change of the limit, for logs and charts. */
export interface LimitChange {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly why: "grew" | "rate_limited";
}

/** Limit on concurrent calls, adjusted after each outcome by the rule at the head of this file. */
export class AdaptiveLimit {
  readonly #min: number;
  readonly #max: number;
  readonly #onChange: (change: LimitChange) => void;
  #exact: number; // grows by fractions; the limit is its whole part
  #slowStart = true; // double per round until the first sign of a ceiling
  #lastCutAtMs = Number.NEGATIVE_INFINITY;
  #coolUntilMs = Number.NEGATIVE_INFINITY;
  #frozenUntilMs = Number.NEGATIVE_INFINITY;

  constructor(min: number, max: number, start: number, onChange: (change: LimitChange) => void) {
    this.#min = min;
    this.#max = max;
    this.#exact = start;
    this.#onChange = onChange;
  }

  get limit(): number {
    return Math.floor(this.#exact);
  }

  /** Records a success. The limit grows only if it was reached: a limit with free slots proves nothing about a higher one. */
  succeeded(sentAtMs: number, wasFull: boolean, nowMs: number): void {
    // A request sent before the cut tells about the old load.
    if (!wasFull || sentAtMs < this.#lastCutAtMs || nowMs < this.#frozenUntilMs || nowMs < this.#coolUntilMs) return;
    this.#set(this.#exact + (this.#slowStart ? 1 : 1 / this.#exact), "grew", nowMs);
  }

  /** Records a rate limit. Returns whether it began a new episode, which cuts the limit. */
  rateLimited(sentAtMs: number, retryAfterMs: number, nowMs: number): boolean {
    const sameEpisode = sentAtMs <= this.#lastCutAtMs || nowMs < this.#coolUntilMs;
    // Retry-After may outlast the cool-down. Nothing is sent before it ends, so nothing can be learned.
    this.#coolUntilMs = Math.max(
      this.#coolUntilMs,
      nowMs + retryAfterMs,
      sameEpisode ? this.#coolUntilMs : nowMs + ADAPT_DEFAULTS.coolDownMs,
    );
    if (sameEpisode) return false;
    this.#lastCutAtMs = nowMs;
    this.#slowStart = false;
    this.#set(Math.floor(this.#exact * ADAPT_DEFAULTS.cutFactor), "rate_limited", nowMs);
    return true;
  }

  /** Records a provider failure (5xx, timeout, broken connection): no growth for a while, and no more doubling. */
  faltered(nowMs: number): void {
    this.#slowStart = false;
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, nowMs + ADAPT_DEFAULTS.freezeMs);
  }

  #set(exact: number, why: LimitChange["why"], nowMs: number): void {
    const from = this.limit;
    this.#exact = Math.min(this.#max, Math.max(this.#min, exact));
    if (this.limit !== from) this.#onChange({ atMs: nowMs, from, to: this.limit, why });
  }
}
