/**
 * A stage that is rate limited: whether it waits here or the run pauses. The same rules as in a map (`map/pool.ts`),
 * for one call at a time.
 */
import {
  heedWaitMs,
  OUTAGE_WAKE_MS,
  RATE_LIMIT_PATIENCE_MS,
  RATE_LIMIT_WAIT_MS,
  WAIT_HERE_MAX_MS,
} from "@holdfast/core";

export class StageRateLimit {
  private refusedInRow = 0;
  private sinceMs = 0;

  /** The stage was refused. `then: "pause"`: the run pauses for so long. */
  refused(askedMs: number | null, nowMs: number): { readonly then: "wait" | "pause"; readonly ms: number } {
    if (this.refusedInRow++ === 0) this.sinceMs = nowMs;
    const ms = heedWaitMs("rate_limit", askedMs ?? RATE_LIMIT_WAIT_MS, this.refusedInRow) ?? RATE_LIMIT_WAIT_MS;
    if (ms > WAIT_HERE_MAX_MS) return { then: "pause", ms };
    if (nowMs - this.sinceMs >= RATE_LIMIT_PATIENCE_MS) return { then: "pause", ms: OUTAGE_WAKE_MS };
    return { then: "wait", ms };
  }

  /** It failed of something else. */
  passed(): void {
    this.refusedInRow = 0;
  }
}
