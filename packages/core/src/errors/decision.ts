/**
 * Errors that carry a decision. Thrown in a stage or an item, they tell the engine how to treat the failure. The engine
 * recognizes them by `code`, not by class, so that an error from another copy of this package works too.
 */
import type { OUTSIDE_CATEGORIES } from "../error-category.js";
import { define } from "./define.js";
import { HoldfastError } from "./holdfast-error.js";

/** Category of a failure with an outside cause, as spelled in `ERROR_CATEGORIES`. */
export type RetryKind = (typeof OUTSIDE_CATEGORIES)[number];

/**
 * Requests a retry, no earlier than after `afterMs`. With `kind: "rate_limit"`, the failure does not count against the
 * attempts.
 */
export class RetryLaterError extends HoldfastError {
  readonly code = "RETRY_LATER";
  /** Category to record; undefined leaves it to the error. */
  readonly kind: RetryKind | undefined;
  /** Wait in milliseconds; undefined uses the backoff. */
  readonly afterMs: number | undefined;

  constructor(
    message: string,
    options: {
      readonly kind?: RetryKind | undefined;
      readonly afterMs?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, causeOf(options));
    this.kind = options.kind;
    this.afterMs = options.afterMs;
  }

  get details(): { readonly kind?: string; readonly afterMs?: number } {
    return given({ kind: this.kind, afterMs: this.afterMs });
  }
}

/** Reports that no attempt will succeed. The failure is recorded at once, under `category` (default "other"). */
export class GiveUpError extends HoldfastError {
  readonly code = "GIVE_UP";
  /** Category to record; undefined records "other". */
  readonly category: string | undefined;

  constructor(message: string, options: { readonly category?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, causeOf(options));
    this.category = options.category;
  }

  get details(): { readonly category?: string } {
    return given({ category: this.category });
  }
}

/**
 * Pauses the run with `reason`, since no call of this kind can succeed now. With `afterMs`, the run resumes by itself
 * after that time. The stage or item stays open, and the attempt does not count.
 */
export class PauseRunError extends HoldfastError {
  readonly code = "PAUSE_RUN";
  /** Reason of the pause, in words; undefined uses the message. */
  readonly reason: string | undefined;
  /** Wait in milliseconds; undefined waits for a person to resume the run. */
  readonly afterMs: number | undefined;

  constructor(
    message: string,
    options: {
      readonly reason?: string | undefined;
      readonly afterMs?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, causeOf(options));
    this.reason = options.reason;
    this.afterMs = options.afterMs;
  }

  get details(): { readonly reason?: string; readonly afterMs?: number } {
    return given({ reason: this.reason, afterMs: this.afterMs });
  }
}

/** DECISION_INVALID: `classify` returned, or an error carries, an invalid decision. `cause` is the original failure. */
export class DecisionInvalidError extends define(
  "DECISION_INVALID",
  (d: {
    /** Where it happened, for example "Map fetch: classify". */
    place: string;
    problem: string;
    /** The value given, as text. */
    found: string;
    /** Allowed values; empty if they cannot be listed. */
    allowed: readonly string[];
    /** The allowed value that was probably meant; null if none is close. */
    meant: string | null;
  }) => `${d.place} ${d.problem}${d.meant === null ? "" : ` Did you mean "${d.meant}"?`}`,
) {}

const causeOf = (options: { readonly cause?: unknown }) => ("cause" in options ? { cause: options.cause } : undefined);

/** Returns only the members that have a value, since details are shown to users. */
function given<T extends object>(members: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
