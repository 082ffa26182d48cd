// Decides when a request may be sent: adaptive concurrency, requests and tokens per minute, and a common wait after a
// Retry-After. First come, first served. `AdaptiveLimit` in core has the growth and the cuts; core and token-window.ts
// have the windows. Invariants: in progress ≤ limit at each grant; min ≤ limit ≤ max; grants ≤ rpm in any 60 s; one cut
// per episode.
import {
  AdaptiveLimit,
  beginIdleWait,
  CallWindow,
  findRateProblem,
  isTokens,
  type LimitChange,
  PushBack,
  sharedLimits,
} from "@holdfast/core";
import { systemClock, wakeAfter } from "./clock.js";
import { ModelCallError, ModelConfigError, RATE_LIMIT_WAIT_MS } from "./errors.js";
import type { Limiter, LimiterOptions, LimiterOutcome, Permit } from "./limiter-types.js";
import { checkEstimate, limiterOver } from "./shared-limiter.js";
import { TokenWindow, WINDOW_MS } from "./token-window.js";

const CHANGES_MAX = 1_000; // a day with one change every minute and a half; onChange receives all of them

interface Waiter {
  readonly tokens: number;
  readonly grant: (permit: Permit) => void;
}

/**
 * Creates a limiter. @throws {ModelConfigError} MODEL_CONFIG_INVALID if a number is not positive, or min ≤ start ≤ max
 * does not hold.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  checkOptions(options);
  return tellingWaits(joinShared(options) ?? createLocal(options));
}

/** Marks waits for a turn, so that they do not count as idleness however long the rate makes them. */
function tellingWaits(limiter: Limiter): Limiter {
  const { acquire } = limiter;
  const told: Limiter["acquire"] = async (...args) => {
    const end = beginIdleWait();
    try {
      return await acquire(...args);
    } finally {
      end();
    }
  };
  // Not a copy, since its counts are read from the limiter itself.
  return Object.defineProperty(limiter, "acquire", { value: told });
}

/**
 * Returns the limiter of the parent worker; null if this limiter belongs to this process. A limiter with its own clock
 * is never shared.
 */
function joinShared({ name, min, max, start, rpm, rate, tpm, clock, onChange }: LimiterOptions): Limiter | null {
  if (clock !== undefined) return null;
  const options = { min, max, start, rpm, rate, tpm };
  const shared = sharedLimits()?.join({ module: import.meta.url, name: name ?? null, options });
  return shared ? limiterOver(shared, { max, onChange }) : null;
}

function createLocal(options: LimiterOptions): Limiter {
  const clock = options.clock ?? systemClock;
  const changes: LimitChange[] = [];
  const adaptive = new AdaptiveLimit(options.min, options.max, options.start ?? options.min, (change) => {
    changes.push(change);
    if (changes.length > CHANGES_MAX) changes.shift();
    options.onChange?.(change);
  });
  const rates = [options.rpm === undefined ? undefined : { calls: options.rpm, perMs: WINDOW_MS }, options.rate];
  const windows = rates.flatMap((rate) => (rate === undefined ? [] : new CallWindow(rate, clock.nowMs())));
  const pushBack = new PushBack();
  const tokens = options.tpm === undefined ? null : new TokenWindow(options.tpm, clock.nowMs());
  const queue = new Set<Waiter>(); // a Set keeps order and removes an entry in constant time
  let underWay = 0;
  let heldUntilMs = Number.NEGATIVE_INFINITY;
  let cancelWake: (() => void) | null = null;

  function holdCalls(untilMs: number): void {
    heldUntilMs = Math.max(heldUntilMs, untilMs);
  }

  /** Grants turns from the head of the queue, in order. If the head must wait for time, sets one timer. */
  function pump(): void {
    cancelWake?.();
    cancelWake = null;
    for (const waiter of queue) {
      if (underWay >= adaptive.limit) return; // a release will pump again
      const nowMs = clock.nowMs();
      const waitMs = Math.max(
        heldUntilMs - nowMs,
        ...windows.map((window) => window.waitMs(nowMs)),
        tokens?.waitMs(waiter.tokens, nowMs) ?? 0,
      );
      if (waitMs > 0) {
        // Requests behind the head wait too, even smaller ones: overtaking would starve large ones.
        cancelWake = wakeAfter(clock, waitMs, pump);
        return;
      }
      queue.delete(waiter);
      underWay += 1;
      for (const window of windows) window.take(nowMs);
      tokens?.reserve(waiter.tokens, nowMs);
      waiter.grant(permitFor(waiter.tokens, nowMs));
    }
  }

  function permitFor(reserved: number, sentAtMs: number): Permit {
    let released = false;
    return {
      release(outcome) {
        if (released) return;
        released = true;
        const nowMs = clock.nowMs();
        const wasFull = underWay >= adaptive.limit;
        underWay -= 1;
        // A refused request used no tokens. One without a report (a timeout) may have used all that was reserved.
        const told = isTokens(outcome.tokens) ? outcome.tokens : undefined;
        const used = told ?? (outcome.kind === "rate_limit" || outcome.kind === "neutral" ? 0 : reserved);
        tokens?.settle(reserved, used, nowMs);
        if (outcome.kind === "ok") {
          adaptive.succeeded(sentAtMs, wasFull, nowMs);
          pushBack.succeeded();
        } else if (outcome.kind === "server") {
          adaptive.faltered(nowMs);
          if (outcome.retryAfterMs !== undefined)
            holdCalls(nowMs + pushBack.refused(sentAtMs, outcome.retryAfterMs, nowMs));
        } else if (outcome.kind === "rate_limit") {
          const { retryAfterMs } = outcome;
          const waitMs = retryAfterMs === undefined ? 0 : pushBack.refused(sentAtMs, retryAfterMs, nowMs);
          adaptive.rateLimited(sentAtMs, waitMs, nowMs);
          holdCalls(nowMs + waitMs);
        }
        pump();
      },
    };
  }

  return {
    acquire(estimatedTokens = 0, signal) {
      return new Promise<Permit>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        checkEstimate(estimatedTokens);
        const waiter: Waiter = {
          tokens: estimatedTokens,
          grant(permit) {
            signal?.removeEventListener("abort", giveUp);
            resolve(permit);
          },
        };
        function giveUp(): void {
          queue.delete(waiter);
          reject(signal?.reason);
          pump(); // the next one may be small enough
        }
        signal?.addEventListener("abort", giveUp, { once: true });
        queue.add(waiter);
        // Only the head can be granted. For the others, the head's timer or a release calls `pump`.
        if (queue.size === 1) pump();
      });
    },
    observe(state) {
      const nowMs = clock.nowMs();
      if (state.remainingRequests === 0 && state.resetRequestsMs !== undefined)
        holdCalls(nowMs + state.resetRequestsMs);
      if (state.remainingTokens === 0 && state.resetTokensMs !== undefined) holdCalls(nowMs + state.resetTokensMs);
      if (queue.size > 0) pump();
    },
    get limit() {
      return adaptive.limit;
    },
    get underWay() {
      return underWay;
    },
    get waiting() {
      return queue.size;
    },
    get heldUntilMs() {
      return heldUntilMs;
    },
    changes,
  };
}

/**
 * Returns the outcome with which to release a permit, from the error that ended a call. Errors other than
 * ModelCallError tell nothing.
 */
export function limiterOutcomeOf(error: unknown): LimiterOutcome {
  if (!(error instanceof ModelCallError)) return { kind: "neutral" };
  const { retryAfterMs } = error;
  const used = error.usage === null ? undefined : error.usage.inputTokens + error.usage.outputTokens;
  switch (error.category) {
    case "rate_limit":
      return { kind: "rate_limit", retryAfterMs: retryAfterMs ?? RATE_LIMIT_WAIT_MS, tokens: used };
    case "server":
    case "timeout":
    case "network":
      return { kind: "server", retryAfterMs, tokens: used };
    case "refusal":
    case "invalid_output":
    case "context_length":
      return { kind: "ok", tokens: used };
    case "quota":
    case "auth":
    case "other":
      return { kind: "neutral", tokens: used };
  }
}

function checkOptions(options: LimiterOptions): void {
  const { min, max, start = min } = options;
  for (const [name, value] of Object.entries({ min, max, start, rpm: options.rpm, tpm: options.tpm })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw new ModelConfigError(name, `${value} is not a whole number from 1.`, "Give one, or leave it out.");
    }
  }
  const rateProblem = options.rate === undefined ? null : findRateProblem(options.rate);
  if (rateProblem !== null) throw new ModelConfigError("rate", `${rateProblem}.`, "Give one, or leave it out.");
  if (min > max || start < min || start > max) {
    throw new ModelConfigError(
      "start",
      `min ${min} ≤ start ${start} ≤ max ${max} does not hold.`,
      "Set them in that order.",
    );
  }
}
