// What a limiter is given and gives, whether its state lives here or in the main process of a worker. Types only.
import type { CallRate, LimitChange } from "@holdfast/core";
import type { Clock } from "./clock.js";
import type { RateLimitState } from "./rate-headers.js";

export interface LimiterOptions {
  readonly min: number;
  readonly max: number;
  /** Where to begin. Default: min, from where it doubles each round until something holds it back. */
  readonly start?: number | undefined;
  /** Requests in any 60 s. Default: no limit of ours. */
  readonly rpm?: number | undefined;
  /** Requests in any other stretch of time, also beside `rpm`. Default: no limit of ours. */
  readonly rate?: CallRate | undefined;
  /** Tokens per minute, in and out together. Default: no limit of ours. */
  readonly tpm?: number | undefined;
  /**
   * In the child processes of a worker, limiters of one name are one: the limits hold over the worker, not in each process. So
   * is, without a name, one that a module makes while it is loaded. One made later without a name (in a run) is of its process.
   */
  readonly name?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Each change of the limit, as it happens. Must not throw. */
  readonly onChange?: ((change: LimitChange) => void) | undefined;
}

/** How a request ended, as far as the limiter cares. */
export type LimiterOutcome =
  | { readonly kind: "ok"; readonly tokens?: number | undefined } // answered, also where the item's own answer was no use
  | { readonly kind: "rate_limit"; readonly retryAfterMs?: number | undefined; readonly tokens?: number | undefined }
  | { readonly kind: "server"; readonly retryAfterMs?: number | undefined; readonly tokens?: number | undefined } // 5xx, timeout, network
  | { readonly kind: "neutral"; readonly tokens?: number | undefined }; // cached, cancelled, never sent: says nothing

/** The right to send one request. Release it exactly once; a second release is ignored. */
export interface Permit {
  release(outcome: LimiterOutcome): void;
}

export interface Limiter {
  /** Wait for a turn. Rejects with the signal's reason when that aborts first; the place in the queue is given up. */
  acquire(estimatedTokens?: number, signal?: AbortSignal): Promise<Permit>;
  /** What the provider's headers said: with nothing left, nobody sends before its reset. */
  observe(state: RateLimitState): void;
  readonly limit: number;
  readonly underWay: number;
  readonly waiting: number;
  /** Nobody sends before this time (ms of the limiter's clock); in the past when nothing is held. */
  readonly heldUntilMs: number;
  /** The latest changes of the limit, oldest first, at most 1,000. */
  readonly changes: readonly LimitChange[];
}
