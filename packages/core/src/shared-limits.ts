/**
 * Port that joins the limiters of a worker's child processes. It connects code that limits calls (a model client) with
 * the code that runs child processes. A rate of 60 a minute then holds for the whole worker, however many processes it
 * has.
 *
 * The state is in the worker's main process, which loads `module` and calls its `createLimiter(options)`. Outside a
 * child process nobody provides the port, and a limiter applies to its own process.
 */

import type { StopSignal } from "./clock.js";

/** The right to make one call. Released once, with the call's outcome. */
export interface SharedPermit {
  release(outcome: unknown): void;
}

/** One limiter of the worker, as seen from a child process. */
export interface SharedLimiter {
  /** Waits for a turn. If the signal aborts first, rejects with its reason. */
  acquire(tokens: number, signal: (StopSignal & { readonly reason?: unknown }) | undefined): Promise<SharedPermit>;
  /** Passes on what the provider reported about its limits. */
  observe(state: unknown): void;
  /** The worker's limit and hold, as of the newest turn. */
  readonly seen: { readonly limit: number; readonly heldUntilMs: number };
}

/** Access of a child process to the worker's limiters. Its parent provides it. */
export interface SharedLimits {
  /**
   * Returns the worker's limiter with this name. Without a name, returns the one at this position in the order in which
   * modules create limiters while loading, which is the same in every child. Returns null without a name after loading:
   * such a limiter belongs to one run.
   */
  join(limiter: {
    readonly module: string;
    readonly name: string | null;
    readonly options: unknown;
  }): SharedLimiter | null;
}

const PORT = Symbol.for("holdfast.shared-limits");

/** Returns the worker's limiters; null in a process that is not a child of a worker. */
export function sharedLimits(): SharedLimits | null {
  return (globalThis as { [PORT]?: SharedLimits })[PORT] ?? null;
}

/** Provides the port. The program of a child process calls it once, before loading user code. */
export function provideSharedLimits(limits: SharedLimits): void {
  (globalThis as { [PORT]?: SharedLimits })[PORT] = limits;
}
