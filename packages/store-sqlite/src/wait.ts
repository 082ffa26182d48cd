/**
 * Waiting on the event loop for a lock that another process holds; and the look at the file for commits: the only
 * timers of this package.
 */
export function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls `look` every `ms` until it is ended. Does not keep the process alive. */
export function lookEvery(ms: number, look: () => void): () => void {
  const timer = setInterval(look, ms).unref();
  return () => clearInterval(timer);
}
