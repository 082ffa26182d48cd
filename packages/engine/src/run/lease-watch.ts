/**
 * The watch over one lease, on the main loop: ends the execution when the trust window does.
 *
 * Why not trust the heart's messages alone: while a stage blocks the loop they wait in its queue, and timers fire before
 * they are read. The instant of the newest accepted beat is read from where the heart writes it.
 */
import { type Clock, type Lease, type Timer, trustedUntilMs } from "@holdfast/core";
import type { Heart, HeartEvents, HeldLease } from "./heart/heart.js";

export class LeaseWatch {
  private readonly held: HeldLease;
  private timer: Timer | null = null;

  constructor(
    private readonly lease: Lease,
    heart: Heart,
    private readonly clock: Clock,
    private readonly events: HeartEvents,
  ) {
    this.held = heart.beatFor(lease, events);
    this.arm();
  }

  /** Whether this worker may still act on the lease. */
  isTrusted(): boolean {
    return this.clock.monotonicMs() < this.trustedUntilMs();
  }

  release(): void {
    this.timer?.cancel();
    this.timer = null;
    this.held.release();
  }

  private trustedUntilMs(): number {
    return trustedUntilMs(this.held.askedAtMs(), this.lease);
  }

  private arm(): void {
    const remainingMs = Math.max(1, this.trustedUntilMs() - this.clock.monotonicMs());
    this.timer = this.clock.setTimer(remainingMs, () => {
      if (this.isTrusted()) return this.arm();
      this.release();
      this.events.onLost(null);
    });
  }
}
