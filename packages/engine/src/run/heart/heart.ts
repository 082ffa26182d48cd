/**
 * What keeps leases alive: the port, and the heart that beats in this thread.
 *
 * The watch on the main loop (`LeaseWatch`) ends an execution when its trust window does; it reads when the newest
 * accepted beat was asked for from here, never from a message that may still be waiting in the loop's queue.
 */
import {
  beatIntervalMs,
  type Clock,
  type Lease,
  leaseWindowMs,
  type Store,
  type Timer,
  type WishKind,
} from "@holdfast/core";

export interface HeldLease {
  /** Monotonic instant at which the newest accepted beat was asked for. */
  askedAtMs(): number;
  release(): void;
}

export interface HeartEvents {
  onLost(heldBy: string | null): void;
  onWish(wish: WishKind): void;
}

export interface Heart {
  beatFor(lease: Lease, events: HeartEvents): HeldLease;
  close(): Promise<void>;
}

interface Beating {
  readonly lease: Lease;
  readonly events: HeartEvents;
  askedAtMs: number;
  dueAtMs: number;
}

/**
 * A heart in the calling thread, for stores that have no second way in and for the simulation. A stage that blocks the
 * event loop stops it; a store in memory has no other process that could take the run meanwhile.
 */
export class LoopHeart implements Heart {
  private readonly beating = new Set<Beating>();
  private timer: Timer | null = null;

  constructor(
    private readonly store: Pick<Store, "beat">,
    private readonly clock: Clock,
    private readonly heartbeatMs: number,
  ) {}

  beatFor(lease: Lease, events: HeartEvents): HeldLease {
    const entry: Beating = {
      lease,
      events,
      askedAtMs: lease.askedAtMs,
      dueAtMs: this.clock.monotonicMs() + this.intervalOf(lease),
    };
    this.beating.add(entry);
    this.arm();
    return { askedAtMs: () => entry.askedAtMs, release: () => void this.beating.delete(entry) };
  }

  async close(): Promise<void> {
    this.beating.clear();
    this.timer?.cancel();
    this.timer = null;
  }

  private intervalOf(lease: Lease): number {
    return beatIntervalMs(this.heartbeatMs, leaseWindowMs(lease));
  }

  private arm(): void {
    if (this.timer !== null || this.beating.size === 0) return;
    const nowMs = this.clock.monotonicMs();
    const dueAtMs = Math.min(...[...this.beating].map((entry) => entry.dueAtMs));
    this.timer = this.clock.setTimer(Math.max(1, dueAtMs - nowMs), () => {
      this.timer = null;
      void this.beatDue().finally(() => this.arm());
    });
  }

  private async beatDue(): Promise<void> {
    const askedAtMs = this.clock.monotonicMs();
    const due = [...this.beating].filter((entry) => entry.dueAtMs <= askedAtMs);
    if (due.length === 0) return;
    for (const entry of due) entry.dueAtMs = askedAtMs + this.intervalOf(entry.lease);
    // A beat that fails is a beat that was not answered: the watch judges by the last one that was.
    const answers = await this.store.beat(due.map((entry) => entry.lease)).catch(() => []);
    answers.forEach((answer, i) => {
      const entry = due[i];
      if (entry === undefined || !this.beating.has(entry)) return;
      if (answer.kind === "lost") {
        this.beating.delete(entry);
        entry.events.onLost(answer.heldBy);
        return;
      }
      entry.askedAtMs = askedAtMs;
      if (answer.wish !== null) entry.events.onWish(answer.wish);
    });
  }
}
