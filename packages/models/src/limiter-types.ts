// Options and interface of a limiter, whether its state is here or in a worker's main process. Types only.
import type { CallRate, LimitChange } from "@holdfast/core";
import type { Clock } from "./clock.js";
import type { RateLimitState } from "./rate-headers.js";

export interface LimiterOptions {
  readonly min: number;
  readonly max: number;
  /** Initial concurrency. Default: min. From there it doubles each round until something limits it. */
  readonly start?: number | undefined;
  /** Maximum requests in any 60 s. Default: none. */
  readonly rpm?: number | undefined;
  /** Maximum requests in any other period, also in addition to `rpm`. Default: none. */
  readonly rate?: CallRate | undefined;
  /** Maximum tokens per minute, input and output together. Default: none. */
  readonly tpm?: number | undefined;
  /**
   * Limiters with the same name are one across the child processes of a worker: the limits hold for the worker, not for
   * each process. The same applies to a limiter without a name that a module creates while loading. One created later
   * without a name (in a run) belongs to its process.
   */
  readonly name?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Called with each change of the limit. Must not throw. */
  readonly onChange?: ((change: LimitChange) => void) | undefined;
}

/** Outcome of a request, as far as it matters to the limiter. */
export type LimiterOutcome =
  | { readonly kind: "ok"; readonly tokens?: number | undefined } // answered, even if the item's own answer was unusable
  | { readonly kind: "rate_limit"; readonly retryAfterMs?: number | undefined; readonly tokens?: number | undefined }
  | { readonly kind: "server"; readonly retryAfterMs?: number | undefined; readonly tokens?: number | undefined } // 5xx, timeout, network
  | { readonly kind: "neutral"; readonly tokens?: number | undefined }; // cached, cancelled or never sent: tells nothing

/** The right to send one request. Release it exactly once; further releases are ignored. */
export interface Permit {
  release(outcome: LimiterOutcome): void;
}

export interface Limiter {
  /** Waits for a turn. If the signal aborts first, rejects with its reason and gives up the place in the queue. */
  acquire(estimatedTokens?: number, signal?: AbortSignal): Promise<Permit>;
  /** Records a provider's rate limit headers: when nothing is left, no request is sent before the reset. */
  observe(state: RateLimitState): void;
  readonly limit: number;
  readonly underWay: number;
  readonly waiting: number;
  /** No request is sent before this time (in ms of the limiter's clock); in the past if nothing is held back. */
  readonly heldUntilMs: number;
  /** Latest changes of the limit, oldest first, at most 1,000. */
  readonly changes: readonly LimitChange[];
}
