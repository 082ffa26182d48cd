/**
 * Time as a port. Everything that waits or reads a clock takes one, so that tests and the simulation control time.
 * `nowMs` is for display (milliseconds UTC). Lease decisions use `monotonicMs`, which never jumps.
 */
export interface Timer {
  cancel(): void;
}

/** The part of AbortSignal that a wait needs, declared here to keep this package free of platform types. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Clock interface, implemented by the system clock and by the simulation's virtual clock. */
export interface Clock {
  /** Milliseconds since 1970 UTC. May jump, so lease decisions must not compare two of them. */
  nowMs(): number;
  /**
   * Milliseconds since an arbitrary start (the boot of the host). Never goes back; may not count time while the host is
   * suspended.
   */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: StopSignal | undefined): Promise<void>;
  /** Calls `fire` once after `ms` unless cancelled. Does not keep the process alive. */
  setTimer(ms: number, fire: () => void): Timer;
}
