// The server's real rate limit: a token bucket of requests per minute, with the headers that providers send.
export interface RequestBucket {
  /** Takes one request if one is left. The headers describe the bucket afterwards. */
  take(): { readonly allowed: boolean; readonly headers: Record<string, string>; readonly retryAfterMs: number };
}

export function createRequestBucket(rpm: number, nowMs: () => number, burst = rpm): RequestBucket {
  let level = burst;
  let atMs = nowMs();
  return {
    take() {
      const now = nowMs();
      level = Math.min(burst, level + (Math.max(0, now - atMs) * rpm) / 60_000);
      atMs = now;
      const allowed = level >= 1;
      if (allowed) level -= 1;
      const retryAfterMs = allowed ? 0 : Math.ceil(((1 - level) * 60_000) / rpm);
      return {
        allowed,
        retryAfterMs,
        headers: {
          "x-ratelimit-limit-requests": String(rpm),
          "x-ratelimit-remaining-requests": String(Math.floor(level)),
          "x-ratelimit-reset-requests": `${Math.ceil(((burst - level) * 60_000) / rpm)}ms`,
        },
      };
    },
  };
}
