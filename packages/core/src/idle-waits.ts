/**
 * Port by which waits inside user code are excluded from idleness. It connects code that makes calls wait (a limiter of
 * a model client) with the execution that the call belongs to. Outside an execution nobody provides the port, and waits
 * have no effect.
 */

/** Begins a wait of the calling code. The returned function ends it and may be called more than once. */
export type BeginWait = () => () => void;

const PORT = Symbol.for("holdfast.idle-waits");

/**
 * Begins a wait for a rate limit, a turn or a backoff. Until it ends, the calling code's run does not count as idle.
 * Returns a function that ends it.
 */
export function beginIdleWait(): () => void {
  return (globalThis as { [PORT]?: BeginWait })[PORT]?.() ?? (() => {});
}

/** Provides the port. The engine calls this when it is loaded, since it knows which execution the running code belongs to. */
export function provideIdleWaits(begin: BeginWait): void {
  (globalThis as { [PORT]?: BeginWait })[PORT] = begin;
}
