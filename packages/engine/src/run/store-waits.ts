/**
 * Whether writes of this process wait for the store, since when, and why: for standard error, `/readyz` and the metrics.
 *
 * Every part that waits reports here. One wait lasts from the first part that begins to wait until the last one is through.
 */
import { type Clock, HoldfastError } from "@holdfast/core";

/** Writes wait for the store; nothing is lost meanwhile. */
export interface StoreWait {
  /** Wall clock, milliseconds UTC. */
  readonly since: number;
  /** `STORE_BUSY`: another process holds the write lock. `STORE_FULL`: the disk is full. */
  readonly code: string;
  /** What it waits for, in words. */
  readonly message: string;
}

export class StoreWaits {
  private readonly parts = new Set<object>();
  private wait: StoreWait | null = null;

  constructor(
    private readonly clock: Pick<Clock, "nowMs">,
    /** Called when a wait begins, and with null when it is over. Must not throw. */
    private readonly onChange: (wait: StoreWait | null) => void,
  ) {}

  /** Null while the store takes writes, as far as this process knows. */
  get current(): StoreWait | null {
    return this.wait;
  }

  begin(part: object, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof HoldfastError ? error.code : "STORE_UNREACHABLE";
    this.follow(part, { since: this.clock.nowMs(), code, message });
  }

  /** A part that keeps its own time, such as a child process, has begun to wait. */
  follow(part: object, wait: StoreWait): void {
    this.parts.add(part);
    if (this.wait !== null) return;
    this.wait = wait;
    this.onChange(wait);
  }

  end(part: object): void {
    if (!this.parts.delete(part) || this.parts.size > 0) return;
    this.wait = null;
    this.onChange(null);
  }
}
