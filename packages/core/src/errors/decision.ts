/**
 * Errors that carry a decision: thrown in a stage or an item, they tell the engine what to do about the failure. The engine
 * knows them by `code`, never by class, so an error of another copy of this package decides just the same.
 */
import type { OUTSIDE_CATEGORIES } from "../error-category.js";
import { define } from "./define.js";
import { HoldfastError } from "./holdfast-error.js";

/** A failure that is nobody's fault here: the recorded category, as `ERROR_CATEGORIES` spells it. */
export type RetryKind = (typeof OUTSIDE_CATEGORIES)[number];

/** Try again later, at the earliest after `afterMs`. `kind: "rate_limit"` uses up no attempt. */
export class RetryLaterError extends HoldfastError {
  readonly code = "RETRY_LATER";
  /** Category that is recorded; undefined leaves it to the error. */
  readonly kind: RetryKind | undefined;
  /** Milliseconds; undefined leaves the wait to the backoff. */
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

/** No attempt will succeed: the failure is recorded at once, under `category` (default "other"). */
export class GiveUpError extends HoldfastError {
  readonly code = "GIVE_UP";
  /** Category that is recorded; undefined is "other". */
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
 * Nothing of this kind can succeed now: the run pauses with `reason`, and resumes by itself after `afterMs` where that is
 * given. The stage or item stays open and loses no attempt.
 */
export class PauseRunError extends HoldfastError {
  readonly code = "PAUSE_RUN";
  /** Reason of the pause, in words; undefined takes the message. */
  readonly reason: string | undefined;
  /** Milliseconds; undefined waits for a person. */
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

/** `classify` answered, or an error carries, a decision that cannot be meant. `cause` is the failure it was about. */
export class DecisionInvalidError extends define(
  "DECISION_INVALID",
  (d: {
    /** For example "Map fetch: classify". */
    place: string;
    problem: string;
    /** What was given, as a text. */
    found: string;
    /** Empty where the allowed values are no list. */
    allowed: readonly string[];
    /** The allowed value that was probably meant. */
    meant: string | null;
  }) => `${d.place} ${d.problem}${d.meant === null ? "" : ` Did you mean "${d.meant}"?`}`,
) {}

const causeOf = (options: { readonly cause?: unknown }) => ("cause" in options ? { cause: options.cause } : undefined);

/** Only the members that were given: details are shown. */
function given<T extends object>(members: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
