/** How many streams a caller has open: a page that reconnects in a loop must not take what others need. */
import { TooManyRequestsError } from "@holdfast/core";

/** A browser opens six connections to one server; fifty are several windows, a script and a dashboard. */
export const STREAMS_PER_CALLER_MAX = 50;
const RETRY_AFTER_MS = 5_000;

export class StreamPlaces {
  private readonly open = new Map<string, number>();

  /**
   * @returns What gives the place back; may be called twice.
   * @throws {TooManyRequestsError} TOO_MANY_REQUESTS
   */
  take(caller: string): () => void {
    const count = this.open.get(caller) ?? 0;
    if (count >= STREAMS_PER_CALLER_MAX) {
      const what = `${caller} has ${count} open event streams, the maximum for one caller`;
      throw new TooManyRequestsError({ retryAfterMs: RETRY_AFTER_MS, what });
    }
    this.open.set(caller, count + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.open.get(caller) ?? 1) - 1;
      if (left > 0) this.open.set(caller, left);
      else this.open.delete(caller);
    };
  }
}
