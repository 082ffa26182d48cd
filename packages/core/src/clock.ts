/**
 * Time as a port. Everything that waits or reads a clock takes one, so that tests and the simulation own time.
 * `nowMs` is for people (milliseconds UTC); decisions about leases use `monotonicMs`, which never jumps.
 */
export interface Timer {
  cancel(): void;
}

/** What a wait needs of an AbortSignal; declared here so that this package stays free of any platform's types. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The one source of time; the real one and the simulation's implement it. */
export interface Clock {
  /** Milliseconds since 1970 UTC. May jump: never compare two of them to judge a lease. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start (the boot of the host). Never goes back, may not count a suspended host. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: StopSignal | undefined): Promise<void>;
  /** Calls `fire` once after `ms` unless cancelled. Does not keep the process alive. */
  setTimer(ms: number, fire: () => void): Timer;
}
