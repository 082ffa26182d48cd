/** Waiting on the event loop for a lock that another process holds; the only timer of this package. */
export function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
