/**
 * How limiters of a worker's child processes become one: the port between whoever limits calls (a model client) and whoever
 * runs child processes. A rate of 60 a minute holds for the worker, however many processes it has.
 *
 * The state lives in the worker's main process, which loads `module` and calls its `createLimiter(options)`. Outside a child
 * process nobody provides this port, and a limiter is its process's own.
 */

import type { StopSignal } from "./clock.js";

/** The right to make one call; released once. */
export interface SharedPermit {
  release(outcome: unknown): void;
}

/** One limiter of the worker, seen from a child process. */
export interface SharedLimiter {
  /** Waits for a turn. Rejects with the signal's reason when it aborts first. */
  acquire(tokens: number, signal: (StopSignal & { readonly reason?: unknown }) | undefined): Promise<SharedPermit>;
  /** What the provider said of its limits. */
  observe(state: unknown): void;
  /** The worker's limit and hold as of the newest turn. */
  readonly seen: { readonly limit: number; readonly heldUntilMs: number };
}

/** What a child process is given by its parent: the way to the worker's limiters. */
export interface SharedLimits {
  /**
   * The worker's limiter of this name; without a name, of this place in the order in which modules make limiters while they are
   * loaded, which is the same in every child. Null without a name once they are loaded: it is of one run.
   */
  join(limiter: {
    readonly module: string;
    readonly name: string | null;
    readonly options: unknown;
  }): SharedLimiter | null;
}

const PORT = Symbol.for("holdfast.shared-limits");

/** Null in a process that is no child of a worker. */
export function sharedLimits(): SharedLimits | null {
  return (globalThis as { [PORT]?: SharedLimits })[PORT] ?? null;
}

/** Called once, by the program of a child process, before user code is loaded. */
export function provideSharedLimits(limits: SharedLimits): void {
  (globalThis as { [PORT]?: SharedLimits })[PORT] = limits;
}
