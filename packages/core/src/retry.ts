/** When a failed attempt is tried again: the verdict on an error, and how long to wait. Pure. */
import { clampDurationMs } from "./duration.js";

/** Try again, record the failure, or pause the run until the outside is well again. */
export type VerdictKind = "retry" | "fail" | "pause";
/** What to do with an error: a word, or with a category and a time to wait. */
export type Verdict =
  | VerdictKind
  | {
      /** What to do. */
      readonly then: VerdictKind;
      /** Recorded with the error; `resume --only errors:<category>` selects by it. Default: read from the error. */
      readonly category?: string | undefined;
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

/** A verdict with nothing left open. */
export interface Judgement {
  readonly then: VerdictKind;
  readonly category: string | null;
  readonly afterMs: number | null;
}

/** The verdict on an error: the user's word where given, else retry while attempts remain. */
export function judge(
  verdict: Verdict | undefined,
  failedCount: number,
  attemptsMax: number,
  recordedCategory: string | undefined,
): Judgement {
  const given = typeof verdict === "string" ? { then: verdict } : verdict;
  const then = given?.then ?? "retry";
  // A word, whatever was given: it is a column, a label and part of a sentence.
  const category = (given?.category ?? recordedCategory)?.slice(0, CATEGORY_CHARS_MAX) ?? null;
  // From user code, and often from a server's header: sixty days are waited for, no number is no wait.
  const afterMs = clampDurationMs(given?.afterMs);
  if (then === "retry" && failedCount >= attemptsMax) return { then: "fail", category, afterMs: null };
  return { then, category, afterMs };
}
