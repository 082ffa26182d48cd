/** An item's timeout, for a call that does not heed its signal. */
import type { LiveItemContext } from "./item-context.js";

export class ItemTimeoutError extends Error {
  override readonly name = "ItemTimeoutError";
  readonly category = "timeout";
  constructor(key: string, timeoutMs: number) {
    super(`item ${key} took longer than its timeout of ${timeoutMs} ms`);
  }
}

/** The call, or its timeout, whichever comes first; what a call that was aborted for it throws counts as the timeout. */
export function raceTimeout(call: unknown, { key, signal }: LiveItemContext, timeoutMs: number): Promise<unknown> {
  const isTimedOut = () => signal.reason?.why === "timeout";
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      if (isTimedOut()) reject(new ItemTimeoutError(key, timeoutMs));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    Promise.resolve(call).then(resolve, (error) => reject(isTimedOut() ? new ItemTimeoutError(key, timeoutMs) : error));
  });
}
