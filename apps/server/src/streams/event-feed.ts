/** One run, followed once for all who stream its events: how far they go, and whether more will come. */
import { RunNotFoundError } from "@holdfast/core";
import { type Holdfast, systemClock } from "@holdfast/engine";

/** Follows from the first reader to the last. */
export class EventFeed {
  /** The number of the newest event that is known. */
  head: number;
  /** No event comes after `head`. */
  hasEnded = false;
  /** Why it ended early; undefined where it did not. */
  trouble: unknown;
  private readers = 0;
  private readonly stop = new AbortController();
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly holdfast: Holdfast,
    readonly runId: string,
    head: number,
    private readonly onLeft: () => void,
  ) {
    this.head = head;
  }

  join(head: number): void {
    this.sees(head);
    if (this.readers++ === 0) void this.follow(this.stop.signal);
  }

  leave(): void {
    if (--this.readers > 0) return;
    this.stop.abort();
    this.onLeft();
  }

  /** Resolves once there is more than `last`, the run has ended, `withinMs` are over or `signal` aborts. */
  changed(last: number, withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.head > last || this.hasEnded || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        signal.removeEventListener("abort", wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = systemClock.setTimer(withinMs, wake);
      signal.addEventListener("abort", wake);
      this.waiting.add(wake);
    });
  }

  private async follow(signal: AbortSignal): Promise<void> {
    try {
      const handle = await this.holdfast.handle(this.runId);
      const { head } = this;
      for await (const { seq } of handle.events({ after: head, follow: true, throughPauses: true, signal }))
        this.sees(seq);
    } catch (error) {
      // A run that was deleted has no more events.
      if (!signal.aborted && !(error instanceof RunNotFoundError)) this.trouble = error;
    }
    this.hasEnded = true;
    this.wakeAll();
  }

  private sees(seq: number): void {
    if (seq <= this.head) return;
    this.head = seq;
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}

/** The feeds of one server, by run. */
export class EventFeeds {
  private readonly feeds = new Map<string, EventFeed>();

  constructor(private readonly holdfast: Holdfast) {}

  /** Whoever joins leaves. A run that went on after its feed ended (a restart) gets a new one. */
  join(runId: string, head: number): EventFeed {
    let feed = this.feeds.get(runId);
    if (feed === undefined || feed.hasEnded) {
      const made = new EventFeed(this.holdfast, runId, head, () => {
        if (this.feeds.get(runId) === made) this.feeds.delete(runId);
      });
      this.feeds.set(runId, made);
      feed = made;
    }
    feed.join(head);
    return feed;
  }
}
