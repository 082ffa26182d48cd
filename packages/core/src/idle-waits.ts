/**
 * How a wait inside user code is told to be no idleness: the port between whoever makes calls wait (a limiter of a model client)
 * and the execution that the call belongs to. Outside of an execution nobody provides this port, and a wait is nobody's concern.
 */

/** Begins a wait of the code that runs now; the function that it returns ends it, and may be called again. */
export type BeginWait = () => () => void;

const PORT = Symbol.for("holdfast.idle-waits");

/** A wait for a rate, a turn or a backoff begins: until its end the run of the calling code is not idle. */
export function beginIdleWait(): () => void {
  return (globalThis as { [PORT]?: BeginWait })[PORT]?.() ?? (() => {});
}

/** Called by the engine as it is loaded: it knows which execution the running code belongs to. */
export function provideIdleWaits(begin: BeginWait): void {
  (globalThis as { [PORT]?: BeginWait })[PORT] = begin;
}
