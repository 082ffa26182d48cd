/** Published values in the Store contract (`store.ts`). */
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { PublishedView } from "../published.js";
import type { WriteOutcome } from "./writes.js";

/** A value to publish. */
export interface PublishWrite {
  readonly key: string;
  /** JSON of the value. */
  readonly json: string;
}

/** Published values of runs. */
export interface PublishedStore {
  /** Soft, fenced. Records each value as the latest of its key. No event; the values outlive a continued generation, not a restart. */
  publish(fence: Fence, values: readonly PublishWrite[]): Promise<WriteOutcome>;
  /** In the order of keys. */
  listPublished(runId: RunId): Promise<readonly PublishedView[]>;
}
