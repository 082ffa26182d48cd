/** Retry rules: the verdict on a failed attempt, and the wait before the next one. Pure. */
import { clampDurationMs } from "./duration.js";
import type { ErrorCategory } from "./error-category.js";
import type { Failure, VerdictKind } from "./failure.js";

/** What to do about an error: a word, or a word with a category and a wait. */
export type Verdict =
  | VerdictKind
  | {
      /** What to do. */
      readonly then: VerdictKind;
      /**
       * Category recorded with the error; `resume --only errors:<category>` selects by it. For a retry, one of
       * `ERROR_CATEGORIES`; a failure or a pause may use a word of the workflow's own. Default: read from the error.
       */
      readonly category?: ErrorCategory | (string & {}) | undefined;
      /**
       * Wait in milliseconds before the next attempt, or until a paused run resumes. Default: the backoff; a paused run
       * waits for a person.
       */
      readonly afterMs?: number | undefined;
    };

/** Waits between attempts: the first, the longest, and the growth factor. */
export interface Backoff {
  /** First wait, in milliseconds. */
  readonly initialMs: number;
  /** Longest wait, in milliseconds. */
  readonly maxMs: number;
  /** Factor by which each wait exceeds the previous one. */
  readonly factor: number;
}

/** 1 s, 2 s, 4 s … up to a minute: long enough for a service to restart, short enough not to delay anyone noticeably. */
export const BACKOFF_DEFAULTS: Backoff = { initialMs: 1_000, maxMs: 60_000, factor: 2 };

/**
 * Returns the wait after `failedCount` failures, in milliseconds: exponential, capped, then 50 to 100 % of it at random
 * ("equal jitter"), so that runs that failed together do not return together.
 */
export function backoffMs(failedCount: number, backoff: Backoff, random: () => number): number {
  // 0 × ∞ is NaN. A first wait of 0 stays 0 whatever the growth.
  const grown = backoff.initialMs * backoff.factor ** Math.max(0, failedCount - 1);
  const full = Math.min(backoff.maxMs, Number.isNaN(grown) ? 0 : grown);
  return Math.round(full / 2 + (random() * full) / 2);
}

const CATEGORY_CHARS_MAX = 200;

/**
 * Attempts at a stage or item that declares no `attempts`, if the cause is outside (server, network, timeout) or a
 * retry was requested: the first and five more. With the default backoff they take half a minute, as long as a service
 * restart. Any other failure is the item's own, and another attempt would only repeat it.
 */
export const OUTSIDE_ATTEMPTS_DEFAULT = 6;

/** A complete verdict. */
export interface Judgement {
  readonly then: VerdictKind;
  readonly category: string | null;
  readonly afterMs: number | null;
  /** Why the run pauses; null if only the category says so. */
  readonly reason: string | null;
  /** Whether the failure uses up an attempt. A rate limit does not, since it says nothing about the item. */
  readonly usesAttempt: boolean;
  /** `true` if the attempts are used up; `false` if a verdict said so. */
  readonly isUsedUp: boolean;
}

/**
 * Returns the verdict on a failure: from `classify` if it gave one, else from the error, else from its category.
 * `failedCount` includes this failure; `attempts` is undefined if none were declared.
 */
export function judge(
  verdict: Verdict | undefined,
  failure: Pick<Failure, "then" | "category" | "afterMs" | "reason">,
  failedCount: number,
  attempts: number | undefined,
): Judgement {
  const given = typeof verdict === "string" ? { then: verdict } : verdict;
  // Limited to a word, since it becomes a column, a label and part of a sentence.
  const category = (given?.category ?? failure.category)?.slice(0, CATEGORY_CHARS_MAX) ?? null;
  const asked = given?.then ?? failure.then;
  const reason = given === undefined ? (failure.reason?.slice(0, CATEGORY_CHARS_MAX) ?? null) : null;
  // The wait comes from user code, often from a server's header, so any number is clamped, and a non-number means no
  // stated wait.
  const afterMs = clampDurationMs(given?.afterMs ?? failure.afterMs);
  const usesAttempt = category !== "rate_limit";
  if (asked === "fail")
    return { then: "fail", category, afterMs: null, reason: null, usesAttempt: true, isUsedUp: false };
  if (asked === "pause") return { then: "pause", category, afterMs, reason, usesAttempt: false, isUsedUp: false };
  const isRepeatable = asked === "retry" || category === "server" || category === "network" || category === "timeout";
  const attemptsMax = attempts ?? (isRepeatable ? OUTSIDE_ATTEMPTS_DEFAULT : 1);
  if (usesAttempt && failedCount >= attemptsMax) {
    return { then: "fail", category, afterMs: null, reason: null, usesAttempt, isUsedUp: true };
  }
  return { then: "retry", category, afterMs, reason: null, usesAttempt, isUsedUp: false };
}
