// A limiter with its state in a worker's main process. This process counts its own part and requests each turn.
import { isTokens, type LimitChange, type SharedLimiter, TOKENS_EXPECTED } from "@holdfast/core";
import { systemClock } from "./clock.js";
import { ModelConfigError } from "./errors.js";
import type { Limiter, LimiterOptions } from "./limiter-types.js";

/**
 * Refuses an invalid estimate, which would wait forever or open the limit to everyone. @throws {ModelConfigError}
 * MODEL_CONFIG_INVALID
 */
export function checkEstimate(estimatedTokens: unknown): void {
  if (isTokens(estimatedTokens)) return;
  const problem = `${TOKENS_EXPECTED} is expected, not ${estimatedTokens}.`;
  throw new ModelConfigError("estimatedTokens", problem, "Give the tokens that the request may use.");
}

/** Until the first turn is granted, the limit is reported as `max`. A change becomes visible with the next turn. */
export function limiterOver(
  shared: SharedLimiter,
  { max, onChange }: Pick<LimiterOptions, "max" | "onChange">,
): Limiter {
  const changes: LimitChange[] = [];
  let limit: number | null = null;
  let underWay = 0;
  let waiting = 0;

  function look(): void {
    const from = limit ?? shared.seen.limit;
    const to = shared.seen.limit;
    limit = to;
    if (to === from) return;
    const change: LimitChange = { atMs: systemClock.nowMs(), from, to, why: to > from ? "grew" : "rate_limited" };
    changes.push(change);
    if (changes.length > CHANGES_MAX) changes.shift();
    onChange?.(change);
  }

  return {
    async acquire(estimatedTokens = 0, signal) {
      checkEstimate(estimatedTokens);
      waiting += 1;
      try {
        const permit = await shared.acquire(estimatedTokens, signal);
        underWay += 1;
        look();
        let isReleased = false;
        return {
          release(outcome) {
            if (isReleased) return;
            isReleased = true;
            underWay -= 1;
            permit.release(outcome);
          },
        };
      } finally {
        waiting -= 1;
      }
    },
    observe: (state) => shared.observe(state),
    get limit() {
      return limit ?? max;
    },
    get underWay() {
      return underWay;
    },
    get waiting() {
      return waiting;
    },
    get heldUntilMs() {
      return shared.seen.heldUntilMs;
    },
    changes,
  };
}

const CHANGES_MAX = 1_000; // same as in the limiter itself
