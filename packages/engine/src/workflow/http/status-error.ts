/** What a status means: the error that carries the decision about it. */
import { GiveUpError, PauseRunError, RetryLaterError, readRetryAfter } from "@holdfast/core";

/** What is known of an answer that is no success. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Of the error, without its end. */
  readonly message: string;
  /** Whether the request had headers that identify the caller. */
  readonly hasCredentials: boolean;
  readonly nowMs: number;
}

/** Statuses of 5xx that another try would meet again. */
const PERMANENT: ReadonlySet<number> = new Set([501, 505, 506, 510]);

/** The error of a status outside 200 to 299. */
export function statusError(answer: FailedAnswer): RetryLaterError | GiveUpError | PauseRunError {
  const { status, headers, message, hasCredentials, nowMs } = answer;
  const asked = { retryAfter: headers.get("retry-after"), retryAfterMs: headers.get("retry-after-ms") };
  const afterMs = readRetryAfter(asked, nowMs);
  const wait = afterMs === undefined ? {} : { afterMs };
  // Some servers answer 403 where 429 is meant; only then do they say when to come back.
  if (status === 429 || (status === 403 && afterMs !== undefined)) {
    return new RetryLaterError(message, { kind: "rate_limit", ...wait });
  }
  if (status === 408) return new RetryLaterError(message, { kind: "timeout", ...wait });
  if (status === 425 || (status >= 500 && !PERMANENT.has(status))) {
    return new RetryLaterError(message, { kind: "server", ...wait });
  }
  // The same key is refused for every item: the run waits for another one instead of failing them all.
  if (status === 401 && hasCredentials) return new PauseRunError(message, { reason: "auth" });
  if (status === 402) return new PauseRunError(message, { reason: "quota" });
  if (status === 401 || status === 403 || status === 407) return new GiveUpError(message, { category: "auth" });
  return new GiveUpError(message);
}
