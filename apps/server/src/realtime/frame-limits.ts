/** Rate limits for one socket: they allow a page to sync fifty runs at once, but not an endless loop. */

/** As many as a client with all its rooms sends when it reconnects, twice over. */
const BURST = 200;
const PER_SECOND = 40;
/** Frames that do not fit. A client of another version sends a few, somebody who tries things sends many. */
const BAD_FRAMES_MAX = 20;

export type FrameVerdict = "take" | "refuse" | "disconnect";

export class FrameLimits {
  private tokens = BURST;
  private atMs: number;
  private badCount = 0;

  constructor(private readonly nowMs: () => number) {
    this.atMs = nowMs();
  }

  /** Counts a frame. Who goes on sending what is refused is disconnected. */
  count(): FrameVerdict {
    const now = this.nowMs();
    this.tokens = Math.min(BURST, this.tokens + ((now - this.atMs) / 1_000) * PER_SECOND);
    this.atMs = now;
    this.tokens -= 1;
    if (this.tokens >= 0) return "take";
    return this.tokens > -BURST ? "refuse" : "disconnect";
  }

  countBad(): FrameVerdict {
    this.badCount += 1;
    return this.badCount > BAD_FRAMES_MAX ? "disconnect" : "refuse";
  }

  /** When a refused frame may come again, in milliseconds. */
  get retryAfterMs(): number {
    return Math.ceil((1 - this.tokens) / PER_SECOND) * 1_000;
  }
}
