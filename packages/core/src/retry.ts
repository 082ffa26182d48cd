/** When a failed attempt is tried again: the verdict on an error, and how long to wait. Pure. */
import { clampDurationMs } from "./duration.js";
import type { ErrorCategory } from "./error-category.js";
import type { Failure, VerdictKind } from "./failure.js";

/** What to do with an error: a word, or with a category and a time to wait. */
export type Verdict =
  | VerdictKind
  | {
      /** What to do. */
      readonly then: VerdictKind;
      /**
       * Recorded with the error; `resume --only errors:<category>` selects by it. Of a retry one of `ERROR_CATEGORIES`; a failure
       * or a pause may have a word of the workflow's own. Default: read from the error.
       */
      readonly category?: ErrorCategory | (string & {}) | undefined;
      /** Wait before the next attempt, or before a paused run wakes, in milliseconds. Default: the backoff; until a person resumes it. */
      readonly afterMs?: number | undefined;
    };

/** Waits between attempts: the first, the longest, and by how much each grows. Milliseconds. */
export interface Backoff {
  /** First wait, in milliseconds. */
  readonly initialMs: number;
  /** Longest wait, in milliseconds. */
  readonly maxMs: number;
  /** By how much each wait is longer than the one before. */
  readonly factor: number;
}

/** 1 s, 2 s, 4 s … up to a minute: long enough for a restart of a service, short enough that nobody waits for it. */
export const BACKOFF_DEFAULTS: Backoff = { initialMs: 1_000, maxMs: 60_000, factor: 2 };

/**
 * The wait before the attempt after `failedCount` failures: exponential, capped, then 50 to 100 % of it at random
 * ("equal jitter"), so that many runs that failed together do not come back together.
 */
export function backoffMs(failedCount: number, backoff: Backoff, random: () => number): number {
  // 0 × ∞ is no number: a first wait of 0 stays 0 however much it grows.
  const grown = backoff.initialMs * backoff.factor ** Math.max(0, failedCount - 1);
  const full = Math.min(backoff.maxMs, Number.isNaN(grown) ? 0 : grown);
  return Math.round(full / 2 + (random() * full) / 2);
}

const CATEGORY_CHARS_MAX = 200;

/**
 * Attempts at a stage or an item that declares no `attempts`, where the failure is the outside's (server, network, timeout)
 * or a retry was asked for: the first and five more. With the default backoff that is half a minute, which a restart of a
 * service takes. Any other failure is the item's own, and another attempt would only repeat it.
 */
export const OUTSIDE_ATTEMPTS_DEFAULT = 6;

/** A verdict with nothing left open. */
export interface Judgement {
  readonly then: VerdictKind;
  readonly category: string | null;
  readonly afterMs: number | null;
  /** Why the run pauses; null where only the category says it. */
  readonly reason: string | null;
  /** Whether the failure uses up one of the attempts. A rate limit says nothing about the item. */
  readonly usesAttempt: boolean;
  /** It fails because its attempts are used up, not because anybody said so. */
  readonly isUsedUp: boolean;
}

/**
 * The verdict on a failure: the word of `classify` where it gave one, else the error's own, else what its category means.
 * `failedCount` counts this failure; `attempts` is undefined where none were declared.
 */
export function judge(
  verdict: Verdict | undefined,
  failure: Pick<Failure, "then" | "category" | "afterMs" | "reason">,
  failedCount: number,
  attempts: number | undefined,
): Judgement {
  const given = typeof verdict === "string" ? { then: verdict } : verdict;
  // A word, whatever was given: it is a column, a label and part of a sentence.
  const category = (given?.category ?? failure.category)?.slice(0, CATEGORY_CHARS_MAX) ?? null;
  const asked = given?.then ?? failure.then;
  const reason = given === undefined ? (failure.reason?.slice(0, CATEGORY_CHARS_MAX) ?? null) : null;
  // From user code, and often from a server's header: sixty days are waited for, no number is no wait.
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
