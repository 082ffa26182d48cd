/**
 * How fast a map may call: so many at a time, which adapts, so many in a time where a rate was asked for, and nobody while the
 * outside wants to be left alone.
 */
import {
  AdaptiveLimit,
  BACKOFF_DEFAULTS,
  backoffMs,
  CallWindow,
  type Clock,
  PushBack,
  RATE_LIMIT_PATIENCE_MS,
  RATE_LIMIT_WAIT_MS,
} from "@holdfast/core";
import type { MapOptions } from "../workflow/context.js";

export const CONCURRENCY_DEFAULT = 8;

export interface PaceOptions {
  readonly options: Pick<MapOptions<unknown>, "concurrency" | "rate" | "backoff">;
  readonly clock: Clock;
  readonly log: (message: string, data?: unknown) => void;
  /** A wait for the outside: no idleness. */
  readonly waitFor: (ms: number, fire: () => void) => { cancel(): void };
  /** Calls may begin again. */
  readonly onFree: () => void;
}

export class Pace {
  /** As many calls at a time as there may ever be. */
  readonly concurrencyMax: number;
  private readonly limit: AdaptiveLimit;
  private readonly pushBack = new PushBack();
  /** Null where no rate was asked for. */
  private readonly rate: CallWindow | null;
  private heldUntilMs = Number.NEGATIVE_INFINITY;
  private holdTimer: { cancel(): void } | null = null;
  /** Since when every answer was a rate limit; null after any other. */
  private rateLimitedSinceMs: number | null = null;

  constructor(private readonly parts: PaceOptions) {
    const { concurrency = CONCURRENCY_DEFAULT, rate } = parts.options;
    const { min, max } = typeof concurrency === "number" ? { min: concurrency, max: concurrency } : concurrency;
    this.concurrencyMax = max;
    this.limit = new AdaptiveLimit(min, max, min, ({ from, to, why }) => {
      // Growth is what is expected, and up to a line a call; a cut says something about the outside.
      if (why === "rate_limited") parts.log(`concurrency ${from} → ${to}`, { why });
    });
    this.rate = rate === undefined ? null : new CallWindow(rate, parts.clock.monotonicMs());
  }

  /** How many calls there may be at a time now. */
  get concurrency(): number {
    return this.limit.limit;
  }

  /** Of `room` items how many may be taken up, where so many are announced and not called yet. */
  roomWithin(room: number, announcedCount: number): number {
    if (this.rate === null) return room;
    // What is announced and may not be called yet would count as charged after a crash.
    return Math.min(room, this.rate.allowed(this.parts.clock.monotonicMs()) - announcedCount);
  }

  /** Nobody may begin now: the outside asked to wait, or the rate is used up. */
  isHeld(): boolean {
    const nowMs = this.parts.clock.monotonicMs();
    const remainingMs = Math.max(this.heldUntilMs - nowMs, this.rate?.waitMs(nowMs) ?? 0);
    if (remainingMs <= 0) return false;
    this.holdTimer ??= this.parts.waitFor(remainingMs, () => {
      this.holdTimer = null;
      this.parts.onFree();
    });
    return true;
  }

  /** A call begins. */
  sent(atMs: number): void {
    this.rate?.take(atMs);
  }

  /** A call has succeeded; `wasFull`: with it there were as many as may be. */
  succeeded(sentAtMs: number, wasFull: boolean): void {
    this.rateLimitedSinceMs = null;
    this.limit.succeeded(sentAtMs, wasFull, this.parts.clock.monotonicMs());
    this.pushBack.succeeded();
  }

  /** A call failed of the outside. */
  faltered(nowMs: number): void {
    this.limit.faltered(nowMs);
  }

  /** The outside asked for fewer calls: how long all wait, and whether it has asked for nothing else for too long. */
  rateLimited(sentAtMs: number, askedMs: number | null, nowMs: number): { waitMs: number; isHopeless: boolean } {
    const waitMs = this.pushBack.refused(sentAtMs, askedMs ?? RATE_LIMIT_WAIT_MS, nowMs);
    this.limit.rateLimited(sentAtMs, waitMs, nowMs);
    this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + waitMs);
    this.rateLimitedSinceMs ??= nowMs;
    return { waitMs, isHopeless: nowMs - this.rateLimitedSinceMs >= RATE_LIMIT_PATIENCE_MS };
  }

  /**
   * A server that says when to come back (a 503 with a Retry-After): its item waits that long, and no shorter than the floor.
   * Where nothing has succeeded since its last word, the others wait for the floor too. Null where it said nothing.
   */
  heedServer(askedMs: number | null, sentAtMs: number, nowMs: number): number | null {
    if (askedMs === null) return null;
    const waitMs = this.pushBack.refused(sentAtMs, askedMs, nowMs);
    if (this.pushBack.isRepeated) this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + this.pushBack.floorMs);
    return waitMs;
  }

  /** Before the next attempt at an item that has failed so often, where nobody said how long. */
  backoffMs(failedCount: number, random: () => number): number {
    const { initialMs, maxMs, factor } = this.parts.options.backoff ?? {};
    const backoff = {
      initialMs: initialMs ?? BACKOFF_DEFAULTS.initialMs,
      maxMs: maxMs ?? BACKOFF_DEFAULTS.maxMs,
      factor: factor ?? BACKOFF_DEFAULTS.factor,
    };
    return backoffMs(failedCount, backoff, random);
  }

  end(): void {
    this.holdTimer?.cancel();
  }
}
