/**
 * When a map pauses its run instead of failing its items: the outside's fault shows in many items at once. Pure.
 *
 * ```
 * closed ──(so many outside failures in a row)──► open ──(PROBE_WAIT_MS)──► probing ──(it fails too)──► outage: pause
 *    ▲                                             │                          │
 *    └──────────── any answer, of any call ────────┴──────────────────────────┘
 * ```
 *
 * After a pause for an outage the map begins with a probe, so that waking up in vain costs one call.
 *
 * An item that keeps failing while others are answered says something about itself: hosts that are gone for good gather at
 * the end of a map, where only their retries are left, and are no outage.
 */
/** The window of results in which the error rate is judged. */
export const RATE_WINDOW = 200;
/** So many attempts in a row that met a server, network or timeout error open the breaker, whatever the concurrency. */
export const OUTAGE_ATTEMPTS_MIN = 20;
/** From opening to the probe: a connection that was reset, or a restart behind a load balancer, is over by then. */
export const PROBE_WAIT_MS = 5_000;

const OUTSIDE: ReadonlySet<string> = new Set(["server", "network", "timeout"]);

/** Whether a failure of this category may be an outage. */
export const isOutside = (category: string): boolean => OUTSIDE.has(category);

export class Breaker {
  private readonly recent: boolean[] = [];
  private errorsInWindow = 0;
  private outsideInRow = 0;
  private now: "closed" | "open" | "probing";
  private probeFromMs = Number.NEGATIVE_INFINITY;
  /** How often somebody was answered. */
  answerCount = 0;

  constructor(
    private readonly maxErrorRate: number | null,
    private readonly concurrencyMax: number,
    isAfterOutage: boolean,
  ) {
    this.now = isAfterOutage ? "probing" : "closed";
  }

  /** `open`: no call may begin. `probing`: one may. */
  get state(): "closed" | "open" | "probing" {
    return this.now;
  }

  /** A result was recorded. True where more of the last ones are errors than is allowed: the run pauses. */
  resulted(isError: boolean): boolean {
    this.recent.push(isError);
    if (isError) this.errorsInWindow++;
    if (this.recent.length > RATE_WINDOW && this.recent.shift()) this.errorsInWindow--;
    // Counted against the whole window, so that two errors among the first ten items trip nothing.
    return this.maxErrorRate !== null && this.errorsInWindow > this.maxErrorRate * RATE_WINDOW;
  }

  /** The outside answered, be it with a refusal or an item's own failure. True where the breaker was not closed. */
  answered(): boolean {
    this.answerCount++;
    const wasClosed = this.now === "closed";
    this.outsideInRow = 0;
    this.now = "closed";
    return !wasClosed;
  }

  /**
   * An attempt that began at `sentAtMs` failed of the outside, whether or not another follows. `"opened"`: the row is full,
   * and after `PROBE_WAIT_MS` a probe is due. `"outage"`: the probe failed too.
   */
  failed(sentAtMs: number): "opened" | "outage" | null {
    if (this.now === "probing") {
      // What was under way since before the probe says nothing new.
      return sentAtMs >= this.probeFromMs ? "outage" : null;
    }
    if (this.now === "open") return null;
    this.outsideInRow++;
    if (this.outsideInRow < Math.max(OUTAGE_ATTEMPTS_MIN, 2 * this.concurrencyMax)) return null;
    this.now = "open";
    return "opened";
  }

  /** One call may begin. */
  probe(nowMs: number): void {
    if (this.now !== "open") return;
    this.now = "probing";
    this.probeFromMs = nowMs;
  }
}
