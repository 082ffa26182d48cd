// How many requests may be under way at once: a number between min and max that grows while it goes well and is cut once per
// episode of rate limits. Pure: told of outcomes and the time, never asks for it.
//
// An episode: the first 429 cuts. Later 429s change nothing if their request had been sent before the cut (it could not have
// known), or if the cool-down still runs. Otherwise one wave of sixty answers would cut sixty times and end at the minimum.

/** How strongly and for how long a limit reacts. */
export const ADAPT_DEFAULTS = {
  // Growth is by one per round, so a limit is overstepped by little, and slots are held for seconds: halving, as TCP does,
  // would leave half of an allowance unused for minutes. Three cuts still halve it (0.8³ = 0.51).
  cutFactor: 0.8,
  // Rate limits are counted by the minute; after a quarter of one, the effect of a cut can be seen.
  coolDownMs: 15_000,
  // A provider that answers 5xx is not short of our restraint, but it is no time to send more either.
  freezeMs: 10_000,
} as const;

/** One change of the limit, for logs and charts. */
export interface LimitChange {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly why: "grew" | "rate_limited";
}

/** The limit on calls under way, told of each outcome; see the head of this file for the rule. */
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

  /** A request succeeded. Growth only when the limit was what held us back: an idle limit proves nothing about a higher one. */
  succeeded(sentAtMs: number, wasFull: boolean, nowMs: number): void {
    // An answer to a request sent before the cut speaks of the old load.
    if (!wasFull || sentAtMs < this.#lastCutAtMs || nowMs < this.#frozenUntilMs || nowMs < this.#coolUntilMs) return;
    this.#set(this.#exact + (this.#slowStart ? 1 : 1 / this.#exact), "grew", nowMs);
  }

  /** A request met a rate limit. Answers whether this began a new episode (and cut). */
  rateLimited(sentAtMs: number, retryAfterMs: number, nowMs: number): boolean {
    const sameEpisode = sentAtMs <= this.#lastCutAtMs || nowMs < this.#coolUntilMs;
    // Retry-After may outlast the cool-down: until then nothing is sent, so nothing can be learned.
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

  /** The provider failed (5xx, timeout, cut connection): no growth for a while, and no more doubling. */
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
